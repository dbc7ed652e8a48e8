"""Commands, options and exit status; nothing else."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path as File
from typing import IO, TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from rtreview import __version__
from rtreview.finding import Report, Severity, Verdict
from rtreview.notation import did_you_mean
from rtreview.policy import Policy

if TYPE_CHECKING:
    from rtreview.finding import Review
    from rtreview.references import Section

SPEC_SUFFIXES = (".rtreview.yaml", ".rtreview.yml")
"""What a directory is searched for."""

FOUND, WRONG_USE, NOT_REVIEWED = 1, 2, 3
"""Exit statuses beside 0: findings; the command line is wrong; something could not be reviewed."""

MAX_WIDTH = 100


class Format(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"


class FailOn(StrEnum):
    """The mildest severity that makes the call fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


class Colour(StrEnum):
    """When to colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class _ReviewByDefault(TyperGroup):
    """`rtreview design.yaml` means `rtreview review design.yaml`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = {"--help", "--version", "--install-completion", "--show-completion", *self.commands}
        if args and args[0] not in own:
            args = ["review", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_ReviewByDefault,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Review the design of real-time features before they are built.",
    epilog="`rtreview design.yaml` is short for `rtreview review design.yaml`.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rtreview {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


@app.command()
def review(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Specs, Markdown files that hold specs, directories (searched for *.rtreview.yaml), "
            "or - for standard input.",
        ),
    ],
    report_format: Annotated[Format, typer.Option("--format", help="How to write the report.")] = Format.TEXT,
    output: Annotated[
        File | None, typer.Option(help="Write the report to this file, whole or not at all.")
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option(help="The mildest severity that makes the exit status 1.")
    ] = FailOn.ERROR,
    select: Annotated[
        list[str] | None, typer.Option(metavar="RULE[,RULE]", help="Run these rules only.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="RULE[,RULE]", help="Leave these rules out.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One line for each finding.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also what passed and what does not apply.")
    ] = False,
    numbers: Annotated[
        bool, typer.Option("--numbers", help="Also the numbers that follow from the design.")
    ] = False,
    color: Annotated[Colour, typer.Option(help="When to colour the report.")] = Colour.AUTO,
) -> None:
    """Review designs.

    Exit status: 0 nothing at or above the threshold, 1 findings, 2 wrong use, 3 something could not
    be reviewed.
    """
    selected, ignored = _rules("--select", select), _rules("--ignore", ignore)
    if selected and set(selected) <= set(ignored):
        _refuse("--select and --ignore leave no rule to run")
    wanted = {"policy": Policy(tuple(selected), tuple(ignored)), "with_numbers": numbers}
    reviews = [one for path in paths for one in _reviews(path, wanted)]
    told = Report(tuple(reviews))
    colour = color is Colour.ALWAYS or (color is Colour.AUTO and output is None and _is_terminal())
    if report_format is Format.JSON:
        from rtreview.render import json  # noqa: PLC0415 - each renderer is loaded when it is used

        report = json.render(told)
    else:
        from rtreview.render import text  # noqa: PLC0415

        width = _width() if output is None else 80
        if quiet:
            report = text.render_brief(told, colour=colour)
        else:
            report = text.render(told, width=width, colour=colour, verbose=verbose)
    _write(report, output)
    raise typer.Exit(_status(reviews, fail_on))


@app.command()
def explain(name: Annotated[str, typer.Argument(metavar="ID", help="An id or a name.")]) -> None:
    """Print the section of a validation, a sharp edge, a pattern or an anti-pattern."""
    from rtreview import references  # noqa: PLC0415

    sections = references.load()
    by_slug = {references.slug(key): section for key, section in sections.items()}
    section = by_slug.get(references.slug(name.strip()))
    if section is None:
        _refuse(
            f"nothing is called `{name}`{did_you_mean(name, tuple(sections)) or ': see `rtreview rules`'}"
        )
    _write(_section(section), None)


@app.command()
def why(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The id of a rule.")],
    path: Annotated[str, typer.Argument(metavar="SPEC", help="A spec, or - for standard input.")],
) -> None:
    """Tell what a rule says of a design, what it read, and what would change it."""
    from rtreview import engine  # noqa: PLC0415
    from rtreview import why as reasons  # noqa: PLC0415
    from rtreview.render import text  # noqa: PLC0415

    (wanted,) = _rules("why", [rule])
    source, shown = _source(path)
    if isinstance(source, str):
        reviews = [engine.unreadable(shown, source)]
    else:
        reviews = engine.review(source, shown, Policy(select=(wanted,)))
    broken = [one for one in reviews if not one.judgements]
    if broken:
        _write(text.render(Report(tuple(broken)), width=_width()), None)
        raise typer.Exit(NOT_REVIEWED)
    assert isinstance(source, bytes)
    _write(text.render_why(reasons.explain(source, shown, wanted), width=_width()), None)


@app.command()
def rules() -> None:
    """List every rule with its severity and what it cites."""
    from rtreview import rulebook  # noqa: PLC0415

    told = []
    for rule in rulebook.load():
        severity = rule.section.facts["Severity"]
        told += [
            f"{line}\n" for line in textwrap.wrap(f"{rule.id}  ({severity})", 80, subsequent_indent="  ")
        ]
        told.append(f"    {rule.section.title}\n")
        cites = f"cites {', '.join(name for name, _ in rule.section.cited)}"
        told += [f"    {line}\n" for line in textwrap.wrap(cites, 76, subsequent_indent="      ")]
    _write("".join(told), None)


