"""Calls that have to come to an end, with files that are as bad as they may be."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rtreview.text.tree import MAX_BYTES


def ended(call: Sequence[str], folder: Path, **also: Any) -> tuple[subprocess.CompletedProcess[bytes], float]:
    """A call that has come to its end, and the seconds of processor time that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(call, cwd=folder, capture_output=True, check=False, **also)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def bounded(*words: object, folder: Path, most: float = 2) -> str:
    """What a call says, in so many seconds of processor time and 300 MB; it ends with a report."""

    def limits() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (2 * round(most) + 1,) * 2)

    program = (
        "import re, sys; from rtreview.__main__ import run\n"
        "try: run()\n"
        # What the system counts for a process begins with what its parent had.
        "finally: sys.stderr.write(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"
    )
    call = [sys.executable, "-c", program, *map(str, words)]
    done, seconds = ended(call, folder, preexec_fn=limits)
    assert done.returncode in (0, 1, 3), done.stderr
    assert int(done.stderr) < 300_000
    assert seconds < most
    return " ".join(done.stdout.decode("utf-8").split())


def written(folder: Path, files: Mapping[str, str]) -> None:
    """Files in a folder, of at most 1 MiB each."""
    for name, content in files.items():
        assert len(content.encode()) <= MAX_BYTES
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, "utf-8")
