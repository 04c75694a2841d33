"""Image after image of a published test set, whatever becomes of one of them."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from penumbra.core.errors import MatteError
from penumbra.core.hints import Hints
from penumbra.evaluation.answers import Answers
from penumbra.evaluation.protocol import Case, PersonCase, Table
from penumbra.evaluation.run import Failure, Row, Sample, measure

T = TypeVar("T")
AnyCase = TypeVar("AnyCase", Case, PersonCase)

Tell = Callable[[str, Failure | None, float], None]
"""Called with each that has come to an end: its name, why it failed, its seconds."""

_LOG = logging.getLogger(__name__)


def run_cases(
    cases: Sequence[AnyCase], work: Callable[[AnyCase], T], tell: Tell
) -> tuple[list[T], tuple[Failure, ...]]:
    """Do the same with every image, or every person.

    Returns:
        What came of those that could be measured, in their order, and the others with the
        reason.  The traceback of a bug goes to the log.
    """
    results, failed = [], []
    for case in cases:
        began, failure = time.perf_counter(), None
        try:
            results.append(work(case))
        except MatteError as error:
            failure = Failure(case.name, str(error))
        except MemoryError:
            failure = Failure(case.name, "image must fit into memory, got no more of it")
        except Exception as error:
            _LOG.exception(case.name)
            failure = Failure(case.name, f"{type(error).__name__}: {error}", is_bug=True)
        if failure is not None:
            failed.append(failure)
        tell(case.name, failure, time.perf_counter() - began)
    return results, tuple(failed)


def measure_case(case: Case, answers: Answers, table: Table) -> Row:
    """Ask for the matte of one image and measure it.

    Where a table gives no trimap, a model that cannot do without one gets it all the same.

    Raises:
        MatteError: A file of the image cannot be used, or the model cannot answer.
    """
    truth = case.truth()
    is_given = table.has_trimap or "trimap" in answers.predictor.card.requires
    hints = Hints(trimap=truth.trimap if is_given else None)
    alpha = answers.matte(case.name, case.image, hints)
    return measure(Sample(case.name, alpha, truth.alpha, truth.trimap), table.benchmark)
