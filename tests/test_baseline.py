"""The baseline: what it hides, what is new again, and how its file is kept."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import RULEBOOK, cli

from rtreview.history import baseline
from rtreview.history.baseline import Baseline
from rtreview.project.settings import BASELINE
from rtreview.reviews.engine import review
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Review, Unusable
from rtreview.rulebook.finding import Finding, Severity
from rtreview.text import kept

FAULT = "rtreview: 1\nworkload: {connections: 20k}\ntransport: {kind: websocket, heartbeat: none}\n"
RULE = "missing-heartbeat"
SLOW = "heartbeat-slower-than-path"
FIRST, LATER = date(2026, 1, 2), date(2026, 3, 4)
FILE = Path(BASELINE)


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test is called from the root of a repository of its own."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def write(content: str, name: str = "d.rtreview.yaml") -> None:
    """A design, or the configuration."""
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, "utf-8")


def only(*rules: str) -> Policy:
    """A policy on the first day, with these rules alone."""
    return Policy(RULEBOOK, select=rules, today=FIRST)


def told(text: str, *rules: str) -> list[Review]:
    """The reviews of a text by these rules."""
    write(text)
    return review(text, "d.rtreview.yaml", only(*rules))


def open_(known: Baseline, reviews: list[Review], policy: Policy) -> list[Finding]:
    """What a baseline leaves open."""
    return [finding for one in known.hide(reviews, policy)[0] for finding in one.findings]


def news(before: str, after: str, rule: str = RULE) -> list[Finding]:
    """What is open after an edit, where the baseline knows all that was there before."""
    known = Baseline(FILE).taken(told(before, rule), only(rule))
    assert known.entries
    return open_(known, told(after, rule), only(rule))


def taken_up(day: str = "2026-01-02") -> None:
    """Write the baseline of the repository on a day."""
    assert cli("baseline", "write", "--today", day, ".").exit_code == 0


def report(*arguments: object) -> dict[str, Any]:
    """A call, as JSON."""
    made = json.loads(cli("review", "--format", "json", *arguments).stdout)
    assert isinstance(made, dict)
    return made


def is_open(*arguments: object) -> bool:
    """Whether the missing heartbeat is told in a call."""
    return any(one["rule"] == RULE for each in report(*arguments)["reviews"] for one in each["findings"])


BEHIND = "rtreview: 1\ntransport: {kind: websocket, path: [%s], heartbeat: {interval: %s}}\n"
ONE, TWO = "{name: aws-alb, idle_timeout: 10s}", "{name: office, idle_timeout: 20s}"


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        (FAULT, "\n\n# a word\n" + FAULT, RULE),
        (
            FAULT,
            FAULT.replace("{kind: websocket, heartbeat: none}", "\n    kind: websocket\n    heartbeat: none"),
            RULE,
        ),
        (FAULT, FAULT.replace("kind: websocket, heartbeat: none", "heartbeat: none, kind: websocket"), RULE),
        (FAULT, FAULT.replace("20k", "90k"), RULE),
        (FAULT, f"{FAULT}name:\n", RULE),
        (BEHIND % (ONE, "30s"), BEHIND % ("{name: inner, idle_timeout: 9h}, " + ONE, "30s"), SLOW),
        (BEHIND % (f"{ONE}, {TWO}", "30s"), BEHIND % (f"{TWO}, {ONE}", "30s"), SLOW),
        (BEHIND % (f"{ONE}, {TWO}", "30s"), BEHIND % (ONE, "30s"), SLOW),
        (BEHIND % (ONE, "30s"), BEHIND % (ONE, "20s"), SLOW),
    ],
    ids=[
        "lines move",
        "style changes",
        "keys change places",
        "a number of the text changes",
        "a key comes",
        "a hop comes before",
        "hops change places",
        "one of two is gone",
        "a smaller overshoot",
    ],
)
def test_what_is_known_stays_hidden(before: str, after: str, rule: str) -> None:
    """Its identity is not its line, its message or its index."""
    assert news(before, after, rule) == []


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        (BEHIND % (ONE, "20s"), BEHIND % (ONE, "30s"), SLOW),
        (BEHIND % (ONE, "30s"), BEHIND % (f"{ONE}, {TWO}", "30s"), SLOW),
        (FAULT.replace("heartbeat: none", "path: []"), FAULT, RULE),
        ("name: a\n" + FAULT, "name: b\n" + FAULT, RULE),
        (FAULT, f"{FAULT}---\n{FAULT}", RULE),
        ("features: {a: {}}\n" + FAULT, "features: {b: {}}\n" + FAULT, RULE),
    ],
    ids=[
        "a larger overshoot",
        "another hop",
        "a question becomes a fault",
        "another design",
        "a second design without a name",
        "another feature",
    ],
)
def test_what_is_new_or_worse_is_open(before: str, after: str, rule: str) -> None:
    """One finding, and only that one."""
    assert len(news(before, after, rule)) == 1


@pytest.mark.parametrize(
    ("severity", "count"), [(Severity.ERROR, 1), (Severity.WARNING, 0), (Severity.INFO, 0)]
)
def test_a_graver_severity_is_new_again(severity: Severity, count: int) -> None:
    """And a milder one is not."""
    was, now = (only(RULE)._replace(severity={RULE: one}) for one in (Severity.WARNING, severity))
    known = Baseline(FILE).taken(review(FAULT, "d.rtreview.yaml", was), was)
    assert len(open_(known, review(FAULT, "d.rtreview.yaml", now), now)) == count


def days(known: Baseline) -> list[str]:
    """Since when its entries are known."""
    return [entry.since for entry in known.entries]


def test_an_entry_keeps_its_day() -> None:
    """Writing the baseline anew is no new loan."""
    reviews = told(FAULT, RULE)
    known = Baseline(FILE).taken(reviews, only(RULE))
    assert days(known.taken(reviews, only(RULE)._replace(today=LATER))) == ["2026-01-02"]


@pytest.mark.parametrize(("interval", "day"), [("30s", "2026-03-04"), ("12s", "2026-01-02")])
def test_an_entry_that_got_worse_has_a_new_day(interval: str, day: str) -> None:
    """One that became smaller keeps its own, and the smaller number."""
    known = Baseline(FILE).taken(told(BEHIND % (ONE, "20s"), SLOW), only(SLOW))
    later = known.taken(told(BEHIND % (ONE, interval), SLOW), only(SLOW)._replace(today=LATER))
    assert days(later) == [day]
    assert later.entries[0].overshoot != known.entries[0].overshoot


def test_designs_without_a_name_are_each_known() -> None:
    """The larger overshoot of one does not make that of the other new."""
    text = BEHIND % (ONE, "20s") + "---\n" + BEHIND % (ONE, "40s")
    for both in (text, "---\n".join(reversed(text.split("---\n")))):
        assert news(text, both, SLOW) == []


def test_a_mild_entry_hides_no_graver_finding_of_another_design() -> None:
    """Where one of two designs without a name gets worse, one finding is new."""
    text = BEHIND % (ONE, "20s") + "---\n" + BEHIND % (ONE, "40s")
    (found,) = news(text, text.replace("20s", "30s"), SLOW)
    assert found.overshoot == 4.0


def test_two_hops_at_the_same_place_are_two_findings() -> None:
    """The heartbeat is one place, and each hop that it is too slow for has an entry."""
    known = Baseline(FILE).taken(told(BEHIND % (f"{ONE}, {TWO}", "30s"), SLOW), only(SLOW))
    assert len({entry.key.at for entry in known.entries}) == 1
    assert len({entry.key.related for entry in known.entries}) == 2


def test_written_and_then_nothing_is_open() -> None:
    """The first review after `baseline write` passes, and tells how much is hidden since when."""
    write(FAULT)
    write("# D\n```yaml rtreview\n" + FAULT + "```\n```yaml rtreview\n" + FAULT + "```\n", "docs/d.md")
    taken_up()
    told = cli(".")
    assert told.exit_code == 0
    assert f"hidden by {BASELINE}, the oldest since 2026-01-02" in " ".join(told.stdout.split())
    assert "obsolete" not in told.stdout


def test_a_note_is_known_as_well() -> None:
    """A name that the catalogue does not have is taken up, and the file that says so is read again."""
    write(FAULT.replace("heartbeat: none", "path: [edge-of-acme]"))
    taken_up()
    assert cli(".").exit_code == 0
    assert "unknown-platform" in {entry.key.rule for entry in baseline.read(FILE).entries}


def test_no_baseline_shows_everything() -> None:
    """As if there were no file."""
    write(FAULT)
    taken_up()
    assert not is_open(".")
    assert is_open("--no-baseline", ".")


@pytest.mark.parametrize(
    ("folder", "path"), [("docs", "."), ("docs", "d.rtreview.yaml"), (".", "docs"), ("x", "../docs")]
)
def test_paths_are_relative_to_the_baseline(
    folder: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hides the same from whichever folder the call is made."""
    write(FAULT, "docs/d.rtreview.yaml")
    taken_up()
    Path("x").mkdir()
    monkeypatch.chdir(folder)
    made = report(path)
    assert not is_open(path)
    assert made["hidden"]["obsolete"] == []
    assert cli("baseline", "write", path).exit_code == 0
    assert '"file": "docs/d.rtreview.yaml"' in (tmp_path / BASELINE).read_text()


