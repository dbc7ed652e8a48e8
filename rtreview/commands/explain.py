"""`rtreview explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from rtreview.commands import call, offers
from rtreview.commands.options import References, application, examples, format_option
from rtreview.commands.outputs import Outputs, outputs
from rtreview.language.notation import did_you_mean
from rtreview.render.format import SECTIONS
from rtreview.rulebook.references import Section, slug
from rtreview.text import output
from rtreview.text.harmless import harmless
from rtreview.text.refusal import Refused

app = application()


@app.command(
    epilog=examples(
        ("rtreview explain missing-heartbeat", "a rule"),
        ("rtreview explain half-open", "what speaks of it"),
    )
)
def explain(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="An id, a name, or words.", autocompletion=offers.sections)
    ],
    formats: Annotated[list[str] | None, format_option(SECTIONS.formats)] = None,
    references: References = "",
) -> None:
    """Print the section of a validation, a sharp edge, a pattern or an anti-pattern.

    Where nothing is called so, the sections are listed that speak of it.
    """
    wanted = outputs(formats, SECTIONS.formats)
    sections = call.configuration(references=references).rulebook.sections
    section = {slug(key): section for key, section in sections.items()}.get(slug(name.strip()))
    if section and wanted.files == Outputs().files:
        output.write(_formatted(section))
        return
    words = name.split()
    found = [section] if section else [each for each in sections.values() if words and each.speaks_of(words)]
    if not found:
        hint = did_you_mean(name, tuple(sections)) or ": see `rtreview rules`"
        raise Refused(f"nothing is called `{name}`{hint}")
    wanted.write(SECTIONS, found)


def _formatted(section: Section) -> str:
    """For a terminal; as it stands in the file, where the output goes elsewhere."""
    place = harmless(f"{section.file}:{section.line}")
    source = "\n".join(harmless(line) for line in section.source.splitlines())
    if not output.is_colourful():
        return f"{source}\n\n({place})\n"
    from rich.console import Console  # noqa: PLC0415 - slow to load, and only a terminal needs it
    from rich.markdown import Markdown  # noqa: PLC0415

    console = Console(width=output.width())
    with console.capture() as capture:
        console.print(Markdown(source), place)
    return capture.get()
