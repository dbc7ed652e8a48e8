"""A folder with references of a team, for tests: a sound section of a rule, and what is said with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import RULEBOOK

from rtreview.reviews.engine import review
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Review, Unusable
from rtreview.rulebook.finding import Finding, Judgement
from rtreview.rulebook.rulebook import Rulebook
from rtreview.team import folder as team

RULE = "quick-beats"
INTERVAL = "properties: {transport: {properties: {heartbeat: {properties: {interval: {at-most: 20s}}}}}}"
MESSAGE = "{transport.heartbeat.interval} is more than our 20 s."
SECTION = """\
## {id}

**Beats are slow**

- Severity: {severity}
- Cites: {cites}

### Rule

```yaml
{rule}
```

### Why

Our proxy closes what is quiet.

### The fix

Beat every 20 s.

### Question

How often does it beat?

### Bad

```yaml
{bad}
```

### Good

```yaml
{good}
```
"""
BAD = "rtreview: 1\ntransport: {kind: websocket, heartbeat: {interval: 25s}}"
GOOD = "rtreview: 1\ntransport: {kind: websocket, heartbeat: {interval: 20s}}"


def section(rule: str = f"require: {{{INTERVAL}}}\nmessage: '{MESSAGE}'", **parts: str) -> str:
    """A section of a rule: whole and sound, but for what is given."""
    known = {"id": RULE, "severity": "warning", "cites": "websocket-proxy-timeout", "bad": BAD, "good": GOOD}
    return SECTION.format(**{**known, "rule": rule, **parts})


def folder(text: str | bytes, name: str = "validations.md") -> str:
    """A folder of references with this file."""
    Path("house").mkdir(exist_ok=True)
    Path("house", name).write_bytes(text.encode() if isinstance(text, str) else text)
    return "house"


def design(text: str, name: str = "d.rtreview.yaml") -> str:
    """A design in a file."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, "utf-8")
    return name


def ruled(require: str, applies: str = "", message: str = "It is not so.") -> Rulebook:
    """A rulebook with one rule of the team."""
    lines = [f"require: {require}", *([f"applies: {applies}"] if applies else []), f"message: '{message}'"]
    return team.read(folder(section("\n".join(lines))), RULEBOOK)


def judged(rules: Rulebook, spec: str, **policy: Any) -> Review:
    """A design, reviewed by the team's rule alone."""
    (only,) = review(f"rtreview: 1\n{spec}", "d.yaml", Policy(select=(RULE,), rulebook=rules, **policy))
    return only


def verdict(require: str, spec: str, applies: str = "") -> Judgement:
    """What a condition says of a design."""
    one = judged(ruled(require, applies), spec)
    assert one.judgements, [finding.message for finding in one.findings]
    (judgement,) = one.judgements
    return judgement


def within(path: str, said: str) -> str:
    """A fragment on the part at a path."""
    for name in reversed(path.split(".")):
        said = f"{{properties: {{{name}: {said}}}}}"
    return said


def mistakes(text: str | bytes, name: str = "validations.md", *, examples: bool = False) -> list[Finding]:
    """What is wrong with references."""
    with pytest.raises(Unusable) as refused:
        (team.check if examples else team.read)(folder(text, name), RULEBOOK)
    return [finding for one in refused.value.reviews for finding in one.findings]


def told(text: str | bytes, name: str = "validations.md", *, examples: bool = False) -> list[str]:
    """The mistakes with their lines and columns."""
    return [
        f"{one.place.span.line}:{one.place.span.column} {one.message}"
        for one in mistakes(text, name, examples=examples)
    ]