def obsolete(*arguments: object) -> list[str]:
    """What a call tells of entries that hide nothing."""
    hidden = report(*arguments)["hidden"]
    return [entry for entry in hidden["obsolete"] if RULE in entry]


SAID = f"d.rtreview.yaml: {RULE} at transport.heartbeat, since 2026-01-02"


def test_what_was_repaired_is_obsolete() -> None:
    """It is told, and prune drops it."""
    write(FAULT)
    taken_up()
    write(FAULT.replace("heartbeat: none", "heartbeat: {interval: 25s, timeout: 10s, misses: 2}"))
    assert obsolete(".") == [SAID]
    assert f"obsolete: {SAID}" in " ".join(cli(".").stdout.split())
    told = cli("baseline", "prune", ".")
    assert (told.exit_code, RULE in FILE.read_text()) == (0, False)
    assert "obsolete" in told.stdout
    assert obsolete(".") == []


def test_what_is_only_said_vaguely_now_is_not_obsolete() -> None:
    """A fault behind `20s..70s` is as it was, until somebody says which."""
    path = "path: [{name: lb, idle_timeout: 60s}]"
    late = f"rtreview: 1\ntransport: {{kind: websocket, {path}, heartbeat: {{interval: 70s}}}}\n"
    known = Baseline(FILE).taken(told(late, SLOW), only(SLOW))
    vague = told(late.replace("70s", "20s..70s"), SLOW)
    assert known.pruned(vague, only(SLOW)).entries == known.entries
    assert known.pruned(told(late.replace("70s", "20s"), SLOW), only(SLOW)).entries == ()


