"""What an editor shows, below the protocol: positions, outlines, hover, hints, completion and mendings."""

from __future__ import annotations

import json
import re
import time
import tomllib
from pathlib import Path
from typing import get_args

import pytest
import typing_along
from conftest import DOCUMENT, EXAMPLES, FLAWED, ROOT, RULEBOOK, SOUND, WHITEBOARD, as_json, cli
from hypothesis import given
from hypothesis import strategies as st
from published import CORPUS

from rtreview import __version__
from rtreview.editors import completion, hints, mending
from rtreview.editors.completion import Spot
from rtreview.editors.desk import Desk
from rtreview.editors.hover import hover
from rtreview.editors.mending import Mending
from rtreview.editors.positions import Position, Positions, Range, Units
from rtreview.editors.sheet import PLATFORMS, Sheet, Shift, platforms_for
from rtreview.language.spec import entry_at
from rtreview.rulebook.finding import Verdict
from rtreview.text.document import Text
from rtreview.text.place import BREAK, Span

FLAW = FLAWED.read_text("utf-8")
HEARTBEAT = "heartbeat-slower-than-path"
NOWHERE = "/nowhere/design.rtreview.yaml"


def sheet(text: str, path: str = NOWHERE, desk: Desk | None = None) -> Sheet:
    """The sheet of a text that is open."""
    found = (desk or Desk(RULEBOOK)).sheet(path, text)
    assert found is not None
    return found


