"""The description of the API: it is what was promised, and nothing that fits it is a bug.

`tests/golden/openapi.json` is what programs rely on.  After a change that is meant:

    python -m tests.api.test_schema
"""

import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import hypothesis
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given
from schemathesis.checks import not_a_server_error

from penumbra.server.app import create_app
from penumbra.server.settings import Limits, Settings
from tests.api.talk import CLICK, PHOTO
from tests.likeness import load

GOLDEN = Path(__file__).parents[1] / "golden" / "openapi.json"

EXAMPLES = 12


def described() -> dict[str, Any]:
    """What the server says of itself, but for its version."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(Path(folder)), load)
        stated: dict[str, Any] = app.openapi()
        app.state.house.store.close()
    stated["info"]["version"] = "of penumbra"
    return stated


OPERATIONS = [
    (method.upper(), path) for path, methods in described()["paths"].items() for method in methods
]


def test_the_api_is_as_described() -> None:
    """Names, shapes and limits; the difference shows what clients will meet."""
    assert described() == json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.fixture
def app(state: Path) -> FastAPI:
    return create_app(Settings(state, limits=Limits(pixels=100_000)), load)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_nothing_that_is_sent_is_a_bug(
    app: FastAPI, listen: Callable[[FastAPI], str], method: str, path: str
) -> None:
    """Whatever fits the description, and what nearly does; of a session that is there."""
    base = listen(app)
    schema = schemathesis.openapi.from_dict(described())
    operation = schema[path][method]
    settings = hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    seen: list[int] = []

    with httpx2.Client(base_url=base) as client:
        state = client.post("/v1/sessions", files={"image": ("a.png", PHOTO)}).json()
        where = f"/v1/sessions/{state['id']}"
        assert client.post(f"{where}/rounds", json={"hints": CLICK}).status_code == 200

        def send(case: schemathesis.Case[Any]) -> None:
            if "session" in (case.path_parameters or {}) and method != "DELETE":
                case.path_parameters["session"] = state["id"]
            for name in ("image", "image_file"):
                body: Any = case.body
                if isinstance(body, dict) and name in body and len(seen) % 2:
                    body[name] = PHOTO  # what is made up is never a picture
            answer = case.call(base_url=base)
            case.validate_response(answer, checks=[not_a_server_error])
            seen.append(answer.status_code)

        positive = operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE)
        negative = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
        settings(given(positive)(send))()
        with suppress(hypothesis.errors.Unsatisfiable):  # there is nothing that does not fit
            settings(given(negative)(send))()

        assert client.get(where).json()["width"] == state["width"]
    assert seen


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(described(), indent=1) + "\n", encoding="utf-8")
