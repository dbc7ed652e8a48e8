"""The top of the command line: which commands there are, `--version`, and a review where none is named."""

import os
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rtreview import __version__
from rtreview.commands.ending import boundary
from rtreview.commands.offers import answer_shells
from rtreview.commands.options import application
from rtreview.text import output
from rtreview.text.refusal import Refused

COMMANDS = (
    "review",
    "watch",
    "diff",
    "config",
    "simulate",
    "init",
    "evidence",
    "meeting",
    "fix",
    "explain",
    "why",
    "diagnose",
    "rules",
    "platforms",
    "schema",
    "baseline",
    "references",
    "mcp",
    "lsp",
    "completion",
)
"""In the order of the help. Each is a module of this package, and its `app` is the command."""


class _Commands(TyperGroup):
    """Loads a command when it is called; `rtreview design.yaml` means `rtreview review design.yaml`."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        return typer.main.get_command(import_module(f"rtreview.commands.{cmd_name}").app)

    def get_help(self, ctx: Any) -> str:
        # Without a blank line between its parts: with them it would not fit on a screen.
        return "\n".join(filter(None, super().get_help(ctx).splitlines()))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        # The usage names both options: with a list of them the commands would not fit on a screen.
        self.format_commands(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        found = super().shell_complete(ctx, incomplete)
        if found or ctx.args:
            return found
        # As in `parse_args`: what is no command is a word of a review.
        review = self.get_command(ctx, "review")
        with review.make_context("review", [], parent=ctx, resilient_parsing=True) as reviewing:
            paths = review.params[0].shell_complete(reviewing, incomplete)
            return paths or review.shell_complete(reviewing, incomplete)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _with_command(args))

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        output.written.clear()
        with boundary():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        with boundary():
            return super().invoke(ctx)


def _with_command(words: list[str]) -> list[str]:
    """The words of a call with its command in front, where that is left out or asked for help.

    Raises:
        Refused: the first word is almost a command, and no file.

    """
    if not words or words[0] in (*COMMANDS, "-h", "--help", "--version"):
        return words
    if words[0] == "help":
        return [*words[1:2], "--help"]
    if words[0].startswith("-") or os.path.lexists(words[0]):
        return ["review", *words]
    from rtreview.language.notation import did_you_mean  # noqa: PLC0415 - only what is misspelt needs it

    if hint := did_you_mean(words[0], COMMANDS):
        raise Refused(f"`{words[0]}` is no command, and no file{hint}")
    return ["review", *words]


def _version(is_asked: bool) -> None:
    if is_asked:
        output.write(f"rtreview {__version__}\n")
        raise typer.Exit


app = application(
    cls=_Commands,
    no_args_is_help=True,
    options_metavar="[--help | --version]",
    # A backspace keeps typer from filling the lines.
    help="\b\nReview designs of real-time features before they are built: `rtreview FILE`.",
)


answer_shells()


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version
