"""The references of a team: what stands beside ours or in place of them, mistakes, and calls with them."""

from __future__ import annotations

import json
import pickle
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import typer
from conftest import ROOT, RULEBOOK, RULES, Repository, cli
from house import BAD, GOOD, RULE, design, folder, section, told
from hypothesis import given
from hypothesis import strategies as st

from rtreview.commands import app
from rtreview.project import nearest
from rtreview.render.format import REPORTS
from rtreview.reviews.engine import review
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Unusable
from rtreview.rulebook.finding import Severity
from rtreview.team import folder as team
from rtreview.text.refusal import Refused

EXAMPLE = ROOT / "examples" / "team-references"


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test is called from the root of a repository of its own."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def test_an_override_changes_what_it_says_and_leaves_the_rest() -> None:
    """Severity and texts of the team, the condition and the other texts of ours, and the team's place."""
    text = "# Ours\n\n## missing-heartbeat\n\n- Severity: info\n\n### The fix\n\nUse our client. It beats.\n"
    rules = team.read(folder(text), RULEBOOK)
    (theirs,) = [rule for rule in rules if rule.id == "missing-heartbeat"]
    (ours,) = [rule for rule in RULEBOOK if rule.id == "missing-heartbeat"]
    assert len(rules) == len(RULEBOOK)
    assert theirs.check is ours.check
    (finding,) = [
        finding
        for one in review(
            "rtreview: 1\ntransport: {kind: sse, heartbeat: none}", policy=Policy(rulebook=rules)
        )
        for finding in one.findings
        if finding.rule == "missing-heartbeat"
    ]
    assert (finding.severity, finding.title) == (Severity.INFO, ours.section.title)
    assert finding.fix == "Use our client."
    assert finding.why == ours.section.first_sentence("Why")
    assert finding.cites.validation == (ours.id, "validation", ours.section.title, "house/validations.md", "")
    assert finding.cites.sharp_edges == ours.cites.sharp_edges


def test_an_override_of_a_sharp_edge_is_what_our_rules_cite() -> None:
    """It is in the team's file from then on."""
    rules = team.read(
        folder("## half-open-connection-ghost\n\n### Symptoms\n\n- Ours.\n", "sharp_edges.md"), RULEBOOK
    )
    (rule,) = [rule for rule in rules if rule.id == "missing-heartbeat"]
    cited = {one.id: one.file for one in rule.cites.sharp_edges}
    assert cited["half-open-connection-ghost"] == "house/sharp_edges.md"
    assert rules.sections["half-open-connection-ghost"].texts["Symptoms"] == "- Ours."
    assert rules.sections["half-open-connection-ghost"].texts["Why"]


def test_a_severity_in_place_of_ours_holds_for_every_case_unless_it_says_more() -> None:
    """`socket-io-no-adapter` is an info, and an error where rooms span nodes."""
    name, case = "socket-io-no-adapter", "rooms span nodes"
    for stated, expected in (
        ("warning", {"": Severity.WARNING, case: Severity.WARNING}),
        (f"warning; error when {case}", {"": Severity.WARNING, case: Severity.ERROR}),
    ):
        rules = team.read(folder(f"## {name}\n\n- Severity: {stated}\n"), RULEBOOK)
        assert next(rule.severities for rule in rules if rule.id == name) == expected


def test_our_rulebook_is_as_it_was() -> None:
    """What a team changes is in its own rulebook and nowhere else."""
    before = [(rule.id, rule.severities, rule.cites) for rule in RULEBOOK]
    team.read(str(EXAMPLE), RULEBOOK)
    assert [(rule.id, rule.severities, rule.cites) for rule in RULEBOOK] == before


def altered(old: str, new: str) -> str:
    """The sound section, with something else in it."""
    assert old in section()
    return section().replace(old, new)


