"""What is generated and checked in: schemas, reports of examples, the picture, blocks in `docs/`.

`make update` writes all of it anew. Nothing here is trusted: it is made again and compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest
from conftest import DOCUMENT, EXAMPLES, ROOT, RULEBOOK, anchor, cli, reviews
from pydantic import TypeAdapter
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from rtreview import __version__, simulate
from rtreview.commands.top import COMMANDS
from rtreview.language import catalogue, spec
from rtreview.render import outline
from rtreview.render.json import (
    BriefReport,
    CatalogueRow,
    ChangesRow,
    DiagnosisRow,
    EvidenceRow,
    ExplanationsRow,
    FieldsRow,
    ReportRow,
    SectionsRow,
    SimulationsRow,
)
from rtreview.reviews.engine import review
from rtreview.rulebook import references, rulebook
from rtreview.rulebook.finding import Severity, Verdict
from rtreview.team import fragment

DOCS = ROOT / "docs"
VALIDATIONS = "references/validations.md"
PICTURED = ["--select", "heartbeat-slower-than-path", "team-chat-flawed.rtreview.yaml"]
THEME = TerminalTheme(
    (250, 250, 248),
    (36, 41, 47),
    [(36, 41, 47), (179, 29, 40), (17, 99, 41), (138, 90, 0), (9, 87, 174), (130, 80, 223), (17, 105, 110),
     (87, 96, 106)],
)  # fmt: skip
SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>A review in a terminal</title>
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px ui-monospace, Menlo, Consolas, monospace;
  white-space: pre; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
<rect width="100%" height="100%" rx="8" fill="#fafaf8"/>
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


@pytest.fixture(autouse=True)
def in_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths in reports are those that somebody in the root of the repository would type."""
    monkeypatch.chdir(ROOT)


def test_the_schema_of_a_spec_is_up_to_date(matches: Callable[[Path, str], None]) -> None:
    """`schemas/design.schema.json` is made from the sections of a spec."""
    text = json.dumps(spec.json_schema(), indent=2, ensure_ascii=False) + "\n"
    matches(ROOT / "schemas" / "design.schema.json", text)


def test_the_schema_of_the_report_is_up_to_date(matches: Callable[[Path, str], None]) -> None:
    """`schemas/report.schema.json`, and those of the other commands, from the types of the renderer."""
    for name, rows in (
        ("report", ReportRow),
        ("brief", BriefReport),
        ("change", ChangesRow),
        ("simulation", SimulationsRow),
        ("diagnosis", DiagnosisRow),
        ("sections", SectionsRow),
        ("evidence", EvidenceRow),
        ("explanations", ExplanationsRow),
        ("catalogue", CatalogueRow),
        ("fields", FieldsRow),
    ):
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **TypeAdapter(rows).json_schema(),
        }
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        matches(ROOT / "schemas" / f"{name}.schema.json", text)


def test_the_schema_of_a_platform_is_up_to_date(matches: Callable[[Path, str], None]) -> None:
    """`schemas/platform.schema.json` is made from the sections of a spec too."""
    text = json.dumps(catalogue.json_schema(), indent=2, ensure_ascii=False) + "\n"
    matches(ROOT / "schemas" / "platform.schema.json", text)


def test_the_schema_of_a_rule_of_a_team_is_up_to_date(matches: Callable[[Path, str], None]) -> None:
    """`schemas/rule.schema.json` is made from the sections of a spec and the words of `fragment.py`."""
    text = json.dumps(fragment.json_schema(), indent=2, ensure_ascii=False) + "\n"
    matches(ROOT / "schemas" / "rule.schema.json", text)


def test_the_index_of_the_platforms_is_up_to_date(matches: Callable[[Path, str], None]) -> None:
    """An alias is found in `index.txt`, without opening every file."""
    matches(catalogue.FOLDER / "index.txt", catalogue.index())