def at(text: str, wanted: str) -> tuple[int, int]:
    """The line and column of the first sign of some words in a text."""
    before = text[: text.index(wanted)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def said(found: Sheet, wanted: str, text: str = FLAW) -> str:
    """What is told of the first place with these words."""
    told = hover(found, *at(text, wanted))
    return told.markdown if told else ""


def offered(found: Sheet, rule: str) -> list[Mending]:
    """The mendings of the findings of one rule."""
    return mending.mendings(found, lambda finding: finding.rule == rule, lambda: None)


def applied(text: str, mended: Mending) -> str:
    """The text in which a mending is made."""
    for edit in sorted(mended.edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


# Positions.


@pytest.mark.parametrize(("units", "unit"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
def test_an_emoji_takes_the_units_that_the_editor_counts(units: Units, unit: int) -> None:
    """In front of a place, which else would be underlined beside it."""
    positions = Positions("a: b\n🚀: c\n", units)
    assert positions.range(Span(2, 1, 2, 2)) == Range(Position(1, 0), Position(1, unit))
    assert positions.place(Position(1, unit + 2)) == (2, 4)


@given(st.text(alphabet="aü🚀\r\n\x85\u2028\x0b\ufeff", max_size=30), st.sampled_from(get_args(Units)))
def test_every_place_of_a_text_is_found_again(text: str, units: Units) -> None:
    """Whatever ends its lines for YAML, for Python or for an editor."""
    positions = Positions(text, units)
    lines = BREAK.split(text.removeprefix("\ufeff"))
    for line, content in enumerate(lines, 1):
        for column in range(1, len(content) + 2):
            position = positions.position(positions.offset(line, column))
            assert positions.place(position) == (line, column)


def test_places_behind_the_text_are_its_end() -> None:
    """An editor may be ahead of what it has sent."""
    positions = Positions("a: b\nc", "utf-16")
    assert positions.place(Position(7, 3)) == (2, 2)
    assert positions.place(Position(0, 99)) == (1, 5)
    assert positions.range(Span(9, 1, 9, 2)) == Range(Position(1, 1), Position(1, 1))


def test_a_byte_order_mark_moves_nothing() -> None:
    """It is a sign of the first line to the editor alone."""
    positions = Positions("\ufeffa: b", "utf-16")
    assert positions.position(positions.offset(1, 1)) == Position(0, 1)
    assert positions.place(Position(0, 1)) == (1, 1)


# What is claimed, and by which configuration.


@pytest.mark.parametrize(
    ("name", "is_claimed"),
    [("a.rtreview.yaml", True), ("a.rtreview.yml", True), ("a.yaml", False), ("values.yml", False)],
)
def test_only_designs_are_claimed_by_their_name(name: str, is_claimed: bool) -> None:
    """Other YAML belongs to others."""
    assert (Desk(RULEBOOK).sheet(f"/nowhere/{name}", FLAW) is not None) == is_claimed


def test_markdown_is_claimed_while_a_spec_is_in_it() -> None:
    """And no longer."""
    desk, text = Desk(RULEBOOK), DOCUMENT.read_text("utf-8")
    assert desk.sheet("/nowhere/a.md", text) is not None
    assert desk.sheet("/nowhere/a.md", text.replace("yaml rtreview", "yaml")) is None


@pytest.mark.parametrize("file", [*EXAMPLES, DOCUMENT, *CORPUS[::5]], ids=lambda file: file.stem)
def test_an_editor_finds_what_the_command_line_finds(file: Path) -> None:
    """The same findings in the same order."""
    found = sheet(file.read_text("utf-8"), str(file))
    (told,) = as_json("brief", "-q", file)["reviews"]
    assert [finding.rule for _, finding in found.findings] == [each["rule"] for each in told["findings"]]


def test_the_configuration_of_the_folder_counts_and_is_read_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its baseline; one that is broken is told of."""
    file, desk = tmp_path / "a.rtreview.yaml", Desk(RULEBOOK)
    file.write_text(FLAW, "utf-8")
    first = sheet(FLAW, str(file), desk)
    assert HEARTBEAT in {finding.rule for _, finding in first.findings}
    (tmp_path / ".rtreview.toml").write_text(f"ignore = ['{HEARTBEAT}']\n", "utf-8")
    second = sheet(FLAW, str(file), desk)
    assert HEARTBEAT not in {finding.rule for _, finding in second.findings}
    assert list(second.findings)
    monkeypatch.chdir(tmp_path)
    assert cli("baseline", "write", ".").exit_code == 0
    monkeypatch.chdir(tmp_path.parent)
    assert not list(sheet(FLAW, str(file), desk).findings)
    (tmp_path / ".rtreview.toml").write_text("ignore = 7\n", "utf-8")
    broken = sheet(FLAW, str(file), desk)
    assert not broken.reviews
    assert ".rtreview.toml:1: " in broken.troubles[0]
    assert said(broken, "interval")


def test_a_text_is_reviewed_once() -> None:
    """Whatever is asked about it."""
    desk = Desk(RULEBOOK)
    assert sheet(FLAW, desk=desk) is sheet(FLAW, desk=desk)
    first = sheet(FLAW, desk=desk)
    desk.reread(NOWHERE)
    assert sheet(FLAW, desk=desk) is not first


# What is half written.


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_a_line_that_has_moved_is_the_same_line(before: list[str], after: list[str]) -> None:
    """Where a shift says that one stands, there it stands."""
    shift = Shift(before, after)
    for line in range(1, len(before) + 1):
        now = shift.now(line)
        assert now is None or before[line - 1] == after[now - 1]
    for line in range(1, len(after) + 1):
        was = shift.was(line)
        assert was is None or 1 <= was <= len(before)


def test_lines_of_a_long_text_are_found_again_between_two_keystrokes() -> None:
    """Of 10,000, above and below what was changed; also where lines are changed at both ends of it."""
    before = [f"k{number % 10}: 1" for number in range(10_000)]
    typed = [*before[:5_000], "x: [", *before[5_000:]]
    both = ["x: [", *before[1:-1], "y: ]"]
    started = time.process_time()
    shifts = [Shift(before, typed), Shift(before, both)]
    assert time.process_time() - started < 0.1
    assert [shifts[0].now(line) for line in (1, 5_000, 5_001, 10_000)] == [1, 5_000, 5_002, 10_001]
    assert [shifts[1].now(line) for line in (1, 2, 9_999, 10_000)] == [None, 2, 9_999, None]


def test_lines_that_moved_between_two_changes_are_found_again() -> None:
    """A line that is new at the top and one at the bottom leave those between them what they are."""
    before = [f"k{number}:" for number in range(60)]
    shift = Shift(before, [before[0], "x: [", *before[1:50], "y: ]", *before[50:]])
    assert [shift.now(line) for line in (1, 2, 50, 51, 60)] == [1, 3, 51, 53, 62]


@pytest.mark.parametrize(
    "broken",
    [
        FLAW.replace("transport:", "  - {\ntransport:", 1),
        FLAW.replace("heartbeat: {interval: 60s", 'heartbeat: {interval: "60s'),
        FLAW.replace("presence:", "presence: [\n\n\npresence:"),
    ],
)
def test_half_written_yaml_keeps_the_last_outline(broken: str) -> None:
    """Hover and hints stay, at the lines where they stand now; the mistake is what is found."""
    desk = Desk(RULEBOOK)
    whole = sheet(FLAW, desk=desk)
    half = sheet(broken, desk=desk)
    ((_, mistake),) = half.findings
    assert mistake.verdict is Verdict.UNREVIEWED
    assert "Connections per node" in said(half, "connections: 20k", broken)
    assert "AWS Application Load Balancer" in said(half, "aws-alb", broken)
    assert [hint.text for hint in hints.defaults(half)] == [hint.text for hint in hints.defaults(whole)]
    for hint in hints.defaults(half):
        line = broken.splitlines()[hint.span.line - 1]
        assert line[hint.span.column - 1 : hint.span.end_column - 1] in (
            "socket.io@4",
            "cloudflare",
            "aws-alb",
        )


def test_a_text_that_is_changed_at_both_ends_keeps_its_outline_between() -> None:
    """Broken at its end, and with lines that were added at the top."""
    desk = Desk(RULEBOOK)
    whole = sheet(FLAW, desk=desk)
    sheet(f"{FLAW}foo: [", desk=desk)
    text = f"# One\n# Two\n{FLAW}foo: ["
    half = sheet(text, desk=desk)
    assert [hint.text for hint in hints.defaults(half)] == [hint.text for hint in hints.defaults(whole)]
    assert "Connections per node" in said(half, "connections: 20k", text)


def test_what_was_found_stays_while_a_line_is_half_written() -> None:
    """In the lines that are as they were; what stands in the broken one is not known any more."""
    desk = Desk(RULEBOOK)
    whole = sheet(FLAW, desk=desk)
    assert not list(whole.remembered)
    broken = FLAW.replace("presence: {grace: none, ends: [disconnect]}", "\npresence: {grace: ")
    half = sheet(broken, desk=desk)
    before, after = ({finding.rule: finding for finding in found} for found in (
        (finding for _, finding in whole.findings), half.remembered
    ))  # fmt: skip
    assert {"heartbeat-slower-than-path", "reconnect-without-jitter"} <= after.keys() < before.keys()
    for rule, finding in after.items():
        lines = (
            FLAW.splitlines()[before[rule].place.span.line - 1],
            broken.splitlines()[finding.place.span.line - 1],
        )
        assert lines[0] == lines[1]
    assert not list(sheet(FLAW, desk=desk).remembered)


def test_hover_is_about_what_the_cursor_is_on() -> None:
    """The key, or its value."""
    line, column = at(FLAW, "interval: 60s")
    for found, words in ((hover(sheet(FLAW), line, column), "interval"),
                         (hover(sheet(FLAW), line, column + len("interval: ")), "60s")):  # fmt: skip
        assert found
        assert FLAW.splitlines()[line - 1][found.span.column - 1 : found.span.end_column - 1] == words


def test_a_key_that_is_wrong_keeps_the_numbers_of_before() -> None:
    """The text can be read, so that what is new has its meaning too."""
    desk = Desk(RULEBOOK)
    sheet(FLAW, desk=desk)
    text = FLAW.replace("  encoding: json", "  encoding: json\n  heartbat: 3s\n  retry: 3s")
    half = sheet(text, desk=desk)
    assert [finding.verdict for _, finding in half.findings] == [Verdict.UNREVIEWED]
    assert "Worst detection time" in said(half, "interval", text)
    assert "transport.retry" in said(half, "retry", text)
    assert list(hints.restarts(half))


def test_a_design_behind_a_mistake_keeps_its_outline() -> None:
    """Which nobody can read any more: the parser ends where the mistake is."""
    both, desk = f"{FLAW}---\n{FLAW}", Desk(RULEBOOK)
    assert len(list(hints.restarts(sheet(both, desk=desk)))) == 2
    broken = both.replace("heartbeat: {", "heartbeat: {{", 1)
    assert len(list(hints.restarts(sheet(broken, desk=desk)))) == 2


def test_what_was_never_whole_has_no_outline() -> None:
    """And nothing is told of it but its mistakes."""
    half = sheet("rtreview: 1\ntransport: {")
    assert list(half.findings)
    assert not list(hints.defaults(half))
    assert not said(half, "transport", "rtreview: 1\ntransport: {")


# Hover.


def test_hover_tells_meaning_default_and_numbers() -> None:
    """Of the field that stands there, with the platform's source and the formula."""
    told = said(sheet(FLAW), "interval: 60s")
    assert "**`transport.heartbeat.interval`**: a duration" in told
    assert "Left out, it is `25 s`: default of socket.io@4" in told
    assert "Worst detection time of a dead connection: **80 s** = `interval + timeout`" in told


def test_no_platform_decides_about_the_version_of_the_language() -> None:
    """A platform is read as a spec, which has one."""
    assert "Left out" not in said(sheet(FLAW), "rtreview: 1")


def test_hover_tells_what_a_word_means() -> None:
    """That which is chosen, and no other."""
    told = said(sheet(FLAW), "exponential")
    words = entry_at(("transport", "reconnect", "strategy")).words  # type: ignore[union-attr]
    assert words["exponential"] in told
    assert words["immediate"] not in told


def test_hover_over_a_platform_tells_what_it_brings() -> None:
    """Here, and how sure that is."""
    told = said(sheet(FLAW), "cloudflare")
    assert "`idle_timeout`: `100 s` (secondary)" in told
    told = said(sheet(WHITEBOARD.read_text("utf-8")), "socket.io@4", WHITEBOARD.read_text("utf-8"))
    assert "`transport.heartbeat.interval`: `25 s`" in told


def test_hover_in_markdown_is_told_in_fences_only() -> None:
    """Outside of them a text speaks for itself."""
    text = DOCUMENT.read_text("utf-8")
    found = sheet(text, "/nowhere/a.md")
    assert hover(found, 1, 1) is None
    assert "transport" in said(found, "transport:", text)


def test_a_text_of_a_stranger_is_no_markdown() -> None:
    """What it calls a feature stays code, and hidden signs are seen."""
    text = FLAW.replace("purpose: chat", "purpose: chat\nfeatures:\n  '` [x](http://y) \u202e': {}\n")
    told = said(sheet(text), "connections: 20k", text)
    assert "\u202e" not in told
    assert "`' [x](http://y)" in told


# Hints, lenses and links.


def test_defaults_stand_behind_the_platform_that_brings_them() -> None:
    """Only those about which the design is silent."""
    found = {hint.text for hint in hints.defaults(sheet(WHITEBOARD.read_text("utf-8")))}
    assert "heartbeat 25 s, reconnect cap 5 s, jitter 50 %" in found
    assert not any(hint.text.startswith("heartbeat") for hint in hints.defaults(sheet(FLAW)))


def test_a_restart_stands_over_a_connection_whose_numbers_are_there() -> None:
    """And nowhere else."""
    (lens,) = hints.restarts(sheet(FLAW))
    assert "20,000/s in the busiest second against 2000/s accepted" in lens.text
    assert lens.span[:2] == at(FLAW, "transport:")
    assert not list(hints.restarts(sheet(FLAW.replace("accept_rate: 500/s, ", ""))))


def test_platforms_lead_to_sources_that_have_an_address() -> None:
    """A path in a repository is none."""
    found = {link.span: link.address for link in hints.links(sheet(FLAW))}
    assert len(found) == 3
    assert all(address.startswith("https://") for address in found.values())
    assert not list(
        hints.links(
            sheet(
                FLAW.replace("socket.io@4", "engine.io-parser-of-mine").replace(
                    "[cloudflare, aws-alb]", "none"
                )
            )
        )
    )


# Completion.


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        ("", Spot((), "", takes_key=True, takes_value=False)),
        ("tra", Spot((), "tra", takes_key=True, takes_value=False)),
        ("a:\n  ", Spot(("a",), "", takes_key=True, takes_value=False)),
        ("a:\n  b: 1\n  c", Spot(("a",), "c", takes_key=True, takes_value=False, written=frozenset("b"))),
        ("a:\n  b: 1\nc", Spot((), "c", takes_key=True, takes_value=False, written=frozenset("a"))),
        ("a:\n  b: x", Spot(("a", "b"), "x", takes_key=False, takes_value=True)),
        ("a:\n  b:", Spot(("a", "b"), "", takes_key=False, takes_value=False)),
        ("a: [b, c", Spot(("a",), "c", takes_key=True, takes_value=True)),
        ("a: [b,\n  c", Spot(("a",), "c", takes_key=True, takes_value=True)),
        ("a:\n  - c", Spot(("a",), "c", takes_key=True, takes_value=True)),
        ("a:\n  - b: c", Spot(("a", "b"), "c", takes_key=False, takes_value=True)),
        ("a:\n  - b: 1\n    c", Spot(("a",), "c", takes_key=True, takes_value=False, written=frozenset("b"))),
        ("a: {b: 1, c", Spot(("a",), "c", takes_key=True, takes_value=False, written=frozenset("b"))),
        ("a: {b: {c: 1}, d: x", Spot(("a", "d"), "x", takes_key=False, takes_value=True)),
        ("a: {b: 'x, {', c", Spot(("a",), "c", takes_key=True, takes_value=False, written=frozenset("b"))),
        ("a: {b: 1}\nc", Spot((), "c", takes_key=True, takes_value=False, written=frozenset("a"))),
        ("# a: {\nb: x", Spot(("b",), "x", takes_key=False, takes_value=True)),
        ("a: x # b", Spot(("a",), "# b", takes_key=False, takes_value=False)),
        ("a: 1\n---\nb", Spot((), "b", takes_key=True, takes_value=False)),
    ],
)
def test_a_place_in_a_half_written_text_is_known_by_its_lines(text: str, spot: Spot) -> None:
    """The keys above it and beside it, and what is begun."""
    assert completion.spot(text.split("\n")) == spot


@given(st.text(alphabet="ab:{}[],'\"# -\n", max_size=40))
def test_no_text_is_too_broken_for_completion(text: str) -> None:
    """Something is found, or nothing."""
    begun = completion.spot(text.split("\n")).begun
    assert text.endswith(begun)


def names(text: str, *, markdown: bool = False) -> set[str]:
    """What is offered at the end of a text."""
    lines = text.split("\n")
    found = completion.offers(text, len(lines), len(lines[-1]) + 1, markdown=markdown)
    return {offer.text for offer in found}


def test_platforms_are_offered_where_one_is_named() -> None:
    """Those of the kinds that stand there, and of a spec's own file nothing else."""
    assert {"aws-alb", "cloudflare", "nginx"} <= names("transport:\n  path: [")
    assert "socket.io@4" not in names("transport:\n  path: [")
    assert {"socket.io@4", "ws"} <= names("features:\n  chat:\n    transport: {library: ")
    assert {"ably", "pusher"} & names("transport:\n  service: ")
    assert not names("transport:\n  heartbeat: {")


@pytest.mark.parametrize("path", PLATFORMS)
def test_the_fields_that_name_platforms_are_fields(path: tuple[str, ...]) -> None:
    """And the catalogue has platforms of their kinds."""
    assert entry_at(path) is not None
    kinds = {platform.kind for platform in platforms_for(path)}
    assert kinds == {*PLATFORMS[path].kinds}


def test_keys_and_words_are_offered_in_the_fences_of_markdown() -> None:
    """Where no schema of an editor reaches; outside of a fence there is nothing to offer."""
    fence = "# A\n\n```yaml rtreview\nrtreview: 1\n"
    assert {"transport:", "presence:", "purpose: "} <= names(fence, markdown=True)
    assert {"interval: ", "timeout: "} <= names(f"{fence}transport: {{heartbeat: {{", markdown=True)
    assert {"full", "none"} <= names(f"{fence}transport: {{reconnect: {{jitter: ", markdown=True)
    assert "aws-alb" in names(f"{fence}transport:\n  path: [", markdown=True)
    assert not names("# A\n\ntransport: ", markdown=True)
    assert not names(f"{fence}```\ntransport: ", markdown=True)


def test_a_library_is_offered_where_it_belongs() -> None:
    """What merges documents, and what joins nodes."""
    merging = {*names("rtreview: 1\nsync: {library: ")}
    joining = {*names("rtreview: 1\ntopology: {backplane: {adapter: ")}
    assert {"yjs", "automerge", "loro"} <= merging
    assert {"redis-adapter", "mongo-adapter"} <= joining
    assert not {"actioncable", "bun", "socket.io@4"} & (merging | joining)


def test_a_key_is_offered_once_in_a_mapping() -> None:
    """Twice would be a mistake; the next item of a list has keys of its own."""
    fence = "# A\n\n```yaml rtreview\nrtreview: 1\n"
    assert not {"rtreview: ", "transport:"} & {*names(f"{fence}transport: {{kind: sse}}\n", markdown=True)}
    assert "kind: " not in names(f"{fence}transport: {{kind: sse, ", markdown=True)
    assert "kind: " not in names(f"{fence}transport:\n  kind: sse\n  ", markdown=True)
    items = names(f"{fence}transport:\n  path:\n    - name: nginx\n    - ", markdown=True)
    assert "name: " in items
    flow = f"{fence}transport: {{path: [{{name: nginx, idle_timeout: 60s}}, {{"
    assert {"name: ", "idle_timeout: "} <= {*names(flow, markdown=True)}
    assert "name: " not in names(f"{fence}transport: {{path: [{{name: nginx, ", markdown=True)


# Mendings.


def test_one_key_press_mends_the_heartbeat() -> None:
    """By the change that was tried out, in as few signs as tell it."""
    found = sheet(FLAW)
    (mended,) = offered(found, HEARTBEAT)
    assert mended.is_safe
    assert mended.title == "Set transport.heartbeat.interval: 25s"
    after = applied(FLAW, mended)
    assert "heartbeat: {interval: 25s, timeout: 20s}" in after
    assert HEARTBEAT not in {finding.rule for _, finding in sheet(after).findings}


@pytest.mark.parametrize("file", [FLAWED, DOCUMENT, *EXAMPLES[2:3]], ids=lambda file: file.stem)
def test_each_mending_ends_its_finding_and_brings_none(file: Path) -> None:
    """The safe ones come first, and of the others it is told what to think about."""
    text = file.read_text("utf-8")
    found = sheet(text, str(file))
    before = {finding.key for _, finding in found.findings}
    every = mending.mendings(found, lambda _: True, lambda: None)
    assert [mended.is_safe for mended in every] == sorted((mended.is_safe for mended in every), reverse=True)
    for mended in every:
        assert mended.is_safe == ("(to think about: " not in mended.title)
        after = {finding.key for _, finding in sheet(applied(text, mended), str(file)).findings}
        assert mended.finding is not None
        assert mended.finding.key not in after
        assert {key.rule for key in after - before} <= {key.rule for key in before}


@pytest.mark.slow
def test_all_that_is_safe_is_what_fix_makes(tmp_path: Path) -> None:
    """In one step."""
    mended = mending.all_safe(sheet(FLAW), lambda: None)
    assert mended is not None
    file = tmp_path / "a.rtreview.yaml"
    file.write_text(FLAW, "utf-8")
    cli("fix", file)
    assert applied(FLAW, mended) == file.read_text("utf-8")
    assert mending.all_safe(sheet(SOUND.read_text("utf-8")), lambda: None) is None


def test_a_mending_is_tried_once_for_a_text() -> None:
    """However often the cursor comes by."""
    found = sheet(FLAW)
    asked: list[None] = []
    for _ in range(2):
        mending.mendings(found, lambda finding: finding.rule == HEARTBEAT, lambda: asked.append(None))
    assert len(asked) == 1


def test_work_that_nobody_waits_for_is_dropped() -> None:
    """Before the next trial."""

    def ended() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        mending.mendings(sheet(FLAW), lambda _: True, ended)


def test_line_ends_and_a_byte_order_mark_stay_as_they_are() -> None:
    """A mending changes what it is about."""
    text = "\ufeff" + FLAW.replace("\n", "\r\n")
    (mended,) = offered(sheet(text), HEARTBEAT)
    assert applied(text, mended) == text.replace("interval: 60s", "interval: 25s")


def test_a_path_is_found_for_every_value_of_a_design() -> None:
    """And of what lies on it nothing is nearer."""
    (document,) = Text.of(FLAWED.read_bytes(), "a.rtreview.yaml").documents
    for path, span in document.values.items():
        if path and span.line == span.end_line and path not in document.anchored:
            found = document.path_at(span.line, span.column)
            assert found is not None
            assert found[: len(path)] == path
    assert document.path_at(len(document.lines) + 5, 1) is None


def blocks(language: str) -> list[str]:
    """The blocks of one language in the document on editors."""
    text = (ROOT / "docs" / "editors.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def test_the_settings_of_editors_can_be_read_and_start_the_server() -> None:
    """Each in the language of its editor."""
    for text in blocks("json"):
        assert json.loads(text)
    (helix,) = map(tomllib.loads, blocks("toml"))
    assert helix["language-server"]["rtreview"] == {"command": "rtreview", "args": ["lsp"]}
    (generic,) = (found for text in blocks("json") if "glspc.server.command" in (found := json.loads(text)))
    assert generic["glspc.server.commandArguments"] == ["lsp"]
    assert all("lsp" in text for text in blocks("lua"))


def test_the_extension_has_the_version_of_the_program() -> None:
    """And starts nothing but its command."""
    folder = ROOT / "editors" / "vscode"
    assert json.loads((folder / "package.json").read_text("utf-8"))["version"] == __version__
    assert 'args: ["lsp"]' in (folder / "extension.js").read_text("utf-8")
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


@pytest.mark.slow
def test_a_keystroke_is_answered_before_the_next_one() -> None:
    """In a design of 250 lines: 50 ms are the aim, and a busy machine takes three times as long."""
    text = typing_along.design()
    assert text.count("\n") == typing_along.LINES
    found = sheet(text)
    assert len(found.reviews[0].design.features) > 5
    assert len(list(found.findings)) > 10
    assert typing_along.usual(RULEBOOK, 9) < 0.15


def test_the_room_speaks_no_protocol_beside_its_server() -> None:
    """One module imports pygls."""
    folder = ROOT / "rtreview" / "editors"
    assert [file.name for file in folder.glob("*.py") if "pygls" in file.read_text("utf-8")] == ["server.py"]
