"""The tables of a report: each a function from an assessment to text."""
