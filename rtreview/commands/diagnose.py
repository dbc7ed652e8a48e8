"""`rtreview diagnose`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from rtreview.commands.ending import boundary
from rtreview.commands.options import Tint, application, format_option
from rtreview.commands.outputs import Colour, outputs
from rtreview.diagnose import diagnosis
from rtreview.project import nearest
from rtreview.project.settings import Settings
from rtreview.render.format import DIAGNOSES
from rtreview.reviews.report import Review
from rtreview.rulebook import rulebook
from rtreview.text.refusal import Refused

app = application()


@app.command()
def diagnose(
    seen: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORDS]...",
            help="What is seen, in your own words. Without any, a terminal is asked for a line, or standard "
            "input is read.",
            show_default=False,
        ),
    ] = None,
    spec: Annotated[
        str,
        typer.Option(
            "--spec", metavar="SPEC", help="Also whether this design is open to it; - for standard input."
        ),
    ] = "",
    formats: Annotated[list[str] | None, format_option(DIAGNOSES.formats)] = None,
    color: Tint = Colour.AUTO,
) -> None:
    """Tell which failure symptoms look like, how to confirm it, and the way out.

    The exit status is 0 also where nothing is near, and 3 where SPEC cannot be reviewed.
    """
    wanted = outputs(formats, DIAGNOSES.formats, color)
    if spec == "-" and not seen:
        raise Refused("--spec - takes standard input: say in words what is seen")
    with boundary(wanted):
        symptoms = " ".join(seen) if seen else _ask("What is seen? ", diagnosis.LONGEST)
        configured = nearest.load([spec] if spec else [], rulebook.load())
        reviews = _reviews(spec, configured) if spec else []
        wanted.write(DIAGNOSES, diagnosis.diagnose(symptoms, configured.rulebook, reviews))


def _reviews(spec: str, configured: Settings) -> list[Review]:
    from rtreview.commands import call  # noqa: PLC0415 - words alone need no rules, which take as long to load

    return call.reviewed(spec, call.policy(configured))


def _ask(question: str, most: int) -> str:
    """A line that somebody types; where nobody is there, standard input, a little beyond what is read."""
    if sys.stdin is None:
        return ""
    if sys.stdin.isatty():
        typer.echo(question, nl=False, err=True)
        return sys.stdin.readline(most + 1)
    return sys.stdin.buffer.read(4 * most + 1).decode("utf-8", "replace")
