"""A picture as the bytes of a file, the same for the same result."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from perturbcli.core.errors import UsageError
from perturbcli.edge.plotting.kinds import module
from perturbcli.edge.plotting.style import STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from perturbcli.edge.plotting.subject import Subject

# Format -> what its files say of their making, without the time.
FORMATS: dict[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}

LARGEST = 2**28  # pixels, which take four bytes each, and as many again on their way to the file


def pictured(
    kind: str, subject: Subject, *, width: float | None = None, height: float | None = None
) -> Figure:
    """The picture; its size, in inches, is the kind's where it is not given."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    drawing = module(kind)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.0, 4.5), layout="constrained")
        drawing.draw(subject, figure)
        if width is not None or height is not None:
            own = figure.get_size_inches()
            figure.set_size_inches(width or float(own[0]), height or float(own[1]))
    return figure


def rendered(figure: Figure, format_: str, dpi: float = 150) -> tuple[bytes, list[str]]:
    """The bytes of a file of the format, and notes on what it could not show.

    Raises `UsageError` where the size leaves no room for the picture, or takes too much memory.
    """
    import matplotlib as mpl

    # Of the other formats too, in which what is of many parts is drawn as pixels.
    across, down = (round(side * dpi) for side in figure.get_size_inches().tolist())
    if across * down > LARGEST:
        message = f"expected at most {LARGEST / 1e6:.0f} million pixels, found {across} x {down}"
        raise UsageError(message, source="--width, --height and --dpi")
    content = io.BytesIO()
    with warnings.catch_warnings(record=True) as caught, mpl.rc_context(STYLE):
        warnings.simplefilter("always")
        figure.savefig(content, format=format_, dpi=dpi, metadata=FORMATS[format_])
    notes: list[str] = []
    for warning in caught:
        text = str(warning.message)
        if "missing from" in text:
            notes = ["the font lacks some characters of the labels, which are drawn as boxes"]
        elif "layout not applied" in text:
            size = "{:g} x {:g} inches".format(*figure.get_size_inches())
            message = f"expected room for the labels and the picture, found {size}"
            raise UsageError(message, source="--width and --height")
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
    return content.getvalue(), notes
