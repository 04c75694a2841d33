"""What a server is told before it starts."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from penumbra.core.errors import InputError, require

LEAST_TOKEN = 16
"""Characters that a token has at least."""


@dataclass(frozen=True)
class Limits:
    """How much of the machine strangers can use.

    Attributes:
        upload_bytes: Of a request with pictures.
        body_bytes: Of a request without, such as a round of hints.
        pixels: Of a picture; larger ones are refused by their header.
        clicks: In a round; a model may look once for each of those that come at once.
        marks: Clicks and points of strokes in a round.
        painted: Pixels that the strokes of a round may touch, each as often as it is touched.
        rounds: Of a session.
        said_bytes: Of all that was said in a session, as JSON.
        waiting: Requests that wait for the models; more are sent away.
        uploads: Requests of more than a megabyte that are received at a time; more are sent away.
        live_bytes: Of the sessions held in memory, about; others are played again when needed.
        sessions: That are kept.
        state_bytes: Of the photographs that are kept.
        seconds: That a session is kept after it was last used.
    """

    upload_bytes: int = 64_000_000
    body_bytes: int = 8_000_000
    pixels: int = 50_000_000
    clicks: int = 300
    marks: int = 20_000
    painted: int = 200_000_000
    rounds: int = 500
    said_bytes: int = 64_000_000
    waiting: int = 16
    uploads: int = 32
    live_bytes: int = 800_000_000
    sessions: int = 500
    state_bytes: int = 5_000_000_000
    seconds: float = 7 * 24 * 3600.0


@dataclass(frozen=True)
class Settings:
    """Of one server.

    Attributes:
        state: Folder in which sessions live.
        host: Address that is listened on.
        token: What whoever asks must know; None asks for nothing, on loopback alone.
        limits: How much of the machine strangers can use.

    Raises:
        InputError: The address can be reached from elsewhere and there is no token, or the token
            can be guessed.
    """

    state: Path
    host: str = "127.0.0.1"
    token: str | None = None
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.token is None and not is_loopback(self.host):
            raise InputError(
                f"host must be a loopback address where there is no token, got {self.host}: "
                "add --token, or set PENUMBRA_TOKEN"
            )
        if self.token is not None:
            # The token itself is not repeated: it would end in a log.
            rule = f"{LEAST_TOKEN} or more printable characters without spaces"
            is_right = len(self.token) >= LEAST_TOKEN and all(
                33 <= ord(c) < 127 for c in self.token
            )
            require(is_right, "token", rule, f"{len(self.token)} characters")


def is_loopback(host: str) -> bool:
    """Tell whether an address can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
