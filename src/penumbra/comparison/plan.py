"""Who is asked what: pictures evenly spread over each set, so many for each way of speaking.

The numbers were chosen so that all data, with PyMatting, take about half an hour of two cores: what
one picture of each set takes, times their number.
"""

from collections.abc import Iterable, Sequence

from penumbra.comparison.entrants import Entrant
from penumbra.comparison.scenes import Group, Protocol, spread
from penumbra.comparison.worker import Task

MOST: dict[Protocol, int] = {"none": 20, "trimap": 20, "clicks": 10, "box": 10}
"""Pictures of each set."""

CLICKS = 10
"""Of the robot, for each picture."""


def tasks_of(entrant: Entrant, groups: Iterable[Group], limit: int | None) -> tuple[Task, ...]:
    """Return what an entrant is asked, by what is said, then by set.

    Args:
        entrant: Who is asked.
        groups: Sets of pictures.
        limit: Pictures of each set, in place of the entrant's own number and of `MOST`.
    """
    suited = [it for it in groups if not entrant.groups or it.name in entrant.groups]
    return tuple(
        (group.name, group.cases[place].picture, protocol)
        for protocol in entrant.protocols
        for group in suited
        if protocol in group.protocols
        for place in spread(len(group.cases), limit or entrant.most or MOST[protocol])
    )


def without(tasks: Sequence[Task], done: Iterable[Task]) -> tuple[Task, ...]:
    """Return the tasks that are not done."""
    ended = set(done)
    return tuple(task for task in tasks if task not in ended)
