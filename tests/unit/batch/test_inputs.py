"""From the command line to jobs: folders, names that must not meet, files that must survive."""

import os
from pathlib import Path, PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penumbra.batch.inputs import Job, Places, distinct_names, plan_jobs
from penumbra.core.errors import MatteError


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def outputs(jobs: list[Job]) -> list[str | None]:
    return [None if job.output is None else job.output.as_posix() for job in jobs]


@pytest.mark.parametrize(
    ("output", "expected"),
    [("b.png", "b.png"), ("b.WEBP", "b.WEBP"), ("out", "out/a.png"), ("there.d", "there.d/a.png")],
)
def test_one_file_goes_to_a_file_or_into_a_folder(output: str, expected: str) -> None:
    """A place without an ending is a folder, and so is one that is there as a folder."""
    touch("a.jpg")
    Path("there.d").mkdir()

    jobs = plan_jobs(["a.jpg"], Places(output))

    assert outputs(jobs) == [expected]
    assert not Path("out").exists()


def test_a_dash_is_a_stream() -> None:
    """Standard input has a name for folders; standard output has no path."""
    (piped,) = plan_jobs(["-"], Places("-", alpha="alpha.png"))
    (stored,) = plan_jobs(["-"], Places("out"))

    assert (piped.source, piped.output, piped.alpha) == (None, None, Path("alpha.png"))
    assert outputs([stored]) == ["out/stdin.png"]


def test_a_folder_keeps_its_sub_folders_and_its_order() -> None:
    """Everything that looks like a photograph is found, and nothing else."""
    touch(
        "in/b.jpg", "in/a/z.TIFF", "in/a/notes.txt", "in/.hidden.jpg", "in/.git/x.png", "in/c.gif"
    )

    jobs = plan_jobs(["in"], Places("out", alpha="alphas", foreground="colours"))

    assert outputs(jobs) == ["out/a/z.png", "out/b.png"]
    assert [job.alpha for job in jobs] == [Path("alphas/a/z.png"), Path("alphas/b.png")]
    assert [job.foreground for job in jobs] == [Path("colours/a/z.png"), Path("colours/b.png")]


def test_several_inputs_keep_the_names_of_their_folders() -> None:
    """Two shoots can both hold 0001.jpg."""
    touch("one/0001.jpg", "two/0001.jpg", "0001.jpg")

    jobs = plan_jobs(["one", "two", "0001.jpg"], Places("out"))

    assert outputs(jobs) == ["out/one/0001.png", "out/two/0001.png", "out/0001.png"]


def test_a_photograph_named_twice_is_cut_once() -> None:
    """A folder and a file in it; a link is a photograph of its own."""
    touch("in/a.jpg")
    Path("in/link.jpg").symlink_to("a.jpg")

    jobs = plan_jobs(["in", "in/a.jpg", "./in/../in/a.jpg"], Places("out"))

    assert [job.label for job in jobs] == ["in/a.jpg", "in/link.jpg"]


def test_results_and_hints_inside_the_input_folder_are_no_photographs() -> None:
    """A second run must not cut out the results of the first."""
    touch("in/a.jpg", "in/out/a.png", "in/masks/a.png", "in/alphas/a.png")

    jobs = plan_jobs(["in"], Places("in/out", alpha="in/alphas"), kept=[Path("in/masks")])

    assert [job.label for job in jobs] == ["in/a.jpg"]


def test_links_to_folders_are_not_followed() -> None:
    """A link to a folder above would never end."""
    touch("in/a.jpg")
    Path("in/loop").symlink_to(".", target_is_directory=True)

    assert len(plan_jobs(["in"], Places("out"))) == 1


def test_a_folder_that_cannot_be_listed_is_a_job_that_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its photographs would otherwise be missing from the report without a word."""
    touch("in/a.jpg", "in/locked/b.jpg")
    listing = os.scandir

    def scandir(folder: Path) -> object:
        if folder.name == "locked":
            raise PermissionError(13, "Permission denied")
        return listing(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    whole, locked = plan_jobs(["in"], Places("out"))

    assert whole.problem is None
    assert locked.label == "in/locked"
    assert locked.problem == "folder must be readable, got Permission denied"


@pytest.mark.parametrize(
    ("inputs", "places", "message"),
    [
        (["a.jpg", "b.jpg"], Places("out.png"), "output must be a folder for several inputs"),
        (["a.jpg", "b.jpg"], Places("-"), "output must be a folder for several inputs"),
        (["a.jpg", "b.jpg"], Places("note"), "output must be a folder for several inputs"),
        (["in"], Places("out.png"), "output must be a folder for several inputs"),
        (["empty"], Places("out"), "input must hold at least one photograph, got empty"),
        (["in"], Places("in"), "input must not be a folder of results or hints, got in"),
        ([""], Places("out"), "input must be a file, a folder or -, got an empty name"),
        (["a.jpg"], Places(""), "output must be a file, a folder or -, got an empty name"),
        (["a.jpg"], Places("b.gif"), r"b\.gif must end in \.png.*, got \.gif"),
        (["a.jpg"], Places("b.jpg"), "got .jpg, which has no transparency"),
        (["a.jpg"], Places("b.png", alpha="c.jpg"), r"c\.jpg must end in .*, got \.jpg"),
        (["a.jpg"], Places("b.png", alpha="-"), "alpha must be a file or a folder, got -"),
        (["in"], Places("out", alpha="b.png"), "alpha must be a folder for several inputs"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_work(
    inputs: list[str], places: Places, message: str
) -> None:
    """The reason is plain and nothing has been touched."""
    touch("a.jpg", "b.jpg", "in/a.jpg", "note")
    Path("empty").mkdir()

    with pytest.raises(MatteError, match=message):
        plan_jobs(inputs, places)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("a/x.jpg b/x.jpg", "a/x.png b/x.png"),
        ("a/x.jpg a/x.png", "a/x.jpg.png a/x.png.png"),
        ("x.jpg X.JPG", "x.jpg.png X.JPG-2.png"),
        ("x.jpg x.tif x.jpg.webp", "x.jpg.png x.tif.png x.jpg-2.png"),
        ("x.jpg x.jpg", "x.jpg.png x.jpg-2.png"),
        ("e\u0301.jpg \u00e9.tif", "e\u0301.jpg.png \u00e9.tif.png"),
        ("a.b.jpg a.c.jpg noending", "a.b.png a.c.png noending.png"),
    ],
)
def test_names_that_would_meet_keep_their_ending(names: str, expected: str) -> None:
    """Also where the file system ignores case or the way an accent is spelled."""
    distinct = distinct_names([PurePath(name) for name in names.split()])

    assert [name.as_posix() for name in distinct] == expected.split()


@given(st.lists(st.text("xX.-2jpg/", min_size=1).map(PurePath).filter(lambda name: name.name)))
def test_distinct_names_are_distinct_and_stay_in_their_folders(names: list[PurePath]) -> None:
    """A result that replaces another would be a photograph lost in silence."""
    distinct = distinct_names(names)

    assert len({name.as_posix().casefold() for name in distinct}) == len(names)
    assert [name.parent for name in distinct] == [name.parent for name in names]
    assert {name.suffix for name in distinct} <= {".png"}
