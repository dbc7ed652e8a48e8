"""How reports name the references: by id, so that prose can move without a report changing."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import DOCUMENT, EXAMPLES, FLAWED, ROOT, RULEBOOK, SOUND, cli

from rtreview.render import text
from rtreview.render.format import REPORTS
from rtreview.reviews.engine import review
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Report
from rtreview.rulebook import references
from rtreview.team import folder as team

PLACE = re.compile(r"\w+\.md:\d+")
"""A line of a reference file, as reports once named it."""

HINT = "`rtreview explain ID` shows a cited rule, sharp edge or pattern."


def reports(package: Path, folder: Path) -> dict[str, str]:
    """The reports on all examples, by format, that a copy of the program writes."""
    folder.mkdir()
    formats = [word for one in REPORTS.formats for word in ("--format", f"{one}={folder / one}")]
    examples = [str(file.relative_to(ROOT)) for file in (*EXAMPLES, DOCUMENT)]
    words = [sys.executable, "-m", "rtreview", "--today", "2026-11-23", *formats, *examples]
    environment = {**os.environ, "PYTHONPATH": str(package)}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, check=False, text=True)
    assert done.returncode == 1, done.stderr
    return {one: (folder / one).read_text("utf-8") for one in REPORTS.formats}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The reports of the program as it is."""
    return reports(ROOT, tmp_path_factory.mktemp("written") / "reports")


@pytest.mark.slow
@pytest.mark.parametrize("name", REPORTS.formats)
def test_no_report_names_a_line_of_the_references(name: str, written: dict[str, str]) -> None:
    """The line of a section is nothing that a reader of a report can use, and it changes with every edit."""
    assert "support-desk.md:44" in written["text"]  # the file of a team is named with its lines
    told = written[name].replace("support-desk.md:", "")
    assert "heartbeat-slower-than-path" in told
    assert PLACE.findall(told) == []


