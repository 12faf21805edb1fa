"""A visitor of the page without a browser: the requests that Gradio's own script makes, and those that it does not."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx

API = "/gradio_api"
COOKIES = "pincite_"
"""How the name of the page's cookie begins."""
_FILES = ("file", "uploadbutton", "image", "gallery", "audio", "video", "multimodaltextbox", "chatbot", "dataframe")


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the page: its number, what calls it, and the kinds of its inputs."""

    number: int
    name: str
    inputs: tuple[str, ...]
    targets: tuple[int, ...]

    @property
    def takes_files(self) -> bool:
        """Whether one of its inputs is a component that takes files."""
        return any(kind in _FILES for kind in self.inputs)


class PageVisitor:
    """Somebody at the page; a context manager.

    Parameters
    ----------
    password
        Given with each request; ``None`` for none.
    cookie
        Name and value of a cookie of one's own making; otherwise the server gives one.
    source
        Address of loopback to come from.
    """

    def __init__(
        self,
        address: str,
        *,
        password: str | None = None,
        cookie: tuple[str, str] | None = None,
        source: str = "127.0.0.1",
    ) -> None:
        headers = {}
        if password is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(f"visitor:{password}".encode()).decode()
        transport = httpx.HTTPTransport(local_address=source)
        self.http = httpx.Client(base_url=address, headers=headers, timeout=60, transport=transport, trust_env=False)
        if cookie is not None:
            self.http.cookies.set(*cookie, domain="127.0.0.1", path="/")
        self.session = secrets.token_hex(6)

    def __enter__(self) -> PageVisitor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    @property
    def cookie(self) -> tuple[str, str]:
        """Name and value of the page's cookie as it is held now; two blanks where there is none."""
        held = [(each.name, each.value or "") for each in self.http.cookies.jar if each.name.startswith(COOKIES)]
        return held[-1] if held else ("", "")

    def arrive(self) -> httpx.Response:
        """Open the page, and keep the cookie that it gives."""
        return self.http.get("/")

    def events(self) -> list[Event]:
        """Return the page's events, as it tells every browser."""
        told = self.http.get("/config")
        told.raise_for_status()
        kinds = {each["id"]: each["type"] for each in told.json()["components"]}
        return [
            Event(
                each["id"],
                str(each.get("api_name")),
                tuple(kinds[number] for number in each["inputs"]),
                tuple(target[0] for target in each["targets"] if target[0] is not None),
            )
            for each in told.json()["dependencies"]
            if each.get("backend_fn", True)
        ]

    def upload(self, name: str, content: bytes) -> Any:
        """Send a file as the page does; return the path that the server gives it, or the refusal."""
        told = self.http.post(f"{API}/upload", files={"files": (name, content)})
        return told.json()[0] if told.is_success else f"{told.status_code} {told.text}"

    def body(self, event: Event, data: list[Any], event_data: Any = None) -> dict[str, Any]:
        """Return what the page would send for an event."""
        target = event.targets[0] if event.targets else None
        return {
            "data": data,
            "event_data": event_data,
            "fn_index": event.number,
            "trigger_id": target,
            "session_hash": self.session,
        }

    def send(self, event: Event, data: list[Any], event_data: Any = None, *, route: str = "queue/join") -> str:
        """Send an event and return all that comes back, whatever it is."""
        return self.send_raw(json.dumps(self.body(event, data, event_data)).encode(), route=route)

    def send_raw(self, body: bytes, *, route: str = "queue/join") -> str:
        """Send an event's body as it is, and return all that comes back."""
        # A session for each: what the queue still holds of the last must not be taken for this one's.
        said = ""
        try:
            told = self.http.post(f"{API}/{route}", content=body, headers={"Content-Type": "application/json"})
            said = f"{told.status_code} {told.text}"
            if told.is_success and route == "queue/join":
                said += self._followed()
        except httpx.HTTPError as error:
            said += f" ({type(error).__name__})"
        return said

    def _followed(self) -> str:
        said = ""
        with self.http.stream("GET", f"{API}/queue/data", params={"session_hash": self.session}, timeout=30) as stream:
            for line in stream.iter_lines():
                said += f"\n{line[:100_000]}"
                if any(mark in line for mark in ("process_completed", "close_stream", "unexpected_error")):
                    break
        return said
