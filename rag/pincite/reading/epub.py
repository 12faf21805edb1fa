"""EPUB books: the chapters of the spine in reading order, each read as HTML."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pincite.errors import DamagedDocument, EncryptedDocument
from pincite.reading.archives import open_zip
from pincite.reading.base import SourceFile
from pincite.reading.builder import TextBuilder
from pincite.reading.decoding import declared_charset, decode
from pincite.reading.html import append_html

if TYPE_CHECKING:
    from zipfile import ZipFile

    from pincite.reading.base import RawDocument

_CHAPTER_TYPES = frozenset({"application/xhtml+xml", "text/html"})
_FONT_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
# XHTML may close any element in its own tag; read as HTML, <title/> would swallow the page.
_SELF_CLOSED = re.compile(
    r"<(?!area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)([a-zA-Z][\w:-]*)((?:\s[^<>]*)?)/>"
)


def read_epub(file: SourceFile) -> RawDocument:
    """Read a book.

    Raises
    ------
    EncryptedDocument
        Its chapters are under digital rights management.
    DamagedDocument
        The package or a chapter that it names is missing.
    """
    with open_zip(file) as archive:
        _refuse_encrypted(archive, file)
        root = _xml(archive, "META-INF/container.xml", file).find(".//{*}rootfile[@full-path]")
        if root is None:
            raise DamagedDocument(file.name, "its container names no package")
        package_path = root.get("full-path")
        package = _xml(archive, package_path, file)
        items = {item.get("id"): item for item in package.iterfind(".//{*}manifest/{*}item")}
        out = TextBuilder(file)
        for reference in package.iterfind(".//{*}spine/{*}itemref"):
            item = items.get(reference.get("idref"))
            if item is None or item.get("media-type") not in _CHAPTER_TYPES:
                continue
            path = posixpath.normpath(posixpath.join(posixpath.dirname(package_path), unquote(item.get("href") or "")))
            chapter = SourceFile(file.doc_id, f"{file.name} ({path})", _part(archive, path, file))
            html = _SELF_CLOSED.sub(r"<\1\2></\1>", decode(chapter, declared=declared_charset(chapter.data)))
            contents = "nav" in (item.get("properties") or "").split()
            append_html(html, out, chapter, furniture=contents)
    return out.build(file, "application/epub+zip", title=package.findtext(".//{*}metadata/{*}title"))


def _refuse_encrypted(archive: ZipFile, file: SourceFile) -> None:
    if "META-INF/encryption.xml" not in archive.namelist():
        return
    methods = _xml(archive, "META-INF/encryption.xml", file).iterfind(".//{*}EncryptionMethod")
    if any(method.get("Algorithm") not in _FONT_OBFUSCATION for method in methods):
        raise EncryptedDocument(file.name, "its chapters are encrypted (DRM): a copy without protection is needed")


def _part(archive: ZipFile, path: str, file: SourceFile) -> bytes:
    try:
        return archive.read(path)
    except KeyError as error:
        raise DamagedDocument(file.name, f"its part {path} is missing") from error


def _xml(archive: ZipFile, path: str, file: SourceFile) -> Any:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(_part(archive, path, file), parser)
