"""Commands, options and exit status; nothing else."""

from __future__ import annotations

import importlib
import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path as File
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from rtreview import __version__
from rtreview.language.notation import did_you_mean
from rtreview.reviews.report import Report
from rtreview.rulebook.finding import Severity, Verdict
from rtreview.simulate import NAMES as SCENARIOS
from rtreview.text import output

if TYPE_CHECKING:
    from rtreview.project.project import Project
    from rtreview.project.settings import Settings
    from rtreview.reviews.policy import Policy
    from rtreview.reviews.report import Review
    from rtreview.rulebook.finding import Finding
    from rtreview.rulebook.references import Section
    from rtreview.rulebook.rulebook import Rulebook

FOUND, WRONG_USE, NOT_REVIEWED, INTERRUPTED = 1, 2, 3, 130
"""Exit statuses beside 0: findings; the command line is wrong; something could not be reviewed; Ctrl-C."""


class Format(StrEnum):
    """How a report is written; each is a module of `render`."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"
    MARKDOWN = "markdown"
    HTML = "html"
    CSV = "csv"


REPORTS = (
    Format.TEXT,
    Format.JSON,
    Format.SARIF,
    Format.GITHUB,
    Format.GITLAB,
    Format.JUNIT,
    Format.MARKDOWN,
    Format.HTML,
)
"""The formats of a review."""


if TYPE_CHECKING:
    Happening = str  # mypy takes no enumeration whose members are computed
else:
    Happening = StrEnum("Happening", {name: name for name in SCENARIOS})


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
baseline_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Keep what is found today apart, so that only what is new counts.",
)
app.add_typer(baseline_app, name="baseline")
references_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Look after the references that a team adds to ours.",
)
app.add_typer(references_app, name="references")

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="Specs, Markdown files that hold specs, directories (searched for both), or - for standard "
        "input. Without one: what `paths` of the configuration names.",
        show_default=False,
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="FORMAT[=FILE]",
        help=f"How to write the report: {', '.join(REPORTS)}. Several in one call, all but one with a "
        "file.  [default: text]",
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
    list[str] | None, typer.Option("--select", metavar="RULE[,RULE]", help="Run these rules only.")
]
Ignored = Annotated[
    list[str] | None, typer.Option("--ignore", metavar="RULE[,RULE]", help="Leave these rules out.")
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
Tint = Annotated[Colour, typer.Option("--color", help="When to colour the report.")]


def _answer(asks: str) -> Any:
    """An option that answers one question of `init`; `questions.py` has the questions."""
    return typer.Option(metavar="ANSWER", help=asks, show_default=False)


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
    paths: Paths = None,
    formats: Formats = None,
    fail_on: Fails = None,
    select: Selected = None,
    ignore: Ignored = None,
    references: References = "",
    base: Base = "",
    new_only: Annotated[
        bool, typer.Option("--new-only", help="Hide what was found at --base already.")
    ] = False,
    no_baseline: Annotated[
        bool, typer.Option("--no-baseline", help="Also what the baseline of the project knows.")
    ] = False,
    no_accepted: NoAccepted = False,
    today: Today = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One line for each finding.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also what passed and what does not apply.")
    ] = False,
    numbers: Annotated[
        bool, typer.Option("--numbers", help="Also the numbers that follow from the design.")
    ] = False,
    jobs: Jobs = 0,
    color: Tint = Colour.AUTO,
) -> None:
    """Review designs.

    Exit status: 0 nothing at or above the threshold, 1 findings, 2 wrong use, 3 something could not
    be reviewed.
    """
    wanted = _formats(formats, REPORTS)
    if bool(base) != new_only:
        _refuse("--new-only and --base REV go together; `rtreview diff --base REV` shows what is different")
    with _told(wanted):
        project = _project(
            paths,
            select,
            ignore,
            today,
            jobs,
            references=references,
            accepted=not no_accepted,
            numbers=numbers,
            keeps_readings=Format.HTML in wanted,
        )
        report = project.report_since(base) if base else project.report(baseline=not no_baseline)
        for name, file in wanted.items():
            if name is not Format.TEXT:
                told = _rendered(name, report, project.policy)
            elif quiet:
                told = _renderer(name).render_brief(report, colour=_colour(color, file))
            else:
                told = _renderer(name).render(report, verbose=verbose, **_layout(color, file))
            output.write(told, file)
    found = [finding for one in report.reviews for finding in one.findings]
    raise typer.Exit(_status(found, fail_on or FailOn(project.settings.fail_on)))


@app.command()
def diff(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="OLD NEW | --base REV [PATH]...",
            help="Two files; or, with --base, designs of a repository.",
            show_default=False,
        ),
    ] = None,
    base: Base = "",
    formats: Formats = None,
    fail_on: Fails = None,
    select: Selected = None,
    ignore: Ignored = None,
    references: References = "",
    no_accepted: NoAccepted = False,
    today: Today = "",
    jobs: Jobs = 0,
    color: Tint = Colour.AUTO,
) -> None:
    """Show what a change of designs brings: findings, broken acceptances, consequences in numbers.

    The exit status is 1 for new findings at or above the threshold. Formats: text, json, markdown.
    """
    wanted = _formats(formats, (Format.TEXT, Format.JSON, Format.MARKDOWN))
    if not base and len(paths or []) != 2:
        _refuse("diff takes two files, or --base REV and the designs to compare with it")
    with _told(wanted):
        project = _project(
            paths, select, ignore, today, jobs, references=references, accepted=not no_accepted, numbers=True
        )
        changes = project.changes_since(base) if base else project.change_between(*project.paths)
        for name, file in wanted.items():
            layout = _layout(color, file) if name is Format.TEXT else {}
            output.write(_renderer(name).render_change(changes, **layout), file)
    found = [one.finding for change in changes for one in change.new]
    found += [finding for change in changes for finding in change.unreviewed]
    raise typer.Exit(_status(found, fail_on or FailOn(project.settings.fail_on)))


@baseline_app.command()
def write(paths: Paths = None, today: Today = "") -> None:
    """Take up everything that is found now; what is known already keeps its day."""
    from rtreview.history import baseline  # noqa: PLC0415 - only these commands need it

    with _told():
        project = _project(paths, None, None, today, 0)
        known = project.baseline() or baseline.Baseline(project.baseline_file)
        reviews = project.reviews()
        taken = known.taken(reviews, project.policy)
        output.write(taken.text(), str(taken.file))
    age = f", the oldest since {min(one.since for one in taken.entries)}" if taken.entries else ""
    count = len(taken.entries)
    _say(f"{taken.file}: {count} finding{'' if count == 1 else 's'}{age}")
    _tell_unreviewed(reviews)


@baseline_app.command()
def show(paths: Paths = None) -> None:
    """List the known findings, the oldest first."""
    with _told():
        project = _project(paths or ["."], None, None, "", 0)
        known = project.baseline()
    if known is None:
        _refuse(f"there is no baseline `{project.baseline_file}`: see `rtreview baseline write`")
    rows = sorted(known.entries, key=lambda one: (one.since, one.identity, one.badness))
    told = [f"{one.since}  {one.severity:<8}{one.told}" for one in rows]
    _say(*(told or [f"{known.file}: no findings"]))


@baseline_app.command()
def prune(paths: Paths = None, today: Today = "") -> None:
    """Drop the entries that hide nothing any more."""
    with _told():
        project = _project(paths, None, None, today, 0)
        known = project.baseline()
        if known is None:
            _refuse(f"there is no baseline `{project.baseline_file}`: nothing to prune")
        reviews = project.reviews()
        pruned = known.pruned(reviews, project.policy)
        output.write(pruned.text(), str(pruned.file))
    gone = len(known.entries) - len(pruned.entries)
    _say(f"{pruned.file}: {gone} obsolete, {len(pruned.entries)} kept")
    _tell_unreviewed(reviews)


@references_app.command()
def check(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A folder with references of the team.")],
    formats: Formats = None,
) -> None:
    """Verify a folder: sections, ids, citations, conditions, and whether each example is as it claims.

    Exit status: 0 all of it holds, 3 it has mistakes.
    """
    wanted = _formats(formats, REPORTS)
    with _told(wanted):
        from rtreview.team import folder as team  # noqa: PLC0415 - only this command tries examples

        report = Report(tuple(team.check(folder, _ours())), _ours())
        for name, file in wanted.items():
            if name is Format.TEXT and not file:
                _say(f"{folder}: ids, citations, conditions and examples hold")
            else:
                output.write(_rendered(name, report), file)


@app.command()
def config(paths: Paths = None) -> None:
    """Print the settings that are in force, and where each comes from."""
    with _told():
        settings = _settings(paths)
    rows = list(settings.listed())
    name, value = (max(len(row[column]) for row in rows) for column in (0, 1))
    _say(f"root  {settings.root}", "")
    _say(*(f"{row.name:<{name}}  {row.value:<{value}}  {row.origin}" for row in rows))


@app.command()
def simulate(
    path: Annotated[str, typer.Argument(metavar="SPEC", help="A spec, or - for standard input.")],
    scenario: Annotated[
        Happening,
        typer.Option(help="What happens. Ten million clients and an hour take a fraction of a second."),
    ] = SCENARIOS[0],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="Compare with the design in which this is set."),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="FORMAT[=FILE]",
            help="text, json or csv.  [default: text]",
            show_default=False,
        ),
    ] = None,
    color: Tint = Colour.AUTO,
) -> None:
    """Simulate what happens to a design, from the numbers that it states."""
    wanted = _formats(formats, (Format.TEXT, Format.JSON, Format.CSV))
    with _told(wanted):
        policy = _policy(_settings([path]), None, None, "", accepted=True)
        reviews = _reviewed(path, policy)
        from rtreview.simulate import find  # noqa: PLC0415 - nobody else simulates
        from rtreview.simulate.simulation import simulations  # noqa: PLC0415 - likewise

        found, settings = find(scenario), changes or []
        told = [
            simulation
            for review in reviews
            for simulation in simulations(found, review.document, review.design, settings, policy.fallbacks)
        ]
        _write_each(wanted, "simulation", "render_simulations", told, color)


@app.command()
def init(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="Where to write it, or - for standard output.")
    ] = "design.rtreview.yaml",
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Ask nothing: what is not answered below is as usual.")
    ] = False,
    template: Annotated[
        str, typer.Option("--template", metavar="NAME", help="Begin with an example, such as team-chat.")
    ] = "",
    source: Annotated[
        str, typer.Option("--from", metavar="FILE", help="Begin with what an AsyncAPI document says.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Tell why each choice was made.")] = False,
    purpose: Annotated[str, _answer("What is built: chat, dashboard, game, ...")] = "",
    writers: Annotated[str, _answer("Who sends: server, devices, one or many.")] = "",
    connections: Annotated[str, _answer("Open at the peak, 20k.")] = "",
    room: Annotated[str, _answer("Members of the largest room, document or match.")] = "",
    clients: Annotated[str, _answer("What connects: browser, ios, android, desktop, server.")] = "",
    path: Annotated[str, _answer("Proxies and host, from the client on: cloudflare,heroku.")] = "",
    library: Annotated[str, _answer("Library or service that carries the messages.")] = "",
    nodes: Annotated[str, _answer("Servers that hold the connections.")] = "",
    offline: Annotated[str, _answer("How long people work without a connection, or none.")] = "",
    presence: Annotated[str, _answer("Whether people are shown as being there: yes or no.")] = "",
) -> None:
    """Write the first spec of a design, from ten questions. `?` is the answer of who does not know.

    Every choice follows a pattern and names it in a comment; what nobody knows stays open. Without a
    terminal, standard input has an answer a line; an empty one takes what is usual.
    """
    given = {"purpose": purpose, "writers": writers, "connections": connections, "room": room}
    given |= {"clients": clients, "path": path, "library": library, "nodes": nodes}
    given |= {"offline": offline, "presence": presence}
    given = {name: said for name, said in given.items() if said.strip()}
    with _told():
        from rtreview.init import beginning  # noqa: PLC0415 - only this command writes a spec

        if not file:
            _refuse("FILE is empty: name a file, or - for standard output")
        if file != "-" and not force and os.path.lexists(file):
            _refuse(f"`{file}` exists already: --force overwrites it")
        if bool(template) + bool(source) + bool(given or defaults) > 1:
            _refuse("a design begins with answers, with --template or with --from: with one of them")
        if template:
            begun = beginning.from_template(template)
        elif source:
            begun = beginning.from_asyncapi(source)
        else:
            begun = beginning.from_answers(given, asks=not defaults)
        output.write(begun.text, "" if file == "-" else file)
        told = beginning.explanation(begun.decisions, _ours().sections) if explain else ""
        if file == "-":
            sys.stderr.write(told)
        else:
            output.write(told)
            _say(*beginning.told(begun, file))


@app.command()
def meeting(
    path: Annotated[str, typer.Argument(metavar="SPEC", help="A spec; accepted risks are written into it.")],
    minutes: Annotated[
        str,
        typer.Option(
            "--minutes",
            metavar="FILE",
            help="Where the outcome is kept.  [default: design.minutes.md, beside design.yaml]",
            show_default=False,
        ),
    ] = "",
    today: Today = "",
) -> None:
    """Decide about each open finding of a spec in turn, and keep minutes; go on where it was interrupted.

    Exit status: 0 all is decided, 1 something is left open, 2 wrong use, 3 something could not be reviewed.
    """
    if path == "-":
        _refuse("a meeting writes into the spec: name a file")
    from rtreview.meeting.meeting import Meeting, minutes_file  # noqa: PLC0415 - only this command needs it
    from rtreview.meeting.sitting import Sitting  # noqa: PLC0415 - likewise

    with _told():
        project = _project([path], None, None, today, 0)
        file = File(minutes) if minutes else minutes_file(path)
        meeting = Meeting(path, file, project.policy, project.baseline())
        _end_where_unreadable(meeting.now(), project.policy)
        if file.resolve() == File(path).resolve():
            _refuse("--minutes: the minutes cannot be the spec itself")
        if not file.parent.is_dir():
            _refuse(f"--minutes: there is no folder `{file.parent}`")
        try:
            left = Sitting(meeting).hold().open
        except KeyboardInterrupt:
            _refuse(f"interrupted; what was decided before is in {file}", INTERRUPTED)
    raise typer.Exit(FOUND if left else 0)


@app.command()
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
    today: Today = "",
    color: Tint = Colour.AUTO,
) -> None:
    """Fix findings in the text of specs; with -, the text goes to standard output.

    Only what is safe is changed, unless --all is given, and nothing that would leave its finding or bring
    another. Exit status: 0 done, 1 with --check if something can be fixed, 2 wrong use, 3 something could
    not be reviewed.
    """
    from rtreview.fix import fix as fixes  # noqa: PLC0415 - only this command needs it
    from rtreview.render import fixes as renderer  # noqa: PLC0415 - likewise
    from rtreview.render import text  # noqa: PLC0415 - likewise

    with _told():
        project = _project(paths, select, None, today, 0)
        told = [fixes.fixed(source, project.policy, everything=everything) for source in project.sources()]
        is_written = not (check or diff)
        for one in told if is_written else ():
            fixes.write(one)
        broken = Report(tuple(review for one in told for review in one.unreviewed), project.policy.rulebook)
        said = text.render(broken, **_layout(color, "")) if broken.reviews else ""
        if diff:
            output.write("".join(map(renderer.diff, told)))
        else:
            said += renderer.render(told, is_written=is_written, **_layout(color, ""))
        if diff or (is_written and "-" in project.paths):
            # Standard output holds a text that somebody else reads.
            typer.echo(said, nl=False, err=True)
        else:
            output.write(said)
    if broken.reviews:
        raise typer.Exit(NOT_REVIEWED)
    raise typer.Exit(FOUND if check and any(one.done for one in told) else 0)


@app.command()
def explain(
    name: Annotated[str, typer.Argument(metavar="ID", help="An id or a name.")], references: References = ""
) -> None:
    """Print the section of a validation, a sharp edge, a pattern or an anti-pattern."""
    from rtreview.rulebook.references import slug  # noqa: PLC0415

    with _told():
        sections = _settings(None, references).rulebook.sections
    by_slug = {slug(key): section for key, section in sections.items()}
    section = by_slug.get(slug(name.strip()))
    if section is None:
        _refuse(
            f"nothing is called `{name}`{did_you_mean(name, tuple(sections)) or ': see `rtreview rules`'}"
        )
    output.write(_section(section))


@app.command()
def why(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The id of a rule.")],
    path: Annotated[str, typer.Argument(metavar="SPEC", help="A spec, or - for standard input.")],
    references: References = "",
) -> None:
    """Tell what a rule says of a design, what it read, and what would change it."""
    from rtreview.render import text  # noqa: PLC0415
    from rtreview.reviews import why as reasons  # noqa: PLC0415

    with _told():
        settings = _settings([path], references)
        (wanted,) = _rules("why", [rule], settings)
        policy = _policy(settings, [wanted], None, "", accepted=True)
        explained = reasons.explain(_reviewed(path, policy), wanted, policy)
        output.write(text.render_why(explained, width=output.width()))


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
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", metavar="FORMAT[=FILE]", help="text or json.  [default: text]", show_default=False
        ),
    ] = None,
    color: Tint = Colour.AUTO,
) -> None:
    """Tell which failure symptoms look like, how to confirm it, and the way out.

    The exit status is 0 also where nothing is near, and 3 where SPEC cannot be reviewed.
    """
    wanted = _formats(formats, (Format.TEXT, Format.JSON))
    if spec == "-" and not seen:
        _refuse("--spec - takes standard input: say in words what is seen")
    with _told(wanted):
        from rtreview.diagnose import diagnosis  # noqa: PLC0415 - nobody else diagnoses

        said = " ".join(seen) if seen else _asked("What is seen? ", diagnosis.LONGEST)
        reviews: list[Review] = []
        settings = _settings([spec] if spec else None)
        if spec:
            reviews = _reviewed(spec, _policy(settings, None, None, "", accepted=True))
        told = diagnosis.diagnose(said, settings.rulebook, reviews)
        _write_each(wanted, "diagnosis", "render_diagnosis", told, color)


@app.command()
def rules(references: References = "") -> None:
    """List every rule with its severity and what it cites."""
    with _told():
        known = _settings(None, references).rulebook
    told = []
    for rule in known:
        severity = rule.section.facts["Severity"]
        told += textwrap.wrap(f"{rule.id}  ({severity})", 80, subsequent_indent="  ")
        told.append(f"    {rule.section.title}")
        cites = f"cites {', '.join(name for name, _ in rule.section.cited)}"
        told += [f"    {line}" for line in textwrap.wrap(cites, 76, subsequent_indent="      ")]
    _say(*told)


@app.command()
def platforms(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="An id or an alias.")] = "",
) -> None:
    """List the platforms of the catalogue, or print one with its sources."""
    from rtreview.language import catalogue  # noqa: PLC0415

    if name:
        platform = catalogue.find(name)
        if platform is None:
            hint = did_you_mean(name, catalogue.names()) or ": see `rtreview platforms`"
            _refuse(f"no platform is called `{name}`{hint}")
        output.write((catalogue.FOLDER / f"{platform.id}.yaml").read_text("utf-8"))
        return
    told: list[str] = []
    kind = ""
    for one in catalogue.load():
        if one.kind != kind:
            told.append(f"{chr(10) if told else ''}{one.kind}\n")
            kind = one.kind
        told.append(f"  {one.id:<24}{one.name}\n")
    output.write("".join(told))


@app.command()
def schema() -> None:
    """Print the JSON Schema of a spec, for an editor."""
    from rtreview.rulebook.references import ROOT  # noqa: PLC0415

    output.write((ROOT / "schemas" / "design.schema.json").read_text("utf-8"))


def _reviewed(path: str, policy: Policy) -> list[Review]:
    """The reviews of a file; the call ends with what is wrong with its designs, where one cannot be read."""
    from rtreview.project import project  # noqa: PLC0415
    from rtreview.text import sources  # noqa: PLC0415

    return _end_where_unreadable(project.review_source(sources.Source(path), policy), policy)


def _end_where_unreadable(reviews: list[Review], policy: Policy) -> list[Review]:
    """The reviews, where each design can be read; otherwise the call ends with what is wrong."""
    from rtreview.render import text  # noqa: PLC0415

    broken = [one for one in reviews if not one.judgements]
    if broken:
        output.write(text.render(Report(tuple(broken), policy.rulebook), width=output.width()))
        raise typer.Exit(NOT_REVIEWED)
    return reviews


def _asked(question: str, most: int) -> str:
    """A line that somebody types; where nobody is there, standard input, a little beyond what is read."""
    if sys.stdin is None:
        return ""
    if sys.stdin.isatty():
        typer.echo(question, nl=False, err=True)
        return sys.stdin.readline(most + 1)
    return sys.stdin.buffer.read(4 * most + 1).decode("utf-8", "replace")


def _section(section: Section) -> str:
    """Formatted for a terminal; as it stands in the file, where the output goes elsewhere."""
    from rtreview.render.text import harmless  # noqa: PLC0415

    place = harmless(f"{section.file}:{section.line}")
    source = "\n".join(harmless(line) for line in section.source.splitlines())
    if not output.is_colourful():
        return f"{source}\n\n({place})\n"
    from rich.console import Console  # noqa: PLC0415
    from rich.markdown import Markdown  # noqa: PLC0415

    console = Console(width=output.width())
    with console.capture() as capture:
        console.print(Markdown(source), place)
    return capture.get()


def _rules(option: str, names: list[str] | None, settings: Settings) -> list[str]:
    """The ids that an option names; one that no rule has is wrong use."""
    wanted = [name.strip() for part in names or [] for name in part.split(",") if name.strip()]
    if names and not wanted:
        _refuse(f"{option}: it names no rule")
    if wanted:
        known = tuple(rule.id for rule in settings.rulebook)
        for name in wanted:
            if name not in known:
                _refuse(f"{option}: no rule is called `{name}`{did_you_mean(name, known)}")
    return wanted


def _project(
    paths: list[str] | None,
    select: list[str] | None,
    ignore: list[str] | None,
    today: str,
    jobs: int,
    *,
    references: str = "",
    accepted: bool = True,
    numbers: bool = False,
    keeps_readings: bool = False,
) -> Project:
    """The designs that a call asks for, and how it wants them reviewed."""
    from rtreview.project.project import Project  # noqa: PLC0415 - only for those who review

    settings = _settings(paths, references)
    named = paths or [os.path.relpath(settings.root / path) for path in settings.paths]
    if not named:
        _refuse("no PATH is given, and no configuration names one under `paths`")
    policy = _policy(settings, select, ignore, today, accepted=accepted)
    progress = sys.stderr if sys.stderr is not None else None
    return Project(
        named,
        settings,
        policy,
        with_numbers=numbers,
        jobs=jobs,
        progress=progress,
        keeps_readings=keeps_readings,
    )


def _settings(paths: Sequence[str] | None, references: str = "") -> Settings:
    from rtreview.project import nearest  # noqa: PLC0415 - likewise

    return nearest.load(paths or [], _ours(), references)


def _ours() -> Rulebook:
    """Our own rules and references, which nothing but the command line makes for itself."""
    from rtreview.rulebook import rulebook  # noqa: PLC0415 - likewise

    return rulebook.load()


def _policy(
    settings: Settings, select: list[str] | None, ignore: list[str] | None, today: str, *, accepted: bool
) -> Policy:
    """What is configured, and what the command line says instead."""
    selected, ignored = _rules("--select", select, settings), _rules("--ignore", ignore, settings)
    # Who selects a rule wants it, whatever is ignored as a rule.
    ignored = ignored or ([] if selected else list(settings.ignore))
    selected = selected or list(settings.select)
    required = [name for name in settings.required if name in ignored]
    if required:
        _refuse(f"--ignore: the configuration requires `{required[0]}`")
    if selected and set(selected) <= set(ignored):
        _refuse("--select and --ignore leave no rule to run")
    from rtreview.reviews.policy import Policy  # noqa: PLC0415 - likewise

    return Policy(
        settings.rulebook,
        select=tuple(selected),
        ignore=tuple(ignored),
        severity=settings.severity,
        required=settings.required,
        fallbacks=settings.fallbacks,
        with_accepted=accepted,
        today=_day(today),
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        _refuse(f"--today: expected a day such as 2027-01-31, found `{text}`")


def _formats(written: list[str] | None, options: tuple[Format, ...]) -> dict[Format, str]:
    """The formats that are asked for, each with its file; without one it goes to standard output."""
    wanted: dict[Format, str] = {}
    for one in written or [Format.TEXT]:
        name, _, file = one.partition("=")
        if name not in options:
            hint = did_you_mean(name, options) or f": there are {', '.join(options)}"
            _refuse(f"--format: no format is called `{name}` here{hint}")
        if "=" in one and not file:
            _refuse(f"--format: `{one}` names no file")
        if Format(name) in wanted:
            _refuse(f"--format: `{name}` is given twice")
        if not file and "" in wanted.values():
            _refuse(f"--format: two reports for standard output: write `{name}=FILE`")
        wanted[Format(name)] = file
    return wanted


def _layout(color: Colour, file: str) -> dict[str, Any]:
    """How a text report is laid out: as wide as the terminal, or as 80 columns in a file."""
    return {"width": 80 if file else output.width(), "colour": _colour(color, file)}


def _colour(color: Colour, file: str) -> bool:
    return color is Colour.ALWAYS or (color is Colour.AUTO and not file and output.is_colourful())


def _renderer(name: Format) -> Any:
    """The module of a format: each is loaded when it is used."""
    return importlib.import_module(f"rtreview.render.{name}")


def _rendered(name: Format, report: Report, policy: Policy | None = None) -> str:
    """A report in a format. A page shows more than a report holds: its designs are looked at again."""
    if name is not Format.HTML:
        return str(_renderer(name).render(report))
    from rtreview.render.page import briefing  # noqa: PLC0415 - only a page needs it
    from rtreview.reviews.policy import Policy  # noqa: PLC0415 - likewise

    try:
        renderer = _renderer(name)
    except ModuleNotFoundError as missing:
        _refuse(f"--format html needs {missing.name}: run `pip install 'rtreview[report]'`")
    return str(renderer.render(briefing.prepare(report, policy or Policy(report.rulebook))))


def _write_each(wanted: dict[Format, str], module: str, function: str, told: object, color: Colour) -> None:
    """Something that is no review, in each format: as text it has a module of its own."""
    for name, file in wanted.items():
        renderer = importlib.import_module(f"rtreview.render.{module if name is Format.TEXT else name}")
        layout = _layout(color, file) if name is Format.TEXT else {}
        output.write(getattr(renderer, function)(told, **layout), file)


def _status(found: Sequence[Finding], fail_on: FailOn) -> int:
    if any(finding.verdict is Verdict.UNREVIEWED for finding in found):
        return NOT_REVIEWED
    if fail_on is FailOn.NEVER:
        return 0
    threshold = Severity(fail_on).rank
    return FOUND if any(finding.severity.rank <= threshold for finding in found) else 0


@contextmanager
def _told(formats: dict[Format, str] | None = None) -> Iterator[None]:
    """What ends a call before its report is one sentence, or a report on the files that it rests on."""
    from rtreview.reviews.report import Unusable  # noqa: PLC0415 - not for `--help`
    from rtreview.text.refusal import Refused  # noqa: PLC0415 - not for `--help`

    try:
        yield
    except Refused as refused:
        _refuse(str(refused))
    except Unusable as unusable:
        for name, file in (formats or {Format.TEXT: ""}).items():
            output.write(_rendered(name, Report(unusable.reviews, _ours())), file)
        raise typer.Exit(NOT_REVIEWED) from None
    except ChildProcessError as error:
        typer.echo(f"rtreview: {error}; no report was written", err=True)
        raise typer.Exit(NOT_REVIEWED) from None
    except KeyboardInterrupt:
        typer.echo("rtreview: interrupted; no report was written", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _tell_unreviewed(reviews: Sequence[Review]) -> None:
    """End a call on a baseline that could not look everywhere; what is known there stays."""
    broken = dict.fromkeys(one.path for one in reviews if not one.judgements)
    if broken:
        _refuse(f"not reviewed, see `rtreview`: {', '.join(broken)}", NOT_REVIEWED)


def _say(*lines: str) -> None:
    """Lines on standard output, in which nothing acts that a file or a path brings along."""
    from rtreview.render.text import harmless  # noqa: PLC0415 - not every command says something itself

    output.write("".join(f"{harmless(line)}\n" for line in lines))


def _refuse(message: str, status: int = WRONG_USE) -> NoReturn:
    from rtreview.render.text import harmless  # noqa: PLC0415 - only a refusal needs it

    typer.echo(harmless(f"rtreview: {message}"), err=True)
    raise typer.Exit(status)
