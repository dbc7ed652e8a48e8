"""Why a call ends before it has a report."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - not an error of the program
    """What was asked for is not possible; the message is a sentence for a person."""


def reason(error: OSError | ValueError) -> str:
    """Why the system refuses a file or a program; of a name that none can have, what Python says."""
    return getattr(error, "strerror", None) or str(error)


def lacking(what: str, missing: ModuleNotFoundError, extra: str) -> Refused:
    """Why something cannot be done without a package that an extra installs, and how to get it."""
    return Refused(
        f"{what} needs {missing.name}: run `pip install 'rtreview[{extra}]'`, or `pip install '.[{extra}]'` "
        "in a clone"
    )