WORDS = "cannot be the id of a rule: words such as `no-quiet-hours`."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (section(severity="bad"), ["5:13 `bad` is no severity: expected error, warning, info."]),
        (section(severity="info; error when wet"), ["5:30 `wet` is no case of this rule."]),
        (
            section(cites="presence-flicker"),
            ["6:10 No sharp edge and no pattern is called `presence-flicker`"],
        ),
        (section(cites="missing-heartbeat"), ["6:10 No sharp edge and no pattern is called `missing-heart"]),
        (
            section(cites="[presence-flickering](e.md#a)"),
            ["6:32 `e.md#a` is not where `presence-flickering`"],
        ),
        (altered("- Cites", "- Sites"), ["1:1 `- Cites: ` is missing.", "6:1 `Sites` is nothing that a se"]),
        (
            altered("- Cites", "- Failures: moon at drain\n- Cites"),
            ["6:1 `moon at drain`: `moon` is none of"],
        ),
        (
            altered("### Why", "### Wy"),
            ["1:1 `### Why` is missing or empty.", "15:1 `Wy` is no heading of v"],
        ),
        (altered("### Good", "### Bad"), ["1:1 `### Good` is missing", "27:1 `### Bad` stands there twice."]),
        (altered("Beat every 20 s.", "[So](patterns.md#no)."), ["21:6 Nothing stands at `patterns.md#no`."]),
        (altered("```yaml\nrequire", "```\n```\n```\nrequire"), ["8:1 Expected one block that opens with"]),
        (
            altered("```yaml\nrequire", "~~~yaml\nrequire"),
            [
                "1:1 `### Why` is missing or empty.",
                "1:1 `### The fix` is missing or empty.",
                "1:1 `### Question` is missing or empty.",
                "1:1 `### Bad` is missing or empty.",
                "1:1 `### Good` is missing or empty.",
                "8:1 Expected one block that opens with ```yaml, with `require` and `message`",
                "10:1 Nothing closes this block of code.",
            ],
        ),
        (section(id="Quick beats"), [f"1:1 `Quick beats` {WORDS}"]),
        (section(id="unknown-platform"), ["1:1 `unknown-platform` is one of our notes: what stands in"]),
        (section(id="accepted-risk-of-ours"), [f"1:1 `accepted-risk-of-ours` {WORDS}"]),
        (section(id="missing-heartbeat"), ["8:1 The condition of a rule of ours cannot be another."]),
        (section() + section(), ["40:1 `quick-beats` has a section at house/validations.md:1 already."]),
        ("## mising-heartbeat\n\nA.\n", ["1:1 `mising-heartbeat` is no rule of ours: did you mean `missing"]),
        ("## our-own-idea\n\nA.\n", ["1:1 `our-own-idea` is no rule of ours, and a rule of the team needs"]),
        ("## missing-heartbeat\n\nA.\n", ["1:1 Nothing stands here in place of our `missing-heartbeat`."]),
        ("## missing-heartbeat\n\n- Severity: fatal\n", ["3:13 `fatal` is no severity: expected error, wa"]),
        (
            "## presence-flickering\n\n### Why\n\nA.\n",
            ["1:1 `presence-flickering` is one of our sharp edges"],
        ),
        ("# Ours\n", ["1:1 No section stands here: each begins with `## ` and its id."]),
        ("", ["1:1 No section stands here: each begins with `## ` and its id."]),
        (b"## a\n\xff", ["2:1 The file is not UTF-8 text (byte 0xff at offset 5): save it as UTF-8."]),
        ("## a\n\x1b[31m", ["2:1 The file is not a text file: it holds the control character U+001B."]),
    ],
)
def test_a_mistake_in_a_section_has_its_place(text: str | bytes, expected: list[str]) -> None:
    """A word that has no meaning would be left out in silence, so it is a finding."""
    said = told(text)
    assert len(said) == len(expected), said
    for one, beginning in zip(said, expected, strict=True):
        assert one.startswith(beginning), said


