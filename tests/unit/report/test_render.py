import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import xarray as xr

from leakbound.errors import InputError
from leakbound.report import render
from leakbound.report.render import FILES, write_run


class Seen(HTMLParser):
    """Tags with their attributes, and the text of the page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


KINDS = {
    "Line chart, score": "years",
    "Dot plot. Today": "ceilings, at one limit and at each scenario's own",
    "Line chart, chance": "first crossing",
    "Heat map": "effort and years",
    "Bar chart": "security",
    "Dot plot. Published": "rules",
    "Ceilings at the same": "offset",
}


@pytest.fixture(scope="module")
def run(assessment, tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "deep" / "candidate"
    write_run(assessment, out, command="leakbound assess candidate.toml")
    return out


@pytest.fixture(scope="module")
def hostile_run(hostile, tmp_path_factory):
    out = tmp_path_factory.mktemp("hostile") / "candidate"
    write_run(hostile, out, command="leakbound assess '<b>.toml'")
    return out


def test_a_run_holds_five_files_and_nothing_beside_them(run):
    assert sorted(path.name for path in run.iterdir()) == sorted(FILES)
    assert [path.name for path in run.parent.iterdir()] == ["candidate"]


def test_the_same_assessment_gives_the_same_bytes(assessment, run, tmp_path):
    write_run(assessment, tmp_path / "again", command="leakbound assess candidate.toml")
    for name in ("verdict.json", "report.md", "report.html", "manifest.json"):
        assert (tmp_path / "again" / name).read_bytes() == (run / name).read_bytes()


def test_the_page_asks_for_nothing_outside(run):
    text = (run / "report.html").read_text()
    for tag, attributes in Seen(text).tags:
        assert tag not in {"script", "iframe", "object", "embed", "base", "img"}
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "xlink:href"):
            value = attributes.get(name) or ""
            assert tag == "a" or value.startswith(("#", "data:")) or not value
    assert set(re.findall(r"url\((.)", text)) <= {"#"}
    assert "@import" not in text


def test_every_picture_has_a_label_and_no_id_twice(run):
    text = (run / "report.html").read_text()
    tags = Seen(text).tags
    labelled = [attributes for tag, attributes in tags if attributes.get("role") == "img"]
    pictures = [tag for tag, _ in tags if tag == "svg"]
    assert len(pictures) == len(labelled) == len(KINDS)
    assert all(len(one["aria-label"]) > 40 for one in labelled)
    said = " ".join(one["aria-label"] for one in labelled)
    assert not [kind for kind in KINDS if kind not in said]
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    used = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text)
    assert {a or b for a, b in used} <= set(ids)


def test_the_page_says_what_a_reader_needs_in_plain_words(run):
    words = " ".join(" ".join(Seen((run / "report.html").read_text()).words).split())
    assert (
        "Publishing the weights crosses the line: within 2 years others would reach 0.75 on GPQA "
        "diamond with a chance of 63 %, where 5 % is allowed; serving it behind an API that can be "
        "withdrawn, the weights never stolen, stays clear of the line (3.1 % for 0.85 within 6 months)."
    ) in words
    assert (
        "science: If the weights were published, the best of all attempts within 2 years would "
        "reach 0.75 on GPQA diamond with probability 63 %; the conservative 95 % bound (outside the "
        "evidence, where no coverage was measured) is 0.910 ± 0.010: crosses."
    ) in words
    assert "the open one lies lower by 11.0 points, 0.9 logits, 1.5 years of progress" in words
    assert (
        "would have expected 0.632 against a limit of 0.75 for open-weights and said clear" in words
    )
    assert "DeepSeek-R1-0528 reached 0.763" in words
    assert "the fit never uses them" in words
    assert "DeepSeek-R1, a stronger teacher, appeared 25 days after DeepSeek-V3" in words


def test_what_a_user_wrote_stays_text_on_the_page(hostile_run):
    seen = Seen((hostile_run / "report.html").read_text())
    assert not {"script", "img"} & {tag for tag, _ in seen.tags}
    words = "".join(seen.words)
    assert "<script>alert(1)</script> | $x_1$ # not a heading" in words
    assert "onerror=alert(1)" in words
    assert "‮" not in words


def test_what_a_user_wrote_stays_text_in_markdown(hostile_run):
    text = (hostile_run / "report.md").read_text()
    assert "<" not in text
    assert text.splitlines()[0].startswith("# &lt;script\\>alert(1)&lt;/script\\> \\|")
    assert "\n# not a heading" not in text
    assert r"\>&lt;img src=x onerror=alert(1)\> \| \*\*bold\*\*" in text


def test_markdown_tables_have_as_many_cells_as_columns(hostile_run):
    blocks = re.findall(
        r"(?:^\|.*\n)+", (hostile_run / "report.md").read_text(), flags=re.MULTILINE
    )
    assert len(blocks) > 5
    for block in blocks:
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(counts) == 1


def test_the_forecast_labels_itself(run):
    with xr.open_dataset(run / "forecast.nc", engine="h5netcdf") as forecast:
        assert forecast["bound"].dims == ("benchmark", "scenario", "year")
        assert forecast["bound"].attrs["kind"] == "one-sided upper credible bound"
        at = forecast.sel(benchmark="gpqa-diamond", scenario="open-weights", year=2.0)
        assert float(at["bound"]) == pytest.approx(0.9)
        assert float(at["bound_confidence"]) == 0.95
        by = forecast.sel(threshold="science", scenario="open-weights")
        assert float(by["exceedance"]) == pytest.approx(0.63)


def test_an_older_report_stays_intact_when_anything_fails(assessment, tmp_path, monkeypatch):
    out = tmp_path / "run"
    write_run(assessment, out, command="first")
    before = {name: (out / name).read_bytes() for name in FILES}

    def fail(found, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(render, "write_forecast", fail)
    with pytest.raises(InputError, match="must be a folder one can write to; found 'No space left"):
        write_run(assessment, out, command="second")
    assert {name: (out / name).read_bytes() for name in FILES} == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_older_report_is_replaced(assessment, tmp_path):
    write_run(assessment, tmp_path, command="first")
    (tmp_path / "mine.txt").write_text("kept")
    write_run(assessment, tmp_path, command="second")
    assert json.loads((tmp_path / "manifest.json").read_text())["command"] == "second"
    assert (tmp_path / "mine.txt").read_text() == "kept"


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_out_must_be_a_folder(assessment, tmp_path, place):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="must be a folder") as caught:
        write_run(assessment, tmp_path / place, command="x")
    assert "\n" not in str(caught.value)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_out_must_be_writable(assessment, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="must be a folder one can write to"):
        write_run(assessment, tmp_path, command="x")


def test_a_folder_where_a_file_should_go_is_refused_before_anything_changes(assessment, tmp_path):
    write_run(assessment, tmp_path, command="first")
    (tmp_path / "manifest.json").unlink()
    (tmp_path / "manifest.json").mkdir()
    before = (tmp_path / "verdict.json").stat().st_ino
    with pytest.raises(InputError, match=r"manifest\.json: must not be a folder"):
        write_run(assessment, tmp_path, command="second")
    assert (tmp_path / "verdict.json").stat().st_ino == before


def test_a_scoreboard_that_is_none_is_named(assessment, tmp_path):
    board = tmp_path / "scoreboard.json"
    board.write_text('{"rows": 3}')
    with pytest.raises(InputError, match=r"scoreboard\.json: must be what"):
        write_run(assessment, tmp_path / "run", command="x", scoreboard=board)
    assert not (tmp_path / "run").exists()


def test_an_assessment_without_outcomes_offsets_or_checks_still_reports(assessment, tmp_path):
    bare = replace(
        assessment,
        outcomes=(),
        risks=(),
        flips=(),
        buffers=(),
        maps=(),
        crossings=(),
        worths=(),
        offsets=(),
        comparators=(),
        gates=(),
        until=None,
        posterior=replace(assessment.posterior, checks=()),
    )
    write_run(bare, tmp_path / "bare", command="x")
    text = (tmp_path / "bare" / "report.md").read_text()
    assert "No check of the fit is known: nothing may be concluded from it." in text
    assert "lists no outcomes" in text
    assert "What would flip" not in text


def test_a_reader_of_five_minutes_finds_the_answer_before_the_contents(run):
    text = (run / "report.html").read_text()
    marks = ('class="lead', "wide matrix", "how far others could take", 'id="ceilings"', "<nav")
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)
    top = text[: text.index("<nav")]
    inside = re.sub(r"<details>.*?</details>", "", top, flags=re.DOTALL)
    assert inside.count("<tr>") < 20


def test_a_benchmark_the_evidence_has_never_seen_is_named_at_the_top(assessment, tmp_path):
    rows = tuple(
        replace(row, notes=("the evidence has no attempts on it: pooled width",))
        for row in assessment.verdicts
    )
    write_run(replace(assessment, verdicts=rows), tmp_path / "run", command="x")
    lead = (tmp_path / "run" / "report.md").read_text().splitlines()[4]
    assert lead.endswith("; the evidence has no attempts on it: pooled width.")
    assert lead.count("pooled width") == 1


def test_the_matrix_holds_verdicts_and_gates_by_scenario(run):
    text = (run / "report.md").read_text()
    assert "| scenario | knowledge: science | gate: any |" in text
    assert "| closed-api | ✓ clear 3.1 % | - |" in text
    assert "| open-weights | ✕ crosses 63 % | ✕ crosses |" in text


def test_the_new_sections_say_what_was_found(run):
    text = (run / "report.md").read_text()
    assert (
        "science: kept at SL3 (the default: the candidate's file states none), the chance that "
        "others reach 0.75 on GPQA diamond within 2 years, thefts included, is 62 %; published it "
        "is 63 %. One security level more: 22 points less, 40 %."
    ) in text
    assert (
        "science, open-weights: the bound lies 1.3 OOM (21.0 points) above today's score; a buffer "
        "of 4x is used up in 2.5 months, a buffer of six months is used up at once, the chance "
        "stays within the allowance until 2025-03-04."
    ) in text
    assert (
        "| science, open-weights | ✕ crosses | attempts: 0.9 times as many instead of 1 |" in text
    )
    assert "| science, closed-api | ✓ clear | nothing searched flips it | - |" in text
    assert (
        "science, closed-api: make 30 attempts. It is expected to bring the share of what is "
        "at stake that is decided wrongly from" in text
    )


def test_dark_paper_and_screens_have_colours_of_their_own(run):
    text = (run / "report.html").read_text()
    assert text.count("--paper:") == 2
    assert "@media screen and (prefers-color-scheme: dark)" in text
    used = set(re.findall(r"var\(--([\w-]+)", text))
    light, dark = (
        set(re.findall(r"--([\w-]+):", part)) for part in text.split("@media screen")[:2]
    )
    assert used <= light
    assert used <= dark


def test_the_report_is_light(run):
    assert (run / "report.html").stat().st_size < 300_000


def test_a_prior_that_the_evidence_contradicts_is_said_beside_the_checks(assessment, tmp_path):
    from leakbound.calibration.conflict import Conflict

    write_run(assessment, tmp_path / "agreed", command="x")
    assert "No prior-data conflict was found." in (tmp_path / "agreed/report.md").read_text()
    far = Conflict("trend", 0.1, 0.2, 0.3, 1e-6, 0.9, 1e-9, 1e-8)
    write_run(replace(assessment, conflicts=(far,)), tmp_path / "far", command="x")
    for name in ("report.md", "report.html"):
        page = (tmp_path / "far" / name).read_text()
        assert "Prior-data conflict in trend: the posterior is 0.2 logits/year" in page
        assert "No prior-data conflict was found." not in page
