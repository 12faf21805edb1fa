"""Files and folders of a server: closed to others of the machine it runs on, and named to nobody who asks it."""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pincite.atomic import create_once, write_atomically

logger = logging.getLogger(__name__)

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_QUOTED = re.compile(r"""(['"`])(?:[A-Za-z]:[\\/]|/)(?!v1/)[^'"`]*\1""")
_PLAIN = re.compile(r"""(?<![\w./:-])/(?!v1/)[^\s/'"`,;:()]+/[^\s'"`,;:()]*""")


def private_folder(path: Path) -> Path:
    """Return a folder that its owner alone may look into, made so where it is missing, with the folders above it.

    Raises
    ------
    OSError
        It cannot be made.
    """
    for missing in reversed([each for each in (path, *path.parents) if not each.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    close_to_others(path)
    return path


def close_to_others(path: Path) -> None:
    """Take from everybody but its owner what they may do with a file or folder, if it is ours to take."""
    try:
        _close(path, stat.S_IMODE(path.stat().st_mode))
    except OSError as error:
        logger.warning("a file or folder that others can read could not be closed to them", exc_info=error)


def close_tree_to_others(folder: Path) -> None:
    """Take from everybody but the owner what they may do with a folder and all that lies in it.

    What belongs to another user of the machine stays as it is, and no link is followed.
    """
    for place, folders, files in os.walk(folder):
        for path in (Path(place), *(Path(place, name) for name in (*folders, *files))):
            # Gone meanwhile, or another's: neither is ours to mend.
            with suppress(OSError):
                mode = path.lstat().st_mode
                if not stat.S_ISLNK(mode):
                    _close(path, stat.S_IMODE(mode))


def create_private(path: Path, content: bytes) -> None:
    """Make a file in a folder that its owner alone may look into, unless there is one; see `create_once`.

    Raises
    ------
    OSError
        The disk is full or the folder cannot be written.
    """
    private_folder(path.parent)
    create_once(path, content)


def write_private(path: Path, content: bytes) -> None:
    """Replace a file in one step, in a folder that its owner alone may look into.

    Raises
    ------
    OSError
        The disk is full or the folder cannot be written; what was there before stays.
    """
    private_folder(path.parent)
    write_atomically(path, content, durable=True)


def bytes_below(folder: Path) -> int:
    """Return how many bytes the files in a folder and in those below it have; 0 where there is none."""
    return sum(os.stat(Path(place, name)).st_size for place, _, names in os.walk(folder) for name in names)  # noqa: PTH116


def file_below(folder: Path, doc_id: str) -> Path | None:
    """Return the file that was uploaded as a document, or ``None`` where there is none in the folder.

    An index that was made elsewhere may call a document anything: ``../../notes.txt``, or the path of any file.
    """
    try:
        path = (folder / doc_id).resolve()
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
    except (OSError, ValueError):
        return None


def without_folders(text: str, folders: Iterable[Path]) -> str:
    """Return what is said of files without the folders they lie in.

    Parameters
    ----------
    folders
        Those that are known: what lies below them keeps its name from there on, as a document's id has it, and they
        themselves are called "the index".  Of any other absolute path the last part is kept.

    Examples
    --------
    >>> without_folders("/srv/our data/acme/a/b.pdf: cannot be read", [Path("/srv/our data/acme")])
    'a/b.pdf: cannot be read'
    >>> without_folders("no document 'x' among the 3 of /srv/our data/acme", [Path("/srv/our data/acme")])
    "no document 'x' among the 3 of the index"
    >>> without_folders("[Errno 13] Permission denied: '/root/of it/texts.txt', see /v1/models", [])
    "[Errno 13] Permission denied: 'texts.txt', see /v1/models"
    """
    if "/" not in text and "\\" not in text:
        return text
    known = {str(form) for folder in folders for form in (folder, folder.absolute(), folder.resolve())}
    # The deepest first, so that nothing of it is left behind by one above it.
    for name in sorted(known - {"/", "."}, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.-]){re.escape(name)}(?:/|(?![\w.-]))", _stand_in, text)
    text = _QUOTED.sub(lambda found: f"{found[1]}{_last(found[0][1:-1])}{found[1]}", text)
    return _PLAIN.sub(lambda found: _last(found[0]), text)


def _stand_in(found: re.Match[str]) -> str:
    """Return what stands for a folder: nothing before the name of a file in it."""
    below = found[0].endswith("/") and found.string[found.end() : found.end() + 1].strip("'\"`:,; ")
    return "" if below else "the index"


def _close(path: Path, mode: int) -> None:
    if mode & _OTHERS:
        path.chmod(mode & ~_OTHERS)


def _last(path: str) -> str:
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1] or "a folder"
