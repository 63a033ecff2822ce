from pathlib import Path

import pytest

from leakbound.errors import InputError
from leakbound.evidence.facts import fact, load_facts


def test_facts_carry_unit_source_and_how_they_were_read() -> None:
    for key, known in load_facts().items():
        assert known.key == key
        assert known.unit
        assert known.source
        assert known.read_from in ("primary", "secondary")
        assert (known.low is None) == (known.high is None) == (known.interval == "")


def test_both_readings_of_r1_compute_are_carried() -> None:
    assert fact("r1-fraction-flop").value == pytest.approx(6.1e23 / 3.4078e24, abs=0.001)
    assert fact("r1-fraction-hours").value == pytest.approx(147 / 2788, abs=0.0005)


def test_a_fact_reads_as_one_line() -> None:
    line = str(fact("pretraining-doubling"))
    assert "8.4 months (4.5 to 14.3, 95 % confidence)" in line
    assert "\n" not in line


def test_unknown_facts_name_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean asl3-fraction"):
        fact("asl-3-fraction")


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("low = 1.0", "low, high and interval come together"),
        ('low = 3.0\nhigh = 4.0\ninterval = "x"', "low, value and high must rise"),
        ("unit = 3", "must be|duplicate|overwrite"),
    ],
)
def test_broken_facts_are_refused(tmp_path: Path, extra: str, message: str) -> None:
    path = tmp_path / "facts.toml"
    path.write_text(
        '[facts.x]\ntitle = "t"\nvalue = 2.0\nunit = "u"\nsource = "s"\n'
        f'read_from = "primary"\n{extra}\n'
    )
    with pytest.raises(InputError, match=message):
        load_facts(path)