@pytest.mark.parametrize("text", [b"\n\n\xff", b"# a\r\r\xff", b"a\n\x00", b"\xc2\x85\xe2\x80\xa8\xff"])
def test_a_byte_that_no_text_has_is_shown_at_its_line(text: bytes) -> None:
    """Behind line ends of any kind."""
    Path("house").mkdir(exist_ok=True)
    Path("house/validations.md").write_bytes(text)
    told = cli("references", "check", "house")
    assert told.exit_code == 3
    assert "house/validations.md:" in told.stdout


def test_sharp_edges_and_patterns_are_looked_at_as_well() -> None:
    """An id that another kind of section has, and a heading that nobody reads."""
    (said,) = told("## missing-heartbeat\n\n### Why\n\nSo.\n", "patterns.md")
    assert said.startswith("1:1 `missing-heartbeat` is one of our validations: what stands in its place")
    Path("house/patterns.md").unlink()
    assert told("## our-edge\n\n### Symtoms\n\n- Slow.\n", "sharp_edges.md") == [
        "3:1 `Symtoms` is no heading of sharp edges: did you mean `Symptoms`?"
    ]


def test_a_topic_that_is_handed_over_has_the_words_of_the_team() -> None:
    """Its title and whom to ask; a topic that nobody hands over, or one in another place, is a mistake."""
    folder("# Not reviewed here\n\n## authentication\n\n**Who they are**\n\n### What to ask\n\nAsk Ada.\n")
    name = design("rtreview: 1\naccess: {token_ttl: 1h}")
    (handed_over,) = report("--references", "house", name)["handed_over"]
    assert handed_over["title"] == "Who they are"
    assert told("# Not reviewed here\n\n## authentification\n\n### What to ask\n\nAsk Ada.\n") == [
        "3:1 `authentification` is none of our topics to hand over: did you mean `authentication`?"
    ]
    assert told("## authentication\n\n### What to ask\n\nAsk Ada.\n") == [
        "1:1 `authentication` is one of our topics to hand over: what stands in its place belongs in "
        "validations.md, below `# Not reviewed here`."
    ]


def test_an_anti_pattern_of_a_team_stands_below_its_heading() -> None:
    """As in ours; a rule cites it as one."""
    folder("# Anti-patterns\n\n## Shouting\n\n### Instead\n\nWhisper.\n", "patterns.md")
    rules = team.read(folder(section(cites="[Shouting](patterns.md#shouting)")), RULEBOOK)
    (rule,) = [rule for rule in rules if rule.id == RULE]
    assert [one.file for one in rule.cites.anti_patterns] == ["house/patterns.md"]


@pytest.mark.parametrize(
    "words",
    [
        ["review", "d.rtreview.yaml"],
        ["diff", "d.rtreview.yaml", "d.rtreview.yaml"],
        ["why", "missing-heartbeat", "d.rtreview.yaml"],
        ["explain", "missing-heartbeat"],
        ["rules"],
    ],
)
def test_a_mistake_ends_every_call_that_rests_on_the_references(words: list[str]) -> None:
    """Status 3 and the finding, where a rule that was not read would have been a silent pass."""
    folder(section("require: {minimum: 3}\nmessage: a"))
    design(GOOD)
    done = cli(*words, "--references", "house")
    assert done.exit_code == 3
    assert "house/validations.md:11:11" in done.stdout


