"""`rtreview explain`."""

from typing import Annotated

import typer

from rtreview.commands import call, offers
from rtreview.commands.ending import boundary
from rtreview.commands.options import References, application, examples, format_option
from rtreview.commands.outputs import outputs
from rtreview.language.notation import did_you_mean
from rtreview.render.format import SECTIONS, Context
from rtreview.rulebook.references import search, section_named, telling
from rtreview.text.harmless import harmless
from rtreview.text.refusal import Refused

app = application()


@app.command(
    help="""Explain a rule, a sharp edge, a pattern or an anti-pattern.

    Where nothing is called so, the sections are listed that speak of it.
    """,
    epilog=examples(
        ("rtreview explain missing-heartbeat", "a rule"),
        ("rtreview explain half-open", "what speaks of it"),
    ),
)
def explain(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="An id, a name, or words.", autocompletion=offers.sections)
    ],
    formats: Annotated[list[str] | None, format_option(SECTIONS.formats)] = None,
    references: References = "",
) -> None:
    wanted = outputs(formats, SECTIONS.formats)
    with boundary(wanted):
        sections = call.configuration(references=references).rulebook.sections
    section = section_named(sections, name)
    if section:
        wanted.write(SECTIONS, [section], Context(is_verbose=True))
        return
    words = telling(sections.values(), name.split())
    found = search(sections.values(), words)
    if not found:
        hint = did_you_mean(name, tuple(sections)) or ": see `rtreview rules`"
        raise Refused(f"nothing is called `{name}`{hint}")
    if len(words) < len(name.split()) and wanted.files.get("text") == "":
        spoken = " ".join(words)
        typer.echo(harmless(f"rtreview: nothing speaks of all of `{name}`: these of `{spoken}`"), err=True)
    wanted.write(SECTIONS, found, Context(is_brief=True))