@pytest.mark.parametrize("new_name", [None, "e.rtreview.yaml"])
def test_entries_of_a_file_that_is_gone_are_obsolete(new_name: str | None) -> None:
    """Deleted or renamed; and what a renamed file holds is open."""
    write(FAULT)
    write(FAULT, "other.rtreview.yaml")
    taken_up()
    Path("d.rtreview.yaml").unlink()
    if new_name:
        write(FAULT, new_name)
    assert obsolete(".") == [SAID]
    assert is_open(".") == bool(new_name)


def test_what_is_accepted_since_is_obsolete() -> None:
    """An acceptance has a reason and an end: it takes the place of the entry."""
    write(FAULT)
    taken_up()
    write(FAULT + f"accepted: [{{rule: {RULE}, reason: r, owner: o, until: 2099-01-01}}]\n")
    assert obsolete(".") == [SAID]


@pytest.mark.parametrize(
    "options",
    [["--select", "heartbeat-load"], ["--ignore", RULE], ["other.rtreview.yaml"]],
)
def test_what_nobody_looked_for_is_not_obsolete(options: list[str]) -> None:
    """A rule that did not run, or a file that was not reviewed, says nothing of its entries."""
    write(FAULT)
    write("name: other\n" + FAULT, "other.rtreview.yaml")
    taken_up()
    assert obsolete(*options, *([] if "other.rtreview.yaml" in options else ["."])) == []


