"""The commands serve and key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from platformdirs import user_config_path, user_data_path

from pincite.cli.language_model import language_model
from pincite.cli.options import (
    DEFAULT_INDEX,
    USUAL_CHARS,
    USUAL_MEMORY_MB,
    USUAL_SECONDS,
    ConnectionsOption,
    EncoderOption,
    IndexOption,
    JsonOption,
    LlmOption,
    LlmRemoteOption,
    MinRateOption,
    ModelOption,
    NoLlmOption,
    PerAddressOption,
    ReadingCharsOption,
    ReadingMemoryOption,
    ReadingSecondsOption,
    StrictOption,
    VisitorMegabytesOption,
    VisitorsOption,
    reading_limits,
)
from pincite.cli.rendering import notice, out, print_json, print_table, shown_in_line
from pincite.errors import MissingExtra, PinciteError
from pincite.serving.keys import Key, KeyFile
from pincite.web.listening import check_reachable, listen, shown_address

if TYPE_CHECKING:
    from pincite.encoding import Encoder
    from pincite.indexing import Index
    from pincite.serving.service import Service

KeysOption = Annotated[
    Path | None,
    typer.Option("--keys", envvar="PINCITE_KEYS", metavar="FILE", help="File of the keys; by default the user's own."),
]

key_app = typer.Typer(
    help="Make, list and revoke the keys of `pincite serve`.",
    epilog="Example: pincite key create acme",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@key_app.command("create", epilog="Example: pincite key create acme-laptop --collection acme")
def create_command(
    name: Annotated[str, typer.Argument(help="What the key is listed and revoked by.")],
    collection: Annotated[
        str | None, typer.Option("--collection", help="The documents that it opens; by default its own, by its name.")
    ] = None,
    metrics: Annotated[
        bool, typer.Option("--metrics", help="Have it open /metrics, for whoever runs the server, and nothing else.")
    ] = False,
    keys: KeysOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it, once: only its SHA-256 is kept."""
    if metrics and collection is not None:
        raise PinciteError("a key opens the metrics or a collection: leave --metrics or --collection out")
    key, secret = _key_file(keys).create(name, collection, metrics=metrics)
    if as_json:
        print_json({**_shown(key), "key": secret})
        return
    typer.echo(secret)
    opens = "the metrics" if key.metrics else f"the collection {key.collection}"
    notice(f"the key {key.name} opens {opens}; it is shown this once")


@key_app.command("list", epilog="Example: pincite key list")
def list_command(keys: KeysOption = None, as_json: JsonOption = False) -> None:
    """List the keys, without their secrets."""
    held = _key_file(keys).keys()
    if as_json:
        print_json([_shown(key) for key in held])
    else:
        rows = [[key.name, key.collection or "(metrics)", key.created] for key in held]
        print_table(["key", "collection", "created"], rows)


@key_app.command("revoke", epilog="Example: pincite key revoke acme-laptop")
def revoke_command(
    name: Annotated[str, typer.Argument(help="The key's name.")], keys: KeysOption = None, as_json: JsonOption = False
) -> None:
    """Revoke a key, for a server that runs too; its collection stays."""
    key = _key_file(keys).revoke(name)
    if as_json:
        print_json({"revoked": key.name})
    else:
        out.print(shown_in_line(f"revoked {key.name}"))


