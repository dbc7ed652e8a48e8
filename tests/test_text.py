"""The report on a terminal: fits, reads without colour, and lets nothing of a spec act on the screen."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from conftest import EXAMPLES, FLAWED, RULEBOOK, SOUND, cli, reviews

from rtreview.render import text
from rtreview.reviews.engine import review
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Report
from rtreview.rulebook.acceptance import Risk
from rtreview.rulebook.finding import Verdict
from rtreview.rulebook.references import slug
from rtreview.text import harmless
from rtreview.text.harmless import cells, visible

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
LINK = re.compile(r"\x1b\]8;(?:id=\d+)?;([^\x1b]*)\x1b\\")


def report(source: str | bytes, **options: object) -> str:
    """The report on a text."""
    return text.render(Report(tuple(review(source, "design.yaml")), RULEBOOK), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_no_line_is_wider_than_the_terminal(example: Path, width: int) -> None:
    """At 80 columns and at 100, everything fits, also with all verdicts."""
    lines = text.render(Report(reviews(example), RULEBOOK), width=width, verbose=True)
    assert [line for line in lines.splitlines() if cells(line) > width] == []


def test_colour_changes_nothing_but_colour() -> None:
    """Without its escape codes the coloured report is the plain one."""
    source = FLAWED.read_bytes()
    coloured = report(source, colour=True)
    assert coloured != report(source)
    assert ESCAPE.sub("", coloured) == report(source)


def test_a_caret_stands_under_the_value() -> None:
    """The marked columns are those of the place."""
    told = report("rtreview: 1\ntransport: {kind: websocket, heartbeat: none}\n").splitlines()
    number = next(at for at, line in enumerate(told) if line.startswith(" 2 | "))
    marks = told[number + 1]
    assert told[number][marks.index("^") : marks.rindex("^") + 1] == "none"


def test_wide_characters_keep_the_caret_in_place() -> None:
    """A character of two cells moves the caret by two."""
    hop = "{name: 日本, idle_timeout: 9s}"
    told = report(f"rtreview: 1\ntransport: {{kind: sse, path: [{hop}], heartbeat: none}}\n")
    lines = told.splitlines()
    number = next(at for at, line in enumerate(lines) if line.endswith("none}"))
    before = lines[number].index("none}")
    assert lines[number + 1].index("^") == cells(lines[number][:before])


def test_a_long_line_is_shown_around_the_place() -> None:
    """A line of 300 characters is cut on both sides, and the caret still stands under the value."""
    padding = ", ".join(f"client{n}" for n in range(40))
    told = report(f"rtreview: 1\ntransport: {{kind: websocket, links{padding}: 1}}\n").splitlines()
    assert all(cells(line) <= 80 for line in told)
    long = report(
        "rtreview: 1\ntransport: {kind: websocket, retry: 10s, compression: true, max_message: 1MB, "
        "http_version: 2, heartbeat: none, library: ws}\n"
    ).splitlines()
    number = next(at for at, line in enumerate(long) if line.startswith(" 2 | …"))
    marks = long[number + 1]
    assert long[number][marks.index("^") : marks.rindex("^") + 1] == "none"


@pytest.mark.parametrize(
    "name", ["b", "a-balancer-whose-name-takes-most-of-the-room-on-a-line-of-eighty-cells"]
)
def test_each_mark_on_a_long_line_stands_under_its_value(name: str) -> None:
    """The line is printed again for a mark that lies in a part of it which is not to be seen."""
    path = f"[{{name: the-first-balancer, idle_timeout: 20s}}, {{name: {name}, idle_timeout: 5m}}]"
    spec = f"rtreview: 1\ntransport: {{kind: websocket, path: {path}, heartbeat: {{interval: 25s}}}}\n"
    rule = Policy(RULEBOOK, select=("heartbeat-slower-than-path",))
    marked = {}
    for line in text.render(Report(tuple(review(spec, "x.yaml", rule)), RULEBOOK)).splitlines():
        if line.startswith(" 2 | "):
            above = line
        elif line.startswith("   |") and set(line[5:]) & set("^-"):
            begin = len(line) - len(line[5:].lstrip())
            marked[line[-1]] = above[begin : len(line)]
    assert marked == {"^": "25s", "-": "20s"}


def excerpts(width: int) -> Iterator[tuple[set[str], str, str]]:
    """Of each mark in the examples: what may be marked, the line above it, and what stands there."""
    for file in EXAMPLES:
        for one in reviews(file):
            for finding in one.findings:
                spans = [place.span for place in (finding.place, *finding.related)]
                values = {one.lines[at.line - 1][at.column - 1 : at.end_column - 1] for at in spans}
                above = ""
                for line in text.excerpt(finding, one.lines, width):
                    printed = "".join(piece.text for piece in line)
                    if re.match(r" *\d+ \| ", printed):
                        above = printed
                    elif mark := re.match(r" *\| +([\^-]+)", printed):
                        yield values, above, above[mark.start(1) : mark.end(1)]


def test_each_id_that_is_cited_leads_to_its_section() -> None:
    """Headline and citations lead to a heading of that name in a file that is there."""
    linked = report(FLAWED.read_bytes(), colour=True, links=True)
    targets = re.findall(LINK.pattern + r"(.*?)\x1b\]8;;\x1b\\", linked)
    assert len(targets) > 40
    for address, words in targets:
        file, _, anchor = address.removeprefix("file://").partition("#")
        cited = re.fullmatch(r"(?:\w[\w ()]*\[|[\w -]+: )(.+?)\]?", ESCAPE.sub("", words))
        assert cited is not None, words
        assert slug(cited[1]) == anchor
        assert f"\n## {cited[1]}\n" in Path(unquote(file)).read_text("utf-8")


@pytest.mark.parametrize("width", [40, *range(60, 90, 3), 120, 200])
def test_links_disturb_no_line_and_no_mark(width: int) -> None:
    """Without its escape codes a report with links is the plain one, at any width."""
    for example in (one for one in EXAMPLES if "flawed" in one.name):
        shown = Report(reviews(example), RULEBOOK)
        linked = text.render(shown, width=width, colour=True, links=True)
        assert LINK.search(linked)
        assert ESCAPE.sub("", LINK.sub("", linked)) == text.render(shown, width=width)


def test_without_links_colours_are_as_they_were() -> None:
    """What a terminal cannot follow is not written, and a plain report has neither."""
    source = FLAWED.read_bytes()
    linked = report(source, colour=True, links=True)
    assert LINK.sub("", linked) == report(source, colour=True)
    assert report(source, links=True) == report(source)


@pytest.mark.parametrize(
    "name",
    [
        "[link=https://example.org]x[/link]",
        "\x1b]8;;https://example.org\x1b\\x\x1b]8;;\x1b\\",
        "\x9d8;;https://example.org\x9cx",
        "https://example.org",
    ],
)
def test_nothing_of_a_spec_becomes_a_link(name: str) -> None:
    """Neither rich's markup nor an escape nor an address, as the name of a design, a feature or a hop."""
    spec = yaml.safe_dump({
        "rtreview": 1,
        "name": name,
        "features": {name: {"transport": {"kind": "sse", "path": [{"name": name, "idle_timeout": "9s"}]}}},
    })  # fmt: skip
    linked = report(spec, colour=True, links=True)
    addresses = {address for address in LINK.findall(linked) if address}
    assert addresses
    assert all(re.fullmatch(r"file:///\S+/references/\w+\.md#[\w-]+", address) for address in addresses)
    assert "\x1b" not in ESCAPE.sub("", LINK.sub("", linked))
    assert "\x9d" not in linked


