"""Whatever a spec or a report says: no renderer lets it act on a terminal, a log of a build, or a comment."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html import unescape
from html.parser import HTMLParser
from itertools import cycle
from pathlib import Path
from typing import Any

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from conftest import FLAWED, RULEBOOK, cli
from hostile import EMOJI, JOINERS, fitting, is_hidden
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rtreview.render import github, markdown, text
from rtreview.reviews.engine import review
from rtreview.reviews.report import Hidden, Known, Report, Review, Route, Stop
from rtreview.rulebook.finding import Acceptance, Accepted, Comparison
from rtreview.text.harmless import harmless, visible

LIMIT = 65_536
"""Characters that GitHub takes of a comment."""

OURS = {"details", "summary", "b", "code", "h3", "p", "pre", "table", "thead", "tbody", "tr", "th", "td",
        "ul", "li", "strong", "sub", "span"}  # fmt: skip

PARSERS: dict[str, Callable[[str], str]] = {
    "GitHub's": lambda told: cmarkgfm.github_flavored_markdown_to_html(told, Options.CMARK_OPT_UNSAFE),
    "another": MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render,
}

# What GitHub makes of text outside of code, after it has parsed the Markdown.
CALLS = re.compile(
    r"@\w|#\d|\bgh-\d|://|\bwww\.|:[a-z0-9+_-]+:|mailto:\w|\b(?=[a-z]*\d)(?=\d*[a-f])[0-9a-f]{7,40}\b", re.I
)

SCRAPS = [
    "::error::x", "::set-output name=a::b", "##[error]x", "##vso[task.complete]", "##teamcity[x]", "::",
    "#", "[", "`", "``", "```", "~~~", "]]>", "<script>alert(1)</script>", "<img src=x onerror=y>",
    "<a href=x>", "|", "\n", "\r", "\n\n", "-->", "<!--", "</details>", "</summary>", "@all",
    "@org/team", "a@b.cd", "#123", "GH-7", "o/r#1", "https://a.bc", "www.a.bc", "xmpp:a@b.c",
    "mailto:a@b.c", "[x](y)", "![x](y)", "[x]: y", ":tada:", "$x$", "$`x`$", "$$", "---\n", "===",
    "- [ ] x", "1. x", "> x", "# x", "    x", "**", "_", "\\", "&amp;", "&#64;a", '"]', ";",
    "click a href", "%%{init: {}}%%", "#quot;", "\x1b[31m", "\x07", "\x9b", "\u202e", "\u2066",
    "\u2028", "\u2029", "\x85", "\u200b", "\u200d", "\ufeff", "\xad", "\ud800", "\udfff", "\x00", "日本",
    "deadbeef1", "%0A",
    "\u034f", "\u3164", "\U000e0041", "\U000e0101", "\ufe0f", "\u200c", "\u0301",
    ",", ":", " ", "\t", "end", "[^1]", "�", "😀",
]  # fmt: skip
hostile = st.lists(st.one_of(st.sampled_from(SCRAPS), st.text(max_size=3)), max_size=7).map("".join)

suite = settings(max_examples=80)


class Page(HTMLParser):
    """The elements of a page, and the text outside of code."""

    def __init__(self, page: str) -> None:
        """Read the page."""
        super().__init__()
        self.count: Counter[str] = Counter()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.prose: list[str] = []
        self.headings: list[str] = []
        self.comments: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element opens."""
        self.count[tag] += 1
        self.open.append(tag)
        self.attributes += attrs
        if tag == "h3":
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        """An element ends: the one that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text: in a span stands a dollar that begins no formula."""
        if "h3" in self.open:
            self.headings[-1] += data
        if "span" in self.open:
            assert data == "$"
        elif not {"code", "pre"} & set(self.open):
            self.prose.append(data)

    def handle_comment(self, data: str) -> None:
        """A comment."""
        self.comments.append(data)


