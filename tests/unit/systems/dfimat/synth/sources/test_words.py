"""Words that mean people, and the order of a caption's maps."""

import subprocess
import sys

import pytest

from penumbra.systems.dfimat.synth.sources.words import PEOPLE, means_people, people_first


@pytest.mark.parametrize(
    "word",
    [
        *("person", "people", "Persons", "man", "MEN", "woman", "women", "friend", "friends"),
        *("colleagues", "siblings", "girl", "boys", "dancer", "ladies", "families", "waitresses"),
        *("children", "firemen", "businesswomen", "wives", "dancer's", "friends\u2019"),
    ],
)
def test_people_are_found(word: str) -> None:
    """In the singular and plural, of any case, and where something is theirs."""
    assert means_people(word)


@pytest.mark.parametrize(
    "word",
    [
        *("", "s", "dress", "glasses", "bus", "stand", "two", "hugging", "specimen", "manor"),
        *("walkman", "crowd", "post", "wo", "friendly", "kidney", "personal", "'s"),
    ],
)
def test_what_only_looks_alike_is_nobody(word: str) -> None:
    """Else maps of things would count as maps of people."""
    assert not means_people(word)


def test_the_list_is_in_the_singular() -> None:
    """Plurals come from it; a word that stands there twice would be one too many to keep."""
    plurals = {f"{word}s" for word in PEOPLE} & PEOPLE

    assert plurals == set()


def test_people_come_first() -> None:
    """The sheet, section 2.1; both kinds keep the order of the caption."""
    words = [["a"], ["man"], ["and"], ["two"], ["wo", "men"], ["sit"]]

    order = people_first(words)

    assert order.places == (1, 4, 5, 0, 2, 3, 6)
    assert order.people == 3


def test_torch_is_not_loaded() -> None:
    """Whoever writes captions needs the words and nothing that is heavy."""
    program = """
import sys
import penumbra.systems.dfimat.synth.sources.loading
import penumbra.systems.dfimat.synth.sources.words
sys.exit(" ".join({"torch", "diffusers", "transformers"} & sys.modules.keys()) or 0)
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
