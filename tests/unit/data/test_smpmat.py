"""What is known of the pictures of SMPMat, and what cannot be understood of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from penumbra.core.errors import DatasetError
from penumbra.data.readers import check, read
from tests.group_copies import write_smpmat


def rewrite(root: Path, **changes: Any) -> Path:  # noqa: ANN401 - whatever JSON holds
    """Change what is said of the picture `pair`; None takes a word away."""
    path = root / "alphas/val/pair/meta.json"
    meta = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: it for name, it in meta.items() if it is not None}))
    return path


def test_only_sentences_that_mean_one_person_are_kept(tmp_path: Path) -> None:
    """By person; of the alike none."""
    pair, stack = read("smpmat", write_smpmat(tmp_path), "val")

    assert pair.sentences == (("the person on the left",), ("the person on the right",))
    assert stack.sentences == ((), ())
    assert pair.order == (1, 0)
    assert pair.captions == ("two people",)
    assert [file.name for file in pair.instances] == ["00.png", "01.png"]


def test_all_but_the_number_of_people_may_be_absent(tmp_path: Path) -> None:
    """Who draws pictures of their own need not say more."""
    root = write_smpmat(tmp_path)
    rewrite(root, caption=None, order=None, texts=None)

    pair = read("smpmat", root, "val")[0]

    assert (pair.captions, pair.order, pair.sentences) == ((), (), ())


def test_a_lost_matte_is_named_by_the_number_of_people(tmp_path: Path) -> None:
    """Whichever it is."""
    root = write_smpmat(tmp_path)
    rewrite(root, n=3)
    (root / "alphas/val/pair/00.png").unlink()

    report = check("smpmat", root, ["val"])

    assert report.missing == ("alphas/val/pair/00.png", "alphas/val/pair/02.png")
    assert report.counts == {"val": 1}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n": None}, r"must give n, the number of people, got None"),
        ({"n": "two"}, r"must give n, the number of people, got 'two'"),
        ({"n": 1}, r"must count all people, got n=1 beside 01\.png"),
        ({"order": [0, 0]}, r"must order 0 to 1, got \[0, 0\]"),
        ({"order": ["left", 0]}, r"must give texts as text and unique, and order as numbers"),
        ({"order": 1}, r"must give texts as text and unique, and order as numbers"),
        ({"texts": [[]]}, r"must give texts of 2 people, got 1"),
        ({"texts": [["left"], ["right"]]}, r"must give texts as text and unique"),
        ({"texts": [[{"text": "left"}], []]}, r"got KeyError\('unique'\)"),
        ({"texts": [[{"text": 7, "unique": True}], []]}, r"must give texts as text and unique"),
        ({"texts": [[{"text": " ", "unique": True}], []]}, r"must give words as text"),
    ],
)
def test_what_cannot_be_understood_is_named(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    """With the file."""
    root = write_smpmat(tmp_path)
    path = rewrite(root, **changes)

    with pytest.raises(DatasetError, match=said) as caught:
        read("smpmat", root, "val")

    assert str(caught.value).startswith(str(path))


def test_a_list_is_no_description(tmp_path: Path) -> None:
    """Of another program."""
    root = write_smpmat(tmp_path)
    (root / "alphas/val/pair/meta.json").write_text("[]")

    with pytest.raises(DatasetError, match=r"meta\.json must be an object, got a list"):
        read("smpmat", root, "val")
