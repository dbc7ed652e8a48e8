"""What the commands share: the look of their help, and the options that several of them have."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from rtreview.commands import offers
from rtreview.commands.outputs import Colour
from rtreview.render.format import REPORTS


def application(**settings: Any) -> typer.Typer:
    """A command, or a group of commands, whose help is plain text."""
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )


def examples(*calls: tuple[str, str]) -> str:
    """The end of a command's help: calls, and what each is for where that is not plain."""
    width = max(len(call) for call, _ in calls)
    lines = (f"  {call:<{width}}  {purpose}".rstrip() for call, purpose in calls)
    # A backspace keeps typer from filling the lines.
    return "\b\nExamples:\n" + "\n".join(lines)


def format_option(formats: Sequence[str]) -> Any:
    """`--format` of a command that is no review."""
    names = f"{', '.join(formats[:-1])} or {formats[-1]}"
    return typer.Option(
        "--format", metavar="FORMAT[=FILE]", help=f"{names}.  [default: text]", show_default=False
    )


class FailOn(StrEnum):
    """The mildest severity that makes the call fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="Specs, Markdown files that hold specs, directories (searched for both), or - for standard "
        "input. Without one: what `paths` of the configuration names.",
        show_default=False,
        autocompletion=offers.designs,
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="FORMAT[=FILE]",
        help=f"How to write the report: {', '.join(REPORTS.formats)}. Several in one call, all but one "
        "with a file.  [default: text]",
        show_default=False,
    ),
]
Fails = Annotated[
    FailOn | None,
    typer.Option(
        help="The mildest severity that makes the exit status 1.  [default: error]", show_default=False
    ),
]
Selected = Annotated[
    list[str] | None,
    typer.Option(
        "--select", metavar="RULE[,RULE]", help="Run these rules only.", autocompletion=offers.rules
    ),
]
Ignored = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore", metavar="RULE[,RULE]", help="Leave these rules out.", autocompletion=offers.rules
    ),
]
Base = Annotated[
    str, typer.Option("--base", metavar="REV", help="A revision of git to compare with.", show_default=False)
]
Today = Annotated[
    str,
    typer.Option(
        "--today",
        metavar="DAY",
        help="The day on which acceptances are looked at, 2027-01-31.",
        show_default=False,
    ),
]
NoAccepted = Annotated[bool, typer.Option("--no-accepted", help="As if no risk had been accepted.")]
Jobs = Annotated[
    int,
    typer.Option("--jobs", metavar="N", min=0, help="Processes; 0 takes as many as pay.", show_default=False),
]
References = Annotated[
    str,
    typer.Option(
        "--references",
        metavar="DIR",
        help="A folder with references of the team, in place of the configured one.",
        show_default=False,
    ),
]
Config = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The one configuration that counts; its paths are relative to the current folder.",
        show_default=False,
    ),
]
NoConfig = Annotated[bool, typer.Option("--no-config", help="Without any configuration.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="One line for each finding.")]
Tint = Annotated[Colour, typer.Option("--color", help="When to colour the report.")]
