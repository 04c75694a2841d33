"""The tables of the papers."""

import pytest

from penumbra.core.errors import InputError
from penumbra.evaluation.presets import PRESETS, preset

NAMES = list(PRESETS)


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_found_by_its_name(name: str) -> None:
    """The name on the command line is the name in the report."""
    assert preset(name).name == name


def test_an_unknown_name_is_refused_with_all_there_are() -> None:
    """Otherwise the user has to look them up."""
    with pytest.raises(InputError, match=r"preset must be one of generic, comp1k, .*, got 'adobe'"):
        preset("adobe")


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_has_a_mad_in_plain_units(name: str) -> None:
    """SADs do not compare between papers that evaluate at different sizes; the MAD does."""
    (mad,) = (score for score in preset(name).scores if score.label == "MAD")

    assert mad.is_mean
    assert mad.scale == 1


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_says_on_whose_word_and_tells_its_columns_apart(name: str) -> None:
    """Two columns of one label would overwrite each other in a row."""
    labels = [score.label for score in preset(name).scores]

    assert preset(name).source
    assert len(set(labels)) == len(labels)