@pytest.mark.parametrize("width", [*range(60, 90), *range(90, 201, 10)])
def test_a_mark_stands_under_its_value_at_any_width(width: int) -> None:
    """Where a value is cut off, it stands under what is left of it."""
    marks = list(excerpts(width))
    assert len(marks) > 50
    for values, above, marked in marks:
        assert any(marked.strip("…") in value for value in values), above
        assert marked in values or "…" in above, above


def test_two_places_that_contradict_each_other_are_both_shown() -> None:
    """One excerpt with both lines, or two with dots between them."""
    told = report(FLAWED.read_bytes())
    assert " 20 |   path: [cloudflare, aws-alb]\n" in told
    assert "idle_timeout is 60 s: default of aws-alb" in told
    assert "\n ..\n 39 |   nodes: 4\n" in told


@pytest.mark.parametrize("sign", ["\x1b[31m", "\u202e", "\u2066", "\x9b31m", "\x07", "\u2028", "\u200e"])
def test_a_spec_cannot_act_on_the_terminal(sign: str) -> None:
    """Escape codes and signs that turn the direction of writing are shown as what they are not."""
    source = f'rtreview: 1\nname: "a{sign}b"\ntransport: {{library: "x{sign}y", heartbeat: none}}\n'
    told = report(source, verbose=True) + text.render_brief(
        Report(tuple(review(source, f"a{sign}.yaml")), RULEBOOK)
    )
    assert sign not in told


