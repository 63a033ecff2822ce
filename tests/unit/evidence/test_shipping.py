from pathlib import Path

import pytest

from leakbound.errors import InputError
from leakbound.evidence import load_evidence, read_card
from leakbound.evidence.importers import IMPORTERS, Options
from leakbound.evidence.rows import write_rows
from leakbound.evidence.shipping import (
    add_evidence,
    card_for,
    made_from,
    regenerate,
    write_imported,
    write_rejects,
)

SHIPPED = Path(__file__).parents[3] / "src/leakbound/data/evidence"
MAPS = Path(__file__).parents[3] / "experiments/maps"
TEXTS = {"title": "Ours", "reference": "Lab notes"}


@pytest.mark.parametrize(
    ("name", "file", "format_", "options"),
    [
        ("pool-cells", "attempts_pool.csv", "pool", {"period": "half-year"}),
        ("oll-v2-cells", "attempts_oll_v2.csv", "oll-v2", {"period": "half-year"}),
        ("lineages", "facts_lineages.csv", "wide", {"column_map": MAPS / "lineages.toml"}),
        ("gains", "facts_gains.csv", "wide", {"column_map": MAPS / "gains.toml"}),
    ],
)
def test_shipped_files_are_what_their_sources_give(
    shared: Path, tmp_path: Path, name: str, file: str, format_: str, options: dict[str, object]
) -> None:
    card = tmp_path / f"{name}.toml"
    card.write_text((SHIPPED / f"{name}.toml").read_text())
    regenerate(shared / file, tmp_path / f"{name}.csv", format_=format_, **options)
    for suffix in ("csv", "toml"):
        made = (tmp_path / f"{name}.{suffix}").read_text()
        assert made == (SHIPPED / f"{name}.{suffix}").read_text()


def test_no_attempt_level_rows_of_the_pools_are_shipped() -> None:
    rows = load_evidence().rows
    names = rows.loc[rows["source"].isin(["pool-cells", "oll-v2-cells"]), "cell"]
    assert not names.str.contains(" > ").any()


def test_a_card_says_how_rows_were_made(tmp_path: Path) -> None:
    table = (
        "agent,release,p50_min,lo,hi\n"
        "gpt_4o,2024-05-13,6,3,12\no1,2024-12-05,37,20,64\nx,2024-01-01,1,0.5,2\n"
    )
    (tmp_path / "h.csv").write_text(table)
    imported = IMPORTERS["metr"](tmp_path / "h.csv", Options())
    made = made_from(tmp_path / "h.csv", imported, period="year")
    assert made["period"] == "year"
    assert len(str(made["from_sha256"])) == 64
    assert made["kept: passes every rule"] == 1
    assert sum(count for count in made.values() if isinstance(count, int)) == 3


def test_rejects_are_written_with_their_reasons(tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text("agent,release,p50_min,lo,hi\n-x,2024-01-01,1,0.5,2\n")
    imported = IMPORTERS["metr"](tmp_path / "h.csv", Options())
    write_rejects(imported, tmp_path / "rejects.csv")
    lines = (tmp_path / "rejects.csv").read_text().splitlines()
    assert lines[0] == "line,name,base_model,benchmark,verdict,reason,detail"
    assert lines[1].startswith("2,'-x,")


def test_a_file_without_anything_usable_is_refused(tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text("agent,release,p50_min,lo,hi\nx,2024-01-01,1,0.5,2\n")
    options = Options()
    imported = IMPORTERS["metr"](tmp_path / "h.csv", options)
    out = tmp_path / "out.csv"
    with pytest.raises(InputError, match="must hold at least one usable measurement"):
        write_imported(imported, tmp_path / "h.csv", out, options.registry)
    assert not out.exists()


def test_added_evidence_is_loaded_and_cited(tmp_path: Path, attempts) -> None:
    write_rows(attempts([0.6]), tmp_path / "ours.csv")
    out, count = add_evidence(tmp_path / "ours.csv", tmp_path / "mine", texts=TEXTS)
    assert (out, count) == (tmp_path / "mine/ours.csv", 1)
    evidence = load_evidence([tmp_path / "mine"])
    assert evidence.cards["ours"].reference == "Lab notes"
    assert evidence.digest != load_evidence().digest
    with pytest.raises(InputError, match="must not exist yet"):
        add_evidence(tmp_path / "ours.csv", tmp_path / "mine", texts=TEXTS)
    add_evidence(tmp_path / "ours.csv", tmp_path / "mine", texts=TEXTS, replacing=True)


def test_added_evidence_may_bring_benchmarks(tmp_path: Path, attempts) -> None:
    write_rows(attempts([0.6], benchmark="our-exam"), tmp_path / "ours.csv")
    registry = tmp_path / "registry.toml"
    registry.write_text('[benchmarks.our-exam]\ntitle = "x"\ndomain = "cyber"\nsource = "us"\n')
    mine = tmp_path / "mine"
    with pytest.raises(InputError, match="column benchmark"):
        add_evidence(tmp_path / "ours.csv", mine, texts=TEXTS)
    add_evidence(tmp_path / "ours.csv", mine, texts=TEXTS, registry_file=registry)
    assert load_evidence([mine]).registry["our-exam"].domain == "cyber"
    registry.write_text(registry.read_text().replace("cyber", "code"))
    write_rows(attempts([0.7], benchmark="our-exam"), tmp_path / "more.csv")
    with pytest.raises(InputError, match="must not exist yet, or be the same registry"):
        add_evidence(tmp_path / "more.csv", mine, texts=TEXTS, registry_file=registry)
    assert not (mine / "more.csv").exists()


def test_added_evidence_needs_a_card_and_a_name_of_its_own(tmp_path: Path, attempts) -> None:
    write_rows(attempts([0.6]), tmp_path / "ours.csv")
    with pytest.raises(InputError, match="needs a card: give --title and --reference"):
        add_evidence(tmp_path / "ours.csv", tmp_path / "mine", texts={})
    write_rows(attempts([0.6]), tmp_path / "lineages.csv")
    with pytest.raises(InputError, match="must not have the name of a shipped source"):
        add_evidence(tmp_path / "lineages.csv", tmp_path / "mine", texts=TEXTS)
    assert not (tmp_path / "mine").exists()


def test_a_card_beside_the_file_is_used(tmp_path: Path, attempts) -> None:
    write_rows(attempts([0.6], source="old/part-a"), tmp_path / "ours.csv")
    text = (SHIPPED / "gains.toml").read_text().split("[parts]")[0]
    (tmp_path / "ours.toml").write_text(text + '\n[parts]\npart-a = "one"\n')
    out, _ = add_evidence(tmp_path / "ours.csv", tmp_path / "mine", texts={"title": "New"})
    card = read_card(out.with_suffix(".toml"))
    assert card.title == "New"
    assert card.reference == card_for(SHIPPED / "gains.csv", "").reference
    assert load_evidence([tmp_path / "mine"]).without("ours/part-a").left_out == {
        "source ours/part-a": 1
    }
