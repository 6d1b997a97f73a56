"""The options that mean the same in every command. Literal lists repeat the tables of the core,
which would load NumPy; a test holds the two equal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def positive(value: float | None) -> float | None:
    """A finite number > 0."""
    if value is not None and not 0 < value < float("inf"):
        raise typer.BadParameter(f"expected a finite number > 0, found {value:g}")
    return value


def path(word: str | Path) -> Path:
    """The file of a word: `-` is a standard stream, and `./-` a file, which are the same to `Path`."""
    found = Path(word)
    return found.absolute() if str(found) == "-" != str(word) else found


NoiseName = Literal["gaussian", "gumbel", "logistic", "laplace"]
MethodName = Literal["auto", "exact", "monte-carlo", "antithetic", "quasi-monte-carlo"]
EstimatorName = Literal["auto", "leave-one-out", "regression", "second-order"]
FormatName = Literal["table", "json", "jsonl", "yaml", "csv", "npz"]
BackendName = Literal["auto", "kernel", "ortools"]
SampleFormatName = Literal["npy", "npz", "csv", "jsonl"]
CatalogueFormatName = Literal["table", "json", "markdown"]
SchemaName = Literal["instance", "result", "manifest"]

Instances = Annotated[
    list[str],
    typer.Argument(
        metavar="INSTANCE",
        help="Instances: JSON, YAML or a standard file (.tsp, .gr, .mps ...); - reads standard input.",
        show_default=False,
    ),
]
Instance = Annotated[
    str,
    typer.Argument(
        metavar="INSTANCE",
        help="An instance: JSON, YAML or a standard file; - reads standard input.",
        show_default=False,
    ),
]
Epsilon = Annotated[
    float | None,
    typer.Option(
        "-e",
        "--epsilon",
        metavar="FLOAT",
        callback=positive,
        help="Temperature, in units of theta. (Default: the instance's, else 1.)",
        show_default=False,
    ),
]
Epsilons = Annotated[
    str,
    typer.Option(
        metavar="LOW:HIGH:COUNT",
        help="COUNT temperatures from LOW to HIGH, evenly spaced in log epsilon; or a list "
        "0.1,1,10.",
        show_default=False,
    ),
]
Noise = Annotated[
    NoiseName | None,
    typer.Option(
        help="Law of the noise. (Default: the instance's, else gaussian.)", show_default=False
    ),
]
Multiplicative = Annotated[
    bool,
    typer.Option(
        "--multiplicative",
        help="Log-normal factors exp(eps Z - eps^2/2) instead of added noise: every sign is kept.",
    ),
]
Covariance = Annotated[
    Path | None,
    typer.Option(
        parser=path,
        metavar="FILE",
        help="Covariance of Gaussian noise: .npy of d x d, or d for a diagonal; .npz with "
        "`diagonal` (d) and `factor` (d x r) for diag + factor factor^T.",
        show_default=False,
    ),
]
Scale = Annotated[
    Path | None,
    typer.Option(
        parser=path,
        metavar="FILE",
        help="A factor > 0 of the noise for each entry (.npy or .csv of theta's shape).",
        show_default=False,
    ),
]
Tolerance = Annotated[
    float | None,
    typer.Option(
        metavar="FLOAT",
        callback=positive,
        help="Sample until every standard error of the smoothed solution is at most this; "
        "--samples is then the limit.",
        show_default=False,
    ),
]
Jacobian = Annotated[
    bool, typer.Option("--jacobian", help="The Jacobian of the smoothed solution.")
]
JacobianEstimator = Annotated[
    EstimatorName, typer.Option(help="How the Jacobian is estimated from samples.")
]
JacobianLimit = Annotated[
    int, typer.Option(min=1, help="Largest theta whose Jacobian is a full matrix.")
]
JacobianDiagonal = Annotated[
    bool, typer.Option("--jacobian-diagonal", help="The diagonal of the Jacobian alone.")
]
Jvp = Annotated[
    Path | None,
    typer.Option(
        parser=path,
        metavar="FILE",
        help="v of theta's shape (.npy or .csv): J v, without forming J.",
        show_default=False,
    ),
]
Vjp = Annotated[
    Path | None,
    typer.Option(
        parser=path,
        metavar="FILE",
        help="u of theta's shape (.npy or .csv): u^T J, without forming J.",
        show_default=False,
    ),
]
Samples = Annotated[
    int | None,
    typer.Option(
        "-n",
        "--samples",
        min=2,
        help="Number of perturbed oracle calls. (Default: 1024.)",
        show_default=False,
    ),
]
Method = Annotated[MethodName, typer.Option(help="How the expectation is taken.")]
Target = Annotated[
    Path | None,
    typer.Option(
        parser=path,
        metavar="FILE",
        help="A solution, or several for their mean (.npy, .npz, .csv, JSON lines): the "
        "Fenchel-Young loss and its gradient. A mean takes some ten times the samples.",
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the noise.")]
Theta = Annotated[
    Path | None,
    typer.Option(
        "--theta",
        parser=path,
        metavar="FILE",
        help="Values (.npy or .csv) that replace the instance's theta or cost.",
        show_default=False,
    ),
]
Backend = Annotated[
    BackendName,
    typer.Option(help="Batched kernel or OR-Tools; auto takes the kernel where there is one."),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", callback=positive, help="Limit of one solve.", show_default=False
    ),
]
Workers = Annotated[
    int,
    typer.Option(
        "-j",
        "--workers",
        min=1,
        metavar="N",
        help="Processes that the oracle calls run in; the result is the same.",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Dask scheduler that the oracle calls run on; local starts one, with --workers.",
        show_default=False,
    ),
]
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        parser=path,
        metavar="FILE",
        help="Save there now and then what a long run has; the same command goes on from it, to the "
        "same result.",
        show_default=False,
    ),
]
AllowCode = Annotated[
    bool,
    typer.Option(
        "--allow-code",
        help="Run the code that an instance names; it may come from anyone.",
    ),
]
Format = Annotated[
    FormatName | None,
    typer.Option(
        "-f",
        "--format",
        help="Format of the result. (Default: by the suffix of -o, else a table on a terminal "
        "and JSON in a pipe.)",
        show_default=False,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        parser=path,
        metavar="FILE",
        help="Write the result there, all of it or nothing; its suffix picks the format.",
        show_default=False,
    ),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No notes and no progress.")]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="No progress bar.")]
NoTiming = Annotated[
    bool, typer.Option("--no-timing", help="Leave `seconds` out: the same bytes every time.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show where an error came from.")]
