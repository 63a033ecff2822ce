import pytest

from leakbound.calibration.miniature import miniature
from leakbound.calibration.simulate import template_of
from leakbound.evidence.table import load_evidence


@pytest.fixture(scope="session")
def small():
    return miniature(load_evidence())


@pytest.fixture(scope="session")
def template(small, specification):
    return template_of(small, specification)