def serve_command(
    folder: IndexOption = DEFAULT_INDEX,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; another machine can reach it only with a key.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 for any that is free.")] = 8000,
    keys: KeysOption = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Where collections and uploads are kept; by default the user's."),
    ] = None,
    page: Annotated[bool, typer.Option("--page/--no-page", help="Serve the page too.")] = True,
    password: Annotated[
        str | None,
        typer.Option("--password", envvar="PINCITE_PASSWORD", help="With keys: serve the page, under this password."),
    ] = None,
    concurrent: Annotated[
        int | None, typer.Option("--concurrent", min=1, help="Requests that work at once; by default one a processor.")
    ] = None,
    waiting: Annotated[
        int, typer.Option("--waiting", min=0, help="Requests that wait for their turn; more are refused.")
    ] = 16,
    connections: ConnectionsOption = 512,
    per_address: PerAddressOption = 256,
    min_rate: MinRateOption = 10_000,
    uploads: Annotated[
        int, typer.Option("--uploads", min=1, help="Uploads that arrive or wait to be indexed; more are refused.")
    ] = 16,
    uploads_per_key: Annotated[int, typer.Option("--uploads-per-key", min=1, help="Of these, of one key.")] = 4,
    uploads_per_address: Annotated[
        int, typer.Option("--uploads-per-address", min=1, help="Of these, with keys, from one address.")
    ] = 8,
    max_megabytes: Annotated[float, typer.Option("--max-mb", min=0.001, help="Refuse larger uploads.")] = 100,
    reading_memory: ReadingMemoryOption = USUAL_MEMORY_MB,
    reading_seconds: ReadingSecondsOption = USUAL_SECONDS,
    reading_chars: ReadingCharsOption = USUAL_CHARS,
    key_megabytes: Annotated[
        float, typer.Option("--key-megabytes", min=0.001, help="Documents kept for one key at most.")
    ] = 5000,
    visitors: VisitorsOption = 500,
    visitor_megabytes: VisitorMegabytesOption = 1000,
    grace: Annotated[
        float, typer.Option("--grace", min=0, help="Seconds for finishing what runs when told to end.")
    ] = 30,
    log_texts: Annotated[bool, typer.Option("--log-texts", help="Log what is asked, too.")] = False,
    encoder: EncoderOption = None,
    llm: LlmOption = None,
    no_llm: NoLlmOption = False,
    model: ModelOption = None,
    llm_remote: LlmRemoteOption = None,
    strict: StrictOption = None,
) -> None:
    """Serve search, answers and documents over HTTP, also as OpenAI's clients ask for them, and the page."""
    try:
        import fastapi  # noqa: F401
        import prometheus_client  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingExtra(f"the server needs {error.name}: pip install 'pincite[serve]'") from error
    from pincite.cli.opening import open_index
    from pincite.serving.app import make_app
    from pincite.serving.collections import Collections, make_assistant
    from pincite.serving.logs import log_as_json
    from pincite.serving.service import Service
    from pincite.web.limits import KeepingLimits, Limits
    from pincite.web.server import serve

    chosen = language_model(llm, none=no_llm, model=model, remote=llm_remote, strict=strict)
    held = _key_file(keys)
    keyed = bool(held.keys())
    check_access(host, keyed=keyed, password=password)
    with_page = page and (not keyed or password is not None)
    home = (data or user_data_path("pincite") / "serve").expanduser()
    reading = reading_limits(reading_memory, reading_seconds, reading_chars)
    limits = {} if concurrent is None else {"concurrent": concurrent}
    listening = listen(host, port)
    with listening:
        index = open_index(folder, encoder) if with_page or not keyed else None
        collections = Collections(
            home,
            _encoder(index, encoder),
            lambda opened: make_assistant(opened, generator=chosen.generator, writing=chosen.writing),
            limits=reading,
        )
        service = Service(
            collections,
            Limits(
                connections=connections,
                connections_per_address=per_address,
                body_rate=min_rate,
                waiting=waiting,
                upload_bytes=int(max_megabytes * 1_000_000),
                jobs=uploads,
                jobs_per_key=uploads_per_key,
                jobs_per_address=uploads_per_address,
                stored_bytes=int(key_megabytes * 1_000_000),
                grace_s=grace,
                **limits,
            ),
            keys=held if keyed else None,
            default=None if keyed else collections.of_folder(folder),
            log_texts=log_texts,
        )
        _warm_up(service)
        port = listening.getsockname()[1]
        shown_page = None
        if with_page and index is not None:
            shown_page = _page(
                index,
                folder,
                home,
                host=host,
                port=port,
                password=password,
                generator=chosen.generator,
                writing=chosen.writing,
                limits=reading,
                keeping=KeepingLimits(visitor_bytes=int(visitor_megabytes * 1_000_000), visitors=visitors),
            )
        application = make_app(service, host=host, page=shown_page)
        who = f"{len(held.keys())} keys" if keyed else "no keys: whoever uses this machine may ask"
        notice(f"ready at {shown_address(host, port)} ({who}; stop with Ctrl+C)")
        log_as_json(texts=log_texts)
        serve(application, service, listening)


def check_access(host: str, *, keyed: bool, password: str | None) -> None:
    """Refuse to be reachable by whoever comes.

    Raises
    ------
    PinciteError
        The address is not this machine's own and there are no keys; or there is a password, which guards the page
        alone, and no key guards the rest.
    """
    if keyed:
        return
    check_reachable(host, "make a key with `pincite key create NAME`")
    if password is not None:
        raise PinciteError(
            "--password guards the page alone, and no key guards the rest: make a key with `pincite key create NAME`, "
            "or leave --password out"
        )


def _shown(key: Key) -> dict[str, Any]:
    return {"name": key.name, "collection": key.collection, "metrics": key.metrics, "created": key.created}


def _key_file(path: Path | None) -> KeyFile:
    return KeyFile((path or user_config_path("pincite") / "keys.json").expanduser())


def _encoder(index: Index | None, name: str | None) -> Encoder:
    from pincite.encoding import load_encoder

    return load_encoder(name) if index is None else index.encoder


def _warm_up(service: Service) -> None:
    """Ask the first question, which is slow, before anybody else does."""
    service.collections.encoder.encode_queries(["Is it ready?"], with_tokens=True)
    if service.default is not None:
        service.default.assistant.ask("Is it ready?")


def _page(index: Index, folder: Path, data: Path, **options: Any) -> Any:
    """Return the page, or ``None`` where there is none, and say so."""
    from pincite.serving.pages import open_page

    try:
        return open_page(index, folder, data / "page", **options)
    except PinciteError as error:
        notice(f"without the page: {error}")
        return None
