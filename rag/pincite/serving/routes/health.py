"""How the server stands: health, readiness, metrics."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from pincite.serving.metrics import CONTENT_TYPE
from pincite.serving.models import HealthBody
from pincite.serving.service import service_of
from pincite.web.problems import documented

router = APIRouter(tags=["standing"], responses=documented())


@router.get("/healthz", response_model=HealthBody)
async def health() -> Any:
    """Say that the server lives."""
    return {"status": "ok"}


@router.get(
    "/readyz", response_model=HealthBody, responses={503: {"model": HealthBody, "description": "The server is ending."}}
)
async def readiness(request: Request) -> Any:
    """Say whether the server takes requests."""
    if service_of(request).ending:
        return JSONResponse({"status": "ending"}, 503)
    return {"status": "ready"}


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """Return counts and times in Prometheus' text format; they are those of all keys, so it takes a key of its own."""
    return Response(service_of(request).metrics.exposition(), media_type=CONTENT_TYPE)
