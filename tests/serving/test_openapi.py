"""The OpenAPI schema is exact: schemathesis finds no response that it does not foresee."""

import tempfile
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection
from small_server import make_service

from pincite import update_index
from pincite.serving.app import make_app
from pincite.serving.keys import KeyFile
from pincite.serving.service import Service
from pincite.web.limits import Limits

pytestmark = pytest.mark.slow

EXAMPLES = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def lasting(app):
    """Keep the application from ending with each request, as schemathesis would have it."""

    async def serve(scope, receive, send):
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for moment in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{moment}.complete"})

    return serve


FOLDER = tempfile.TemporaryDirectory()
# What no schema can say is no part of this: how many there are at once, and how large the whole body is.
LIMITS = Limits(jobs=10_000, body_bytes=1_000_000_000)
open_service = make_service(Path(FOLDER.name), limits=LIMITS)
open_schema = schemathesis.openapi.from_asgi("/openapi.json", lasting(make_app(open_service, host="0.0.0.0")))

update_index(
    open_service.collections.named("aster").folder,
    [Path(FOLDER.name) / "given"],
    encoder=open_service.collections.encoder,
)
keys = KeyFile(Path(FOLDER.name) / "keys.json")
HEADERS = {"Authorization": f"Bearer {keys.create('aster')[1]}"}
keyed_service = Service(open_service.collections, LIMITS, keys=keys)
keyed_schema = schemathesis.openapi.from_asgi("/openapi.json", lasting(make_app(keyed_service, host="0.0.0.0")))


def unfit(case):
    """Return the checks that say nothing of an operation: whatever stands for a file in a form is a file."""
    return [negative_data_rejection] if case.operation.label == "POST /v1/documents" else []


@pytest.fixture(scope="module", autouse=True)
def over():
    yield
    for service in (open_service, keyed_service):
        service.uploads.finish(0)


@open_schema.parametrize()
@EXAMPLES
def test_without_keys_nothing_unforeseen_is_answered(case):
    case.call_and_validate(excluded_checks=unfit(case))


@keyed_schema.parametrize()
@EXAMPLES
def test_with_keys_nothing_unforeseen_is_answered(case):
    case.call_and_validate(headers=HEADERS, excluded_checks=unfit(case))


@open_schema.include(path_regex="chat|embeddings|texts|models/", method=["GET", "POST"]).parametrize()
@EXAMPLES
def test_what_is_there_is_answered_as_foreseen(case):
    """No chance finds the name of a model or of a document: put it in where some valid name stands."""
    if isinstance(case.body, dict) and isinstance(name := case.body.get("model"), str) and 0 < len(name) <= 1000:
        case.body["model"] = "pincite"
    for parameter, known in (("model", "pincite"), ("doc_id", "ferry.md")):
        if isinstance(case.path_parameters, dict) and parameter in case.path_parameters:
            case.path_parameters[parameter] = known
    case.call_and_validate()
