"""What stands before every route: who may ask, from where, how much, and what browsers may do.

Plain ASGI, so that it sees a request before any of its body is read.
"""

import hmac
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, quote, unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from penumbra.server.failures import RequestError, answer_of
from penumbra.server.settings import Settings, is_loopback

COOKIE = "penumbra_token"
"""Holds the token of a browser that has been let in."""

OPEN = ("/healthz",)
"""Answer whoever asks."""

_SMALL = 1_000_000  # bytes of a request that many may send at once

_SAFE = ("GET", "HEAD", "OPTIONS")

_METHODS = (*_SAFE, "POST", "PUT", "DELETE", "PATCH")
"""That are counted by name: whoever asks can make up any number of others."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

_LOG = logging.getLogger(__name__)


class Guard:
    """Lets through what may pass; everything else is answered here.

    Args:
        app: What is guarded.
        settings: Of the server.
        count: Is told method, route and status of every answer.
    """

    def __init__(
        self, app: ASGIApp, settings: Settings, count: Callable[[str, str, int], None]
    ) -> None:
        self.app, self.settings, self.count = app, settings, count
        self._uploads = 0  # large requests that are being received or answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # there is none here
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                worn = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    worn.setdefault(name, value)
                worn.setdefault("Cache-Control", "no-store")
                route = getattr(scope.get("route"), "path", "other")
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self.count(method, route, message["status"])
            await send(message)

        try:
            if await self._let_in(scope, dressed):
                return
            self._check(scope, headers)
            most = self._most(headers)
            with self._upload(headers):
                await self.app(scope, _limited(receive, most), dressed)
        except RequestError as error:
            if started:
                raise
            is_browser = "text/html" in headers.get("accept", "")
            await refuse(error, scope["path"], dressed, is_browser)
        except Exception as error:
            if started:
                raise
            _LOG.error("a bug", exc_info=error)
            message = "server must not fail, got a bug of ours"
            await refuse(RequestError(500, "bug", message), scope["path"], dressed)

    async def _let_in(self, scope: Scope, send: Send) -> bool:
        """Give a browser that came with the token in its address a cookie; True if it was that."""
        token = self.settings.token
        if token is None or scope["path"] != "/" or scope["method"] != "GET":
            return False
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if not _is_same(given, token):
            return False
        # Lax, so that a link from elsewhere works; nothing that changes anything is a GET.
        cookie = f"{COOKIE}={quote(token, safe='')}; HttpOnly; SameSite=Lax; Path=/"
        if scope["scheme"] == "https":
            cookie += "; Secure"
        fields = [(b"location", b"/"), (b"set-cookie", cookie.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 303, "headers": fields})
        await send({"type": "http.response.body", "body": b""})
        return True

    def _check(self, scope: Scope, headers: Headers) -> None:
        if scope["path"] in OPEN:
            return
        token = self.settings.token
        host = headers.get("host", "")
        if token is None:
            # Without a token, whoever makes a browser believe that a name of theirs is this
            # machine would be let in.
            if not is_loopback(_name(host)):
                message = f"host must be this machine, got {host[:80]!r}"
                raise RequestError(403, "host", message)
        elif not any(_is_same(given, token) for given in _tokens(headers)):
            raise RequestError(401, "token", "token must be given, got none or a wrong one")
        origin = headers.get("origin")
        if scope["method"] not in _SAFE and origin is not None and _place(origin) != host:
            message = f"origin must be this server, got {origin[:80]!r}"
            raise RequestError(403, "origin", message)

    @contextmanager
    def _upload(self, headers: Headers) -> Iterator[None]:
        """Hold one of the places for large requests, whose bodies would fill the disk together."""
        stated = headers.get("content-length", "")
        is_small = stated.isascii() and stated.isdigit() and int(stated) <= _SMALL
        if is_small or ("transfer-encoding" not in headers and not stated):
            yield
            return
        if self._uploads >= self.settings.limits.uploads:
            message = f"server must have room for an upload, got {self._uploads} at once"
            raise RequestError(429, "busy", message, retry_after=2)
        self._uploads += 1
        try:
            yield
        finally:
            self._uploads -= 1

    def _most(self, headers: Headers) -> int:
        limits = self.settings.limits
        kind = headers.get("content-type", "")
        is_upload = kind.startswith("multipart/form-data")
        most = limits.upload_bytes if is_upload else limits.body_bytes
        stated = headers.get("content-length", "0")
        if stated.isdecimal() and int(stated) > most:
            raise _too_large(most)
        return most


async def refuse(error: RequestError, path: str, send: Send, is_browser: bool = False) -> None:
    """Answer a request that is refused; to somebody with a browser in words."""
    status, body, headers = answer_of(error, path)
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
        if is_browser:
            headers["content-type"] = "text/plain; charset=utf-8"
            body = b"This server wants a token: open its address with ?token=... once.\n"
    if error.status in (413, 429):
        headers["connection"] = "close"  # the rest of the body is not wanted
    headers["content-length"] = str(len(body))
    fields = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


def _limited(receive: Receive, most: int) -> Receive:
    """Return what reads a body, and stops where it is longer than it may be."""
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        if message["type"] == "http.request":
            total += len(message.get("body", b""))
            if total > most:
                raise _too_large(most)
        return message

    return counted


def _too_large(most: int) -> RequestError:
    return RequestError(413, "too_large", f"request must have at most {most:,} bytes, got more")


def _tokens(headers: Headers) -> list[str]:
    """Return all tokens that a request brings."""
    found = [headers.get("x-api-key", "")]
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found.append(given.strip())
    # Servers on other ports of a machine set cookies for this one too, and not all are well made.
    return [*found, unquote(cookie_parser(headers.get("cookie", "")).get(COOKIE, ""))]


def _is_same(given: str, token: str) -> bool:
    """Compare in a time that does not tell how much of it is right."""
    return hmac.compare_digest(given.encode(), token.encode())


def _name(host: str) -> str:
    """Return the name or address of a Host header without its port; empty, if it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _place(origin: str) -> str:
    """Return name and port of an Origin header; empty, if it has none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
