"""What the site has: a page for each thing that has a name, made from the books, the language and the help.

A page is Markdown, so that an agent reads the same as a person. Its text is made when it is asked for, so
that it takes no review to know which pages there are.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import chdir
from functools import cache, cached_property, partial
from html import escape
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, get_origin

import yaml
from curve import curve
from typer.testing import CliRunner

from rtreview import simulate
from rtreview.commands import app
from rtreview.commands.top import COMMANDS
from rtreview.language import catalogue
from rtreview.language.catalogue import TRAITS, Platform
from rtreview.language.spec import Spec
from rtreview.language.tree import Branch, branches
from rtreview.render import text
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Report
from rtreview.rulebook import references, rulebook
from rtreview.rulebook.finding import Verdict
from rtreview.rulebook.references import SHELVES, Section, fences, slug
from rtreview.simulate.scenario import Scenario

ROOT = Path(__file__).parents[2]
RULEBOOK = rulebook.load()
RULES = {rule.id: rule for rule in RULEBOOK}

TITLES = {
    "rules": "Rules",
    "sharp-edges": "Sharp edges",
    "patterns": "Patterns",
    "platforms": "Platforms",
    "scenarios": "Scenarios",
    "fields": "Fields",
    "commands": "Commands",
    "examples": "Examples",
}
"""The shelves, each with the title of the page that lists what stands there."""

ASSETS = ("examples/review.svg", "examples/github-workflow.yml", "schemas/*.json")
"""Files of the repository that pages link to, and that are copied as they are."""

LISTINGS = {"rules": "rules", "help": "commands", "fields": "fields"}
"""Blocks of `docs/` that a terminal can read, each with the shelf that a browser gets in its place."""

MOVED = "team-chat-flawed"
"""The example with which scenarios are shown, as far as it can tell of them."""

MOST_DESIGNS = 4
"""Designs that are shown of each kind, of those that a rule is tested with."""

LONGEST_DESIGN = 25
"""Lines of a design that still shows something at a glance."""

_LINK = re.compile(r"\[(?P<words>[^\[\]]++)\]\((?P<target>[^)\s\[]++)\)")
_CODE = re.compile(r"(?<!\[)`([a-z0-9_.-]+)`(?!\])")
_BLOCK = re.compile(r"<!-- generated: (\S+) -->\n(.*?)<!-- end -->\n?", re.DOTALL)
_CODE_BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_PARAGRAPH = re.compile(r"^[A-Za-z`].+(?:\n.+)*", re.MULTILINE)
_FIRST = ("Why", "What happens", "When", "What it looks like", "What is left out")
"""The heading of a section whose first sentence tells what it is about."""

_HIDDEN = ("Cites", "Signs", "Against", "Listed")
"""Facts of a section that a page shows in another way, or that a machine alone reads."""


class Page:
    """A page of the site.

    Attributes:
        path: its Markdown below the root of the site: `rules/missing-heartbeat.md`.
        title: its heading.
        summary: what it is about, in a sentence.
        part: the part of its shelf that it stands in.

    """

    def __init__(self, path: str, title: str, summary: str, body: Callable[[], str], part: str = "") -> None:
        self.path = path
        self.title = title
        self.summary = summary
        self.part = part
        self._body = body

    @property
    def address(self) -> str:
        """Where a browser finds it, below the address of the site."""
        return f"{self.path.removesuffix('.md')}.html"

    @property
    def shelf(self) -> str:
        """Where it stands; empty for the guide."""
        return posixpath.dirname(self.path)

    @cached_property
    def markdown(self) -> str:
        """The whole of it."""
        trail = [link(TITLES[self.shelf], f"{self.shelf}.md", self.path)] if self.shelf else []
        if trail and self.part:
            trail.append(link(self.part, f"{self.shelf}.md#{slug(self.part)}", self.path))
        way = f"{' / '.join(trail)}\n{{ .trail }}\n\n" if trail else ""
        return f"# {self.title}\n\n{way}{self._body().strip()}\n"


@cache
def pages() -> Mapping[str, Page]:
    """Every page by its path."""
    members = [
        *map(_section, RULEBOOK.sections.values()),
        *map(_platform, catalogue.load()),
        *map(_scenario, simulate.scenarios()),
        *map(_of_section, sections()),
        *map(_command, COMMANDS),
        *map(_example, examples()),
    ]
    written = [_written("README.md", "index.md")]
    written += [_written(f"docs/{file.name}", file.name) for file in sorted((ROOT / "docs").glob("*.md"))]
    named = {page.path for page in written}
    written += [
        Page(f"{shelf}.md", title, f"All {title.lower()}.", partial(listing, shelf))
        for shelf, title in TITLES.items()
        if f"{shelf}.md" not in named
    ]
    return {page.path: page for page in (*written, *members)}


def listing(shelf: str) -> str:
    """What stands on a shelf, by its parts."""
    members = [page for page in pages().values() if page.shelf == shelf]
    blocks = []
    for part, group in groupby(members, key=lambda page: page.part):
        blocks += [f"## {part}"] if part else []
        blocks.append(
            "\n".join(f"- {link(page.title, page.path, f'{shelf}.md')}{_told(page)}" for page in group)
        )
    return "\n\n".join(blocks)


def _told(page: Page) -> str:
    """What stands behind the title of a page: its id, where people type it, and else what it is about."""
    if page.shelf in ("rules", "sharp-edges", "platforms"):
        return f" `{posixpath.basename(page.path).removesuffix('.md')}`"
    return f": {page.summary}"


def llms() -> str:
    """`llms.txt`: what the site is, and each page as Markdown with a sentence on it."""
    start = pages()["index.md"]
    rows = [f"# {start.title}", "", f"> {start.summary}"]
    for shelf, title in {"": "Guide", **TITLES}.items():
        rows += ["", f"## {title}", ""]
        rows += [
            f"- [{page.title}]({page.path}): {page.summary}"
            for page in pages().values()
            if page.shelf == shelf
        ]
    return "\n".join([*rows, ""])


# Links


def link(words: str, page: str, origin: str) -> str:
    """A link to a page, or to a place in one, from another page."""
    path, mark, anchor = page.partition("#")
    return f"[{words}]({posixpath.relpath(path, posixpath.dirname(origin) or '.')}{mark}{anchor})"


def linked(markdown: str, file: str, origin: str) -> str:
    """A text of the repository as a part of a page: its links lead to pages, or are plain words.

    Args:
        markdown: the text.
        file: where it stands, to which its links are relative.
        origin: the page that it becomes a part of.

    """

    def led(found: re.Match[str]) -> str:
        # In a book, a link to a place in the same file leads to another page.
        if re.match("https?:" if file.startswith("references/") else "https?:|#", found["target"]):
            return found[0]
        page = _meant(found["target"], file)
        return link(found["words"], page, origin) if page else found["words"]

    def described(found: re.Match[str]) -> str:
        section, path = RULEBOOK.sections.get(found[1]), tuple(found[1].split("."))
        if section and "-" in section.id and _path(section) != origin:
            return link(found[0], _path(section), origin)
        return _field(path, origin) if len(path) > 1 else found[0]

    lines = markdown.splitlines()
    code = {at for opens, closes in fences(lines) for at in range(opens, closes + 1)}
    parts = []
    for is_code, group in groupby(range(len(lines)), key=code.__contains__):
        part = "\n".join(lines[at] for at in group)
        parts.append(part if is_code else _CODE.sub(described, _LINK.sub(led, part)))
    return "\n".join(parts)


def _meant(target: str, file: str) -> str:
    """The page, or the place in one, that a link of a file means; empty where the site has none."""
    name, mark, anchor = target.partition("#")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), name)) if name else file
    folder, own = posixpath.split(path)
    if folder == "references" and own in SHELVES:
        section = _by_anchor().get(anchor)
        return _path(section) if section else f"{SHELVES[own]}.md{mark}{anchor}"
    if folder == "docs" and own.endswith(".md"):
        return f"{own}{mark}{anchor}"
    if folder == "examples" and _name(Path(own)) in map(_name, examples()):
        return f"examples/{_name(Path(own))}.md"
    places = {"README.md": "index.md", "examples": "examples.md", "references/platforms": "platforms.md"}
    return path if path in assets() else places.get(path, "")


@cache
def _by_anchor() -> Mapping[str, Section]:
    return {slug(name): section for name, section in RULEBOOK.sections.items()}


@cache
def assets() -> frozenset[str]:
    """The files that are copied, by their path, which is the same in the repository and on the site."""
    files = (file for pattern in ASSETS for file in ROOT.glob(pattern))
    return frozenset(file.relative_to(ROOT).as_posix() for file in files)


# The guide


def _written(file: str, path: str) -> Page:
    """A page that people wrote; what a terminal reads in it is a list of links here."""
    head, _, body = (ROOT / file).read_text("utf-8").partition("\n")
    first = _PARAGRAPH.search(_CODE_BLOCK.sub("", body))
    summary = references.plain(first[0]) if first else ""
    summary = f"{summary[:1].upper()}{summary[1:]}"

    def markdown() -> str:
        pictured = body.replace("```text\nbatch ", f"{curve(body)}\n\n```text\nbatch ")
        return _BLOCK.sub(
            lambda block: f"{listing(LISTINGS[block[1]]) if block[1] in LISTINGS else block[2]}\n",
            linked(pictured, file, path),
        )

    return Page(path, head.removeprefix("# "), _sentence(summary), markdown)


def _sentence(prose: str) -> str:
    return f"{re.split(r'[.:;] ', prose, maxsplit=1)[0].rstrip('.')}."


# The books


def _path(section: Section) -> str:
    return section.page.replace(".html", ".md")


def _section(section: Section) -> Page:
    part = f"{section.kind}s" if section.kind.endswith("pattern") else section.topic
    title = section.title.capitalize() if section.kind == "hand-over" else section.title
    first = next((name for name in _FIRST if name in section.texts), "")
    summary = section.first_sentence(first) or title
    part = part.replace("-", " ").capitalize()
    return Page(_path(section), title, summary, lambda: _explained(section), part)


def _explained(section: Section) -> str:
    """A section as it stands in its book, with what the program makes of it."""
    origin = _path(section)
    blocks = [f"`rtreview explain {shlex.quote(section.id)}`"]
    facts = [f"- **{name}** {fact}" for name, fact in section.facts.items() if name not in _HIDDEN]
    cited = ", ".join(link(name, _path(RULEBOOK.sections[name]), origin) for name, _ in section.cited)
    facts += [f"- **Rests on** {cited}"] if cited else []
    blocks += ["\n".join(facts)] if facts else []
    for heading, prose in section.texts.items():
        blocks += [f"## {heading}", linked(prose, section.file, origin)]
        if heading in ("Bad", "Good") and section.id in RULES:
            (_, design), *_ = section.blocks(heading)
            blocks.append(_fenced(_reviewed(section.id, design)))
    blocks += list(_tested(section.id))
    if citing := [rule.id for rule in RULES.values() if section.id in map(itemgetter(0), rule.section.cited)]:
        blocks += ["## Rules that rest on it", _rules(citing, origin)]
    return "\n\n".join(blocks)


def _rules(ids: Iterable[str], origin: str) -> str:
    """A list of rules with links."""
    found = (RULES[name].section for name in ids)
    return "\n".join(f"- {link(section.title, _path(section), origin)} `{section.id}`" for section in found)


def _reviewed(rule: str, design: str) -> str:
    """What one rule says of a design, as a terminal shows it."""
    found = engine.review(design.encode(), "design.yaml", Policy(RULEBOOK, select=(rule,)))
    whole = text.render(Report(tuple(found), RULEBOOK), width=80)
    return whole.partition("\ngo on with\n")[0]


def _tested(rule: str) -> Iterator[str]:
    """The designs that hold a rule in its tests, and how often it speaks on published ones."""
    folder = ROOT / "tests" / "rules" / rule
    headings = {"fail": "Fires on", "pass": "Passes", "unstated": "Asks about"}
    for name, heading in headings.items():
        file = folder / f"{name}.yaml"
        if not file.is_file():
            continue
        designs = [
            each for each in re.split(r"(?m)^---\n", file.read_text("utf-8")) if re.search("(?m)^name:", each)
        ]
        shown = [design for design in designs if design.count("\n") <= LONGEST_DESIGN][:MOST_DESIGNS]
        if designs:
            yield f"## {heading}"
        yield from map(_folded, shown)
        if others := [_called(design) for design in designs if design not in shown]:
            yield "Also:\n\n" + "\n".join(f"- {name}" for name in others)
    if rule in RULES:
        count, verdicts = spoken()
        fires, asks = (verdicts[rule, verdict] for verdict in (Verdict.VIOLATED, Verdict.UNSTATED))
        yield "## On published designs"
        yield f"It fires on {fires} of the {count} published designs of the corpus, and asks about {asks}."


def _called(design: str) -> str:
    return str(yaml.load(design, yaml.CSafeLoader)["name"])


def _folded(design: str) -> str:
    """A design behind its name."""
    head = f'<details markdown="1">\n<summary>{escape(_called(design), quote=False)}</summary>'
    return f"{head}\n\n{_fenced(design, 'yaml')}\n\n</details>"


@cache
def spoken() -> tuple[int, Counter[tuple[str, Verdict]]]:
    """How many designs the corpus has, and on how many a rule comes to a verdict that a report shows."""
    files = sorted((ROOT / "tests" / "corpus").glob("*.rtreview.yaml"))
    counter: Counter[tuple[str, Verdict]] = Counter()
    for file in files:
        found = (each for one in engine.review(file.read_bytes(), file.name) for each in one.findings)
        counter.update({(each.rule, each.verdict) for each in found})
    return len(files), counter


def _fenced(code: str, language: str = "text") -> str:
    return f"```{language}\n{code.strip()}\n```"


# Platforms


def _platform(platform: Platform) -> Page:
    notes = " ".join(platform.content["notes"].split())
    part = platform.kind.replace("-", " ").capitalize()
    return Page(
        f"platforms/{platform.id}.md", platform.name, _sentence(notes), lambda: _known(platform), part
    )


def _known(platform: Platform) -> str:
    content, origin = platform.content, f"platforms/{platform.id}.md"
    names = [platform.id, *map(str, content["aliases"])]
    blocks = [
        f"A spec names it as {', '.join(f'`{name}`' for name in names)}. Looked at in {content['as_of']}.",
        " ".join(content["notes"].split()),
    ]
    fixed = [
        f"| {_field(path, origin)} | {value} | {platform.origin(())(at).confidence} |"
        for at, path, value in _settings(content.get("defaults", {}))
    ]
    if fixed:
        head = "| field | value | how sure |\n|---|---|---|"
        blocks += ["## What naming it fixes", "\n".join([head, *fixed])]
    if traits := content.get("traits"):
        blocks += ["## What it does", "\n".join(f"- {TRAITS[trait]} (`{trait}`)" for trait in traits)]
    if platform.facts:
        rows = (f"| {name.replace('_', ' ')} | {_cell(value)} |" for name, value in platform.facts.items())
        blocks += ["## What else is known", "\n".join(["| fact | value |\n|---|---|", *rows])]
    evidence = [
        f"| `{each['of']}` | {_cell(_source(each['source']))} | {each['confidence']} |"
        for each in content.get("evidence", ())
    ]
    blocks += ["## Sources", "\n".join(f"- {_source(each)}" for each in content["sources"])]
    if evidence:
        blocks += ["## Evidence", "\n".join(["| what | who says so | how sure |\n|---|---|---|", *evidence])]
    return "\n\n".join(blocks)


Setting = tuple[tuple[str, ...], tuple[str, ...], str]
"""A default: its path in the file of the platform, that in a spec, and its value as Markdown."""


def _settings(defaults: Any, at: tuple[str, ...] = ()) -> Iterator[Setting]:
    """Each default of a platform."""
    for key, value in defaults.items():
        if isinstance(value, dict):
            yield from _settings(value, (*at, key))
            continue
        path, shown = (*at, key), f"`{_plain(value)}`"
        if path[0] == "hop":
            path = ("transport", "path", *path[1:])
        elif path[0] == "hop_for":
            path, shown = ("transport", "path", *path[2:]), f"{shown} over {path[1]}"
        yield (*at, key), path, shown


def _plain(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool | list) else str(value)


def _cell(value: Any) -> str:
    return _plain(value).replace("|", "\\|")


def _source(name: str) -> str:
    return f"<{name}>" if name.startswith("http") else f"`{name}`"


def _field(path: tuple[str, ...], origin: str) -> str:
    """A field with a link to where it is described."""
    name = f"`{'.'.join(path)}`"
    branch = _branches().get(path)
    if branch is None:
        return name
    page = f"{_section_path(path[:-1])}#{branch.key}" if branch.section is None else _section_path(path)
    return link(name, page, origin)


# Scenarios


def _scenario(scenario: Scenario[Any]) -> Page:
    title = scenario.name.replace("-", " ").capitalize()
    path = f"scenarios/{scenario.name}.md"
    return Page(
        path, title, f"{scenario.tells[0].upper()}{scenario.tells[1:]}.", lambda: _happens(scenario, path)
    )


def _happens(scenario: Scenario[Any], origin: str) -> str:
    blocks = [f"`rtreview simulate design.yaml --scenario {scenario.name}`"]
    blocks.append(f"What happens: {scenario.tells}.")
    blocks += ["## Curves", "\n".join(f"- {name}" for name in scenario.curves)]
    if scenario.shows:
        blocks += ["## Rules that it is evidence for", _rules(scenario.shows, origin)]
    for example in sorted(examples(), key=lambda each: _name(each) != MOVED):
        shown = printed("simulate", "--scenario", scenario.name, design_of(example))
        if "cannot be simulated" not in shown:
            page = link(_name(example).replace("-", " "), f"examples/{_name(example)}.md", origin)
            blocks += ["## An example", f"Of the design {page}:", _fenced(shown)]
            break
    if scenario.sliders:
        moved = ", ".join(f"`{slider.field}`" for slider in scenario.sliders)
        page = link("the page of a flawed chat", f"examples/{MOVED}.review.html", origin)
        blocks += ["## What can be moved", f"In the page of a review, sliders move {moved}. Try it: {page}."]
    return "\n\n".join(blocks)


# Fields


def sections() -> list[tuple[str, ...]]:
    """The paths of the sections of the language, the design itself first."""
    every = list(branches(Spec))
    return [(), *(branch.path for branch in every if branch.section is not None)]


def _section_path(path: tuple[str, ...]) -> str:
    """The page of a section; a name that a team gives is `NAME` in it."""
    return f"fields/{'.'.join(path).replace('*', 'NAME') or 'design'}.md"


@cache
def _branches() -> Mapping[tuple[str, ...], Branch]:
    return {branch.path: branch for branch in branches(Spec)}


def _of_section(path: tuple[str, ...]) -> Page:
    branch = _branches().get(path)
    title = ".".join(path).replace("*", "NAME") or "A design"
    summary = branch.entry.description if branch else "What a design states at its top."
    part = path[0] if path else ""
    return Page(
        _section_path(path), f"`{title}`" if path else title, summary, lambda: _holds(path, branch), part
    )


def _holds(path: tuple[str, ...], section: Branch | None) -> str:
    """Each field of a section, with what it means and what reads it."""
    origin = _section_path(path)
    blocks = []
    if section is None:
        held = [branch for branch in _branches().values() if len(branch.path) == 1]
    else:
        held = [] if path == ("features",) else list(section.holds)
        kind = f" It is {section.values}." if get_origin(section.kind) is not None else ""
        blocks += [f"{section.entry.description}{kind}", _fenced(f"{section.key}: {section.example}", "yaml")]
        blocks += (
            [f"Each holds what stands at the top of {link('a design', _section_path(()), origin)}."]
            if path == ("features",)
            else []
        )
    for branch in held:
        blocks += [f"## {branch.key} {{ #{branch.key} }}", *_about(branch, origin)]
    return "\n\n".join(blocks)


def _about(branch: Branch, origin: str) -> Iterator[str]:
    """What a field means: its values and words, what platforms fix for it, and the rules about it."""
    yield branch.entry.description
    if branch.section is not None:
        inside = link("fields of its own", _section_path(branch.path), origin)
        yield f"It holds {inside}, as in `{branch.key}: {branch.example}`."
        return
    words = ", ".join(branch.entry.words)
    values = branch.values.replace(f"one of {words}", "one of the words below") if words else branch.values
    yield f"Takes {values}. Example: `{branch.key}: {branch.example}`."
    if branch.entry.words:
        yield "\n".join(f"- `{word}`: {meaning}" for word, meaning in branch.entry.words.items())
    if defaults := _defaults(branch.path, origin):
        yield f"Platforms fix it: {defaults}."
    if readers := list(RULEBOOK.readers(branch.path)):
        listed = ", ".join(link(f"`{rule.id}`", _path(rule.section), origin) for rule in readers)
        yield f"Rules that speak of it: {listed}."


def _defaults(path: tuple[str, ...], origin: str) -> str:
    by_value: dict[str, dict[str, None]] = {}
    for value, platform, _ in catalogue.fixed(path):
        by_value.setdefault(value, {})[link(platform.name, f"platforms/{platform.id}.md", origin)] = None
    ordered = sorted(by_value.items(), key=lambda each: -len(each[1]))
    return "; ".join(f"`{value}` {', '.join(platforms)}" for value, platforms in ordered)


# Commands and examples


def _command(name: str) -> Page:
    return Page(
        f"commands/{name}.md", f"rtreview {name}", _helped()[name], lambda: _fenced(printed(name, "--help"))
    )


@cache
def _helped() -> Mapping[str, str]:
    """What the help says of each command."""
    return dict(re.findall(r"^  (\S+) +(.+)$", printed("--help"), re.MULTILINE))


def printed(*words: object) -> str:
    """What a call prints, at 80 columns, as somebody in the root of the repository types it."""
    runner = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
    with chdir(ROOT):
        done = runner.invoke(app, [str(word) for word in words], prog_name="rtreview", catch_exceptions=False)
    return done.stdout


@cache
def examples() -> tuple[Path, ...]:
    """The reports of the designs that come with one."""
    return tuple(sorted((ROOT / "examples").glob("*.report.txt")))


def _name(example: Path) -> str:
    return example.name.partition(".")[0]


def design_of(example: Path) -> Path:
    """The spec of an example, or the document that holds it, from the root of the repository."""
    files = (example.with_name(f"{_name(example)}{ending}") for ending in (".rtreview.yaml", ".md"))
    return next(file for file in files if file.is_file()).relative_to(ROOT)


def page_of(example: Path) -> str:
    """Where the site has the page of `--format html` for an example."""
    return f"examples/{_name(example)}.review.html"


def _example(example: Path) -> Page:
    title = _name(example).replace("-", " ").capitalize()
    *_, counts = re.findall(r"^\d+ findings?\b.+?(?=;)", example.read_text("utf-8"), re.MULTILINE)
    path = f"examples/{_name(example)}.md"
    return Page(path, title, f"{counts}.", lambda: _shown(example, path))


def _shown(example: Path, origin: str) -> str:
    """An example with its report, and the page on which a few of its fields can be moved."""
    file = design_of(example)
    tries = link("Try it", page_of(example), origin)
    language = "yaml" if file.suffix == ".yaml" else "markdown"
    fence = "````"
    return "\n\n".join(
        [
            f"{tries}: the page of `--format html`, where fields can be moved and the storm follows.",
            "## What a review says",
            _fenced(example.read_text("utf-8")),
            "## The design",
            f"{fence}{language}\n{(ROOT / file).read_text('utf-8').strip()}\n{fence}",
        ]
    )
