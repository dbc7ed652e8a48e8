"""The skill for coding agents: what it says is true, its commands run, and hosts can load it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import FLAWED, ROOT, RULEBOOK, anchor, as_json, cli

from rtreview import __version__
from rtreview.commands.top import COMMANDS
from rtreview.rulebook.outline import named

SKILL = ROOT / "skills" / "realtime-engineer"
TEXT = (SKILL / "SKILL.md").read_text("utf-8")
_, HEAD, BODY = TEXT.split("---\n", 2)
FRONTMATTER = yaml.safe_load(HEAD)
PROSE = re.sub(r"^```sh\n.*?^```$|^> [^\n]*$", "", BODY, flags=re.MULTILINE | re.DOTALL)
EVALS: list[dict[str, Any]] = json.loads((SKILL / "evals" / "evals.json").read_text("utf-8"))["evals"]
BOOKS = "".join((ROOT / "references" / name).read_text("utf-8") for name in ("patterns.md", "sharp_edges.md"))
MANIFESTS = (".claude-plugin/plugin.json", ".claude-plugin/marketplace.json", "plugin.json")


def commands() -> list[tuple[str, int]]:
    """Each line of each block of code, and the exit status that it claims."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", BODY, re.MULTILINE | re.DOTALL)
    assert {language for language, _ in blocks} == {"sh"}
    lines = [line for _, block in blocks for line in block.splitlines()]
    claims = [re.fullmatch(r"(rtreview .+?)  # status (\d)", line) for line in lines]
    assert all(claims)
    return [(claim[1], int(claim[2])) for claim in claims if claim]


def numbers(text: str) -> set[str]:
    """The numbers of a text, without commas and units."""
    return {found.replace(",", "") for found in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)}


def test_every_command_ends_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the text, in one folder: what one writes, the next reads."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chat.rtreview.yaml").write_bytes(FLAWED.read_bytes())
    ended = [(line, cli(*shlex.split(line)[1:]).exit_code) for line, _ in commands()]
    assert ended == commands()
    assert {status for _, status in ended} == {0, 1}
    assert {file.name for file in tmp_path.iterdir()} == {"chat.rtreview.yaml", "design.rtreview.yaml"}


def test_what_the_skill_says_of_exit_statuses_is_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings, wrong use, and a spec that nobody can review."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.yaml").write_text("rtreview: 1\ntransport: [\n", "utf-8")
    calls = {0: [SKILL / "assets" / "minimal.rtreview.yaml"], 1: [FLAWED], 2: ["--formt"], 3: ["broken.yaml"]}
    assert {status: cli("-q", *words).exit_code for status, words in calls.items()} == {s: s for s in calls}
    assert [int(row) for row in re.findall(r"^\| (\d) \|", PROSE, re.MULTILINE)] == list(calls)


def test_every_command_that_is_mentioned_exists() -> None:
    """With the options that stand beside it."""
    mentioned = [shlex.split(code)[1:] for code in re.findall(r"`(rtreview [^`]+)`", PROSE)]
    assert mentioned
    for words in mentioned:
        command = words[0] if words[0] in COMMANDS else "review"
        page = cli("--help").stdout + cli(command, "--help").stdout
        assert words[0] == command or words[0].startswith("-"), words
        assert [word for word in words if word.startswith("-") and word not in page] == []


def test_the_answer_that_is_shown_is_what_the_review_says() -> None:
    """Word by word: the finding, its line, what it cites, and the change."""
    answer = " ".join(re.findall(r"^> (.*)$", BODY, re.MULTILINE))
    (review,) = as_json("brief", "-q", FLAWED)["reviews"]
    found = review["findings"][0]
    parts = (found["severity"], found["rule"], f"line {found['line']}.", found["message"], *found["change"])
    assert [part for part in parts if part not in answer] == []
    (rule,) = (rule for rule in RULEBOOK if rule.id == found["rule"])
    assert [f"(`{edge.id}`)" for edge in rule.cites.sharp_edges if edge.id not in answer] == []


def test_the_skill_has_no_number_of_its_own() -> None:
    """Those in its sentences stand in the books, or are an exit status or a principle."""
    assert numbers(PROSE) <= numbers(BOOKS) | {"0", "1", "2", "3"}


def test_the_principles_are_those_of_the_book() -> None:
    """Five, by the same words in the same order."""
    own = re.findall(r"^\d\. \*\*(.+?)\.\*\*", PROSE, re.MULTILINE)
    book = (ROOT / "references" / "patterns.md").read_text("utf-8")
    assert own == re.findall(r"^\d\. (.+?)\.", book.partition("\n## ")[0], re.MULTILINE)
    assert len(own) == 5


