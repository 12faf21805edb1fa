"""Taking an address: which ones may be taken, and which names a server there answers to."""

from __future__ import annotations

import socket

from pincite.errors import PinciteError

LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")


def names_served(host: str) -> frozenset[str]:
    """Return the names under which a server on ``host`` may be addressed; none stands for any.

    On loopback no other site's name may be pointed at it (DNS rebinding).
    """
    return frozenset(LOOPBACK) if host in LOOPBACK else frozenset()


def check_reachable(host: str, remedy: str) -> None:
    """Refuse to be reachable from other machines where nothing is asked of whoever comes.

    Parameters
    ----------
    remedy
        What to do, other than listening on loopback: what the server can ask for.

    Raises
    ------
    PinciteError
        The address is not this machine's own.
    """
    if host not in LOOPBACK:
        raise PinciteError(
            f"refusing to listen on {host}: anyone who reaches it could read the documents: {remedy}, or listen on "
            "127.0.0.1"
        )


def host_name(header: str) -> str:
    """Return the name in a ``Host`` header, without the port.

    Examples
    --------
    >>> host_name("127.0.0.1:8000"), host_name("[::1]:8000"), host_name("localhost")
    ('127.0.0.1', '[::1]', 'localhost')
    """
    return header if header.endswith("]") else header.rpartition(":")[0] or header


def shown_address(host: str, port: int) -> str:
    """Return the address as a browser takes it."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """Take the address, before anything slow is done for it.

    Raises
    ------
    PinciteError
        Another program has it, or the machine has no such address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
        taken.listen(128)
    except OSError as error:
        taken.close()
        raise PinciteError(
            f"cannot listen on {host}:{port}: {error.strerror}: choose another --port or --host"
        ) from error
    return taken