def test_escapes_inside_yaml_do_not_reach_the_terminal() -> None:
    """A control character that YAML spells with an escape is one only after the parser has read it."""
    told = report('rtreview: 1\nname: "a\\e[31mb"\nfeatures: {"x\\a": {transport: {kind: websocket}}}\n')
    assert "\x1b" not in told
    assert "\x07" not in told


def test_markup_of_rich_in_a_spec_is_text() -> None:
    """`[red]` in a name is printed as it is."""
    assert "[red]Chat[/red]" in report('rtreview: 1\nname: "[red]Chat[/red]"\n', colour=True)


def test_a_sound_design_says_so_in_few_lines() -> None:
    """Name, what is handed on, and summary; the rest with `verbose`."""
    told = report(SOUND.read_bytes())
    (sound,) = review(SOUND.read_bytes(), "design.yaml")
    passed, others = sound.count(Verdict.PASSED), sound.count(Verdict.NOT_APPLICABLE)
    assert passed + others == sum(rule.subject is not Risk for rule in RULEBOOK)
    said, _, verdicts = told.partition("0 findings, 0 questions; ")
    head, empty, *handed, gap = said.splitlines()
    assert (head, empty, gap) == ("Team chat  design.yaml", "", "")
    assert " ".join(handed).startswith("not reviewed here   line ")
    summary = f"other verdicts: 0 undecided, {passed} passed, {others} not applicable"
    assert " ".join(verdicts.split()) == summary


def test_verbose_gives_every_verdict_with_its_reason() -> None:
    """Also what passed and what does not apply."""
    told = report(SOUND.read_bytes(), verbose=True)
    assert "\npassed\n" in told
    assert "\nnot applicable\n" in told
    assert "  websocket-for-one-way: socket.io@4 decides the transport\n" in told


def test_the_fields_to_state_next_come_last() -> None:
    """Below the undecided rules stand the fields that would decide them, and in which order."""
    told = report("rtreview: 1\ntransport: {kind: websocket}\n")
    assert re.search(r"\n  State next, the most dangerous first: \S+ \(decides \d+\),", told)


def test_two_faults_of_one_rule_are_two_findings_whoever_counts(spec: Callable[..., Path]) -> None:
    """In the last line of a report, in what is typed next, and in a comment."""
    path = "[aws-alb, {name: edge, idle_timeout: 50s}]"
    file = spec(f"rtreview: 1\ntransport: {{kind: websocket, path: {path}, heartbeat: {{interval: 60s}}}}\n")
    told = cli(file, "--select", "heartbeat-slower-than-path").stdout
    assert "\n2 findings (2 errors), 0 questions; " in told
    assert "# changes for 2 of 2 findings" in told
    comment = cli(file, "--select", "heartbeat-slower-than-path", "--format", "markdown").stdout
    assert "**2 errors**" in comment


def test_brief_is_a_line_for_each_finding() -> None:
    """Path, line, column, severity, rule and message, as compilers print them."""
    source = "rtreview: 1\ntransport: {kind: websocket, heartbeat: none, reconnect: none}\n"
    told = text.render_brief(Report(tuple(review(source, "design.yaml")), RULEBOOK))
    assert told.splitlines()[0] == (
        "design.yaml:2:41: error[missing-heartbeat] The websocket connection has no heartbeat: a "
        "connection may be dead and nobody knows."
    )


def test_a_file_that_cannot_be_read_shows_where() -> None:
    """A syntax error has an excerpt as a violation has."""
    told = report("rtreview: 1\ntransport: {kind: websocket\npresence: none\n")
    assert "error[syntax] The file cannot be read" in told
    assert "it begins here" in told
    assert told.endswith("1 mistake, not reviewed\n")


@pytest.mark.parametrize("width", [1, 5, 39, 300])
def test_any_width_ends(width: int) -> None:
    """A terminal of five columns gets a report for forty."""
    told = report(FLAWED.read_bytes(), width=width)
    assert "heartbeat-slower-than-path" in told


def test_many_features_are_counted() -> None:
    """Five names, and how many more."""
    names = "".join(f"  f{number}: {{}}\n" for number in range(30))
    source = f"rtreview: 1\ntransport: {{kind: websocket, heartbeat: none}}\nfeatures:\n{names}"
    assert "in f0, f1, f2, f3, f4 and 25 more\n" in report(source)