def test_every_topic_that_is_handed_over_has_its_specialist() -> None:
    """As the book names them."""
    asked = {each.facts["Ask"] for each in RULEBOOK.sections.values() if each.kind == "hand-over"}
    rows = re.findall(r"^\| .+ \| (an? .+) \|$", PROSE, re.MULTILINE)
    assert set(rows) == asked


def test_a_host_loads_it_whole() -> None:
    """The format allows 500 lines and 5,000 tokens of about four characters; some show the first words."""
    assert FRONTMATTER["name"] == SKILL.name
    assert len(FRONTMATTER["description"]) <= 1024
    assert "WebSocket" in FRONTMATTER["description"].partition(".")[0]
    assert len(TEXT.splitlines()) <= 200
    assert len(TEXT) / 4 < 5000


def test_every_file_that_it_names_is_there() -> None:
    """One level deep, as the format asks."""
    linked = re.findall(r"\]\((?!https?:)([^)]+)\)", BODY)
    assert linked
    for name in linked:
        assert (SKILL / name).is_file()
        assert name.count("/") == 1


def test_a_link_of_a_reference_leads_to_a_heading() -> None:
    """Within the skill: nothing else comes with it."""
    for file in (SKILL / "references").iterdir():
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", file.read_text("utf-8")):
            name, _, heading = target.partition("#")
            there = (file.parent / name if name else file).read_text("utf-8")
            headings = re.findall(r"^## (.+)$", there, re.MULTILINE)
            assert heading in {anchor(each) for each in headings}, target


def test_the_minimal_spec_leaves_nothing_to_find_or_to_ask() -> None:
    """It is small, and a review has nothing to say of it."""
    told = cli("-q", "--fail-on", "info", SKILL / "assets" / "minimal.rtreview.yaml")
    assert (told.exit_code, told.stdout) == (0, "")


def test_there_are_ten_evals_in_the_form_of_the_guide() -> None:
    """With a number, a task, the specs that it needs, what is expected, and what has to be cited."""
    assert [case["id"] for case in EVALS] == list(range(1, 11))
    assert len({case["name"] for case in EVALS}) == 10
    used = {SKILL / name for case in EVALS for name in case["files"]}
    assert used == set((SKILL / "evals" / "files").iterdir())
    for case in EVALS:
        assert case["prompt"]
        assert case["expected_output"]
        assert case["assertions"]
        assert case["cites"]


@pytest.mark.parametrize("case", EVALS, ids=lambda case: case["name"])
def test_the_calls_of_an_eval_end_and_print_as_it_says(
    case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So an answer that rests on them can cite what it has to, and needs no number of its own."""
    monkeypatch.chdir(tmp_path)
    for name in case["files"]:
        (tmp_path / Path(name).name).write_bytes((SKILL / name).read_bytes())
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    printed = ""
    for call in case["calls"]:
        done = cli(*shlex.split(call["command"])[1:])
        assert done.exit_code == call["status"], call["command"]
        assert [text for text in call["prints"] if text not in done.stdout + done.stderr] == []
        printed += " ".join(
            [call["command"], str(call["status"]), *(done.stdout + done.stderr).split(), "\n"]
        )
    assert [name for name in case["cites"] if name not in printed] == []
    assert all(name in RULEBOOK.sections or named(name) for name in case["cites"])
    assert all(any(name in text for text in case["assertions"]) for name in case["cites"])
    given = numbers(case["prompt"] + printed + "".join(text.decode() for text in before.values()))
    assert numbers(case["expected_output"] + " ".join(case["assertions"])) - given == set()
    # Nothing that was given is written to: that needs somebody's consent, which no task here has.
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_versions_and_descriptions_are_the_same_everywhere() -> None:
    """A host compares versions to learn of an update."""
    plugin, catalogue, neutral = (json.loads((ROOT / name).read_text("utf-8")) for name in MANIFESTS)
    (listed,) = catalogue["plugins"]
    for manifest in (plugin, listed, neutral):
        assert manifest["name"] == "rtreview"
        assert manifest["version"] == __version__
        assert manifest["description"] == plugin["description"]
    assert FRONTMATTER["metadata"]["version"] == __version__
    assert FRONTMATTER["license"] == plugin["license"] == neutral["license"] == "Apache-2.0"
    assert listed["source"] == "./"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("agentskills", "validate", "skills/realtime-engineer"),
        ("skillsaw", "lint", "--strict", "--no-plugins", "--no-progress", "."),
        ("agnix", "--strict", "."),
    ],
    ids=lambda words: words[0],
)
def test_the_linters_of_hosts_find_nothing(words: tuple[str, ...], tmp_path: Path) -> None:
    """In what an installation gets: the skill and the manifests, with no setting of ours."""
    for name in ("README.md", *MANIFESTS, *(str(file.relative_to(ROOT)) for file in SKILL.rglob("*.*"))):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((ROOT / name).read_bytes())
    program = Path(sys.executable).parent / words[0]
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [program, *words[1:]], cwd=tmp_path, env=env, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
