"""The work of `penumbra benchmark`: models made ready, images measured, results written."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, is_dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from penumbra.batch.report import Entry, Status
from penumbra.cli.cut_loop import end
from penumbra.cli.progress import telling
from penumbra.core.card import Wanted
from penumbra.core.errors import InputError, OutputError
from penumbra.core.predictor import Predictor, Refiner
from penumbra.core.settings import with_options
from penumbra.evaluation.answers import Answers, claim
from penumbra.evaluation.breakdown import breakdowns, breakdowns_json
from penumbra.evaluation.clicked import clicked_json, clicked_rows, clicked_text, played
from penumbra.evaluation.doubted import doubted_curve, doubted_json, doubted_text
from penumbra.evaluation.plot import curves_svg, require_matplotlib
from penumbra.evaluation.protocol import (
    Case,
    ClickTable,
    Curve,
    DoubtCurve,
    OfImages,
    OfPeople,
    PersonCurve,
    Published,
    RefineTable,
    Table,
    first_of_each,
)
from penumbra.evaluation.refined import refined_json, refined_rows, refined_text
from penumbra.evaluation.rerun import AnyCase, measure_case, run_cases
from penumbra.evaluation.run import Failure, gather
from penumbra.evaluation.sensitivity import (
    Errors,
    Sensitivity,
    errors_of,
    sensitivity_json,
    sensitivity_text,
)
from penumbra.evaluation.table import as_json, as_text
from penumbra.io import Bits, check_suffix, write_atomically
from penumbra.metrics.uncertainty import mean_curves
from penumbra.systems import registry
from penumbra.weights import entries

T = TypeVar("T")


@dataclass(frozen=True)
class Ask:
    """What is asked for.

    Attributes:
        read: Folders of the data.
        models: Names; several only for a curve.
        licence: Of their weights.
        settings: "name=value" for the options of every model.
        output: Where mattes are kept, or None.
        json_path: Where everything measured is written, or None.
        plot: Where the curves are drawn, or None.
    """

    read: tuple[Path, ...]
    models: tuple[str, ...]
    licence: Wanted
    settings: tuple[str, ...]
    output: Path | None
    json_path: Path | None
    plot: Path | None


def published() -> dict[str, Published]:
    """Return every table and curve that can be run again, by name, in the order of the models."""
    rooms = [registry.system(name) for name in registry.NAMES]
    return {each.name: each for room in rooms for each in room.benchmarks}


def owner(name: str) -> str:
    """Return the model whose paper a table or curve is from."""
    rooms = ((model, registry.system(model)) for model in registry.NAMES)
    return next(model for model, room in rooms if name in {each.name for each in room.benchmarks})


def check_places(ask: Ask) -> None:
    """Refuse, before any work, to write where is read or where nothing can be written.

    Raises:
        OutputError: A result would land among the data, in no folder, or is no SVG.
        InputError: A plot is asked for without the means to draw one.
    """
    for place in (ask.output, ask.json_path, ask.plot):
        for folder in ask.read:
            if place is not None and place.resolve().is_relative_to(folder.resolve()):
                raise OutputError(f"output must lie outside of the data, got {place}")
    for file in (ask.json_path, ask.plot):
        if file is not None and not file.resolve().parent.is_dir():
            raise OutputError(f"{file} must lie in a folder, got none of that name")
    if ask.plot is not None:
        check_suffix(ask.plot, (".svg", ".SVG"))
        require_matplotlib()


def rerun(found: OfImages, cases: Sequence[Case], limit: int | None, ask: Ask) -> None:
    """Measure the images and say what came of it.

    Raises:
        InputError: A model or a setting cannot be had, or does not suit the benchmark.
        MatteError: Nothing could be measured, or a result cannot be written.
        PartlyDoneError: Some images failed; the table is there.
    """
    check_ask(found, ask)
    if isinstance(found, Curve):
        cases = first_of_each(cases)
    chosen = cases[:limit]
    answers = {model: _answers(model, found, ask) for model in ask.models}
    options = {model: options_of(its.predictor) for model, its in answers.items()}
    about = {"models": options, "images": len(chosen), "of": len(cases)}
    one = answers[ask.models[0]]
    match found:
        case Table():
            _table(found, chosen, one, about, ask)
        case Curve():
            _curve(found, chosen, answers, about, ask)
        case ClickTable():
            _click_table(found, chosen, one, about, ask)
        case RefineTable():
            _refine_table(found, chosen, one, about, ask)
        case DoubtCurve():
            _doubt_curve(found, chosen, one, about, ask)


def check_ask(found: Published, ask: Ask) -> None:
    """Refuse, by `InputError`, what does not suit the benchmark."""
    if len(ask.models) > 1 and not isinstance(found, Curve | PersonCurve):
        raise InputError(f"{found.name} must be run with one model, got {len(ask.models)}")
    if ask.plot is not None and not isinstance(found, Curve | DoubtCurve | PersonCurve):
        raise InputError(f"{found.name} must be run without a plot")
    if ask.output is not None and isinstance(found, RefineTable | DoubtCurve | OfPeople):
        raise InputError(f"{found.name} must be run without an output: it keeps no mattes")


def _table(
    table: Table, cases: Sequence[Case], answers: Answers, about: dict[str, Any], ask: Ask
) -> None:
    work = partial(measure_case, answers=answers, table=table)
    rows, failed, entries = run_all(cases, work, ask)
    if rows:
        report = replace(gather(rows, table.benchmark), failed=failed)
        text = "\n".join([as_text(report, table.printed), *breakdowns(report, table, cases)])
        values = as_json(report) | {"breakdowns": breakdowns_json(report, cases)}
        write_found(text, values, table, about, ask)
    end(entries)


def _curve(
    curve: Curve,
    cases: Sequence[Case],
    answers: dict[str, Answers],
    about: dict[str, Any],
    ask: Ask,
) -> None:
    def work(case: Case) -> Errors:
        return errors_of(case.name, case.image, case.truth().alpha, answers, curve.distances)

    rows, failed, entries = run_all(cases, work, ask)
    if rows:
        found = Sensitivity(curve.distances, tuple(rows), failed)
        text = f"{curve.name}\n\n{sensitivity_text(found)}"
        write_found(text, sensitivity_json(found), curve, about, ask)
        if ask.plot is not None:
            drawn = curves_svg(
                found.distances, found.means, "dilation of the trimap, px", "SAD / 1000"
            )
            write_atomically(ask.plot, drawn)
    end(entries)


def _click_table(
    table: ClickTable, cases: Sequence[Case], answers: Answers, about: dict[str, Any], ask: Ask
) -> None:
    rows, failed, entries = run_all(cases, partial(clicked_rows, answers=answers, table=table), ask)
    if rows:
        found = played(rows, table, failed)
        write_found(clicked_text(found, table), clicked_json(found), table, about, ask)
    end(entries)


def _refine_table(
    table: RefineTable, cases: Sequence[Case], answers: Answers, about: dict[str, Any], ask: Ask
) -> None:
    predictor = answers.predictor
    if not isinstance(predictor, Refiner):
        raise InputError(f"model must be one that refines, got {predictor.card.name!r}")
    rows, failed, entries = run_all(
        cases, partial(refined_rows, predictor=predictor, table=table), ask
    )
    if rows:
        text = refined_text(rows, table, failed)
        write_found(text, refined_json(rows, table, failed), table, about, ask)
    end(entries)


def _doubt_curve(
    curve: DoubtCurve, cases: Sequence[Case], answers: Answers, about: dict[str, Any], ask: Ask
) -> None:
    work = partial(doubted_curve, predictor=answers.predictor)
    rows, failed, entries = run_all(cases, work, ask)
    if rows:
        text = f"{curve.name}\n\n{doubted_text(rows, failed)}"
        write_found(text, doubted_json(rows, failed), curve, about, ask)
        if ask.plot is not None:
            mean = mean_curves(rows)
            lines = {"uncertainty": mean.by_uncertainty.tolist(), "oracle": mean.oracle.tolist()}
            drawn = curves_svg(
                mean.shares, lines, "share of pixels taken away", "MSE of the rest / MSE of all"
            )
            write_atomically(ask.plot, drawn)
    end(entries)


def run_all(
    cases: Sequence[AnyCase], work: Callable[[AnyCase], T], ask: Ask
) -> tuple[list[T], tuple[Failure, ...], list[Entry]]:
    """Measure every image, or every person; return also what is said of each."""
    ends: list[Entry] = []
    models = ", ".join(ask.models)
    with telling(len(cases)) as tell:

        def note(name: str, failure: Failure | None, seconds: float) -> None:
            status, reason = Status.DONE, None
            if failure is not None:
                status, reason = Status.BUG if failure.is_bug else Status.FAILED, failure.reason
            ends.append(Entry(name, None, status, reason, models, None, None, None, seconds))
            tell(ends[-1])

        results, failed = run_cases(cases, work, note)
    return results, failed, ends


def _answers(model: str, found: OfImages, ask: Ask) -> Answers:
    """Make a model ready, with its settings and the folder of its mattes."""
    _check_model(model, found)
    predictor = with_options(registry.load_predictor(model, licence=ask.licence), ask.settings)
    is_rounded = isinstance(found, Curve | DoubtCurve) or found.benchmark.quantise != "none"
    bits: Bits = 8 if is_rounded else 16
    if ask.output is None:
        return Answers(predictor, bits=bits)
    weights = {entry.file: entry.sha256 for entry in entries() if entry.room == model}
    read = [str(folder.resolve()) for folder in ask.read]
    run: dict[str, Any] = {"benchmark": found.name, "read": read, "model": model}
    run |= {"options": options_of(predictor), "licence": ask.licence}
    claim(ask.output / model, run | {"weights": weights})
    return Answers(predictor, ask.output / model, bits)


def _check_model(model: str, found: OfImages) -> None:
    """Refuse a model that needs more hints than there are, or cannot take those there are."""
    card = registry.card(model)
    if isinstance(found, ClickTable):
        if "click" not in card.accepts:
            raise InputError(f"model must take clicks, got {model!r}")
    elif isinstance(found, Curve) or (isinstance(found, Table) and found.has_trimap):
        if "trimap" not in card.accepts or card.requires - {"trimap"}:
            raise InputError(f"model must take a trimap and need nothing else, got {model!r}")
    elif card.requires - {"trimap"} or card.is_hint_needed:
        raise InputError(f"model must need no hint but a trimap, got {model!r}")


def options_of(predictor: Predictor[Any]) -> dict[str, Any]:
    """Return how a model is applied, as values that JSON knows."""
    options = getattr(predictor, "options", None)
    return asdict(options) if is_dataclass(options) and not isinstance(options, type) else {}


def write_found(
    text: str, values: dict[str, Any], found: Published, about: dict[str, Any], ask: Ask
) -> None:
    """Print the table, say what it was made with, and write the numbers.

    Raises:
        OutputError: They cannot be written.
    """
    click.echo(text)
    click.echo(f"Source: {found.source}.")
    for model, options in about["models"].items():
        said = ", ".join(f"{name}={value}" for name, value in options.items())
        click.echo(f"Model: {model}" + (f" ({said})" if said else ""))
    first = "the first " if about["images"] < about["of"] else ""
    people = f", {about['people']} people" if "people" in about else ""
    click.echo(f"Images: {first}{about['images']} of {about['of']}{people}")
    if ask.json_path is not None:
        everything = {"name": found.name, "source": found.source, **about, "measured": values}
        data = json.dumps(everything, indent=2, allow_nan=False).encode("utf-8") + b"\n"
        write_atomically(ask.json_path, data)
