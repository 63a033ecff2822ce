"""Draw the README's picture: DeepSeek-V3 with what was known on its release day.

Usage: python experiments/picture.py [OUT]; needs the posterior that `make report` leaves in the cache.
"""

from __future__ import annotations

import sys
from pathlib import Path

from leakbound.cli.assess import run_assessment
from leakbound.report.palette import fixed
from leakbound.report.past import Coverage
from leakbound.report.pictures.years import years_pictures

HERE = Path(__file__).parents[1]


def main(out: Path) -> None:
    """Write the first picture of the report (GPQA diamond) as SVG."""
    found = run_assessment(
        HERE / "experiments/candidates/deepseek-v3.toml", model="default", scenarios=None,
        evidence=[], until="2024-12-26", seed=None,
    )  # fmt: skip
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="720" style="background:white" '
    picture = fixed(years_pictures(found, Coverage(None))[0].svg)
    out.write_text(picture.replace("<svg ", head, 1))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "docs/deepseek-v3.svg")
