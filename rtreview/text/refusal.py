"""Why a call ends before it has a report."""

from __future__ import annotations

import sys
from pathlib import Path


class Refused(Exception):  # noqa: N818 - not an error of the program
    """What was asked for is not possible; the message is a sentence for a person."""


def reason(error: OSError | ValueError) -> str:
    """Why the system refuses a file or a program; of a name that none can have, what Python says."""
    return getattr(error, "strerror", None) or str(error)


def lacking(what: str, missing: ModuleNotFoundError, extra: str) -> Refused:
    """Why something cannot be done without a package that an extra installs, and how to get it."""
    return Refused(
        f"{what} needs {missing.name}: run `{_pip()} install 'rtreview[{extra}]'`, "
        f"with `'.[{extra}]'` in a clone"
    )


def _pip() -> str:
    """How to call the pip that installs for the running interpreter, which may have none of its own."""
    import shlex  # noqa: PLC0415 - for a call that ends here
    from importlib.util import find_spec  # noqa: PLC0415 - likewise

    executable, here = Path(sys.executable), Path.cwd()
    python = shlex.quote(str(executable.relative_to(here) if here in executable.parents else executable))
    return f"{python} -m pip" if find_spec("pip") else f"pip --python {python}"
