"""First contacts are kept as they were, and can be read by the language of today."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT, RULEBOOK, reviews
from contacts import BATCHES, OUTCOMES, contact, curve, score

from rtreview.rulebook.finding import Severity, Verdict

FILES = [file for files in BATCHES.values() for file in files]
RULES = {rule.id for rule in RULEBOOK}


@pytest.mark.parametrize("batch", BATCHES)
def test_a_batch_has_ten_designs_some_of_them_sound(batch: str) -> None:
    """Without sound ones nobody would see wrong alarms."""
    met = [contact(file) for file in BATCHES[batch]]
    assert len(met) == 10
    assert 2 <= sum(each.is_sound for each in met) <= 5


def test_a_file_says_where_it_is_from_and_what_was_found_on_that_day() -> None:
    """Each named fault has one of three outcomes; a sound design has none, and names what was wrong."""
    for file in FILES:
        met = contact(file)
        assert met.source.startswith("https://"), file
        assert met.is_sound != bool(met.faults), file
        assert all(outcome in OUTCOMES for _, outcome in met.faults), file
        assert set(met.alarms) <= RULES, file


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.name[:2]}")
def test_the_language_of_today_reads_it_and_a_sound_design_has_no_error(file: Path) -> None:
    """What a batch taught stays mended."""
    designs = reviews(file)
    assert not any(one.unreviewed for one in designs)
    errors = {
        finding.rule
        for one in designs
        for finding in one.findings
        if finding.verdict is Verdict.VIOLATED and finding.severity is Severity.ERROR
    }
    assert not (contact(file).is_sound and errors)


def test_the_documentation_has_the_curve() -> None:
    """As the files say."""
    assert curve() in (ROOT / "docs" / "judgement.md").read_text("utf-8")


def test_the_documentation_begins_with_the_last_four_batches() -> None:
    """And has the sums of all."""
    last = score([file for files in list(BATCHES.values())[-4:] for file in files])
    every = score(FILES)
    text = " ".join((ROOT / "docs" / "judgement.md").read_text("utf-8").split())
    first = text.removeprefix("# How it judges ").partition(". ")[0]
    assert f"it found {last.found} of the {last.named} faults that their owners named" in first
    assert f"asked about {last.asked} more, and raised {last.alarms} wrong alarms" in first
    assert f"{every.found} of {every.named} faults were found, and {every.asked} asked about." in text


def test_the_readme_has_the_last_four_batches() -> None:
    """Their sums, which a new batch changes."""
    last = score([file for files in list(BATCHES.values())[-4:] for file in files])
    assert last.designs == 40
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    named = f"the last forty unseen designs had {last.named} faults that their owners named"
    assert f"{named}, and {last.found} were found." in readme
