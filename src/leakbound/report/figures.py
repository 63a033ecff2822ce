"""What matplotlib's pictures share: their look, and files of the same bytes each time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakbound.errors import InputError
from leakbound.writing import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UNDATED: dict[str, Any] = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}


def look(font_size: float, **more: Any) -> AbstractContextManager[None]:
    """Return the context to draw and save a picture in: text stays text; `more` as in matplotlibrc."""
    import matplotlib as mpl

    settings: Any = {"svg.fonttype": "none", "font.size": font_size, **more}
    return mpl.rc_context(settings)


def save_figure(figure: Figure, path: Path, *, dpi: int = 150) -> None:
    """Write a figure whole or not at all, in the format its suffix names, undated.

    Raises
    ------
    InputError
        The suffix is no picture format, or the folder cannot be written to.
    """
    import matplotlib as mpl

    kind = path.suffix.lower().removeprefix(".")
    if kind not in UNDATED:
        rule = f"must end in one of {', '.join(UNDATED)}"
        raise InputError(str(path), rule, found=path.suffix)

    def write(part: Path) -> None:
        figure.savefig(part, format=kind, metadata=UNDATED[kind], dpi=dpi)

    with mpl.rc_context({"svg.hashsalt": "leakbound"}):
        write_whole(path, write)
