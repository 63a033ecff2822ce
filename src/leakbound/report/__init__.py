"""Part of leakbound."""
