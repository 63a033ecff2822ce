"""What explains a verdict: what would flip it, what makes it wide, over compute and over years."""
