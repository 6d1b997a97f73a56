"""The options of `perturb plot`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from perturbcli import options

KindName = Literal[
    "auto",
    "grid",
    "graph",
    "plane",
    "matrix",
    "pairs",
    "bars",
    "simplex",
    "sweep",
    "jacobian",
    "estimates",
    "moments",
    "convergence",
]


def file(help_: str, parser: Any = None) -> Any:
    """An option that names a file."""
    return typer.Option(metavar="FILE", parser=parser, help=help_, show_default=False)


LARGEST = 200.0  # inches, of a page of PDF


def length(value: float | None) -> float | None:
    """Inches that a picture can have."""
    if value is not None and not 0 < value <= LARGEST:
        message = f"expected a length > 0 of at most {LARGEST:g} inches, found {value:g}"
        raise typer.BadParameter(message)
    return value


def side(help_: str) -> Any:
    """An option that is a length."""
    return typer.Option(metavar="INCHES", callback=length, help=help_, show_default=False)


def plot(
    result: Annotated[
        str,
        typer.Argument(
            metavar="RESULT",
            help="A saved result: .json, .yaml or .npz; - reads standard input.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="FIGURE",
            help="The picture: .png, .svg or .pdf, as the suffix says.",
            show_default=False,
        ),
    ],
    kind: Annotated[
        KindName,
        typer.Option(
            help="Of solve and smooth: grid (a grid_path over its costs), graph (edges), plane (a "
            "tour), matrix, pairs (an assignment as lines), bars, jacobian; of sweep: simplex "
            "(three options), sweep; of fit: estimates, moments (fitted against observed), "
            "convergence. auto takes the first that the result allows."
        ),
    ] = "auto",
    instance: Annotated[
        str | None, file("The result's instance: the edges of a graph, the costs of a grid.")
    ] = None,
    theta: options.Theta = None,
    coordinates: Annotated[
        Path | None, file("Places of nodes or cities: DIMACS .co, lines `v ID X Y`.")
    ] = None,
    data: Annotated[
        Path | None, file("Write the numbers behind the picture as CSV.", parser=options.path)
    ] = None,
    width: Annotated[float | None, side("Of the picture. (Default: what it takes.)")] = None,
    height: Annotated[float | None, side("Likewise.")] = None,
    dpi: Annotated[
        float, typer.Option(min=10, max=2400, metavar="FLOAT", help="Pixels in an inch, of PNG.")
    ] = 150,
    quiet: options.Quiet = False,
    debug: options.Debug = False,  # noqa: ARG001 - the error boundary reads it
) -> int:
    """Draw a saved result. Takes matplotlib, the extra `plot` of the package.

    Example: perturb smooth sample_problems/commute.yaml | perturb plot - -o commute.png
    """
    from perturbcli.commands import plot as command

    settings = command.Settings(kind, instance, theta, coordinates, data, width, height, dpi)
    return command.run(result, output, settings, quiet=quiet)
