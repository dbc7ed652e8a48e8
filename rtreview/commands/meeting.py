"""`rtreview meeting`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from rtreview.commands import call, offers
from rtreview.commands.ending import FOUND, INTERRUPTED, end
from rtreview.commands.options import Config, NoConfig, Today, application, examples
from rtreview.meeting.meeting import Meeting, minutes_file
from rtreview.meeting.sitting import Sitting
from rtreview.reviews.report import readable
from rtreview.text.refusal import Refused

app = application()


@app.command(
    help="""Decide about each open finding in turn, and keep minutes.

    It goes on where it was interrupted.
    Exit status: 0 all is decided, 1 something is left open, 2 wrong use, 3 something could not be reviewed.
    """,
    epilog=examples(
        ("rtreview meeting design.yaml", "the gravest finding first"),
        ("rtreview meeting design.yaml --minutes review.md", "the minutes elsewhere"),
    ),
)
def meeting(
    path: Annotated[
        str,
        typer.Argument(
            metavar="SPEC", help="A spec; accepted risks are written into it.", autocompletion=offers.designs
        ),
    ],
    minutes: Annotated[
        str,
        typer.Option(
            "--minutes",
            metavar="FILE",
            help="Where the outcome is kept.  [default: design.minutes.md, beside design.yaml]",
            show_default=False,
        ),
    ] = "",
    config: Config = None,
    no_config: NoConfig = False,
    today: Today = "",
) -> None:
    if path == "-":
        raise Refused("a meeting writes into the spec: name a file")
    if os.path.isdir(path or "."):  # noqa: PTH112 - Path.is_dir raises where a name is too long
        raise Refused(f"`{path}` is a folder: a meeting is about the spec in one file")
    project = call.project([path], config=call.chosen(config, no_config=no_config), today=today)
    file = Path(minutes) if minutes else minutes_file(path)
    meeting = Meeting(path, file, project.policy, project.baseline())
    readable(meeting.now())
    if file.resolve() == Path(path).resolve():
        raise Refused("--minutes: the minutes cannot be the spec itself")
    if not os.path.isdir(file.parent):  # noqa: PTH112 - likewise
        raise Refused(f"--minutes: there is no folder `{file.parent}`")
    try:
        still_open = Sitting(meeting).hold().open
    except KeyboardInterrupt:
        end(f"interrupted; what was decided before is in {file}", INTERRUPTED)
    raise typer.Exit(FOUND if still_open else 0)
