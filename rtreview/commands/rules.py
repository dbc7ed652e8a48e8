"""`rtreview rules`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from rtreview.commands import call
from rtreview.commands.ending import say
from rtreview.commands.options import References, application, examples
from rtreview.rulebook.rulebook import Rule

app = application()


@app.command(
    epilog=examples(
        ("rtreview rules", "all of them"),
        ("rtreview rules --references docs/review", "with those of the team"),
    )
)
def rules(references: References = "") -> None:
    """List every rule with its severity and what it cites."""
    known = call.configuration(references=references).rulebook
    say(*(line for rule in known for line in _listed(rule)))


def _listed(rule: Rule) -> Iterator[str]:
    section = rule.section
    yield from textwrap.wrap(f"{rule.id}  ({section.facts['Severity']})", 80, subsequent_indent="  ")
    yield f"    {section.title}"
    cites = f"cites {', '.join(name for name, _ in section.cited)}"
    yield from (f"    {line}" for line in textwrap.wrap(cites, 76, subsequent_indent="      "))
