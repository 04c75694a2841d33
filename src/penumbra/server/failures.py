"""What goes wrong, as the status and code that are answered."""

import json

from penumbra.core.errors import (
    ConvergenceError,
    HintError,
    ImageError,
    InputError,
    LicenceError,
    MatteError,
    OutputError,
    SizeError,
    TrimapError,
    WeightsError,
)


class RequestError(MatteError):
    """A request is refused for what it is, not for what it holds.

    Args:
        status: Of HTTP.
        code: For programs.
        message: For people.
        retry_after: Seconds after which to try again.
    """

    def __init__(
        self, status: int, code: str, message: str, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.retry_after = status, code, retry_after


_STATUSES: tuple[tuple[type[MatteError], int, str], ...] = (
    (SizeError, 413, "too_large"),
    (TrimapError, 422, "trimap"),
    (HintError, 422, "hint"),
    (ImageError, 422, "image"),
    (InputError, 422, "input"),
    (OutputError, 422, "output"),
    (ConvergenceError, 422, "no_answer"),
    (LicenceError, 422, "licence"),
    (WeightsError, 503, "weights"),
)
"""From the narrow to the wide."""


def as_request_error(error: MatteError) -> RequestError:
    """Return what is answered to an error of the kit."""
    if isinstance(error, RequestError):
        return error
    for kind, status, code in _STATUSES:
        if isinstance(error, kind):
            return RequestError(status, code, str(error))
    return RequestError(500, "bug", str(error))


REMOVEBG = "/v1.0/removebg"
"""Where errors have the shape that programs for remove.bg expect."""


def answer_of(error: RequestError, path: str) -> tuple[int, bytes, dict[str, str]]:
    """Return status, body and headers of a refusal."""
    headers = {"content-type": "application/json"}
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    if path == REMOVEBG:
        status = 400 if error.status == 422 else error.status
        stated: object = {"errors": [{"title": str(error), "code": error.code}]}
    else:
        status = error.status
        stated = {"error": {"code": error.code, "message": str(error)}}
    return status, json.dumps(stated).encode(), headers


def not_found(what: str = "session") -> RequestError:
    """Return what is answered when there is no such thing, or none that you may see."""
    return RequestError(404, "not_found", f"{what} must exist, got an unknown one")
