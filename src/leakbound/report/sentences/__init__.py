"""What an assessment says in plain sentences."""
