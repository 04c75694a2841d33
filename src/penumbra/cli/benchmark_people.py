"""The work of `penumbra benchmark` where simulated users talk to models about people."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from penumbra.cli.benchmark_job import Ask, check_ask, options_of, run_all, write_found
from penumbra.cli.cut_loop import end
from penumbra.core.errors import InputError
from penumbra.core.predictor import Predictor
from penumbra.core.settings import with_options
from penumbra.evaluation.plot import panels_svg
from penumbra.evaluation.protocol import OfPeople, PersonCase, PersonCurve, PersonTable
from penumbra.evaluation.rounds import means_of, person_rounds, rounds_json, rounds_text
from penumbra.evaluation.spoken import person_outcome, spoken_json, spoken_text, suited, talks_of
from penumbra.io import write_atomically
from penumbra.systems import registry


def rerun_people(found: OfPeople, cases: Sequence[PersonCase], limit: int | None, ask: Ask) -> None:
    """Measure the people and say what came of it.

    Args:
        found: What is run again.
        cases: All people.
        limit: Of how many pictures they are taken; of all if None.
        ask: What is asked for.

    Raises:
        InputError: A model or a setting cannot be had, or does not suit the benchmark.
        MatteError: Nothing could be measured, or a result cannot be written.
        PartlyDoneError: Some people failed; the table is there.
    """
    check_ask(found, ask)
    predictors = {model: _predictor(model, found, ask) for model in ask.models}
    pictures = list(dict.fromkeys(case.picture for case in cases))
    kept = set(pictures[:limit])
    chosen = [case for case in cases if case.picture in kept]
    options = {model: options_of(predictor) for model, predictor in predictors.items()}
    about = {"models": options, "images": len(kept), "of": len(pictures), "people": len(chosen)}
    if isinstance(found, PersonTable):
        _table(found, chosen, predictors[ask.models[0]], about, ask)
    else:
        _curve(found, chosen, predictors, about, ask)


def _predictor(model: str, found: OfPeople, ask: Ask) -> Predictor[Any]:
    """Make a model ready, unless nobody can talk to it as the benchmark does."""
    talks = talks_of(found)
    if not suited(talks, registry.card(model)):
        kinds = " or ".join(dict.fromkeys("+".join(sorted(talk.kinds)) for talk in talks))
        raise InputError(f"model must take {kinds} and need nothing else, got {model!r}")
    return with_options(registry.load_predictor(model, licence=ask.licence), ask.settings)


def _table(
    table: PersonTable,
    cases: Sequence[PersonCase],
    predictor: Predictor[Any],
    about: dict[str, Any],
    ask: Ask,
) -> None:
    work = partial(person_outcome, predictor=predictor, table=table)
    people, failed, entries = run_all(cases, work, ask)
    if people:
        text = spoken_text(people, table, predictor.card, failed)
        write_found(text, spoken_json(people, table, failed), table, about, ask)
    end(entries)


def _curve(
    curve: PersonCurve,
    cases: Sequence[PersonCase],
    predictors: Mapping[str, Predictor[Any]],
    about: dict[str, Any],
    ask: Ask,
) -> None:
    work = partial(person_rounds, predictors=predictors, curve=curve)
    people, failed, entries = run_all(cases, work, ask)
    if people:
        text = f"{curve.name}\n\n{rounds_text(people, curve, predictors, failed)}"
        write_found(text, rounds_json(people, curve, failed), curve, about, ask)
        if ask.plot is not None:
            places = range(1, curve.rounds + 1)
            write_atomically(ask.plot, panels_svg(places, means_of(people, curve), "round"))
    end(entries)
