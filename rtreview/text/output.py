"""Where reports go: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from rtreview.text import kept
from rtreview.text.refusal import Refused, reason

MAX_WIDTH = 100

written: list[str] = []
"""The files that this call has written, so that one which is interrupted can tell of them."""


def write(report: str | bytes, to: str = "") -> None:
    """Write to a file, or to standard output where none is named.

    A link is followed inside of its repository, and none that leads out of it, or into git's own folder: a
    stranger may have made it. A file keeps its mode, and its owner where the system allows it. One that is
    read-only is left. Bytes are written as they are.

    Raises:
        Refused: it cannot be written; a file is then as it was.

    """
    if not to:
        _print(report)
        return
    content = report if isinstance(report, bytes) else report.encode("utf-8", "replace")
    try:
        _replace(kept.followed(Path(to)), content)
    except (OSError, ValueError) as error:
        raise Refused(f"`{to}` cannot be written: {reason(error)}") from None
    written.append(to)


def _replace(target: Path, content: bytes) -> None:
    """Write a file whole or not at all. A hard link to it would have to be written in place: it is parted."""
    before = target.stat() if target.exists() else None
    if before and not stat.S_ISREG(before.st_mode) and not stat.S_ISDIR(before.st_mode):
        # A device or a pipe cannot be replaced.
        target.write_bytes(content)
        return
    if before and not before.st_mode & 0o222:
        raise PermissionError(errno.EACCES, "it is read-only")
    mode = before.st_mode & 0o777 if before else 0o666 & ~_umask()
    draft = target.parent / f".rtreview-{os.getpid()}-{os.urandom(4).hex()}.tmp"
    with uninterrupted():
        try:
            with draft.open("xb") as file:
                file.write(content)
            if before:
                with contextlib.suppress(OSError):
                    os.chown(draft, before.st_uid, before.st_gid)
            draft.chmod(mode)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)


@contextlib.contextmanager
def alone(file: Path) -> Iterator[None]:
    """Hold a file between reading and writing it, so that no other call of ours does so at the same time.

    Its folder is locked, since the file itself is replaced. A lock ends with the process that has it, and
    nothing of it stays on the disk. Where the system has no such locks, there is none.
    """
    with contextlib.ExitStack() as held:
        with contextlib.suppress(ImportError, OSError):
            import fcntl  # noqa: PLC0415 - Windows has none

            folder = os.open(Path(os.path.realpath(file)).parent, os.O_RDONLY)
            held.callback(os.close, folder)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """A signal that would end the call waits, where the system lets it wait."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def leave_to(whom: str) -> None:
    """Leave standard output to a program, of which a terminal is told; what is logged goes beside it."""
    import logging  # noqa: PLC0415 - servers alone keep a log

    if sys.stdin is not None and sys.stdin.isatty():
        sys.stderr.write(f"rtreview: {whom} is expected at standard input; Ctrl-C ends\n")
    # The first who says how logs look has the say.
    logging.basicConfig(level="WARNING", format="rtreview: %(message)s", stream=sys.stderr)


def width() -> int:
    """The columns of the terminal; 80 where there is none."""
    return min(shutil.get_terminal_size((80, 24)).columns, MAX_WIDTH)


def is_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def is_colourful() -> bool:
    """Whether standard output is a terminal that shows colours, and nobody asks it not to."""
    return (
        is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in ("dumb", "unknown")
    )


def takes_links() -> bool:
    """Whether standard output is a terminal that can open a file of this machine: none far away, no console.

    Linux's console and Emacs show what they do not understand, or drop it, and a shell behind SSH names files
    that the terminal does not have.
    """
    terminal = os.environ.get("TERM", "")
    is_here = not (os.environ.get("SSH_CONNECTION") or os.environ.get("INSIDE_EMACS"))
    return is_colourful() and is_here and terminal not in ("", "linux", "unknown")


def _print(report: str | bytes) -> None:
    if sys.stdout is None:
        return
    try:
        if isinstance(report, str):
            # A terminal that cannot show a sign shows its number.
            report = report.encode(sys.stdout.encoding or "utf-8", "backslashreplace")
        sys.stdout.buffer.write(report)
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon()
    except OSError as error:
        raise lost(error) from None


def lost(error: OSError) -> Refused:
    """What to say where standard output takes nothing more."""
    _abandon()
    return Refused(f"the report cannot be written: {error.strerror}")


def _abandon() -> None:
    # Python would complain once more while it exits.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
