"""What `--format` and `--color` ask for: how a result is written, and where to."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeVar

from rtreview.language.notation import did_you_mean
from rtreview.render.format import PLAIN, Context, Renderers
from rtreview.text import output
from rtreview.text.refusal import Refused

Result = TypeVar("Result")


class Colour(StrEnum):
    """When to colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Outputs(NamedTuple):
    """The formats of a call, each with its file; an empty name stands for standard output."""

    files: Mapping[str, str] = {"text": ""}
    color: Colour = Colour.AUTO

    def write(self, renderers: Renderers[Result], result: Result, context: Context = PLAIN) -> None:
        """Write a result in each format.

        Raises:
            Refused: a file cannot be written, or a format needs what is not installed.

        """
        for name, file in self.files.items():
            output.write(renderers.render(name, result, laid_out(self.color, file, context)), file)


def laid_out(color: Colour, file: str = "", context: Context = PLAIN) -> Context:
    """A context laid out for where a text goes: a terminal, or a file of 80 columns."""
    colour = color is Colour.ALWAYS or (color is Colour.AUTO and not file and output.is_colourful())
    links = colour and not file and output.takes_links()
    is_screen = not file and output.is_terminal()
    return context._replace(
        width=80 if file else output.width(), colour=colour, links=links, is_screen=is_screen
    )


def outputs(written: Sequence[str] | None, options: tuple[str, ...], color: Colour = Colour.AUTO) -> Outputs:
    """What is asked for as `FORMAT[=FILE]`; text on standard output where nothing is.

    Args:
        written: the values of `--format`.
        options: the formats that the command offers.
        color: when to colour.

    Raises:
        Refused: a value is no such format, or two of them contradict.

    """
    files: dict[str, str] = {}
    for value in written or ["text"]:
        name, _, file = value.partition("=")
        if name not in options:
            hint = did_you_mean(name, options) or f": there are {', '.join(options)}"
            raise Refused(f"--format: no format is called `{name}` here{hint}")
        if "=" in value and not file:
            raise Refused(f"--format: `{value}` names no file")
        if name in files:
            raise Refused(f"--format: `{name}` is given twice")
        if name == "html" and not file and output.is_terminal():
            raise Refused("--format html makes a page: name a file for it, `--format html=report.html`")
        if not file and "" in files.values():
            raise Refused(f"--format: two reports for standard output: write `{name}=FILE`")
        files[name] = file
    return Outputs(files, color)