BROKEN = "rtreview: 1\nworkloud: 3\n"


@pytest.mark.parametrize("content", [BROKEN, "name: a\n" + FAULT + "---\n" + BROKEN])
def test_entries_of_a_design_that_cannot_be_read_are_not_obsolete(content: str) -> None:
    """Nobody knows, and neither prune nor write drops them; both say so, with exit status 3."""
    write("name: a\n" + FAULT + "---\nname: b\n" + FAULT)
    taken_up()
    before = FILE.read_text()
    write(content)
    assert obsolete(".") == []
    for command in ("prune", "write"):
        told = cli("baseline", command, ".")
        assert (told.exit_code, told.stderr) == (
            3,
            "rtreview: not reviewed, see `rtreview`: d.rtreview.yaml\n",
        )
        assert FILE.read_text() == before


def test_writing_a_part_keeps_the_rest() -> None:
    """What lies outside of the paths of the call is known as before."""
    write(FAULT)
    write(FAULT, "other.rtreview.yaml")
    taken_up()
    before = FILE.read_text()
    assert cli("baseline", "write", "other.rtreview.yaml").exit_code == 0
    assert FILE.read_text() == before


def test_a_rule_that_is_required_since_is_obsolete() -> None:
    """Its entry hides nothing any more, and prune drops it."""
    write(FAULT)
    taken_up()
    write(f"required = '{RULE}'", ".rtreview.toml")
    assert is_open(".")
    assert obsolete(".") == [SAID]
    assert cli("baseline", "prune", ".").exit_code == 0
    assert obsolete(".") == []


def test_what_got_worse_is_not_obsolete() -> None:
    """It would hide the finding as it was."""
    known = Baseline(FILE).taken(told(BEHIND % (ONE, "20s"), SLOW), only(SLOW))
    worse = told(BEHIND % (ONE, "30s"), SLOW)
    assert known.hide(worse, only(SLOW))[1].obsolete == ()
    assert known.pruned(worse, only(SLOW)) == known


def test_the_file_is_the_same_whatever_the_order() -> None:
    """To the byte, and written again it does not change."""
    write("features: {a: {}, b: {transport: {kind: sse}}}\n" + FAULT)
    write(FAULT, "c.rtreview.yaml")
    assert (
        cli("baseline", "write", "--today", "2026-01-02", "d.rtreview.yaml", "c.rtreview.yaml").exit_code == 0
    )
    before = FILE.read_bytes()
    FILE.unlink()
    assert (
        cli("baseline", "write", "--today", "2026-01-02", "c.rtreview.yaml", "d.rtreview.yaml").exit_code == 0
    )
    assert FILE.read_bytes() == before
    taken_up("2026-05-05")
    assert FILE.read_bytes() == before


def test_what_is_written_is_read_again() -> None:
    """With every field."""
    head = 'name: "\u00fc \\u2028"\nfeatures: {a: {purpose: chat}, b: {purpose: feed}}\n'
    write(head + BEHIND % (ONE, "30s"))
    taken_up()
    known = baseline.read(FILE)
    assert {entry.design for entry in known.entries} == {"\u00fc \u2028"}
    assert any(entry.overshoot and entry.key.related and entry.key.features for entry in known.entries)
    assert known.text() == FILE.read_text("utf-8")


def test_a_note_that_is_taken_up_is_read_again() -> None:
    """That a platform is unknown can be lived with, and is obsolete once it is known."""
    unknown = "rtreview: 1\ntransport: {kind: websocket, path: [our-own-proxy]}\n"
    write(unknown)
    taken_up()
    assert "unknown-platform" in FILE.read_text("utf-8")
    assert baseline.read(FILE).text() == FILE.read_text("utf-8")
    assert "unknown-platform" not in cli(".").stdout
    write(unknown.replace("our-own-proxy", "aws-alb"))
    assert any("unknown-platform" in entry for entry in report(".")["hidden"]["obsolete"])


