"""Why a call ends before it has a report."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - not an error of the program
    """What was asked for is not possible; the message is a sentence for a person."""
