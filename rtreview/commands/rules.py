"""`rtreview rules`."""

from typing import Annotated

import typer

from rtreview.commands import call
from rtreview.commands.ending import boundary
from rtreview.commands.options import References, application, examples, format_option
from rtreview.commands.outputs import outputs
from rtreview.render.format import SECTIONS, Context
from rtreview.rulebook.references import search
from rtreview.text.refusal import Refused

app = application()


@app.command(
    help="List the rules by topic, or those that speak of some words.",
    epilog=examples(
        ("rtreview rules jitter", "those that speak of it, the nearest first"),
        ("rtreview rules --format json", "for a program"),
    ),
)
def rules(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORD]...", help="What their sections speak of.", show_default=False),
    ] = None,
    formats: Annotated[list[str] | None, format_option(SECTIONS.formats)] = None,
    references: References = "",
) -> None:
    wanted = outputs(formats, SECTIONS.formats)
    with boundary(wanted):
        known = [rule.section for rule in call.configuration(references=references).rulebook]
    if not words:
        wanted.write(SECTIONS, known)
        return
    found = search(known, words)
    if not found:
        raise Refused(f"no rule speaks of {' and '.join(f'`{word}`' for word in words)}")
    wanted.write(SECTIONS, found, Context(is_brief=True))
