"""The process that reads, with readers that do what a fault in a library would; a file's text says which."""

import ctypes
import os
import sys
import time
from pathlib import Path

from pincite.confining import child, wire
from pincite.reading import plain

read_plain, document_message = plain.read_plain, child.document_message


def crash():
    ctypes.string_at(0)


def hang():
    time.sleep(3600)


def hang_in_c():
    # One call that holds the interpreter's lock, so that no signal handler and no other thread could end it.
    ctypes.PyDLL(None).sleep(3600)


def spin():
    while True:
        pass


def exhaust():
    held = []
    while True:
        held.append(bytearray(10_000_000))


def recurse():
    recurse()


def print_much():
    os.write(1, b"x" * 100_000)
    sys.stdout.write("y" * 100_000)
    sys.stdin.read()


def fail():
    raise RuntimeError("three\nlines\nand \u202e more")


def leave():
    os._exit(3)


def write_a_file():
    Path("/tmp/pincite-written-by-a-reader").write_bytes(b"x")


def dump_the_environment():
    held = sorted(each.name for each in Path("/proc/self/fd").iterdir())
    raise RuntimeError(f"{' '.join(sorted(os.environ))} open:{','.join(held)}")


FAULTS = {
    each.__name__: each
    for each in (
        crash, hang, hang_in_c, spin, exhaust, recurse, print_much, fail, leave, write_a_file, dump_the_environment,
    )
}  # fmt: skip


def read_faulty(file):
    word = file.data.decode().split()[0]
    if word in FAULTS:
        FAULTS[word]()
    return read_plain(file)


def find_sections(raw):
    """Fail where a line of ours would: after the reader, whose errors are those of the file."""
    if raw.text.startswith("bug"):
        raise ValueError("Exceeds the limit for integer string conversion")
    if raw.text.startswith("deep"):
        raise RecursionError("maximum recursion depth exceeded")
    return to_document(raw)


def forged(document):
    """Answer what no honest reader would."""
    message = document_message(document)
    head, text, boxes = message
    n = len(document.text)
    match document.text.split()[0]:
        case "forge-longer":
            head["sections"] = [(0, "t", False, 0, 0, 0, n + 1, 0, n + 1)]
        case "forge-type":
            head["sections"] = [(0, "t", False, 0, 0, "0", n, 0, n)]
        case "forge-depth":
            head["sections"] = [(d, "t", False, 0, 0, 0, n, 0, 0 if d < 150 else n) for d in range(151)]
        case "forge-order":
            root = (0, "t", False, 0, 0, 0, n, 0, n)
            head["sections"] = [root, (1, "a", False, 0, 0, 5, 9, 5, 9), (1, "b", False, 0, 0, 1, 4, 1, 4)]
        case "forge-none":
            head.clear()
        case "forge-boxes":
            head["boxes"], boxes = True, b"1234"
        case "forge-text":
            text = b"\xff\xfe"
        case "forge-length":
            text = b"x" * 100_000_000
        case "forge-furniture":
            head["furniture"] = [[5, 9], [1, 4]]
        case "forge-error":
            head = {"error": "SystemExit", "reason": "made\nup \u202e" * 10_000, "source": 7}
        case "forge-pages":
            head["pages"] = [[7, 0, n, 1e400, -1]]
    return wire.Message(head, text, boxes)


to_document = child.to_document
plain.read_plain = read_faulty
child.to_document = find_sections
child.document_message = forged

if __name__ == "__main__":
    child.main()