def test_a_mistake_is_told_in_the_format_that_is_asked_for() -> None:
    """As one in the configuration is."""
    folder(section("require: {minimum: 3}\nmessage: a"))
    design(GOOD)
    sarif = json.loads(cli("review", "--references", "house", "--format", "sarif", ".").stdout)
    (result,) = sarif["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "house/validations.md"
    assert (place["region"]["startLine"], place["region"]["startColumn"]) == (11, 11)
    github = cli("references", "check", "house", "--format", "github").stdout
    assert "file=house/validations.md,line=11" in github


LINES = (EXAMPLE / "validations.md").read_text("utf-8").splitlines()


@pytest.mark.slow
@given(st.data())
@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_any_text_is_read_or_has_its_mistakes_told(data: st.DataObject) -> None:
    """Lines that are lost, doubled, moved or cut give no traceback, and every place lies in the file."""
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        at, to = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        line = data.draw(
            st.sampled_from(["", lines[to], lines[at][: to % 40], f"{lines[at]}]", "```", "## a"])
        )
        lines[at : at + data.draw(st.integers(0, 2))] = [line]
    text = "\n".join(lines)
    shutil.copytree(EXAMPLE, "house", dirs_exist_ok=True)
    try:
        team.check(folder(text), RULEBOOK)
    except Unusable as unusable:
        for one in unusable.reviews:
            assert one.findings
            for finding in one.findings:
                span = finding.place.span
                assert 1 <= span.line <= len(one.lines)
                assert 1 <= span.column <= len(one.lines[span.line - 1]) + 1


def test_mistakes_of_several_files_are_told_together() -> None:
    """Nobody mends one file to hear of the next."""
    folder("## our-edge\n\n### Symtoms\n\n- Slow.\n", "sharp_edges.md")
    with pytest.raises(Unusable, match="cannot be used") as refused:
        team.read(folder(section(severity="bad")), RULEBOOK)
    assert [one.path for one in refused.value.reviews] == ["house/validations.md", "house/sharp_edges.md"]


def test_a_file_that_cannot_be_opened_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there, and nobody may read it."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    house = folder(section())
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(Unusable) as refused:
        team.read(house, RULEBOOK)
    (finding,) = refused.value.reviews[0].findings
    assert finding.message == "The file cannot be opened: Permission denied."


@pytest.mark.parametrize("name", ["nowhere", "", "a\0b", "x" * 5000])
def test_a_folder_that_holds_no_references_is_refused(name: str) -> None:
    """A sentence, and never a traceback."""
    with pytest.raises(Refused, match="holds no references"):
        team.read(name, RULEBOOK)


def report(*arguments: object) -> dict[str, Any]:
    """The only review of a call, as JSON."""
    (one,) = json.loads(cli("review", "--format", "json", *arguments).stdout)["reviews"]
    assert isinstance(one, dict)
    return one


def configured(more: str = "") -> None:
    """A team with references of its own."""
    folder(section())
    Path(".rtreview.toml").write_text(f"references = 'house'\n{more}")


def test_the_configuration_names_the_folder_and_the_command_line_another() -> None:
    """What is given on the command line counts."""
    configured("select = ['quick-beats']")
    design(BAD)
    assert [one["rule"] for one in report(".")["findings"]] == [RULE]
    other = Path("other")
    other.mkdir()
    (other / "validations.md").write_text(section().replace("20s}", "30s}"))
    assert report("--references", "other", ".")["findings"] == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("'nowhere'", "`references`: `nowhere` holds no references: a folder with one or more of"),
        ("'../house'", "`references`: expected a path inside this folder, found `../house`."),
        ("3", "`references`: expected a path inside this folder, found `3`."),
    ],
)
def test_a_folder_that_is_no_good_is_a_mistake_of_the_configuration(value: str, expected: str) -> None:
    """At the line that names it."""
    Path(".rtreview.toml").write_text(f"\nreferences = {value}\n")
    with pytest.raises(Unusable) as refused:
        nearest.load([], RULEBOOK)
    (finding,) = refused.value.reviews[0].findings
    assert finding.message.startswith(expected)
    assert finding.place.span.line == 2


def test_a_repository_shows_no_file_from_outside_of_itself() -> None:
    """A link in a configured folder could print any file of the machine as a mistake of it."""
    Path("house").mkdir()
    Path("house/patterns.md").symlink_to(EXAMPLE / "patterns.md")
    Path(".rtreview.toml").write_text("references = 'house'\n")
    with pytest.raises(Unusable) as refused:
        nearest.load([], RULEBOOK)
    (finding,) = refused.value.reviews[0].findings
    assert finding.message == "`references`: expected a path inside this folder, found `house/patterns.md`."


