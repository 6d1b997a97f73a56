"""`perturb fit`: the parameters at which the smoothed solver explains observed solutions."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path

from perturbcli.commands.checkpointing import Checkpointing, checkpointing
from perturbcli.commands.descending import Descending
from perturbcli.commands.diverted import diverted
from perturbcli.commands.each import SHORT, Call, loaded, named
from perturbcli.commands.engines import engine
from perturbcli.commands.sink import Sink
from perturbcli.commands.smooth import first
from perturbcli.core.errors import InputError, UsageError
from perturbcli.core.fitting.fitting import fit
from perturbcli.core.fitting.records import Fit, Progress
from perturbcli.core.running import Run
from perturbcli.edge.document import Document
from perturbcli.edge.fitted import fitted
from perturbcli.edge.reading import studies
from perturbcli.edge.reading.long_format import Columns
from perturbcli.edge.reading.studies import Study
from perturbcli.edge.rendering.progress import descent
from perturbcli.interrupts import Interrupts, interrupts
from perturbcli.reporting import note


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where the observations are, and what may explain them."""

    observations: str | None
    instance: str | None
    features: Path | None
    contexts: Path | None
    availability: Path | None
    weights: Path | None
    long: str | None
    observation: str | None
    option: str | None
    chosen: str | None
    generic: tuple[str, ...]
    specific: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the fit is made; None leaves epsilon and noise to the instance, then to the default."""

    intercepts: bool
    epsilon: float | None
    noise: str | None
    method: str
    errors: str
    level: float
    reference: str | None
    ridge: float
    goodness_of_fit: int
    samples: int | None
    tolerance: float
    seed: int
    descending: Descending


def run(
    files: Files,
    call: Call,
    settings: Settings,
    checkpoint: Path | None,
    *,
    show_progress: bool,
) -> int:
    """Fit, and write the result; returns the exit code."""
    check(files)
    settings.descending.check(files.features, files.contexts)
    sink = Sink.of(call.format, call.output, several=False)
    started = time.perf_counter()
    with (
        interrupts() as stop,
        engine(call.workers, call.cluster) as blocks,
        checkpointing(
            checkpoint, single="-" not in (files.observations, files.long, files.instance)
        ) as kept,
    ):
        with diverted():
            study = read(files, call, settings)
            if files.instance is None and files.long is None and not call.quiet:
                note(inference(study))
            result, document = fit_one(
                study, files, call, settings, blocks, stop, kept, show_progress
            )
        if call.timing:
            document["seconds"] = round(time.perf_counter() - started, 6)
        # A table says it itself.
        if document["message"] and sink.format != "table" and not call.quiet:
            note(f"{study.files['observations']}: {document['message']}")
        sink.write([document])
        return kept.ended(exit_code(result.status, stop))


def check(files: Files) -> None:
    """Raise `UsageError` for options that contradict each other."""
    columns = {
        "--observation": files.observation,
        "--option": files.option,
        "--chosen": files.chosen,
    }
    if files.long is None:
        if files.observations is None:
            raise UsageError(
                "expected SAMPLES, or --long with a CSV file of options; found neither"
            )
        others = columns | {"--generic": files.generic, "--specific": files.specific}
        stray = [name for name, value in others.items() if value]
        if stray:
            raise UsageError(f"{', '.join(stray)}: expected --long beside it, found none")
        return
    if files.observations is not None:
        raise UsageError("expected SAMPLES or --long, found both")
    missing = [name for name, value in columns.items() if value is None]
    if missing:
        raise UsageError(f"--long needs {', '.join(missing)} too")
    own: dict[str, str | Path | None] = {
        "--instance": files.instance,
        "--features": files.features,
        "--contexts": files.contexts,
        "--availability": files.availability,
    }
    stray = [name for name, value in own.items() if value is not None]
    if stray:
        raise UsageError(f"--long makes a family and features of its own: leave {stray[0]} out")


def read(files: Files, call: Call, settings: Settings) -> Study:
    """The study that the files hold."""
    if files.long is None:
        assert files.observations is not None
        return studies.of_rows(
            files.observations,
            None if files.instance is None else loaded(files.instance, call),
            backend=call.backend,
            time_limit=call.time_limit,
            weights=files.weights,
            features=files.features,
            contexts=files.contexts,
            availability=files.availability,
        )
    assert files.observation is not None
    assert files.option is not None
    assert files.chosen is not None
    return studies.of_choices(
        files.long,
        Columns(
            files.observation,
            files.option,
            files.chosen,
            files.generic,
            files.specific,
            settings.reference,
        ),
        weights=files.weights,
        backend=call.backend,
        time_limit=call.time_limit,
    )


def fit_one(
    study: Study,
    files: Files,
    call: Call,
    settings: Settings,
    run: Run,
    stop: Interrupts,
    checkpoint: Checkpointing,
    show_progress: bool,
) -> tuple[Fit, Document]:
    """The fit and its document."""
    instance = study.instance
    reference = None
    if settings.reference is not None:
        reference = studies.position(settings.reference, instance)
    source = study.files["observations"] if files.instance is None else files.instance
    with (
        named(source, instance, call.output),
        descent(instance.name, enabled=show_progress) as advance,
    ):

        def tell(progress: Progress) -> None:
            if advance is not None:
                advance(progress.calls, progress.gradient)

        try:
            result = fit(
                instance.oracle,
                study.observations,
                weights=study.weights,
                features=study.features,
                contexts=study.contexts,
                availability=study.availability,
                intercepts=settings.intercepts,
                epsilon=first(settings.epsilon, instance.epsilon, 1.0),
                noise=first(settings.noise, instance.noise, "gaussian"),
                method=settings.method,
                errors=settings.errors,
                level=settings.level,
                reference=reference,
                ridge=settings.ridge,
                goodness_of_fit=settings.goodness_of_fit,
                samples=settings.samples,
                loss=settings.descending.loss,
                descent=settings.descending.descent,
                tolerance=settings.tolerance,
                seed=settings.seed,
                run=run,
                progress=tell,
                stop=stop,
                checkpoint=checkpoint.of(
                    "fit", {**asdict(files), **asdict(settings), **call.reading}
                ),
            )
        except InputError as error:
            raise study.blamed(error) from error
    names = None
    if result.kind == "coefficients":
        size, intercepts = len(result.parameters.estimate), settings.intercepts
        names = studies.coefficients(study, size, reference, intercepts=intercepts)
    validation = settings.descending.validation(
        instance,
        result,
        contexts=files.contexts is not None,
        intercepts=settings.intercepts,
        reference=reference,
    )
    document = fitted(
        instance,
        result,
        named=files.instance is not None,
        names=names,
        reference=reference,
        ridge=settings.ridge,
        validation=validation,
    )
    return result, document


def inference(study: Study) -> str:
    """What was made of the rows, which is for the user to confirm."""
    oracle = study.instance.oracle
    keys = ", ".join(f"{key} {getattr(oracle, key)}" for key in oracle.keys())  # noqa: SIM118
    shape = " x ".join(map(str, oracle.shape))
    family = f"{oracle.problem} of {shape}" + (f" with {keys}" if keys else "")
    return (
        f"{study.files['observations']}: {len(study.observations)} rows, taken for solutions of "
        f"{family}; --instance would say otherwise"
    )


def exit_code(status: str, stop: Interrupts) -> int:
    """The exit code of a fit's status."""
    if status == "converged":
        return 0
    return stop.exit_code if stop() and status != "boundary" else SHORT
