"""A candidate for release: what its file says, validated against registry and scenarios."""

from leakbound.candidate.read import read_candidate
from leakbound.candidate.types import Candidate, Gate, Limit, Outcome, Score, Threshold

__all__ = ["Candidate", "Gate", "Limit", "Outcome", "Score", "Threshold", "read_candidate"]