def test_a_rule_of_a_team_is_chosen_and_weighed_as_ours_are() -> None:
    """`ignore`, `severity` and `--select`; a name that neither has is a mistake."""
    configured("[severity]\nquick-beats = 'error'\n")
    design(BAD)
    (finding,) = report("--select", RULE, ".")["findings"]
    assert finding["severity"] == "error"
    assert RULE not in {one["rule"] for one in report("--ignore", RULE, ".")["findings"]}
    assert cli("--select", "quick-beat", ".").exit_code == 2


def test_a_rule_of_a_team_can_be_accepted_and_required() -> None:
    """An accepted risk names it; where it is required, nobody can accept it."""
    configured("select = ['quick-beats', 'accepted-risk-without-effect']\n")
    accepted = f"{BAD}\naccepted: [{{rule: {RULE}, reason: a, owner: b, until: 2027-01-01}}]"
    design(accepted)
    one = report("--today", "2026-11-25", ".")
    assert (len(one["findings"]), len(one["accepted"])) == (0, 1)
    configured("select = ['quick-beats', 'accepted-risk-without-effect']\nrequired = ['quick-beats']\n")
    assert {one["rule"] for one in report("--today", "2026-11-25", ".")["findings"]} == {
        RULE,
        "accepted-risk-without-effect",
    }


def test_a_baseline_knows_the_rules_of_a_team() -> None:
    """What it took up is hidden until it is further over the bound."""
    configured("select = ['quick-beats']")
    design(BAD)
    assert cli("baseline", "write", ".").exit_code == 0
    assert report(".")["findings"] == []
    design(BAD.replace("25s", "45s"))
    assert [one["rule"] for one in report(".")["findings"]] == [RULE]


def test_a_change_is_told_by_the_rules_of_a_team() -> None:
    """`diff` shows what breaks them."""
    folder(section())
    design(GOOD, "old.yaml")
    design(BAD, "new.yaml")
    done = cli("diff", "--references", "house", "--select", RULE, "--fail-on", "info", "old.yaml", "new.yaml")
    assert done.exit_code == 1
    assert RULE in done.stdout


def test_a_rule_of_a_team_is_described_in_sarif() -> None:
    """Its section is the help, and it is told apart from ours by its tag."""
    folder(section())
    design(BAD)
    log = json.loads(
        cli("review", "--references", "house", "--select", RULE, "--format", "sarif", ".").stdout
    )
    (rule,) = log["runs"][0]["tool"]["driver"]["rules"]
    assert (rule["id"], rule["shortDescription"]["text"]) == (RULE, "Beats are slow")
    assert "Our proxy closes what is quiet." in rule["help"]["markdown"]
    assert "house-rule" in rule["properties"]["tags"]


NAMING: dict[str, list[list[str]]] = {
    "review": [
        *(["--format", name, "bad.yaml"] for name in REPORTS.formats),
        ["--quiet", "bad.yaml"],
        ["--base", "HEAD", "--new-only", "bad.yaml"],
    ],
    "diff": [
        *(["--format", name, "good.yaml", "bad.yaml"] for name in ("text", "json", "markdown")),
        ["--base", "HEAD", "bad.yaml"],
    ],
    "baseline write": [["bad.yaml"]],
    "baseline show": [["bad.yaml"]],
    "baseline prune": [["bad.yaml"]],
    "meeting": [["bad.yaml"]],
    "fix": [["--check", "bad.yaml"], ["--all", "bad.yaml"]],
    "explain": [[RULE], ["--format", "json", RULE]],
    "why": [[RULE, "bad.yaml"]],
    "diagnose": [
        ["--format", name, "--spec", "bad.yaml", "idle connections are closed by the proxy"]
        for name in ("text", "json")
    ],
    "rules": [[], ["--format", "json"]],
    "config": [["bad.yaml"]],
}
"""Calls of each command that speaks of rules."""

