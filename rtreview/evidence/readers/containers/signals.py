"""Signals by which containers are stopped: one that ends a program at once leaves it no grace."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rtreview.evidence.deployment import File, Override
from rtreview.text.place import SpecPath

GENTLE = frozenset({"SIGTERM", "TERM", "15", "SIGINT", "INT", "2", "SIGQUIT", "QUIT", "3", "SIGHUP",
                    "SIGWINCH", "WINCH", "28", "SIGUSR1", "SIGUSR2", "SIGRTMIN+3", "SIGRTMIN+4"})  # fmt: skip
"""Signals that a program can take as a wish: it has its grace then."""

GRACE: SpecPath = ("operations", "termination_grace")

_BUILD = re.compile(r"docker|container", re.IGNORECASE)
_STOP = re.compile(r"^[ \t]{0,40}STOPSIGNAL[ \t]{1,40}(\S{1,80})", re.IGNORECASE | re.MULTILINE)


def is_gentle(signal: str) -> bool:
    """Whether a program can take a signal as a wish."""
    return signal.strip("\"'").upper() in GENTLE


def is_build(name: str) -> bool:
    """Whether a file says how an image is built, by its name."""
    return _BUILD.search(name.rpartition("/")[2]) is not None


def stopping(files: Iterable[File]) -> Iterator[Override]:
    """What has images stopped by a signal that is none of those: no process is known to run another image."""
    for file in files:
        text = file.text if is_build(file.name) and not file.inner else ""
        for found in _STOP.finditer(text):
            if not is_gentle(found[1]):
                line = file.line(text.count("\n", 0, found.start()) + 1)
                yield Override(line, "`STOPSIGNAL`", frozenset({GRACE}))
                return
