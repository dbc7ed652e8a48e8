"""What the formats for other programs share: text that every parser takes, names of files, and terms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from rtreview.quantities.quantity import in_unit
from rtreview.render.text import proposal
from rtreview.reviews.report import Hidden, Known, Review
from rtreview.rulebook.finding import Acceptance, Accepted, Comparison, Finding, Verdict
from rtreview.text.harmless import visible

_SURROGATE = re.compile("[\ud800-\udfff]")

Standing = tuple[Finding, Accepted | Known | None]
"""A finding, and what keeps it from being open."""


def shown(text: str) -> str:
    """Visible text on one line: white space of any kind and length is one blank, and none at the ends."""
    return visible(" ".join(text.split()))


def file_name(path: str) -> str:
    """A path with `/` and without `./`; U+FFFD for a lone surrogate, which has no UTF-8."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", PurePath(path).as_posix())


def standings(review: Review) -> Iterator[Standing]:
    """Every finding of a review: the open ones, those the team lives with, those that were there before."""
    yield from ((finding, None) for finding in review.findings)
    yield from ((accepted.finding, accepted) for accepted in review.accepted)
    yield from ((known.finding, known) for known in review.known)


def next_step(finding: Finding) -> str:
    """What to do now: answer the question, or make the change; in general words where none is known."""
    if finding.proposed:
        return f"Set {proposal(finding)}."
    return finding.question if finding.verdict is Verdict.UNSTATED else finding.fix


def terms(acceptance: Acceptance) -> str:
    """What a team accepts a risk on: `accepted until 2027-01-31 by chat team: all clients are ours`."""
    return shown(f"accepted {acceptance.ends} by {acceptance.owner}: {acceptance.reason}")


def keeps(kept: Accepted | Known, hidden: Hidden | None) -> str:
    """Why a finding is not open: its terms, or `known since 2026-11-01 (baseline.json)`."""
    if isinstance(kept, Accepted):
        return terms(kept.acceptance)
    return shown(f"known since {kept.since}{f' ({hidden.by})' if hidden else ''}")


def numbers(comparison: Comparison) -> str:
    """Both sides of a comparison: `the heartbeat interval 60 s, the idle timeout of nginx 60 s`."""
    left, right = (in_unit(side, comparison.unit) for side in (comparison.left, comparison.right))
    return shown(f"{comparison.what} {left}, {comparison.than} {right}")
