"""The error tree."""

import pytest

from penumbra.core import errors


@pytest.mark.parametrize("name", ["ImageError", "TrimapError", "HintError"])
def test_unusable_input_is_an_input_error(name: str) -> None:
    """The command line answers these with status 2 and a server with 422."""
    assert issubclass(getattr(errors, name), errors.InputError)


@pytest.mark.parametrize("name", ["OutputError", "WeightsError", "DatasetError"])
def test_other_refusals_are_not_the_fault_of_the_input(name: str) -> None:
    """Telling a user to mend a good photograph would waste their time."""
    assert issubclass(getattr(errors, name), errors.MatteError)
    assert not issubclass(getattr(errors, name), errors.InputError)


def test_no_error_is_a_standard_one_too() -> None:
    """`except ValueError` somewhere on the way must not swallow what we raise on purpose."""
    ours = [value for value in vars(errors).values() if isinstance(value, type)]

    assert len(ours) == 11
    assert not any(issubclass(error, (ValueError, OSError, RuntimeError)) for error in ours)
