"""One entrant in a process of its own, so that its memory and its time are its own.

    python -m penumbra.comparison.worker

Reads an `Order` from standard input and says on standard output, a JSON object a line, what it
begins ("begin"), what ended ("done", or "passed" where there was nothing to ask), that it cannot
take part ("refused"), and at the end its "peak" of memory in bytes.
"""

import json
import os
import resource
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from penumbra.comparison.asking import Answer, ask
from penumbra.comparison.entrants import Entrant, entrant_of, load_entrant
from penumbra.comparison.measure import Region, region_of, scores_of, sparsification
from penumbra.comparison.peers import ready_made
from penumbra.comparison.record import RESULTS, Record, append_record, matte_path
from penumbra.comparison.scenes import Case, Places, Protocol, Scene, rounded
from penumbra.comparison.sets import MADE, groups_of
from penumbra.core.errors import MatteError, OutputError
from penumbra.core.predictor import Predictor
from penumbra.io import save_alpha

Tell = Callable[[dict[str, Any]], None]

Task = tuple[str, str, Protocol]
"""Group, picture, and what is said."""


@dataclass(frozen=True)
class Order:
    """What a worker does.

    Attributes:
        entrant: Who is asked.
        data: Folder of the datasets, or None.
        object_mattes: Mattes of held-aside portraits, or None.
        output: Folder of the comparison.
        clicks: Of the robot, at most.
        tasks: What is asked, in this order.
    """

    entrant: Entrant
    data: Path | None
    object_mattes: Path | None
    output: Path
    clicks: int
    tasks: tuple[Task, ...]

    @property
    def places(self) -> Places:
        """Where pictures are found."""
        return Places(self.data, self.object_mattes, self.output / MADE)

    def to_text(self) -> str:
        """Return it as one line."""
        return json.dumps(asdict(self), default=str)


def order_of(text: str) -> Order:
    """Return the order that `Order.to_text` was asked of."""
    said = json.loads(text)
    data, mattes = (None if said[k] is None else Path(said[k]) for k in ("data", "object_mattes"))
    tasks = tuple((group, picture, protocol) for group, picture, protocol in said["tasks"])
    entrant = entrant_of(said["entrant"])
    return Order(entrant, data, mattes, Path(said["output"]), said["clicks"], tasks)


def work(order: Order, tell: Tell) -> None:
    """Carry out an order; every answer is a line of the results before it is told.

    Raises:
        OutputError: Nothing can be written.
    """
    cases = {
        (case.group, case.picture): case
        for group in groups_of(order.places)[0]
        for case in group.cases
    }
    try:
        answer = _asked(order)
        if order.tasks:
            _warm_up(order, cases, answer)
    except (MatteError, ImportError) as error:
        tell({"refused": str(error)})
        return
    for group, picture, protocol in order.tasks:
        tell({"begin": [group, picture, protocol]})
        record = _record(order, cases[group, picture], protocol, answer)
        if record is None:
            tell({"passed": [group, picture, protocol]})
            continue
        append_record(order.output / RESULTS, record)
        tell({"done": [group, picture, protocol], "error": record.error})
    tell({"peak": peak_memory()})


def peak_memory() -> int:
    """Return the largest memory that this process has held, in bytes.

    Where Linux says it of the process alone, that; elsewhere of all that this process has been.
    """
    try:
        for line in Path("/proc/self/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


Asked = Callable[[Case, Scene, Protocol], Answer]


def _asked(order: Order) -> Asked:
    """Return the way to ask the entrant."""
    if order.entrant.maker == "folder":
        return partial(_found, Path(order.entrant.source))
    return partial(_answered, load_entrant(order.entrant), order.clicks)


def _answered(
    predictor: Predictor[Any], clicks: int, case: Case, scene: Scene, protocol: Protocol
) -> Answer:
    return ask(predictor, scene, protocol, clicks)


def _found(folder: Path, case: Case, scene: Scene, protocol: Protocol) -> Answer:
    return Answer(rounded(ready_made(folder, case.group, case.picture)))


def _warm_up(order: Order, cases: dict[tuple[str, str], Case], answer: Asked) -> None:
    """Ask about the first picture once, so that loading and compiling count for no picture."""
    group, picture, protocol = order.tasks[0]
    case = cases[group, picture]
    try:
        scene = case.read()
        if protocol != "trimap" or scene.trimap is not None:
            answer(case, scene, protocol)
    except ImportError:
        raise
    except Exception:
        # It will be met again, and written down then.
        traceback.print_exc()


def _record(order: Order, case: Case, protocol: Protocol, answer: Asked) -> Record | None:
    """Ask and measure; None where a trimap is wanted and there is none."""
    about = (case.group, case.picture, case.kind, case.is_free, order.entrant.name, protocol)
    megapixels, region = 0.0, Region("image", None, 0)
    try:
        scene = case.read()
        if protocol == "trimap" and scene.trimap is None:
            return None
        megapixels, region = scene.alpha_true.size / 1e6, region_of(scene, protocol)
        sizes = (region.name, megapixels, region.pixels / 1e6)
        found = answer(case, scene, protocol)
        _keep(order, case, protocol, found)
        curve = dict(found.curve)
        if found.uncertainty is not None:
            curve |= sparsification(found.alpha, scene, found.uncertainty, region)
        return Record(
            *about,
            *sizes,
            effort_clicks=found.clicks,
            effort_seconds=round(found.effort, 3),
            seconds=found.seconds,
            answer_seconds=found.each,
            scores=scores_of(found.alpha, scene, region),
            curve=curve,
        )
    except OutputError:
        raise
    except Exception as error:  # a bug of one entrant ends neither it nor the others
        if not isinstance(error, MatteError):
            traceback.print_exc()
        reason = str(error) if isinstance(error, MatteError) else repr(error)
        return Record(
            *about, region.name, megapixels, region.pixels / 1e6, error=reason or "no reason given"
        )


def _keep(order: Order, case: Case, protocol: Protocol, found: Answer) -> None:
    path = matte_path(order.output, order.entrant.name, protocol, case.group, case.picture)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path.parent} must be writable, got {error.strerror!r}") from error
    save_alpha(path, found.alpha)


def main() -> None:
    """Read the order, and keep standard output for what is told."""
    with os.fdopen(os.dup(1), "w") as told:
        os.dup2(2, 1)  # what libraries print goes where errors go

        def tell(event: dict[str, Any]) -> None:
            told.write(json.dumps(event) + "\n")
            told.flush()

        work(order_of(sys.stdin.read()), tell)


if __name__ == "__main__":
    main()
