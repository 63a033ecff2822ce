"""Several structures at once: scored on cells left out, weighed, mixed to one forecast."""