def test_the_ledger_shows_formula_inputs_and_their_lines() -> None:
    """Each number with what it is made of; below, those that are missing, and the field that would do."""
    source = (
        "rtreview: 1\nworkload: {connections: 20k}\ntopology: {nodes: 4}\n"
        "transport: {kind: websocket, library: socket.io@4}\n"
    )
    told = text.render(Report(tuple(review(source, "design.yaml", with_numbers=True)), RULEBOOK))
    assert (
        "  Connections per node: 5000\n      = connections / nodes\n"
        "        workload.connections 20,000 (line 2), topology.nodes 4 (line 3)\n"
    ) in told
    assert "transport.heartbeat.interval 25 s (default of socket.io@4, line 4)" in " ".join(told.split())
    assert "  Accept capacity of all nodes: it would need `topology.node.accept_rate`\n" in told


def test_a_rule_that_finds_a_fault_and_asks_about_another_is_counted_as_both() -> None:
    """The summary counts what stands above it."""
    source = (
        "rtreview: 1\ntransport: {kind: websocket}\n"
        "operations: {drain: 60s, close_spread: 2m}\ntopology: {nodes: 1}\n"
    )
    told = text.render(
        Report(
            tuple(
                review(
                    source,
                    "design.yaml",
                    policy=Policy(RULEBOOK, select=("drain-shorter-than-reconnect-spread",)),
                )
            ),
            RULEBOOK,
        )
    )
    summary = "1 finding, 1 question; other verdicts: 0 undecided, 0 passed, 0 not applicable"
    assert f"\n\n{summary}\n\ngo on with\n" in told


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("::error::x", "�:error::x"),
        ("::add-mask::e", "�:add-mask::e"),
        ("\u3000::warning file=a::x", "\u3000�:warning file=a::x"),
        (":\u200d:error::x", "�\u200d:error::x"),
        ("a ##[error]x", "a �#[error]x"),
        ("###[group]x", "#�#[group]x"),
        ("##vso[task.complete]", "�#vso[task.complete]"),
        ("##teamcity[x]", "�#teamcity[x]"),
        ("a::b ##", "a::b ##"),
    ],
)
def test_a_line_is_no_command_to_the_log_of_a_build(said: str, shown: str, colour: bool) -> None:
    """The first sign of what a runner obeys is replaced, in colour too; the rest stays as it is."""
    told = report(b"a: [", colour=colour)
    assert "::" not in told
    told = text.render_brief(Report(tuple(review(b"a: [", said)), RULEBOOK), colour=colour)
    assert ESCAPE.sub("", told).startswith(f"{shown}:1:")


def test_a_command_made_of_two_pieces_is_none() -> None:
    """What only the line as a whole says is found there, and each piece keeps its colour."""
    pieces = [
        text.Piece(" :", "bold"),
        text.Piece(":error", "dim"),
        text.Piece("::x #"),
        text.Piece("#[a]", "red"),
    ]
    assert text.painted([pieces], colour=False) == " �:error::x �#[a]\n"
    assert ESCAPE.sub("", text.painted([pieces], colour=True)) == " �:error::x �#[a]\n"


@pytest.mark.parametrize("sign", ["\u200b", "\ufeff", "\u061c", "\xad", "\u2060", "\ud800"])
def test_what_hides_is_shown(sign: str) -> None:
    """A sign without width, or half a sign, is shown as the replacement sign."""
    assert visible(f"a{sign}b") == "a�b"
    assert visible("👩\u200d🔬") == "👩\u200d🔬"


def test_python_prints_no_sign_that_acts() -> None:
    """A text that Python takes for printable is not searched, and yet no sign that acts gets through."""
    acting = [sign for sign in map(chr, range(sys.maxunicode + 1)) if re.fullmatch(harmless.HIDDEN, sign)]
    assert len(acting) > 2048, "half of a pair is one of them"
    assert {visible(sign) for sign in acting} == {"\N{REPLACEMENT CHARACTER}"}


def test_a_refusal_shows_no_control_characters() -> None:
    """What somebody typed, or a script passed on, is told on one line and commands nothing."""
    told = cli("explain", "\x1b[31mx\n::error::y ##[group]").stderr
    assert told.startswith("rtreview: nothing is called `�[31mx�::error::y �#[group]`")
    assert told.count("\n") == 1


def test_what_named_platforms_bring_is_told_once() -> None:
    """With the numbers, and with the line that names the platform; a platform named twice is told once."""
    spec = b"""rtreview: 1
features:
  a: {transport: {kind: websocket, path: [aws-alb]}}
  b: {transport: {kind: sse, path: [aws-alb]}}
"""
    text = " ".join(cli("-", "--numbers", stdin=spec).stdout.split())
    assert text.count("AWS Application Load Balancer (line 3):") == 1
    assert "deregistration delay: 300s" in text
    assert "what the named platforms bring" not in cli("-", stdin=spec).stdout