SIMULATED = (
    "workload.connections=20k",
    "topology.nodes=4",
    "topology.node.accept_rate=500/s",
    "transport.reconnect.base=1s",
    "transport.reconnect.cap=30s",
    "transport.reconnect.jitter=full",
)
"""What the design lacks for a restart."""

SILENT: dict[str, list[list[str]]] = {
    "references check": [["house"]],
    "simulate": [
        ["bad.yaml", *(word for each in SIMULATED for word in ("--set", each))],
    ],
    "evidence": [["."]],
    "init": [["-", "--defaults", "--explain"], ["--template", "team-chat"]],
    "platforms": [[], ["aws-alb"]],
    "schema": [[]],
    "completion": [["bash"]],
}
"""Calls of those that do not."""

ENDLESS = {"watch", "mcp", "lsp"}
"""What goes on until it is interrupted, and is called by the tests of its own."""


def commands(group: Any, before: str = "") -> Iterator[str]:
    """The commands of a command line, with those of its groups."""
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "list_commands"):
            yield from commands(command, f"{name} ")
        else:
            yield f"{before}{name}"


def test_every_command_is_called_with_a_rule_of_a_team() -> None:
    """A command that is new has to be in one of the two lists."""
    assert {*NAMING, *SILENT, *ENDLESS} == set(commands(typer.main.get_command(app)))


@pytest.mark.parametrize(
    ("command", "words"),
    [(command, words) for command, calls in {**NAMING, **SILENT}.items() for words in calls],
    ids=lambda part: part if isinstance(part, str) else " ".join(part),
)
def test_a_rule_of_a_team_goes_through_every_command(
    repository: Repository, command: str, words: list[str]
) -> None:
    """It is named wherever rules are, on the terminal or in what is written; no call ends in a traceback."""
    configured(f"select = ['{RULE}']\n")
    design(GOOD, "good.yaml")
    design(GOOD, "bad.yaml")
    repository.commit()
    design(BAD, "bad.yaml")
    if command in ("baseline show", "baseline prune"):
        cli("baseline", "write", "bad.yaml")
    done = cli(*command.split(), *words, stdin=b"q\n")
    assert done.exit_code in (0, 1)
    kept = Path(".rtreview-baseline.json")
    written = kept.read_text("utf-8") if kept.exists() else ""
    assert (RULE in done.stdout + written) == (command in NAMING)


def test_a_fix_says_what_holds_in_general_in_the_words_of_the_team() -> None:
    """The fix of its own rule, and what it says in place of ours."""
    ours = "## fanout-exceeds-budget\n\n### The fix\n\nAsk Ada.\n"
    folder(f"{section()}\n{ours}")
    Path(".rtreview.toml").write_text("references = 'house'\n")
    assert "In general: Beat every 20 s." in cli("fix", "--check", "--select", RULE, design(BAD)).stdout
    fail = (RULES / "fanout-exceeds-budget" / "fail.yaml").read_text("utf-8")
    assert "In general: Ask Ada." in cli("fix", "--check", design(fail)).stdout


@pytest.mark.parametrize("name", REPORTS.formats)
def test_references_are_checked_in_every_format(name: str) -> None:
    """Those that hold, and those that do not."""
    assert cli("references", "check", folder(section()), "--format", name).exit_code == 0
    assert cli("references", "check", folder(section(severity="bad")), "--format", name).exit_code == 3


def test_why_and_explain_and_rules_know_the_team() -> None:
    """With the values that the rule read, its section, and its line in the list."""
    folder(section())
    name = design(BAD)
    why = cli("why", "--references", "house", RULE, name).stdout
    assert "transport.heartbeat.interval 25 s" in why
    assert "turns    with `transport.heartbeat.interval: 20s`" in why
    assert "transport.kind" not in why
    assert "(house/validations.md:1)" in cli("explain", "--references", "house", RULE).stdout
    assert f"  warning  {RULE}: Beats are slow\n" in cli("rules", "--references", "house").stdout


