"""Documents of a collection: uploaded, listed, shown, removed."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, File, HTTPException, Query, Request, Response, UploadFile

from pincite.errors import IndexNotFound, UnknownDocument
from pincite.serving.models import DocumentBody, DocumentsBody, JobBody, TextBody
from pincite.serving.service import collection_of, service_of
from pincite.types import Span
from pincite.web.limits import MAX_FILES
from pincite.web.problems import documented

router = APIRouter(prefix="/v1", tags=["documents"], responses=documented(404, 409))

Files = Annotated[
    list[UploadFile],
    File(min_length=1, max_length=MAX_FILES, description="Files to index; a name may hold folders, and is the id."),
]


@router.get("/documents", response_model=DocumentsBody)
async def list_documents(request: Request) -> Any:
    """List the documents, and the uploads that are not yet done."""
    collection, service = collection_of(request), service_of(request)
    status = await asyncio.to_thread(collection.status)
    unfinished = [job for job in service.uploads.of(collection) if job.state in {"waiting", "running"}]
    return {
        "documents": [] if status is None else [asdict(document) for document in status.documents],
        "jobs": [job.to_dict() for job in unfinished],
    }


@router.post("/documents", response_model=JobBody, status_code=202)
async def upload_documents(files: Files, request: Request) -> Any:
    """Take files in and index them; one of the same name replaces the earlier one.  Ask the job how far it is."""
    collection, service = collection_of(request), service_of(request)
    given = [(file.filename or "", file.file) for file in files]
    job = await asyncio.to_thread(service.uploads.submit, collection, given, request.scope["state"]["room"])
    return job.to_dict()


@router.get("/jobs/{job_id}", response_model=JobBody)
async def show_job(job_id: str, request: Request) -> Any:
    """Say how far an upload is, and what became of it; the server remembers them until it ends."""
    job = service_of(request).uploads.get(collection_of(request), job_id)
    if job is None:
        raise HTTPException(404, "no upload with this id")
    return job.to_dict()


@router.get("/documents/{doc_id:path}", response_model=DocumentBody)
async def show_document(doc_id: str, request: Request) -> Any:
    """Say what is known of a document."""
    status = await asyncio.to_thread(collection_of(request).document_status, doc_id)
    if status is None:
        raise HTTPException(404, "no document with this id")
    return asdict(status)


@router.delete("/documents/{doc_id:path}", status_code=204)
async def remove_document(doc_id: str, request: Request) -> Response:
    """Drop a document, and its file if it was uploaded; not while others are being added."""
    collection = collection_of(request)
    try:
        await asyncio.to_thread(collection.remove, doc_id)
    except UnknownDocument as error:
        raise HTTPException(404, "no document with this id") from error
    return Response(status_code=204)


@router.get("/texts/{doc_id:path}", response_model=TextBody)
async def show_text(
    doc_id: str,
    request: Request,
    start: Annotated[int, Query(ge=0, description="First character.")] = 0,
    end: Annotated[int | None, Query(ge=0, description="One past the last; the text's end if not given.")] = None,
) -> Any:
    """Return a document's text, or the characters [start, end) of it as far as it goes, as citations count them."""
    collection = collection_of(request)
    try:
        document = await asyncio.to_thread(lambda: collection.assistant.index.document(doc_id))
    except (IndexNotFound, UnknownDocument) as error:
        raise HTTPException(404, "no document with this id") from error
    last = len(document.text) if end is None else min(end, len(document.text))
    span = Span(min(start, last), last)
    return {"doc_id": doc_id, "start": span.start, "end": span.end, "text": document.quote(span)}