@app.command()
def platforms(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="An id or an alias.")] = "",
) -> None:
    """List the platforms of the catalogue, or print one with its sources."""
    from rtreview import catalogue  # noqa: PLC0415

    if name:
        platform = catalogue.find(name)
        if platform is None:
            hint = did_you_mean(name, catalogue.names()) or ": see `rtreview platforms`"
            _refuse(f"no platform is called `{name}`{hint}")
        _write((catalogue.FOLDER / f"{platform.id}.yaml").read_text("utf-8"), None)
        return
    told: list[str] = []
    kind = ""
    for one in catalogue.load():
        if one.kind != kind:
            told.append(f"{chr(10) if told else ''}{one.kind}\n")
            kind = one.kind
        told.append(f"  {one.id:<24}{one.name}\n")
    _write("".join(told), None)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a spec, for an editor."""
    from rtreview.references import ROOT  # noqa: PLC0415

    _write((ROOT / "schemas" / "design.schema.json").read_text("utf-8"), None)


def _section(section: Section) -> str:
    """Formatted for a terminal; as it stands in the file, where the output goes elsewhere."""
    place = f"{section.file}:{section.line}"
    if not _is_terminal():
        return f"{section.source}\n\n({place})\n"
    from rich.console import Console  # noqa: PLC0415
    from rich.markdown import Markdown  # noqa: PLC0415

    console = Console(width=_width())
    with console.capture() as capture:
        console.print(Markdown(section.source), place)
    return capture.get()


def _rules(option: str, names: list[str] | None) -> list[str]:
    """The ids that an option names; one that no rule has is wrong use."""
    wanted = [name.strip() for part in names or [] for name in part.split(",") if name.strip()]
    if names and not wanted:
        _refuse(f"{option}: it names no rule")
    if wanted:
        from rtreview import rulebook  # noqa: PLC0415

        known = tuple(rule.id for rule in rulebook.load())
        for name in wanted:
            if name not in known:
                _refuse(f"{option}: no rule is called `{name}`{did_you_mean(name, known)}")
    return wanted


def _reviews(path: str, wanted: dict[str, Any]) -> list[Review]:
    """The reviews of a file, of standard input, or of every spec in a directory."""
    from rtreview import engine  # noqa: PLC0415

    if not path or not File(path).is_dir():
        return _file(path, wanted)
    found = list(_specs(path))
    if not found:
        names = " or ".join(f"*{suffix}" for suffix in SPEC_SUFFIXES)
        return [engine.unreadable(path, f"no spec in this directory: none is called {names}")]
    return [one for name in found for one in _file(name, wanted)]


def _file(path: str, wanted: dict[str, Any]) -> list[Review]:
    from rtreview import engine  # noqa: PLC0415

    source, shown = _source(path)
    if isinstance(source, str):
        return [engine.unreadable(shown, source)]
    return engine.review(source, shown, **wanted)


def _source(path: str) -> tuple[bytes | str, str]:
    """The bytes of a file or of standard input, or a sentence on why there are none; and its name."""
    if not path:
        return "an empty name is no file", path
    if path == "-":
        if sys.stdin is None:
            return "standard input is closed", "<stdin>"
        return _bounded(sys.stdin.buffer), "<stdin>"
    shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        with File(path).open("rb") as file:
            return _bounded(file), shown
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return f"the file cannot be opened: {reason}", shown


def _bounded(stream: IO[bytes]) -> bytes:
    """No more than shows that it is too large."""
    from rtreview.document import MAX_BYTES  # noqa: PLC0415

    return stream.read(MAX_BYTES + 1)


def _specs(directory: str) -> Iterator[str]:
    """Every spec below a directory, in the order of names, without hidden directories."""
    for folder, folders, files in os.walk(directory):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.endswith(SPEC_SUFFIXES):
                yield str(File(folder, name))


def _status(reviews: list[Review], fail_on: FailOn) -> int:
    findings = [finding for one in reviews for finding in one.findings]
    broken = [finding for finding in findings if finding.verdict is Verdict.UNREVIEWED]
    if any(finding.severity is Severity.ERROR for finding in broken):
        return NOT_REVIEWED
    if fail_on is FailOn.NEVER:
        return 0
    threshold = Severity(fail_on).rank
    return FOUND if any(finding.severity.rank <= threshold for finding in findings) else 0


def _width() -> int:
    return min(shutil.get_terminal_size((80, 24)).columns, MAX_WIDTH)


def _is_terminal() -> bool:
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _write(report: str, output: File | None) -> None:
    """To standard output, or to a file whole or not at all."""
    if output is None:
        _print(report)
        return
    # A link is followed; a device or a pipe cannot be replaced, so it is written to.
    target = File(os.path.realpath(output))
    draft = None
    try:
        if target.exists() and not target.is_file() and not target.is_dir():
            target.write_bytes(report.encode("utf-8"))
            return
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        with tempfile.NamedTemporaryFile("wb", dir=target.parent, delete=False) as file:
            draft = File(file.name)
            file.write(report.encode("utf-8"))
        draft.chmod(mode)
        draft.replace(target)
    except OSError as error:
        if draft is not None:
            draft.unlink(missing_ok=True)
        _refuse(f"--output: `{output}` cannot be written: {error.strerror}")


def _print(report: str) -> None:
    if sys.stdout is None:
        return
    try:
        # A terminal that cannot show a sign shows its number.
        sys.stdout.buffer.write(report.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        sys.stdout.flush()
    except OSError as error:
        # Python would complain once more while it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            _refuse(f"the report cannot be written: {error.strerror}")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _refuse(message: str) -> NoReturn:
    typer.echo(f"rtreview: {message}", err=True)
    raise typer.Exit(WRONG_USE)
