from leakbound.report.manifest import bibliography, manifest_of
from leakbound.report.sentences.later import later_sources


def test_the_manifest_says_what_made_the_report(assessment):
    content = manifest_of(assessment, command="leakbound assess x.toml")
    assert content["command"] == "leakbound assess x.toml"
    assert content["digests"] == {
        "evidence": assessment.evidence.digest,
        "model": assessment.specification.digest,
        "posterior": "p" * 64,
    }
    assert content["checks"][0]["name"] == "R-hat of parameters"
    assert len(content["priors"]) == len(assessment.specification.priors)
    assert {"leakbound", "numpy", "pymc"} <= set(content["versions"])


def test_a_source_stands_once_and_reasons_are_no_references(assessment):
    texts = [one.text for one in bibliography(assessment)]
    assert len(texts) == len(set(texts))
    assert {"Somebody 2024", "RSP v1.0", "a hub"} <= set(texts)
    assert not [text for text in texts if text.startswith("as for")]


def test_sources_newer_than_the_knowledge_date_are_told(assessment):
    told = " ".join(later_sources(assessment))
    assert "distillers: start_years" in told
    assert "laboratories: compute_fraction" in told
    assert "arXiv 2501.12948" in told
    assert "scaffold builders: attempts_per_year" not in told
