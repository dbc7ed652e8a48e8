"""`rtreview diagnose`."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from rtreview.commands import offers
from rtreview.commands.ending import boundary
from rtreview.commands.options import Tint, application, examples, format_option
from rtreview.commands.outputs import Colour, outputs
from rtreview.diagnose import diagnosis
from rtreview.diagnose.diagnosis import Diagnosis
from rtreview.diagnose.signs import Sign
from rtreview.project import nearest
from rtreview.project.settings import Settings
from rtreview.render.format import DIAGNOSES
from rtreview.reviews.report import Review
from rtreview.rulebook import rulebook
from rtreview.text.refusal import Refused

app = application()

ANSWERS = {"yes": True, "y": True, "no": False, "n": False, "unknown": None}
"""What an answer may be; on a terminal anything else is that nobody knows."""


@app.command(
    help="""Tell what is behind symptoms, how to confirm it, and the fix.

    The exit status is 0 also where nothing is near, and 3 where SPEC cannot be reviewed.
    """,
    epilog=examples(
        ('rtreview diagnose "sockets die after exactly 60 seconds"', ""),
        ('rtreview diagnose --spec design.yaml "users flicker online and offline"', ""),
    ),
)
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
            "--spec",
            metavar="SPEC",
            help="Also whether this design is open to it; - for standard input.",
            autocompletion=offers.designs,
        ),
    ] = "",
    answers: Annotated[
        list[str] | None,
        typer.Option(
            "--answers",
            metavar="SIGN=ANSWER,...",
            help="Answers to questions of an earlier call: yes, no or unknown, such as everybody=yes. On a "
            "terminal up to five are asked.",
            show_default=False,
        ),
    ] = None,
    formats: Annotated[list[str] | None, format_option(DIAGNOSES.formats)] = None,
    color: Tint = Colour.AUTO,
) -> None:
    wanted = outputs(formats, DIAGNOSES.formats, color)
    known = _answers(answers or [])
    if spec == "-" and not seen:
        raise Refused("--spec - takes standard input: say in words what is seen")
    with boundary(wanted):
        symptoms = " ".join(seen) if seen else _ask("What is seen? ", diagnosis.LONGEST)
        configured = nearest.load([spec] if spec else [], rulebook.load())
        reviews = _reviews(spec, configured) if spec else []

        def told() -> Diagnosis:
            return diagnosis.diagnose(symptoms, configured.rulebook, reviews, known)

        found = told()
        if not formats and _is_somebody_there():
            for _ in range(diagnosis.ASKED):
                if not found.questions or not _ask_back(found.questions[0].sign, known):
                    break
                found = told()
        wanted.write(DIAGNOSES, found)


def _answers(written: Sequence[str]) -> dict[str, bool | None]:
    """The values of `--answers`, by the sign."""
    answers: dict[str, bool | None] = {}
    for pair in ",".join(written).split(",") if written else ():
        name, _, answer = (part.strip() for part in pair.partition("="))
        if answer.lower() not in ANSWERS:
            raise Refused(
                f"--answers: `{pair.strip()}` is no answer: write `{name or 'SIGN'}=yes`, no or unknown"
            )
        answers[name] = ANSWERS[answer.lower()]
    return answers


def _is_somebody_there() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout is not None and sys.stdout.isatty()


def _ask_back(sign: Sign, answers: dict[str, bool | None]) -> bool:
    """Ask for a sign and keep the answer; false where nobody answers any more."""
    typer.echo(f"{sign.question} [y/n, or Enter] ", nl=False, err=True)
    line = sys.stdin.readline(diagnosis.LONGEST)
    answers[sign.id] = ANSWERS.get(line.strip().lower())
    return bool(line)


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
