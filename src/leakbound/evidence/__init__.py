"""Evidence: measured post-training gains as rows of order statistics, with their sources.

Layer 1: imports only errors, units, quantity and border.
"""

from leakbound.evidence.cards import Card, read_card
from leakbound.evidence.cells import cells
from leakbound.evidence.registry import DOMAINS, Benchmark, Registry, load_registry
from leakbound.evidence.rows import COLUMNS, read_rows, validate_rows, write_rows
from leakbound.evidence.table import Evidence, load_evidence, prepare

__all__ = [
    "COLUMNS",
    "DOMAINS",
    "Benchmark",
    "Card",
    "Evidence",
    "Registry",
    "cells",
    "load_evidence",
    "load_registry",
    "prepare",
    "read_card",
    "read_rows",
    "validate_rows",
    "write_rows",
]