def test_the_limits_of_the_platforms_are_up_to_date(matches: Callable[[Path, str], None]) -> None:
    """A number is found in `limits.txt`, without opening every file."""
    matches(catalogue.FOLDER / "limits.txt", catalogue.limits())


def test_the_index_of_the_references_is_up_to_date(matches: Callable[[Path, str], None]) -> None:
    """It is made of sections that are complete, and whoever reads it has what is in the files."""
    sections = references.parsed()
    rulebook.verify(sections)
    matches(references.INDEX, references.index())
    assert references.indexed() == sections
    assert list(sections) == list(references.indexed() or ())


@pytest.mark.parametrize("example", [*EXAMPLES, DOCUMENT], ids=lambda file: file.name)
def test_the_report_of_an_example_is_up_to_date(example: Path, matches: Callable[[Path, str], None]) -> None:
    """Beside each example stands what `rtreview` says of it."""
    text = cli("--today", "2026-11-23", example.relative_to(ROOT)).stdout
    matches(example.with_name(f"{example.name.partition('.')[0]}.report.txt"), text)


def test_the_change_of_an_example_is_up_to_date(
    matches: Callable[[Path, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`support-desk.change.md` is the comment on a pull request that has ten times the connections."""
    before, after = DOCUMENT.read_text("utf-8"), tmp_path / "examples" / DOCUMENT.name
    after.parent.mkdir()
    after.write_text(before.replace("connections: 4k", "connections: 40k"), "utf-8")
    monkeypatch.chdir(tmp_path)
    text = cli("diff", "--format", "markdown", DOCUMENT, after.relative_to(tmp_path)).stdout
    matches(DOCUMENT.with_name("support-desk.change.md"), text)


def test_a_sound_example_has_no_finding_and_a_flawed_one_has() -> None:
    """The names of the examples are true."""
    assert len({re.sub(r"(-flawed)?\.rtreview\.yaml$", "", file.name) for file in EXAMPLES}) == 8
    for example in EXAMPLES:
        found = [finding for one in reviews(example) for finding in one.findings]
        flawed = "-flawed" in example.name
        assert bool(found) == flawed, f"{example.name}: {[finding.rule for finding in found]}"
        assert not flawed or sum(finding.verdict is Verdict.VIOLATED for finding in found) >= 3


def test_the_picture_in_the_readme_is_a_real_run(
    matches: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`examples/review.svg` is drawn by rich from the coloured output of the command."""
    monkeypatch.chdir(ROOT / "examples")
    command = f"rtreview {' '.join(PICTURED)}"
    console = Console(record=True, width=80, file=open("/dev/null", "w"), legacy_windows=False)  # noqa: SIM115, PTH123
    with console.file:
        console.print(Text.assemble(("$ ", "dim"), command), soft_wrap=True)
        console.print(Text.from_ansi(cli("--color", "always", *PICTURED).stdout))
    svg = console.export_svg(theme=THEME, code_format=SVG, unique_id="review")
    matches(ROOT / "examples" / "review.svg", svg)


def rule_list() -> str:
    """The rules by topic, each with its title."""
    rows = [f"The {len(RULEBOOK)} rules, each with its section:"]
    headings = re.findall(r"^(##?) (.+)$", (ROOT / VALIDATIONS).read_text("utf-8"), re.MULTILINE)
    for level, text in headings[1:]:
        if level == "#":
            rows += ["", f"## {text}", ""]
        else:
            rows.append(f"- [`{text}`](../{VALIDATIONS}#{text}): {RULEBOOK.sections[text].title}")
    return "\n".join(rows)


def help_pages() -> str:
    """What `--help` says of the command line and of each command."""
    pages = [("rtreview", cli("--help").stdout)]
    pages += [(f"rtreview {name}", cli(name, "--help").stdout) for name in COMMANDS]
    return "\n\n".join(f"## {name}\n\n```text\n{page.strip()}\n```" for name, page in pages)


def manual() -> str:
    """The man page: what the help pages say, for `man`."""

    def section(head: str, page: str) -> str:
        lines = page.strip().replace("\\", "\\e").replace("-", "\\-").splitlines()
        # A line that begins with one of these is a request to the formatter.
        body = "\n".join(f"\\&{line}" if line[:1] in (".", "'") else line for line in lines)
        return f".SS {head}\n.nf\n{body}\n.fi"

    return "\n".join(
        [
            f'.TH RTREVIEW 1 "" "rtreview {__version__}" "User Commands"',
            ".SH NAME",
            "rtreview \\- review the design of real\\-time features before they are built",
            ".SH SYNOPSIS",
            section("All commands", cli("--help").stdout),
            ".SH COMMANDS",
            *(section(name, cli(name, "--help").stdout) for name in COMMANDS),
            ".SH EXIT STATUS",
            "0 nothing at or above the threshold, 1 findings, 2 wrong use, 3 something was not reviewed.",
            "",
        ]
    )


def test_the_man_page_is_up_to_date(matches: Callable[[Path, str], None]) -> None:
    """`man rtreview` says what `--help` says."""
    matches(DOCS / "rtreview.1", manual())


def field_tree() -> str:
    """All fields, as `rtreview schema --tree` has them."""
    return f"```text\n{outline.tree(110).rstrip()}\n```"


def beginning() -> str:
    """The connection that `init` writes for notifications behind nginx, as far as it is decided."""
    text = cli("init", "-", "--defaults", "--purpose=notifications", "--path=nginx").stdout
    section = text[text.index("transport:") : text.index("\n# Open: how long a token")]
    return f"```yaml\n{section.rstrip()}\n```"


def simulated() -> str:
    """A restart of the flawed chat, as it stands and with jitter, without what went in and who is back."""
    words = [
        "simulate",
        "examples/team-chat-flawed.rtreview.yaml",
        "--set",
        "transport.reconnect.jitter=full",
    ]
    text = cli(*words).stdout
    begin, end = text.index("                    "), text.index("  share that is back")
    return f"```text\n{text[begin:end].rstrip()}\n```"


def scenario_table() -> str:
    """What can happen, and the curves that show it."""
    rows = [f"| `{one.name}` | {one.tells} | {'; '.join(one.curves)} |" for one in simulate.scenarios()]
    return "\n".join(["| `--scenario` | what happens | curves |", "|---|---|---|", *rows])


SKILL = ROOT / "skills" / "realtime-engineer" / "references"


def skill_edges() -> str:
    """How things fail, for an agent: each sharp edge with what an operator sees."""
    rows = [
        "# Sharp edges",
        "",
        "How real-time systems fail after they have passed every test on a desk, by what operators and",
        "users see. `rtreview explain ID` prints why it happens, how to confirm it, and what to do.",
    ]
    for edge in RULEBOOK.sections.values():
        if edge.kind == "sharp-edge":
            severity = edge.facts["Severity"]
            rows += [
                "",
                f"## {edge.id}",
                "",
                f"{edge.title}. Severity: {severity}.",
                "",
                edge.texts["Symptoms"],
            ]
    return "\n".join([*rows, ""])


def skill_rules() -> str:
    """What a review looks for, for an agent: a line for each rule, by topic."""
    rows = [
        "# Validations",
        "",
        "What `rtreview` looks for in a design, a line for each rule: a warning unless it says otherwise.",
        "`rtreview explain ID` prints what the rule looks at, the fix, and when it is wrong to fire.",
    ]
    for topic, rules in groupby(RULEBOOK, key=lambda rule: rule.section.topic):
        rows += ["", f"## {topic.replace('-', ' ').capitalize()}", ""]
        rows += [f"- `{one.id}`{_unusual(one.section.severities[''])}: {one.section.title}" for one in rules]
    return "\n".join([*rows, ""])


def _unusual(severity: Severity) -> str:
    """The severity of a rule in parentheses, where it is not the most frequent one."""
    return "" if severity is Severity.WARNING else f" ({severity})"


def skill_patterns() -> str:
    """How things are built, for an agent: the whole book."""
    return (ROOT / "references" / "patterns.md").read_text("utf-8")


def with_contents(text: str) -> str:
    """A reference whose sections are listed below its title: a host may show no more than the beginning."""
    title, _, rest = text.partition("\n")
    headings = re.findall(r"^## (.+)$", rest, re.MULTILINE)
    return "\n".join([title, "", *(f"- [{each}](#{anchor(each)})" for each in headings), rest])


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("patterns.md", skill_patterns),
        ("sharp_edges.md", skill_edges),
        ("validations.md", skill_rules),
    ],
)
def test_a_reference_of_the_skill_is_up_to_date(
    name: str, make: Callable[[], str], matches: Callable[[Path, str], None]
) -> None:
    """It is made from the books, and small enough for hosts that cut a file at 30 KB."""
    text = with_contents(make())
    assert len(text.encode()) < 30_000
    matches(SKILL / name, text)


BLOCKS: dict[tuple[str, str], Callable[[], str]] = {
    ("first-design.md", "beginning"): beginning,
    ("meeting.md", "simulation"): simulated,
    ("meeting.md", "scenarios"): scenario_table,
    ("commands.md", "help"): help_pages,
    ("fields.md", "fields"): field_tree,
    ("rules.md", "rules"): rule_list,
}
"""What makes each block, by the file of `docs/` and its name there."""


@pytest.mark.parametrize(("file", "name"), BLOCKS)
def test_a_generated_block_of_the_documentation_is_up_to_date(
    file: str, name: str, matches: Callable[[Path, str], None]
) -> None:
    """Between its marks, a page holds what the program says today."""
    text = (DOCS / file).read_text("utf-8")
    start, end = f"<!-- generated: {name} -->\n", "<!-- end -->"
    before, _, rest = text.partition(start)
    _, _, after = rest.partition(end)
    matches(DOCS / file, f"{before}{start}{BLOCKS[file, name]()}\n{end}{after}")


def test_every_generated_block_is_made_here() -> None:
    """None is left as it once was."""
    found = {
        (page.name, name)
        for page in DOCS.glob("*.md")
        for name in re.findall(r"^<!-- generated: (\S+) -->$", page.read_text("utf-8"), re.MULTILINE)
    }
    assert found == set(BLOCKS)


def test_the_design_in_the_documentation_has_no_finding() -> None:
    """What a newcomer is shown as a sound design is reviewed where it stands."""
    page = DOCS / "first-design.md"
    (only,) = review(page.read_bytes(), page.name)
    assert only.findings == ()
    assert only.judgements


PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")] + sorted(
    DOCS.glob("*.md")
)


@cache
def anchors(file: Path) -> set[str]:
    """The anchors of the headings of a page, which many links lead to."""
    return {anchor(text) for text in re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_of_the_documentation_leads_somewhere(page: Path) -> None:
    """To a file of the repository, and to a heading in it."""
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text("utf-8")):
        name, _, heading = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        assert not heading or heading in anchors(file), target


def test_every_page_is_named_in_the_readme() -> None:
    """Whoever begins there finds it."""
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [page.name for page in DOCS.glob("*.md") if f"docs/{page.name}" not in readme] == []


def test_the_readme_is_a_screen() -> None:
    """Forty lines: what it is, one picture, what to type, and where to go on."""
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 40


def test_the_readme_says_what_the_page_needs() -> None:
    """The extra that `--format html` refuses to go without."""
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert "pip install '.[report]'` for the page of `--format html`" in readme


def test_no_word_of_this_machine_is_checked_in() -> None:
    """A generated file names no folder of the machine that made it."""
    for file in [*PAGES, *(ROOT / "examples").rglob("*.*"), *(ROOT / "schemas").iterdir()]:
        assert str(ROOT) not in file.read_text("utf-8"), file.name
