"""What a person reads who has written something else than a spec: a file for each mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import RULEBOOK

from rtreview.language import catalogue, spec
from rtreview.language.spec import SpecError
from rtreview.render import text
from rtreview.reviews.engine import review
from rtreview.reviews.report import Report
from rtreview.rulebook.finding import Verdict

MISTAKES = sorted((Path(__file__).parent / "mistakes").glob("*.yaml"))

FINE = ("bom", "jsonish", "null-section", "empty-mapping")
"""Unusual, and no mistake: what is empty says nothing."""


def mistakes_in(file: Path) -> Report:
    """What is wrong in a file, without what the rules say of the rest."""
    kinds = (Verdict.UNREVIEWED, Verdict.NOTE)
    reviews = [
        replace(
            one,
            findings=tuple(finding for finding in one.findings if finding.verdict in kinds),
            judgements=(),
            handed_over=(),
        )
        for one in review(file.read_bytes(), file.name)
    ]
    return Report(tuple(reviews), RULEBOOK)


@pytest.mark.parametrize("file", MISTAKES, ids=lambda file: file.stem)
def test_a_mistake_is_told_as_a_person_reads_it(file: Path, matches: Callable[[Path, str], None]) -> None:
    """What, where, what was expected, and what to do."""
    matches(file.with_suffix(".txt"), text.render(mistakes_in(file)))


@pytest.mark.parametrize("file", MISTAKES, ids=lambda file: file.stem)
def test_no_mistake_is_passed_over(file: Path) -> None:
    """Each file has one, but for what is only unusual."""
    findings = [finding for one in mistakes_in(file).reviews for finding in one.findings]
    assert bool(findings) == (file.stem not in FINE)


def test_the_broker_of_a_design_over_mqtt_is_its_library() -> None:
    """Under each name that the catalogue has for one, so that its defaults are found."""
    brokers = [
        platform
        for platform in catalogue.load()
        if platform.kind == "broker" and platform.defaults.transport.kind.has("mqtt")
    ]
    assert len(brokers) > 2
    for name in [name for platform in brokers for name in (platform.id, *platform.content["aliases"])]:
        with pytest.raises(SpecError, match=f"did you mean `transport.library: {name}`[?]"):
            spec.read({"rtreview": 1, "transport": {"kind": "mqtt"}, "broker": name})


def test_there_are_seventy_of_them() -> None:
    """The twenty-two of a first use, and those of people who wrote a spec by hand."""
    assert len(MISTAKES) >= 70
