"""`rtreview diff`."""

from typing import Annotated

import typer

from rtreview.commands import call, offers
from rtreview.commands.ending import boundary, status
from rtreview.commands.options import (
    Base,
    Config,
    Fails,
    Ignored,
    Jobs,
    NoAccepted,
    NoConfig,
    References,
    Selected,
    Tint,
    Today,
    application,
    examples,
    format_option,
)
from rtreview.commands.outputs import Colour, outputs
from rtreview.render.format import CHANGES
from rtreview.text.refusal import Refused

app = application()


@app.command(
    help="""Show what a change of designs brings, and what it takes away.

    That is findings, acceptances that break, and consequences in numbers. The exit status is 1 for new
    findings at or above the threshold.
    """,
    epilog=examples(
        ("rtreview diff old.yaml new.yaml", "two files"),
        ("rtreview diff --base main docs/", "what this branch changes"),
    ),
)
def diff(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="OLD NEW | --base REV [PATH]...",
            help="Two files; or, with --base, designs of a repository.",
            show_default=False,
            autocompletion=offers.designs,
        ),
    ] = None,
    base: Base = "",
    formats: Annotated[list[str] | None, format_option(CHANGES.formats)] = None,
    fail_on: Fails = None,
    select: Selected = None,
    ignore: Ignored = None,
    references: References = "",
    config: Config = None,
    no_config: NoConfig = False,
    no_accepted: NoAccepted = False,
    today: Today = "",
    jobs: Jobs = 0,
    color: Tint = Colour.AUTO,
) -> None:
    wanted = outputs(formats, CHANGES.formats, color)
    if not base and len(paths or []) != 2:
        raise Refused("diff takes two files, or --base REV and the designs to compare with it")
    with boundary(wanted):
        project = call.project(
            paths,
            select=select,
            ignore=ignore,
            references=references,
            config=call.chosen(config, no_config=no_config),
            base=base,
            today=today,
            jobs=jobs,
            with_accepted=not no_accepted,
            with_numbers=True,
        )
        changes = project.changes() if base else project.change_between(*project.paths)
        wanted.write(CHANGES, changes)
    statuses = (
        status(
            [*(new.finding for new in change.new), *change.unreviewed],
            fail_on or project.within(review.path).settings.fail_on,
        )
        for change in changes
        if (review := change.after or change.before)
    )
    raise typer.Exit(max(statuses, default=0))