def test_an_entry_stands_on_one_line() -> None:
    """So that branches merge line by line."""
    write(FAULT)
    taken_up()
    lines = FILE.read_text().splitlines()
    assert lines[:3] == ["{", '  "version": 1,', '  "findings": [']
    assert lines[-2:] == ["  ]", "}"]
    assert all(json.loads(line.rstrip(","))["file"] == "d.rtreview.yaml" for line in lines[3:-2])


def test_two_branches_merge_line_by_line() -> None:
    """Where each has taken up another file, git merges them, and the result is a baseline."""
    for name in "aeim":
        write(FAULT, f"{name}.rtreview.yaml")
    taken_up()
    sides = {"base": FILE.read_text()}
    for name in "ck":
        write(FAULT, f"{name}.rtreview.yaml")
        taken_up()
        sides[name] = FILE.read_text()
        Path(f"{name}.rtreview.yaml").unlink()
        FILE.write_text(sides["base"])
    for side, content in sides.items():
        write(content, side)
    merged = subprocess.run(["git", "merge-file", "-p", "c", "base", "k"], capture_output=True, check=True)
    FILE.write_bytes(merged.stdout)
    assert {entry.file[0] for entry in baseline.read(FILE).entries} == set("aceikm")


def test_an_entry_that_a_merge_made_twice_is_obsolete_once() -> None:
    """The other one hides the finding still."""
    write(FAULT)
    taken_up()
    (line,) = [one for one in FILE.read_text().splitlines() if RULE in one]
    FILE.write_text(FILE.read_text().replace(line, f"{line.rstrip(',')},\n{line}"))
    assert not is_open(".")
    assert obsolete(".") == [SAID]
    assert cli("baseline", "prune", ".").exit_code == 0
    assert (is_open("."), FILE.read_text().count(RULE)) == (False, 1)


def test_an_empty_baseline_is_a_baseline() -> None:
    """It hides nothing, and reads as it was written."""
    empty = Baseline(FILE)
    assert empty.text() == '{\n  "version": 1,\n  "findings": []\n}\n'
    FILE.write_text(empty.text())
    assert baseline.read(FILE) == empty
    assert cli("baseline", "show").stdout == f"{BASELINE}: no findings\n"


def test_show_lists_the_oldest_first() -> None:
    """With what tells one entry from another."""
    write("name: a\n" + BEHIND % (f"{ONE}, {TWO}", "30s"))
    taken_up("2026-05-05")
    write(FAULT, "c.rtreview.yaml")
    assert cli("baseline", "write", "--today", "2026-01-02", "c.rtreview.yaml").exit_code == 0
    lines = cli("baseline", "show").stdout.splitlines()
    assert lines == sorted(lines)
    assert len(set(lines)) == len(lines)
    assert f"2026-01-02  error   c.rtreview.yaml: {RULE} at transport.heartbeat, since 2026-01-02" in lines
    assert any("d.rtreview.yaml (a): " in line and "transport.path[office]" in line for line in lines)


@pytest.mark.parametrize("command", ["show", "prune"])
def test_without_a_baseline_there_is_nothing_to_show(command: str) -> None:
    """That is wrong use."""
    write(FAULT)
    told = cli("baseline", command, ".")
    assert told.exit_code == 2
    assert f"there is no baseline `{BASELINE}`" in told.stderr


ENTRY = (
    '{"file": "d", "rule": "r", "at": "a", "verdict": "violated", "severity": "error", "since": "2026-01-02"}'
)


def entry(old: str, new: str) -> str:
    """A baseline with a sound entry and one that is not."""
    return f'{{"version": 1, "findings": [\n{ENTRY},\n{ENTRY.replace(old, new)}]}}\n'


