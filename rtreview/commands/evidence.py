"""`rtreview evidence`."""

from typing import Annotated

import typer

from rtreview.commands.ending import FOUND, NOT_REVIEWED, boundary
from rtreview.commands.options import Tint, application, examples, format_option
from rtreview.commands.outputs import Colour, outputs
from rtreview.render.format import EVIDENCE
from rtreview.rulebook import rulebook
from rtreview.rulebook.finding import Severity

app = application()


@app.command(
    help="""List what the files of a deployment fix for a design.

    Each fact has its line, and what they leave open is asked. What they show to be wrong
    stands first.

    Exit status: 0 the files were read, 1 one of them has an error, 3 one that is named was
    not read.
    """,
    epilog=examples(
        ("rtreview evidence .", "the whole repository"),
        ("rtreview evidence deploy/ server/package.json", "a folder and a file"),
    ),
)
def evidence(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Folders that are searched, and files.", show_default=False),
    ],
    formats: Annotated[list[str] | None, format_option(EVIDENCE.formats)] = None,
    color: Tint = Colour.AUTO,
) -> None:
    from rtreview.evidence.evidence import gather  # noqa: PLC0415 - its help needs none of it
    from rtreview.evidence.files import shown  # noqa: PLC0415
    from rtreview.reviews.faults import survey  # noqa: PLC0415

    wanted = outputs(formats, EVIDENCE.formats, color)
    with boundary(wanted):
        found = survey(gather(paths), rulebook.load())
        wanted.write(EVIDENCE, found)
    if any(unread.name in map(shown, paths) for unread in found.evidence.unread):
        raise typer.Exit(NOT_REVIEWED)
    if any(each.severity is Severity.ERROR for review in found.reviews for each in review.findings):
        raise typer.Exit(FOUND)