def test_hostile_text_of_a_team_does_nothing_in_a_terminal() -> None:
    """A folder may come with a pull request: what turns or hides text is made visible."""
    folder(section().replace("Beats are slow", "Beats \u202e slow").replace("Beat every", "::error ::Beat"))
    name = design(BAD)
    for words in (["review", name], ["explain", RULE], ["rules"], ["why", RULE, name], ["diff", name, name]):
        told = cli(*words, "--references", "house").stdout
        assert told
        assert "\u202e" not in told
        assert "\n::error" not in told


def test_several_processes_have_the_rules_of_the_team() -> None:
    """The same findings in the same order as one process has."""
    folder(section())
    for number in range(12):
        design(BAD.replace("25s", f"{15 + number}s"), f"d{number:02}.rtreview.yaml")
    words = ["review", "--references", "house", "--select", RULE, "--format", "json", "."]
    alone, together = cli(*words, "--jobs", "1").stdout, cli(*words, "--jobs", "3").stdout
    assert alone == together
    assert alone.count('"verdict": "violated"') == 2 * 6


def test_a_rulebook_sends_only_what_the_team_adds() -> None:
    """Another process has the rest; there the rules are the same."""
    sent = pickle.dumps(team.read(folder(section()), RULEBOOK))
    assert len(sent) < 4_000
    again = pickle.loads(sent)
    assert [rule.id for rule in again] == [*(rule.id for rule in RULEBOOK), RULE]
    assert pickle.loads(pickle.dumps(RULEBOOK)) is not None


def test_the_example_of_the_repository_holds() -> None:
    """`examples/team-references` is as its examples claim."""
    done = cli("references", "check", EXAMPLE)
    assert (done.exit_code, done.stdout) == (0, f"{EXAMPLE}: ids, citations, conditions and examples hold\n")
    assert [one.findings for one in team.check(str(EXAMPLE), RULEBOOK)] == [(), (), ()]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            {"bad": GOOD},
            "30:1 Expected violated, and `quick-beats` says of it: passed, `transport.heartbeat",
        ),
        (
            {"good": BAD},
            "37:1 Expected passed, and `quick-beats` says of it: violated, 25 s is",
        ),
        (
            {"good": "rtreview: 1"},
            "37:1 Expected passed, and `quick-beats` says of it: unstated, The spec",
        ),
        (
            {"bad": "rtreview: 1\ntransprot: {}"},
            "31:1 `transprot` is no field of a spec",
        ),
        ({"bad": "a: ["}, "30:5 This is not YAML"),
        ({"bad": "# later"}, "27:1 Expected a block that opens with ```yaml, with a design."),
    ],
)
def test_an_example_that_is_not_as_it_claims_is_a_finding(parts: dict[str, str], expected: str) -> None:
    """The bad one has to fire and the good one to be silent, and to be decided."""
    (said,) = told(section(**parts), examples=True)
    assert said.startswith(expected)
    assert len(team.read("house", RULEBOOK)) == len(RULEBOOK) + 1


def test_an_example_in_place_of_ours_is_tried_too() -> None:
    """A team that writes another bad example for a rule of ours shows the same fault."""
    text = f"## missing-heartbeat\n\n### Bad\n\n```yaml\n{GOOD}\n```\n"
    (said,) = told(text, examples=True)
    assert said.startswith("6:1 Expected violated, and `missing-heartbeat` says of it: passed")


def test_a_text_of_brackets_is_read_at_once() -> None:
    """None of them opens a link."""
    begin = time.process_time()
    text = f"# Ours\n\n## missing-heartbeat\n\n### The fix\n\n{'[' * 60_000}.\n"
    rules = team.read(folder(text), RULEBOOK)
    (theirs,) = [rule for rule in rules if rule.id == "missing-heartbeat"]
    assert theirs.section.first_sentence("The fix") == f"{'[' * 60_000}."
    assert time.process_time() - begin < 2
