"""`rtreview review`."""

from pathlib import Path
from typing import Annotated

import typer

from rtreview.commands import call
from rtreview.commands.ending import boundary, status
from rtreview.commands.options import (
    Base,
    Config,
    Fails,
    Formats,
    Ignored,
    Jobs,
    NoAccepted,
    NoConfig,
    Paths,
    Quiet,
    References,
    Selected,
    Tint,
    Today,
    application,
    examples,
)
from rtreview.commands.outputs import Colour, outputs
from rtreview.render.format import REPORTS, Context
from rtreview.text.refusal import Refused

app = application()


@app.command(
    help="""Review designs.

    Exit status: 0 nothing at or above the threshold, 1 findings, 2 wrong use, 3 something could not
    be reviewed.
    """,
    epilog=examples(
        ("rtreview docs/", "every design below a folder"),
        ("rtreview --new-only --base main docs/", "only what this branch brings"),
    ),
)
def review(
    paths: Paths = None,
    formats: Formats = None,
    fail_on: Fails = None,
    select: Selected = None,
    ignore: Ignored = None,
    references: References = "",
    config: Config = None,
    no_config: NoConfig = False,
    base: Base = "",
    new_only: Annotated[
        bool, typer.Option("--new-only", help="Hide what was found at --base already.")
    ] = False,
    no_baseline: Annotated[
        bool, typer.Option("--no-baseline", help="Also what the baseline of the project knows.")
    ] = False,
    no_accepted: NoAccepted = False,
    today: Today = "",
    quiet: Quiet = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also what passed and what does not apply.")
    ] = False,
    numbers: Annotated[
        bool,
        typer.Option("--numbers", help="Also what the design and its platforms bring in numbers."),
    ] = False,
    opens: Annotated[
        bool, typer.Option("--open", help="Open the page of --format html=FILE in the browser.")
    ] = False,
    jobs: Jobs = 0,
    color: Tint = Colour.AUTO,
) -> None:
    wanted = outputs(formats, REPORTS.formats, color)
    page = wanted.files.get("html", "")
    if opens and not page:
        raise Refused("--open opens a page: name a file for it, `--format html=report.html`")
    if new_only and not base:
        raise Refused("--new-only hides what a revision had already: name it with --base REV")
    with boundary(wanted, Context(is_brief=quiet)):
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
            with_numbers=numbers,
            keeps_readings="html" in wanted.files,
        )
        report = project.new() if new_only else project.report(baseline=not no_baseline)
        policy = project.policy._replace(rulebook=report.rulebook)
        wanted.write(REPORTS, report, Context(is_brief=quiet, is_verbose=verbose, policy=policy))
    if opens:
        import webbrowser  # noqa: PLC0415 - few calls open one

        webbrowser.open(Path(page).resolve().as_uri())
    statuses = (
        status(review.findings, fail_on or project.within(review.path).settings.fail_on)
        for review in report.reviews
    )
    raise typer.Exit(max(statuses, default=0))
