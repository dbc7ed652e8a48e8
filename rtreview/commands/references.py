"""`rtreview references`."""

from typing import Annotated

import typer

from rtreview.commands.ending import boundary, say
from rtreview.commands.options import Formats, application, examples
from rtreview.commands.outputs import Outputs, outputs
from rtreview.render.format import REPORTS
from rtreview.reviews.report import Report
from rtreview.rulebook import rulebook
from rtreview.team import folder as team

app = application(
    no_args_is_help=True,
    help="Look after the references that a team adds to ours.",
    epilog=examples(
        ("rtreview references check docs/review", "tries each example"),
        ("rtreview references check docs/review --format github", "in CI"),
    ),
)


@app.callback()
def _group() -> None: ...


@app.command(
    help="""Verify a folder: sections, ids, citations, conditions, and whether each example is as it claims.

    Exit status: 0 all of it holds, 3 it has mistakes.
    """
)
def check(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A folder with references of the team.")],
    formats: Formats = None,
) -> None:
    wanted = outputs(formats, REPORTS.formats)
    with boundary(wanted):
        ours = rulebook.load()
        report = Report(tuple(team.check(folder, ours)), ours)
        for name, file in wanted.files.items():
            if (name, file) == ("text", ""):
                say(f"{folder}: ids, citations, conditions and examples hold")
            else:
                Outputs({name: file}).write(REPORTS, report)
