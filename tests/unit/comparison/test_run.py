"""A whole comparison in a folder: ready-made mattes of one tiny picture."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from penumbra.comparison import processes
from penumbra.comparison.entrants import Entrant
from penumbra.comparison.record import RESULTS, read_records, read_run
from penumbra.comparison.run import Wish, carry_out, prepare
from penumbra.comparison.worker import Task
from penumbra.core.errors import OutputError
from penumbra.io import save_alpha
from tests.held_sets import square, write_drawn, write_portraits

Told = list[tuple[str, Task, str]]


def wish(tmp_path: Path, **changes: Any) -> Wish:  # noqa: ANN401 - by the field
    """Three portraits and one drawn picture, a folder of mattes that lacks the third portrait."""
    data = write_portraits(tmp_path / "data")
    folder = tmp_path / "ready"
    folder.mkdir(exist_ok=True)
    for name in ("00000", "00001", "hair-0"):
        save_alpha(folder / f"{name}.png", square())
    write_drawn(tmp_path / "out")
    entrant = Entrant("folder f", "folder", ("none",), ("portraits", "drawn"), str(folder))
    whole = Wish(
        data, None, tmp_path / "out", (entrant,), {"someone": "ill"}, (), (), 3, None, ("all",)
    )
    return replace(whole, **{"groups": ("portraits",)} | changes)


def compared(what: Wish) -> Told:
    told: Told = []
    carry_out(what, prepare(what), lambda *it: told.append(it))
    return told


def test_everything_is_asked_in_another_process_and_noted(tmp_path: Path) -> None:
    what = wish(tmp_path)

    told = compared(what)

    assert [(name, task[1], bool(error)) for name, task, error in told] == [
        ("folder f", "00000", False),
        ("folder f", "00001", False),
        ("folder f", "00002", True),
    ]
    assert len(read_records(what.output / RESULTS)) == 3
    about = read_run(what.output)
    assert about["left_out"] == {"someone": "ill"}
    assert about["groups"]["portraits"]["pictures"] == 3
    assert about["entrants"]["folder f"]["peak_memory"] > 10_000_000
    assert about["leaks"]["is_checked"] is False
    assert about["command"] == ["all"]
    assert set(about) == {
        *("of", "entrants", "command", "date", "hardware", "versions", "groups", "left_out"),
        "leaks",
    }


def test_what_is_there_is_not_asked_again(tmp_path: Path) -> None:
    """Interrupted after the first answer, it goes on with the second; more sets may be added."""
    what = wish(tmp_path)

    def stop(name: str, task: Task, error: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(what, prepare(what), stop)
    first = read_records(what.output / RESULTS)[:1]
    told = compared(replace(what, limit=2))
    more = compared(replace(what, groups=("drawn",), limit=1))

    assert [record.picture for record in first] == ["00000"]
    assert "00000" not in [task[1] for _, task, _ in told]
    assert compared(replace(what, limit=2)) == []
    assert [task for _, task, _ in more] == [("drawn", "hair-0", "none")]
    assert set(read_run(what.output)["groups"]) == {"portraits", "drawn"}


@pytest.mark.parametrize(
    ("change", "said"),
    [({"data": None}, "with other data"), ({"clicks": 4}, "with other clicks")],
)
def test_a_folder_of_another_run_is_refused(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    prepare(wish(tmp_path))

    with pytest.raises(OutputError, match=said):
        prepare(wish(tmp_path, **change))


def test_other_mattes_under_one_name_are_refused(tmp_path: Path) -> None:
    what = wish(tmp_path)
    prepare(what)
    other = replace(what.entrants[0], source=str(tmp_path))

    with pytest.raises(OutputError, match="got another 'folder f'"):
        prepare(replace(what, entrants=(other,)))


def test_results_without_a_note_are_nobodys(tmp_path: Path) -> None:
    what = wish(tmp_path)
    (what.output / RESULTS).write_text("")

    with pytest.raises(OutputError, match=r"got results without run\.json"):
        prepare(what)


DYING = """
import json, os, sys
tasks = json.loads(sys.stdin.read())["tasks"]
print(json.dumps({"begin": tasks[0]}), flush=True)
if tasks[0][1] == "00001":
    os._exit(9)
print(json.dumps({"done": tasks[0], "error": ""}), flush=True)
"""


def test_a_worker_that_dies_loses_one_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash of somebody's library, or a lack of memory, must not be met again and again."""
    monkeypatch.setattr(processes, "WORKER", (sys.executable, "-c", DYING))

    told = compared(wish(tmp_path))

    assert [(task[1], error) for _, task, error in told] == [
        ("00000", ""),
        ("00001", "its process ended with status 9"),
        ("00002", ""),
    ]
    records = read_records(tmp_path / "out" / RESULTS)
    assert [(record.picture, record.error) for record in records] == [
        ("00001", "its process ended with status 9")
    ]


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import os; os._exit(7)", "its process ended with status 7; see worker.log"),
        (f"print({json.dumps(json.dumps({'refused': 'no weights'}))})", "no weights"),
    ],
)
def test_who_cannot_begin_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, reason: str
) -> None:
    monkeypatch.setattr(processes, "WORKER", (sys.executable, "-c", program))

    assert compared(wish(tmp_path)) == []
    assert read_run(tmp_path / "out")["left_out"]["folder f"] == reason
    assert read_records(tmp_path / "out" / RESULTS) == []
