"""Judgement: on systems as their authors published them, the fault that they named is found, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT, RULEBOOK
from published import CORPUS, alarms, head, only, score, violated

from rtreview.rulebook.finding import Verdict

RULES = {rule.id for rule in RULEBOOK}


def test_the_corpus_is_large_and_half_of_it_is_sound() -> None:
    """At least twenty systems, each with a source, and about as many sound ones as flawed."""
    sound = [file for file in CORPUS if file.name.startswith("sound-")]
    assert len(CORPUS) >= 20
    assert 0.4 <= len(sound) / len(CORPUS) <= 0.6
    assert len({head(file).source for file in CORPUS}) >= 20


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name.removesuffix(".rtreview.yaml"))
def test_a_published_design_is_judged_as_its_authors_did(file: Path) -> None:
    """No alarm on a sound one; on a flawed one, the fault that was named and no other."""
    told, one = head(file), only(file)
    assert not [found for found in one.findings if found.verdict is Verdict.UNREVIEWED]
    assert set(told.faults + told.open) <= RULES
    assert file.name.startswith("sound-") != bool(told.faults or told.open)
    assert alarms(one) <= set(told.faults)
    verdicts = {judgement.rule: judgement.verdict for judgement in one.judgements}
    assert set(told.faults) <= violated(one), verdicts
    for rule in told.open:
        assert verdicts[rule] in {Verdict.UNSTATED, Verdict.UNDECIDED}, f"{rule}: {verdicts[rule]}"


def test_the_documentation_has_the_score() -> None:
    """As `make bench` counts it."""
    counted = score()
    text = " ".join((ROOT / "docs" / "judgement.md").read_text("utf-8").split())
    assert f"{counted.found} of {counted.raised} alarms at warning or above were named" in text
    assert f"{counted.found} of {counted.named} named faults are found. {counted.open} more rest" in text
