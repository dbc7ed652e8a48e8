"""A text is read once in a call, whatever the command makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import DOCUMENT, FLAWED, SOUND, cli

from rtreview.language import spec as language
from rtreview.reviews import reading
from rtreview.reviews.engine import review
from rtreview.text import document

Spec = Callable[..., Path]


class Readings:
    """How often each text, and each design, was read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: Counter[bytes] = Counter()
        self.specs: Counter[str] = Counter()
        self.designs: Counter[str] = Counter()
        read, validate, build = document.read, language.read, reading.build

        def count_text(source: bytes, **options: Any) -> Any:
            # What is no design, such as the file of a platform, counts elsewhere.
            self.texts[source] += b"rtreview: 1" in source
            return read(source, **options)

        def count_spec(content: Any) -> Any:
            self.specs[repr(content)] += isinstance(content, dict) and "workload" in content
            return validate(content)

        def count_design(spec: Any, *rest: Any) -> Any:
            # As long as a spec is kept, no other has its identity.
            self.kept.append(spec)
            self.designs[repr(id(spec))] += 1
            return build(spec, *rest)

        self.kept: list[Any] = []
        monkeypatch.setattr(document, "read", count_text)
        monkeypatch.setattr(language, "read", count_spec)
        monkeypatch.setattr(reading, "build", count_design)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Readings:
    """Counts from here on."""
    return Readings(monkeypatch)


FLAW = FLAWED.read_text("utf-8")
COMMANDS: dict[str, tuple[str, ...]] = {
    "review": ("review", "SPEC"),
    "review with numbers": ("review", "--numbers", "SPEC"),
    "page": ("review", "--format", "html=page.html", "SPEC"),
    "every format": ("review", "--format", "json=a", "--format", "html=b", "--format", "sarif=c", "SPEC"),
    "diff": ("diff", "SPEC", "OTHER"),
    "simulate": ("simulate", "SPEC"),
    "simulate with another value": ("simulate", "--set", "transport.reconnect.jitter=full", "SPEC"),
    "why": ("why", "reconnect-without-jitter", "SPEC"),
    "diagnose": ("diagnose", "the same message arrives twice", "--spec", "SPEC"),
    "fix --check": ("fix", "--check", "SPEC"),
    "fix": ("fix", "SPEC"),
    "fix --all": ("fix", "--all", "SPEC"),
    "meeting": ("meeting", "SPEC"),
    "baseline write": ("baseline", "write", "SPEC"),
    "init": ("init", "--defaults", "--explain", "new.rtreview.yaml"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_reads_each_text_and_each_design_once(
    command: str, spec: Spec, readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Text, spec and design: once for each text that differs, be it one that a fix only tries."""
    file, other = spec(FLAW), spec(SOUND.read_bytes(), "other.yaml")
    monkeypatch.chdir(file.parent)
    names = {"SPEC": str(file), "OTHER": str(other)}
    answers = b"c\nfull jitter\nada\n2026-12-01\na\nFive people see it\n\n2027-01-31\n"
    result = cli(*(names.get(word, word) for word in COMMANDS[command]), stdin=answers)
    assert result.exit_code in (0, 1), result.output
    for counts in (readings.texts, readings.specs, readings.designs):
        assert max(counts.values(), default=0) <= 1, counts.most_common(1)
    assert readings.texts


def test_a_review_keeps_what_was_read() -> None:
    """Each design of a Markdown document with its own document, and the design that it makes."""
    for found in review(DOCUMENT.read_bytes(), DOCUMENT.name):
        assert found.design.spec.name.content == found.name
        assert found.document.content["name"] == found.name


def test_a_review_without_its_reading_says_so() -> None:
    """What another process has read is not there, and nothing is read again in silence."""
    (found,) = review("rtreview: 1\nname: A\n")
    with pytest.raises(LookupError, match="no design was kept"):
        _ = type(found)(found.path, found.lines).design