@pytest.mark.parametrize(
    ("content", "line", "at", "said"),
    [
        ("", 1, "", "the file is not JSON"),
        ('{"version": 1,\n "findings": [\n<<<<<<< HEAD\n', 3, "<", "the file is not JSON"),
        (b"\xff", 1, "", "the file is not JSON"),
        ("[" * 100_000, 1, "[", "the file is not JSON"),
        ("[]", 1, "[]", "no baseline of version 1"),
        ("{}", 1, "{}", "no baseline of version 1"),
        ('{"version": 2}', 1, "2}", "no baseline of version 1"),
        ('{"version": 1}', 1, '{"version"', "`findings` is missing"),
        ('{"version": 1,\n "findings": 3}', 2, "3", "`findings`: expected a list, found `3`"),
        ('{"version": 1, "findings": [\n7]}', 2, "7", "Entry 1 of the baseline: expected a mapping"),
        (entry(', "since": "2026-01-02"', ""), 3, "{", "Entry 2 of the baseline: `since` is missing"),
        (entry("2026-01-02", "soon"), 3, '"soon"', "`since`: expected a day"),
        (entry('"error"', '"bad"'), 3, '"bad"', "`severity`: `bad` is not one of"),
        (entry('"at": "a"', '"at": []'), 3, "[]", "`at`: expected a string, found a list"),
        (entry('"since"', '"overshot": 2, "since"'), 3, '"overshot"', "did you mean `overshoot`?"),
        (entry('"since"', '"overshoot": NaN, "since"'), 3, "NaN", "`overshoot`: expected a number"),
        (entry('"since"', '"overshoot": "9", "since"'), 3, '"9"', "`overshoot`: expected a number"),
        (entry('"since"', f'"overshoot": {"9" * 400}, "since"'), 3, "999", "`overshoot`: expected a number"),
        (entry('"since"', f'"overshoot": {"9" * 5000}, "since"'), 3, "999", "`overshoot`: expected a number"),
        (entry('"since"', '"features": "x", "since"'), 3, '"x"', "`features`: expected a list"),
        (entry('"since"', '"features": ["x", 3], "since"'), 3, "3", "`features[1]`: expected a string"),
    ],
)
def test_a_broken_baseline_is_a_finding_at_its_place(
    content: str | bytes, line: int, at: str, said: str
) -> None:
    """And nothing is hidden by it."""
    FILE.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(Unusable) as refused:
        baseline.read(FILE)
    (found,) = refused.value.reviews[0].findings
    span = found.place.span
    assert said in found.message
    assert span.line == line
    assert refused.value.reviews[0].lines[line - 1][span.column - 1 :].startswith(at)


@pytest.mark.parametrize(
    "command", [["review"], ["baseline", "write"], ["baseline", "prune"], ["baseline", "show"]]
)
def test_a_broken_baseline_ends_the_call(command: list[str]) -> None:
    """With exit status 3, and it stays as it was."""
    write(FAULT)
    FILE.write_text("{}\n")
    told = cli(*command, ".")
    assert (told.exit_code, FILE.read_text()) == (3, "{}\n")
    assert "error[baseline] The baseline cannot be used" in told.stdout


def test_a_folder_is_no_baseline() -> None:
    """A file that cannot be opened is a finding, too."""
    with pytest.raises(Unusable, match="cannot be used") as refused:
        baseline.read(Path())
    assert refused.value.reviews[0].findings[0].message == "The baseline cannot be opened: Is a directory."


def test_a_hostile_entry_shows_as_text_and_harms_nothing() -> None:
    """Neither control characters, nor half a character, nor a name that no file can have."""
    hostile = entry('"d"', '"' + "x" * 5000 + '"').replace('"r"', '"\\u001b[31m\\ud800"')
    FILE.write_text(hostile)
    write(FAULT)
    for command in (["baseline", "show"], ["review", "."], ["baseline", "prune", "."]):
        told = cli(*command)
        assert told.exit_code in (0, 1)
        assert "\x1b" not in told.stdout


def test_the_baseline_may_have_another_name_in_a_folder() -> None:
    """Its entries are relative to that folder."""
    write("baseline = 'ci/known.json'", ".rtreview.toml")
    write(FAULT)
    Path("ci").mkdir()
    taken_up()
    assert '"file": "../d.rtreview.yaml"' in Path("ci/known.json").read_text()
    assert not is_open(".")


def test_a_baseline_without_end_is_told_by_its_size() -> None:
    """And not read as a whole."""
    with FILE.open("wb") as file:
        file.truncate(kept.MOST + 1)
    with pytest.raises(Unusable) as refused:
        baseline.read(FILE)
    assert refused.value.reviews[0].findings[0].message == "The baseline is larger than 16 MiB."