def test_a_text_on_one_file_ends_with_what_to_type_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the names of this design, and each of the calls works."""
    file = tmp_path / "our chat.rtreview.yaml"
    file.write_bytes(FLAWED.read_bytes())
    monkeypatch.chdir(tmp_path)
    told = cli(file.name).stdout
    block = told.partition("\n\ngo on with\n")[2].replace("\\\n", " ")
    calls = [call for line in block.splitlines() if (call := shlex.split(line, comments=True))]
    assert [call[:2] for call in calls] == [["rtreview", name] for name in ("explain", "why", "fix")]
    assert all(cli(*call[1:]).exit_code in (0, 1) for call in calls)
    assert "go on with" not in cli(SOUND).stdout


@pytest.mark.parametrize(
    "example", sorted((ROOT / "examples").glob("*-flawed.rtreview.yaml")), ids=lambda file: file.name
)
def test_a_report_says_for_how_many_findings_a_change_is_proposed(example: Path) -> None:
    """As many as `fix` looks at, whether it makes them, leaves them to think about, or refuses them."""
    said = re.search(r"# changes for (\d+) of (\d+) findings", cli(example).stdout)
    assert said
    tried = cli("fix", "--check", example).stdout
    assert int(said[1]) == len(re.findall(r"^\S+:\d+: [a-z0-9-]+", tried, re.MULTILINE))
    assert int(said[2]) >= int(said[1])


@pytest.mark.parametrize("words", [
    ("diff", SOUND, FLAWED),
    ("diff", "--format", "json", SOUND, FLAWED),
    ("diff", "--format", "markdown", SOUND, FLAWED),
    ("diagnose", "--spec", FLAWED, "everybody reconnects at once after a deploy"),
    ("diagnose", "--spec", FLAWED, "--format", "json", "everybody reconnects at once after a deploy"),
    ("diagnose", "a purple elephant deploy"),
    ("fix", "--all", "--diff", FLAWED),
    ("why", "heartbeat-slower-than-path", FLAWED),
    ("simulate", FLAWED),
    ("rules",),
], ids=lambda words: " ".join(map(str, words[:3])).replace(str(ROOT), ""))  # fmt: skip
def test_no_other_command_but_explain_names_a_line_of_the_references(words: tuple[object, ...]) -> None:
    """`explain` alone shows it: it has just read it there."""
    told = cli(*words).stdout
    assert told
    assert PLACE.findall(told) == []
    assert PLACE.search(cli("explain", "half-open-connection-ghost").stdout)


@pytest.mark.slow
def test_prose_above_a_section_changes_no_report(tmp_path: Path, written: dict[str, str]) -> None:
    """With a line more at the top of each reference file, the reports on all examples are the same."""
    package = tmp_path / "copy"
    for name in ("rtreview", "references", "schemas"):
        shutil.copytree(ROOT / name, package / name)
    for name in references.FILES:
        file = package / "references" / name
        file.write_text(f"<!-- one line more -->\n{file.read_text('utf-8')}", "utf-8")
    assert reports(package, tmp_path / "reports") == written


def test_a_text_says_once_and_last_how_to_read_what_it_cites() -> None:
    """However many findings of several files cite something."""
    told = cli(SOUND, FLAWED).stdout
    assert told.count("\n  see      rule: ") > 1
    assert told.count(HINT) == 1
    assert told.endswith(f"\n\n{HINT}\n")


@pytest.mark.parametrize("words", [
    ("diff", SOUND, FLAWED),
    ("diagnose", "everybody reconnects at once after a deploy"),
    ("--format", "markdown", FLAWED, FLAWED),
], ids=lambda words: words[0])  # fmt: skip
def test_what_else_a_person_reads_says_so_too(words: tuple[object, ...]) -> None:
    """A change, a diagnosis and a comment on a pull request."""
    assert cli(*words).stdout.count(HINT) == 1


@pytest.mark.parametrize("words", [
    (SOUND,),
    ("--format", "markdown", SOUND),
    ("diff", SOUND, SOUND),
    ("diff", FLAWED, SOUND),
    ("diagnose", "xylophone"),
], ids=lambda words: words[0])  # fmt: skip
def test_where_nothing_is_cited_nothing_is_said_of_it(words: tuple[object, ...]) -> None:
    """A report without findings has nothing to look up."""
    told = cli(*words).stdout
    assert told
    assert "rtreview explain" not in told


@pytest.mark.parametrize("folder", ["house", "references"])
def test_a_section_of_the_team_is_cited_with_its_file(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a line too; also where the folder has the name of ours."""
    monkeypatch.chdir(tmp_path)
    Path(folder).mkdir()
    edge = "half-open-connection-ghost"
    (Path(folder) / "sharp_edges.md").write_text(f"## {edge}\n\n### Symptoms\n\n- Ours.\n", "utf-8")
    policy = Policy(rulebook=team.read(folder, RULEBOOK), select=("missing-heartbeat",))
    reviews = review("rtreview: 1\ntransport: {kind: sse, heartbeat: none}", policy=policy)
    told = text.render(Report(tuple(reviews), policy.rulebook))
    assert "  see      rule: missing-heartbeat\n" in told
    assert f"           sharp edge: {edge} ({folder}/sharp_edges.md)\n" in told


def test_every_citation_of_a_report_is_something_that_explain_shows() -> None:
    """The ids of the text are names that the command takes."""
    told = cli(FLAWED).stdout
    cited = set(re.findall(r"^ {2}(?:see| {3}) {6}(?:rule|sharp edge|(?:anti-)?pattern): (.+)$", told, re.M))
    assert len(cited) > 10
    for name in cited:
        assert cli("explain", name).exit_code == 0, name


@pytest.mark.slow
def test_a_proposed_value_is_the_same_wherever_it_is_proposed(tmp_path: Path) -> None:
    """In report, comment, page, fix and meeting: that of the references, for this design."""
    file = tmp_path / "design.rtreview.yaml"
    file.write_bytes(FLAWED.read_bytes())
    value = "transport.heartbeat.interval: 25s"
    assert f"fix      {value}" in cli(file).stdout
    assert f"**Fix** `{value}`" in cli("--format", "markdown", file).stdout
    page = cli("--format", "html", file).stdout.replace("<wbr>", "")
    assert f'<code class="setting">{value}</code>' in page
    assert value in cli("fix", "--check", file).stdout
    assert f"[{value}]" in cli("meeting", file, stdin=b"c\n\nada\n\nq\n").stdout
