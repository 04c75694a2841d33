"""The application: routes, page, guard, and what begins and ends with it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.staticfiles import StaticFiles
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException

from penumbra.core.errors import MatteError
from penumbra.core.version import __version__
from penumbra.server import oneshot, people, removebg, review, sessions
from penumbra.server.desk import Desk, Load
from penumbra.server.failures import RequestError, answer_of, as_request_error
from penumbra.server.guard import Guard
from penumbra.server.house import House
from penumbra.server.review import Pile, Review
from penumbra.server.settings import Settings
from penumbra.server.store import Store
from penumbra.server.worker import Worker
from penumbra.systems import registry

WEB = Path(__file__).parent / "web"

_SWEEP = 300.0  # seconds between looks for sessions that are too old

_LOG = logging.getLogger(__name__)


def create_app(
    settings: Settings, load: Load = registry.load_predictor, pile: Pile | None = None
) -> FastAPI:
    """Return the application of a server.

    Args:
        settings: What it is told.
        load: Makes the model of a name ready for use.
        pile: Results that its page is for looking through; None for the usual page.

    Raises:
        OutputError: The state folder cannot be written.
    """
    store = Store(settings.state, settings.limits)
    house = House(
        settings, store, Desk(store, settings.limits, load), Worker(settings.limits.waiting)
    )

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        house.worker.start()
        sweeping = asyncio.ensure_future(_sweep(house))
        yield
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping
        house.worker.stop()
        store.close()

    app = FastAPI(
        title="Penumbra",
        version=__version__,
        description="Lift objects off photographs: sessions with rounds of hints, or in one go.",
        lifespan=life,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # both pages would load their scripts from elsewhere
        redoc_url=None,
    )
    app.state.house = house
    _add_failures(app)
    # For the OpenAPI file alone: `Guard` asks for the token before any of this is reached.
    keys = [
        Security(HTTPBearer(auto_error=False)),
        Security(APIKeyHeader(name="X-Api-Key", auto_error=False)),
    ]
    for each in (sessions, people, oneshot, removebg):
        app.include_router(each.router, dependencies=keys)
    count = _add_health(app, house)
    app.mount("/web", StaticFiles(directory=WEB), name="web")
    if pile is None:

        @app.get("/", include_in_schema=False)
        def page() -> FileResponse:
            return FileResponse(WEB / "index.html", headers={"Cache-Control": "no-cache"})

    else:
        app.state.review = Review(pile)
        app.include_router(review.router, dependencies=keys)

        @app.get("/", include_in_schema=False)
        def review_page() -> HTMLResponse:
            return HTMLResponse(review.page_of(WEB), headers={"Cache-Control": "no-cache"})

    app.add_middleware(Guard, settings=settings, count=count)
    return app


async def _sweep(house: House) -> None:
    while True:
        try:
            await house.worker.run(lambda _: house.desk.expire(), urgency="light")
        except MatteError as error:
            _LOG.error("sessions that are too old stay for now: %s", error)
        await asyncio.sleep(_SWEEP)


def _add_health(app: FastAPI, house: House) -> Callable[[str, str, int], None]:
    """Add what watches the server; returns what counts its answers."""
    collector = CollectorRegistry()
    answers = Counter(
        "penumbra_answers", "Answers", ["method", "route", "status"], registry=collector
    )
    gauges = {
        name: Gauge(f"penumbra_{name}", about, registry=collector)
        for name, about in (
            ("waiting", "Requests that wait for the models or are in work"),
            ("sessions", "Sessions that are kept"),
            ("state_bytes", "Bytes that they take on disk"),
            ("held_bytes", "Memory of the sessions at work, about"),
        )
    }

    @app.get("/healthz", tags=["health"])
    def health() -> dict[str, str]:
        """Tell that the server lives; needs no token."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"], responses={503: {}})
    def ready() -> JSONResponse:
        """Tell whether it can work: models, and a disk that takes what is written."""
        is_ready = house.worker.is_alive and house.store.is_writable()
        stated = {"status": "ready" if is_ready else "not ready"}
        return JSONResponse(stated, status_code=200 if is_ready else 503)

    @app.get("/metrics", tags=["health"], response_class=Response)
    def metrics() -> Response:
        """Count, for Prometheus."""
        kept, size = house.store.count()
        gauges["waiting"].set(house.worker.waiting)
        gauges["sessions"].set(kept)
        gauges["state_bytes"].set(size)
        gauges["held_bytes"].set(house.desk.held)
        return Response(generate_latest(collector), media_type=CONTENT_TYPE_LATEST)

    def count(method: str, route: str, status: int) -> None:
        answers.labels(method, route, str(status)).inc()

    return count


def _add_failures(app: FastAPI) -> None:
    """Answer everything that goes wrong in one shape."""

    @app.exception_handler(MatteError)
    async def refused(request: Request, error: MatteError) -> Response:
        return _failure(as_request_error(error), request)

    @app.exception_handler(RequestValidationError)
    async def misshapen(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return _failure(RequestError(422, "shape", f"{where}: {first['msg']}"), request)

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> Response:
        if isinstance(error.__cause__, RequestError):  # raised while a body was read
            return _failure(error.__cause__, request)
        code = {404: "not_found", 405: "method"}.get(error.status_code, "request")
        answer = _failure(RequestError(error.status_code, code, str(error.detail)), request)
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(MemoryError)
    async def full(request: Request, error: MemoryError) -> Response:
        message = "picture must fit into memory, got no more of it"
        return _failure(RequestError(503, "memory", message), request)


def _failure(error: RequestError, request: Request) -> Response:
    status, body, headers = answer_of(error, request.url.path)
    return Response(body, status_code=status, headers=headers)
