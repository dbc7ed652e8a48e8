"""`rtreview fix`."""

from typing import Annotated

import typer

from rtreview.commands import call
from rtreview.commands.ending import FOUND, NOT_REVIEWED
from rtreview.commands.options import Config, NoConfig, Paths, Tint, Today, application, examples
from rtreview.commands.outputs import Colour, laid_out
from rtreview.fix import fix as fixes
from rtreview.render import fixes as renderer
from rtreview.render import text
from rtreview.reviews.report import Report
from rtreview.text import output

app = application()


@app.command(
    help="""Fix findings in the text of specs.

    The text of standard input, -, goes to standard output.

    Only what is safe is changed, unless --all is given, and nothing that would leave its finding or bring
    another. Exit status: 0 done, 1 with --check if something can be fixed, 2 wrong use, 3 something could
    not be reviewed.
    """,
    epilog=examples(
        ("rtreview fix --diff design.yaml", "shows, and writes nothing"),
        ("rtreview fix --check docs/", "status 1 where something can be fixed"),
    ),
)
def fix(
    paths: Paths = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also make the changes that need thought.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing, and tell what can be fixed.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing, and show what would change.")] = False,
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar="RULE[,RULE]", help="Fix what these rules find, and nothing else."),
    ] = None,
    config: Config = None,
    no_config: NoConfig = False,
    today: Today = "",
    color: Tint = Colour.AUTO,
) -> None:
    project = call.project(paths, select=select, config=call.chosen(config, no_config=no_config), today=today)
    results = [
        fixes.fixed(source, project.within(source.path).policy, everything=everything)
        for source in project.sources()
    ]
    is_written = not (check or diff)
    for result in results if is_written else ():
        fixes.write(result)
    layout = laid_out(color)
    broken = Report(tuple(review for result in results for review in result.unreviewed), project.rulebook)
    report = text.render(broken, width=layout.width, colour=layout.colour) if broken.reviews else ""
    if diff:
        output.write("".join(map(renderer.diff, results)))
    # A difference shows what is done, and does not say what it leaves out, or why it is empty.
    report += renderer.render(
        results, is_written=is_written, with_done=not diff, width=layout.width, colour=layout.colour
    )
    if diff or (is_written and "-" in project.paths):
        # Standard output holds a text that somebody else reads.
        typer.echo(report, nl=False, err=True)
    else:
        output.write(report)
    if broken.reviews:
        raise typer.Exit(NOT_REVIEWED)
    raise typer.Exit(FOUND if check and any(result.done for result in results) else 0)
