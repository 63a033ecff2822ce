"""Bounds and verdicts under other priors and other evidence, by weighting the draws at hand."""
