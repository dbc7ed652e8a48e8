"""`rtreview watch`."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from rtreview.commands import call, offers
from rtreview.commands.ending import say
from rtreview.commands.options import (
    Config,
    Ignored,
    NoConfig,
    Quiet,
    References,
    Selected,
    Tint,
    Today,
    application,
    examples,
)
from rtreview.commands.outputs import Colour, Outputs
from rtreview.history import change
from rtreview.project.project import Project
from rtreview.render.format import CHANGES, REPORTS, Context
from rtreview.reviews.report import Report, Unusable
from rtreview.rulebook import rulebook
from rtreview.text import output
from rtreview.text.refusal import Refused
from rtreview.text.sources import Stamp, stamp

app = application()

PAUSE = 0.3
"""Seconds between two looks at the files."""

CLEAR = "\033[H\033[2J\033[3J"
"""Empties a terminal, with what has scrolled out of it."""


@app.command(
    help="""Review designs again whenever one of their files changes.

    Below the report stands what is new and what is gone since the last one. Ctrl-C ends it.
    """,
    epilog=examples(
        ("rtreview watch design.yaml", "beside the editor"),
        ("rtreview watch -q docs/", "a line for each finding of many"),
    ),
)
def watch(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Specs, or directories that hold some.",
            show_default=False,
            autocompletion=offers.designs,
        ),
    ] = None,
    select: Selected = None,
    ignore: Ignored = None,
    references: References = "",
    config: Config = None,
    no_config: NoConfig = False,
    today: Today = "",
    quiet: Quiet = False,
    color: Tint = Colour.AUTO,
) -> None:
    if "-" in (paths or []):
        raise Refused("standard input is read once: name a file to watch")

    def project() -> Project:
        return call.project(
            paths,
            select=select,
            ignore=ignore,
            references=references,
            config=call.chosen(config, no_config=no_config),
            today=today,
            jobs=1,
        )

    screen = Outputs(color=color)
    first = project()
    for path in first.paths:
        if _is_missing(path):
            raise Refused(f"`{path}` is not there: name a file, or the folder in which it will be")
    before: Report | None = None
    with suppress(KeyboardInterrupt):
        for report in _reports(first, project):
            if output.is_terminal():
                output.write(CLEAR)
            screen.write(REPORTS, report, Context(is_brief=quiet))
            is_whole = all(review.judgements for review in report.reviews)
            say("")
            if before and is_whole:
                screen.write(CHANGES, change.compare(before.reviews, report.reviews))
            done = "Reviewed" if is_whole else "Tried"
            say(f"{done} at {time.strftime('%H:%M:%S')}, and again when a file changes; Ctrl-C ends it.")
            # A design that is half written tells nobody what is gone.
            before = report if is_whole else before


def _is_missing(path: str) -> bool:
    """Whether nothing has this name. What is there and cannot be read is told by its report."""
    try:
        Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def _reports(current: Project, project: Callable[[], Project]) -> Iterator[Report]:
    """A report of a project at once, and another one each time that a file is not as it was.

    Mistakes that the configuration has by then are a report as well.
    """
    seen = _looks(current)
    yield current.report()
    while True:
        time.sleep(PAUSE)
        now = _looks(current)
        if now == seen:
            continue
        seen = now
        try:
            current = project()
            seen = _looks(current)
            yield current.report()
        except Unusable as unusable:
            yield Report(unusable.reviews, rulebook.load())


def _looks(project: Project) -> list[Stamp]:
    """The files on which a report rests, as they are now."""
    return [stamp(file) for file in (*(Path(source.path) for source in project.sources()), *project.ground)]
