from dataclasses import replace

from leakbound.report.tables.decision import security_table


def test_each_level_of_security_stands_beside_the_candidates(assessment):
    table = security_table(assessment)
    assert [row[0] for row in table.rows] == [f"SL{level}" for level in (1, 2, 3, 4, 5)]
    assert table.rows[2] == ("SL3", "62 % (now)")
    assert table.rows[4] == ("SL5", "20 % (-42.0)")


def test_chances_stated_without_a_level_have_a_row_of_their_own(assessment):
    """They may lie below all that the levels' defaults say, which is no flaw of the levels."""
    risks = tuple(replace(one, level=None) for one in assessment.risks)
    table = security_table(replace(assessment, risks=risks))
    assert table.rows[0] == ("chances as stated", "62 % (now)")
    assert not any("now" in row[1] for row in table.rows[1:])
    assert "need not go with those stated" in table.note
