"""What goes wrong, as it is answered."""

import pytest

from penumbra.core.errors import (
    ConvergenceError,
    DatasetError,
    HintError,
    ImageError,
    InputError,
    MatteError,
    OutputError,
    SizeError,
    TrimapError,
    WeightsError,
)
from penumbra.server.failures import RequestError, as_request_error, not_found


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (SizeError, 413, "too_large"),
        (ImageError, 422, "image"),
        (TrimapError, 422, "trimap"),
        (HintError, 422, "hint"),
        (InputError, 422, "input"),
        (OutputError, 422, "output"),
        (ConvergenceError, 422, "no_answer"),
        (WeightsError, 503, "weights"),
        (DatasetError, 500, "bug"),
    ],
)
def test_an_error_of_the_kit_has_a_status_and_a_code(
    error: type[MatteError], status: int, code: str
) -> None:
    """The narrowest that fits; its words stay."""
    found = as_request_error(error("words"))

    assert (found.status, found.code, str(found)) == (status, code, "words")


def test_a_refused_request_stays_what_it_is() -> None:
    refused = RequestError(429, "busy", "later", retry_after=3)

    assert as_request_error(refused) is refused
    assert str(not_found("background")) == "background must exist, got an unknown one"
