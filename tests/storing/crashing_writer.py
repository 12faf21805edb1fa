"""Writes an index again and again and dies each time: ``crashing_writer.py FOLDER steps|random TRIALS``.

In a process of its own, forking once for each trial.  ``steps`` dies at the first, second, third ... change to the
folder until a writer comes through; ``random`` is killed from outside at a random time.  After each death the
index must open whole, as it was before or as it would have become; prints what was seen.
"""

import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from samples import documents, read_whole, write_index
from tqdm import tqdm

# bm25s makes a bar of tqdm even where it shows none.  The lock of tqdm is one for all processes that were forked, so
# a child killed inside it would stop its parent for ever, and its thread may hold it while a child is forked.
tqdm.set_lock(threading.RLock())
tqdm.monitor_interval = 0

folder = Path(sys.argv[1])
trials = int(sys.argv[3])
OLD, NEW = documents(2, words="old"), documents(4, words="new")
TEXTS = {tuple(d.text for d in OLD): "old", tuple(d.text for d in NEW): "new"}
WATCHED = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "mmap.__new__"}


def die_at(step):
    seen = 0

    def hook(event, arguments):
        nonlocal seen
        if event in WATCHED and str(folder) in " ".join(map(str, arguments)):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def trial(step=None, delay=None):
    """Let a child replace the index, dying on the way; return whether it did, and what the index holds then."""
    child = os.fork()
    if child == 0:
        if step is not None:
            die_at(step)
        write_index(folder, NEW)
        os._exit(0)
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status), TEXTS[tuple(read_whole(folder))]


seen = Counter()
write_index(folder, OLD)
started = time.perf_counter()
write_index(folder, OLD)
usual = time.perf_counter() - started
for number in range(1, trials + 1):
    killed, found = trial(step=number) if sys.argv[2] == "steps" else trial(delay=random.uniform(0, 1.5 * usual))
    seen["killed" if killed else "finished", found] += 1
    if sys.argv[2] == "steps" and not killed:
        break
    # The next writer cleans up whatever was left: one snapshot and no scraps.
    write_index(folder, OLD)
    left = sorted(path.name for path in folder.iterdir())
    assert [name[:11] for name in left] == [".lock", ".writer", "CURRENT", "generation-"], left
print({" ".join(key): count for key, count in sorted(seen.items())})