def is_inert(told: str, parser: str) -> Page:
    """Nothing on the page but what the renderer writes itself."""
    page = Page(PARSERS[parser](told))
    assert page.open == []
    assert set(page.count) <= OURS
    assert set(page.attributes) <= {("class", "language-mermaid"), ("lang", "mermaid")}
    assert page.comments == [" rtreview "]
    assert [part for part in page.prose if CALLS.search(part) or "$" in part] == []
    return page


def obeyed(told: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands that GitHub's runner reads in a log, unescaped."""
    found = []
    for line in re.split("\r\n|\r|\n", told):
        command = re.match(r"\s*::([\w-]+)(?: ([^\n]*?))?::(.*)", line, re.S)
        if command is None:
            assert not re.match(r"\s*::", weighty(line))
            assert not re.search(r"##\w*\[", weighty(line))
            continue
        stated = dict(one.split("=", 1) for one in (command[2] or "").split(",") if one)
        found.append((command[1], {key: _plain(value) for key, value in stated.items()}, _plain(command[3])))
    return found


def weighty(line: str) -> str:
    """A line without what a comparison may overlook."""
    return "".join(sign for sign in line if unicodedata.category(sign)[0] not in "MC" or sign.isspace())


def _plain(value: str) -> str:
    for escaped, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(escaped, sign)
    return value


def check(report: Report) -> None:
    """No renderer lets anything of a report act, and each tells of all its findings."""
    findings = [found for one in report.reviews for found in one.findings]
    accepted = sum(len(one.accepted) for one in report.reviews)
    told = markdown.render(report)
    told.encode("utf-8")
    assert told == markdown.render(report)
    for parser in PARSERS:
        page = is_inert(told, parser)
        assert page.count["details"] == page.count["summary"] == len(findings) + bool(accepted)
        assert page.count["h3"] == sum(bool(one.findings) for one in report.reviews)
        pictures = page.attributes.count(("class", "language-mermaid")) + page.attributes.count(
            ("lang", "mermaid")
        )
        assert page.count["pre"] == len(findings) + pictures
        compared = [found for found in findings if found.comparison]
        assert page.count["tr"] == (1 + accepted if accepted else 0) + 2 * len(compared)
    is_annotated(report)
    for colour in (False, True):
        log = text.render(report, verbose=True, colour=colour) + text.render_brief(report, colour=colour)
        log.encode("utf-8")
        bare = re.sub(r"\x1b\[[0-9;]*m", "", log)
        assert [line for line in bare.split("\n") if fitting(line) != line] == []
        assert obeyed(bare) == obeyed(log) == []


def is_annotated(report: Report) -> None:
    """GitHub's commands say of each finding its file and line, and nothing else is a command."""
    told = github.render(report)
    commands = obeyed(told)
    assert len(commands) == len(told.splitlines())
    assert {command for command, _, _ in commands} <= {"error", "warning", "notice"}
    assert {key for _, stated, _ in commands for key in stated} <= {
        "file", "line", "endLine", "col", "endColumn", "title"
    }  # fmt: skip
    for one in report.reviews:
        for found in one.findings:
            place = {"file": visible(one.path), "line": str(found.place.span.line)}
            assert any(place.items() <= stated.items() for _, stated, _ in commands)


def reviewed(design: object, path: str = "design.yaml") -> Report:
    """The report on a design, written as JSON, which is YAML."""
    return Report(tuple(review(json.dumps(design), path)), RULEBOOK)


@cache
def hidden() -> list[str]:
    """Every sign that is made visible; planes 4 to 13 are empty, and the last two private."""
    return [sign for sign in map(chr, (*range(0x40000), *range(0xE0000, 0xF0000))) if is_hidden(sign)]


WEIGHTLESS = st.deferred(
    lambda: st.sampled_from(
        ["\u200d", "\ufe0f", "\u0301", "\u0e47", "\u20dd", "\U0001d165", "\ue000", *hidden()]
    )
)
commands = st.sampled_from(["::stop-commands::x", "::error::", "##[add-mask]x", "##vso[task.complete]x"])


@pytest.mark.slow
def test_the_table_is_that_of_unicode() -> None:
    """Controls, format, what is ignored by default, tags, selectors: each becomes the replacement sign."""
    told = {sign for sign in map(chr, range(0x110000)) if visible(sign) == "\N{REPLACEMENT CHARACTER}"}
    assert told >= {*hidden()}
    # What a Python of an older Unicode does not know yet.
    assert {unicodedata.category(sign) for sign in told - {*hidden(), "\N{REPLACEMENT CHARACTER}"}} <= {"Cn"}


def test_persian_and_emoji_are_shown_as_they_are_written() -> None:
    """The joiners and the selectors of emoji stay, where they join or select something."""
    for name in (
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "👩\u200d💻",
        "❤\ufe0f\u200d🔥",
        "क्\u200dष",
        "✔\ufe0e",
    ):
        assert visible(name) == name


@given(st.text(st.sampled_from(JOINERS + EMOJI + "a😀")))
def test_nothing_is_written_between_the_joiners(name: str) -> None:
    """A run of signs without a picture cannot carry a text."""
    assert visible(name) == fitting(name)
    assert not re.search(f"[{JOINERS}]{{2}}|[{EMOJI}]{{2}}", visible(name))


@given(st.lists(WEIGHTLESS, max_size=3).map("".join), st.lists(WEIGHTLESS, max_size=2).map("".join), commands)
def test_no_weightless_sign_lets_a_command_through(before: str, between: str, command: str) -> None:
    """However a language compares, `::` and `##[` are broken, and the line is as long as it was."""
    written = f"{before} {command[0]}{between}{command[1:]}"
    told = harmless(written)
    assert len(told) == len(written)
    assert obeyed(told) == []


def test_json_on_a_terminal_hides_nothing(tmp_path: Path) -> None:
    """Signs of the table are written by their numbers, so that whoever parses it gets the same text."""
    name = "a\x7f\x85\x9b\u2028\u202eb\U000e0041\ufeff\u200d\u200d"
    escapes = "".join(f"\\U{ord(sign):08x}" for sign in name)
    (tmp_path / "a.yaml").write_text(f'rtreview: 1\nname: "{escapes}"\n', "utf-8")
    told = cli("--format", "json", tmp_path / "a.yaml").output
    assert [line for line in told.split("\n") if visible(line) != line] == []
    assert json.loads(told)["reviews"][0]["name"] == name


@pytest.mark.slow
@given(hostile, hostile, hostile, hostile, hostile)
@suite
def test_nothing_of_a_spec_acts(name: str, feature: str, hop: str, value: str, path: str) -> None:
    """Names, wrong values, unknown keys, accepted risks and the name of the file are shown and do nothing."""
    transport = {"kind": "websocket", "path": [{"name": hop, "idle_timeout": "30s"}], "heartbeat": "none"}
    design: dict[str, Any] = {"rtreview": 1, "name": name, "features": {feature: {"purpose": "chat"}}}
    risk = {"rule": "missing-heartbeat", "reason": value, "owner": hop, "until": "2999-12-31"}
    check(reviewed(design | {"transport": transport}, path))
    check(reviewed(design | {"transport": transport, "accepted": [risk]}, path))
    check(reviewed(design | {"transport": transport | {"heartbeat": {"interval": value}}}, path))
    check(reviewed(design | {"transport": transport, value: hop}, path))


@pytest.mark.slow
@given(st.lists(hostile, min_size=1, max_size=11))
@suite
def test_nothing_of_a_report_acts(texts: list[str]) -> None:
    """Every text of a report may hold anything."""
    turns = cycle(texts)

    def said() -> str:
        return next(turns)

    (one,) = review(FLAWED.read_bytes(), said())
    findings = [
        found._replace(
            rule=said(),
            title=f"A title {said()}",
            message=said(),
            why=said(),
            question=said(),
            features=(said(),),
            place=found.place._replace(label=said()),
            comparison=Comparison(
                said(), 1.0, said(), float("inf"), said(), or_equal=True, change=(said(), said())
            ),
        )
        for found in one.findings[:3]
    ]
    acceptance = Acceptance(said(), said(), said(), findings[0].place)
    stops = tuple(Stop(role, said(), (said(),), (("transport",),)) for role in ("client", "hop", "backplane"))
    told = replace(
        one,
        name=said(),
        lines=tuple(line + said() for line in one.lines),
        findings=tuple(findings[:2]),
        accepted=(Accepted(findings[2], acceptance),),
        known=(Known(findings[2], said()),),
        routes=(Route((said(),), stops), Route((), stops)),
    )
    check(Report((told,), RULEBOOK, Hidden(said(), said(), (said(),))))


@given(hostile)
@suite
def test_a_label_of_a_picture_stays_inside_its_quotes(name: str) -> None:
    """Only signs of names stand in it, and the numbers of the others, which are those of the name."""
    told = markdown.label(name)
    assert re.fullmatch(r"(?:[^\W_]|[ ,./()-]|#\d+;)*", told)
    back = re.sub(r"#(\d+);", lambda sign: chr(int(sign[1])), told)
    assert back == markdown._cut(visible(name), markdown.MOST_LABEL)


@given(hostile)
@suite
def test_prose_reads_as_it_was_written(said: str) -> None:
    """The reader sees the signs of the text, those that act on a terminal apart."""
    shown = visible(said).strip()
    if markdown._JOINER in said or "`" in shown:
        return
    told = PARSERS["GitHub's"](f"x {markdown.prose(said)}")
    page = re.sub(r"</?(?:p|span)>", "", told)
    seen = unescape(page).replace(markdown._JOINER, "")
    assert "".join(seen.split()) == "".join(f"x{shown}".split())


@cache
def crowded() -> Review:
    """The review of 300 features with findings."""
    features = {
        f"feature {number} @all": {
            "purpose": "chat",
            "transport": {
                "kind": "websocket",
                "heartbeat": "none",
                "reconnect": "none",
                "path": [f"hop{number}"],
            },
            "presence": {"grace": "none"},
        }
        for number in range(300)
    }
    (one,) = reviewed({"rtreview": 1, "features": features}).reviews
    return one


@pytest.mark.slow
@pytest.mark.parametrize("parser", PARSERS)
def test_a_comment_fits_whatever_there_is_to_say(parser: str) -> None:
    """Hundreds of features with findings: below the limit, whole findings, and the rest is counted."""
    one = crowded()
    assert len(one.findings) > 500
    accepted = tuple(
        Accepted(found, Acceptance("\U0001f600" * 200, "@a", "until 2027-01-31", found.place))
        for found in one.findings[:300]
    )
    told = markdown.render(Report((replace(one, accepted=accepted),), RULEBOOK))
    assert len(told.encode("utf-8")) <= markdown.ROOM < LIMIT
    assert len(told.encode("utf-16-le")) // 2 < LIMIT
    page = is_inert(told, parser)
    shown = page.count["details"] - 1
    open_left, accepted_left = (int(count) for count in re.findall(r"^\*\*(\d+) more\*\*", told, re.M))
    assert shown > 20
    assert shown + open_left == len(one.findings)
    assert page.count["tr"] - 1 + accepted_left == 300


def test_a_text_without_end_is_cut() -> None:
    """A megabyte of message leaves room for the finding beside it."""
    one: Review = review(FLAWED.read_bytes(), "a" * 100_000)[0]
    huge = one.findings[0]._replace(message="<" * 1_000_000, title="@" * 1_000_000)
    told = markdown.render(
        Report((replace(one, name="`" * 100_000, findings=(huge, *one.findings[1:])),), RULEBOOK)
    )
    assert len(told.encode("utf-8")) <= markdown.ROOM
    assert f"<code>{one.findings[1].rule}</code>" in told
