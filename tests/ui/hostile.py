"""A visitor that speaks Gradio's protocol by hand, and sends what no browser would."""

from __future__ import annotations

import json
import secrets

import httpx

META = {"_type": "gradio.FileData"}
API = "/gradio_api"


class Stranger:
    """A visitor of the page without a browser.

    Parameters
    ----------
    address
        The page's server.
    password
        Given with every request; ``None`` for none.
    """

    def __init__(self, address, password=None):
        auth = None if password is None else httpx.BasicAuth("anybody", password)
        self.http = httpx.Client(base_url=address, auth=auth, timeout=60)
        self.session = secrets.token_hex(5)
        self.arrive()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def arrive(self):
        """Open the page, as a browser does: it gives the cookie."""
        assert self.http.get("/").status_code == 200
        self.config = self.http.get("/config").json()

    @property
    def cookie(self):
        [(name, value)] = [(each.name, each.value) for each in self.http.cookies.jar if "pincite" in each.name]
        return name, value

    @property
    def events(self):
        """Every event of the page that the server answers, as its configuration names them."""
        return [each for each in self.config["dependencies"] if each["backend_fn"]]

    def kinds(self, event):
        """Return what kind of component each input of an event is."""
        kinds = {each["id"]: each["type"] for each in self.config["components"]}
        return [kinds[each] for each in event["inputs"]]

    def upload(self, name, content, **options):
        return self.http.post(f"{API}/upload", files=[("files", (name, content))], **options)

    def uploaded(self, name, content):
        """Upload a file and return the path that the server calls it by."""
        response = self.upload(name, content)
        assert response.status_code == 200, response.text
        [path] = response.json()
        return path

    def body(self, event, data, event_data=None, **others):
        return {
            "data": data,
            "event_data": event_data,
            "fn_index": event["id"],
            "trigger_id": event["targets"][0][0],
            "session_hash": self.session,
            **others,
        }

    def post(self, event, body):
        """Send an event; ``body`` is a value for JSON, or bytes."""
        path = f"{API}/queue/join" if event["queue"] else f"{API}/run/predict"
        if isinstance(body, bytes):
            return self.http.post(path, content=body, headers={"content-type": "application/json"})
        return self.http.post(path, json=body)

    def send(self, event, data, event_data=None):
        """Send an event and return the status and all that comes of it, as text."""
        return self.outcome(event, self.post(event, self.body(event, data, event_data)))

    def outcome(self, event, response):
        if response.status_code != 200 or not event["queue"]:
            return response.status_code, response.text
        return 200, self.stream(response.json()["event_id"])

    def stream(self, event_id, session=None):
        """Read what the queue says until an event has ended."""
        said = []
        with self.http.stream("GET", f"{API}/queue/data", params={"session_hash": session or self.session}) as lines:
            for line in lines.iter_lines():
                said.append(line)
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                ended = message["msg"] == "process_completed" and message["event_id"] == event_id
                if ended or message["msg"] in {"close_stream", "unexpected_error"}:
                    break
        return "\n".join(said)


def file_object(path, **others):
    return {"path": str(path), "orig_name": "questions.txt", "meta": META, **others}
