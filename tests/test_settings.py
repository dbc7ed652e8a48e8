"""The configuration: which file counts, what it changes, and where its mistakes are told."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import RULEBOOK, cli
from house import section

from rtreview.project import nearest, settings
from rtreview.reviews.report import Unusable
from rtreview.rulebook.finding import Finding
from rtreview.text import toml

OWN, SHARED = ".rtreview.toml", "pyproject.toml"
RULE = "missing-heartbeat"
DESIGN = "rtreview: 1\nworkload: {connections: 20000}\ntransport: {kind: websocket, heartbeat: none}\n"


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test is called from the root of a repository of its own."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "d.rtreview.yaml").write_text(DESIGN)
    monkeypatch.chdir(tmp_path)


def write(content: str | bytes, name: str = OWN) -> Path:
    """A file of the repository."""
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def mistakes(content: str | bytes, name: str = OWN) -> list[Finding]:
    """What is wrong with a configuration."""
    write(content, name)
    with pytest.raises(Unusable) as refused:
        nearest.load([], RULEBOOK)
    return list(refused.value.reviews[0].findings)


def report(*arguments: object) -> dict[str, Any]:
    """The only review of a call, as JSON."""
    told = json.loads(cli("review", "--format", "json", *arguments).stdout)
    (one,) = told["reviews"]
    assert isinstance(one, dict)
    return one


def rules(*arguments: object) -> set[str]:
    """The rules of the open findings."""
    return {one["rule"] for one in report(*arguments)["findings"]}


def test_the_nearest_file_upwards_counts() -> None:
    """One beside the design hides one above it."""
    write("fail-on = 'never'")
    write("fail-on = 'info'", "a/" + OWN)
    Path("a/b").mkdir()
    assert nearest.load(["a/b/d.yaml"], RULEBOOK).fail_on == "info"
    assert nearest.load(["d.yaml"], RULEBOOK).fail_on == "never"


def test_paths_in_two_folders_share_the_configuration_above_both() -> None:
    """That of one of them is not that of the other."""
    write("fail-on = 'never'")
    write("fail-on = 'info'", "a/" + OWN)
    assert nearest.load(["a/d.yaml", "b/d.yaml"], RULEBOOK).fail_on == "never"


def test_the_search_ends_at_the_root_of_the_repository() -> None:
    """What lies above it belongs to somebody else; the root is where paths begin."""
    write("fail-on = 'never'")
    write("", "a/.git/HEAD")
    Path("a/b").mkdir()
    assert nearest.load(["a/b"], RULEBOOK) == settings.Settings(Path("a").absolute(), RULEBOOK)


def test_the_way_to_a_path_is_not_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration of the current folder does not count for `../other`."""
    write("fail-on = 'never'", "here/" + OWN)
    Path("other").mkdir()
    monkeypatch.chdir("here")
    assert nearest.load(["../other/d.yaml"], RULEBOOK).fail_on == "error"


def test_our_own_file_comes_before_the_shared_one() -> None:
    """In one folder."""
    write("fail-on = 'never'")
    write("[tool.rtreview]\nfail-on = 'info'", SHARED)
    assert nearest.load([], RULEBOOK).fail_on == "never"


@pytest.mark.parametrize(
    "content",
    [
        "[tool.ruff]\n",
        "[project]\ndependencies = ['rtreview']\n",
        "[project\ndependencies = ['rtreview']\n",
        "# not in [tool.rtreview] yet\n[tool.ruff\n",
        "tool = 3 # rtreview\n",
        "[tool.ruff]\nx = ",
        "[files\n'docs/rtreview.1' = 'share/man'\n",
        b"[tool.ruff]\nname = 'rtreview \xff'",
    ],
)
def test_a_shared_file_without_our_table_is_passed_over(content: str | bytes) -> None:
    """Sound or broken: what others write is theirs, even where it mentions us."""
    write("fail-on = 'never'")
    write(content, "a/" + SHARED)
    assert nearest.load(["a/"], RULEBOOK).fail_on == "never"


@pytest.mark.parametrize(
    "content",
    [
        "[tool.rtreview]\n[project",
        "[tool]\nrtreview = {\n",
        "[ tool . 'rtreview' ]\nx",
        "[tool.rtreview.limits]\nx",
    ],
)
def test_a_broken_shared_file_with_our_table_is_a_mistake(content: str) -> None:
    """Nobody knows what it would have said."""
    (found,) = mistakes(content, SHARED)
    assert found.message.startswith("This is not TOML")


def test_an_empty_file_below_another_changes_nothing() -> None:
    """What is said above is in force there too."""
    write("fail-on = 'never'")
    write("", "a/" + OWN)
    assert nearest.load(["a/"], RULEBOOK).fail_on == "never"


def test_outside_of_a_repository_the_nearest_file_counts_alone() -> None:
    """What lies in the folders above belongs to nobody in particular."""
    Path(".git").rmdir()
    write("fail-on = 'never'")
    write("", "a/" + OWN)
    assert nearest.load(["a/"], RULEBOOK).fail_on == "error"


def below(content: str, above: str) -> settings.Settings:
    """What is in force in a folder with this configuration, below another."""
    write(above)
    write(content, "a/" + OWN)
    return nearest.load(["a/"], RULEBOOK)


def test_a_configuration_below_another_can_be_stricter() -> None:
    """It adds to what is required and included, and raises what is mild."""
    joined = below(
        f"required = '{RULE}'\nfail-on = 'info'\nignore = []\npaths = '.'\n"
        "include = ['*.spec', 'x/*.yaml']\n[severity]\nunbounded-message-queue = 'error'",
        "ignore = 'polling-as-realtime'\nrequired = 'unbounded-message-queue'\ninclude = 'b/*.yaml'",
    )
    assert joined.root == Path.cwd()
    assert joined.required == ("unbounded-message-queue", RULE)
    assert (joined.fail_on, joined.ignore, joined.paths) == ("info", (), ("a",))
    assert joined.include == ("b/*.yaml", "/a/**/*.spec", "/a/x/*.yaml")
    assert joined.severity == {"unbounded-message-queue": "error"}
    assert [one.origin for one in joined.listed() if one.name == "fail-on"] == [f"a/{OWN}:2"]


def test_what_is_ignored_above_runs_where_it_is_required_below() -> None:
    """That is stricter."""
    assert below(f"required = '{RULE}'", f"ignore = '{RULE}'").ignore == ()


def test_the_patterns_of_a_folder_with_signs_in_its_name_are_its_own() -> None:
    """They are patterns of the root from then on."""
    write("")
    write("include = '*.spec'", f"a [b]*/{OWN}")
    write(DESIGN, "a [b]*/x.spec")
    write(DESIGN, "a b/x.spec")
    found = json.loads(cli("review", "--format", "json", "a [b]*").stdout)["reviews"]
    assert [one["path"] for one in found] == ["a [b]*/x.spec"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"ignore = '{RULE}'", f"ignores `{RULE}`"),
        ("select = 'polling-as-realtime'", "no longer selects "),
        ("fail-on = 'never'", "lowers `fail-on` from error to never"),
        ("exclude = 'x/'", "excludes `/a/**/x/`"),
        ("baseline = 'b.json'", "keeps its known findings in another file, `a/b.json`"),
        (f"severity.{RULE} = 'info'", f"lowers `{RULE}` from error to info"),
        ("accept-in-same-change = true", "lets a change accept what it brings itself"),
        ("limits.topology.node.memory = '1TiB'", "states `limits.topology.node.memory` as 1TiB where"),
        ("assume.topology.node.memory = '1TiB'", "states `assume.topology.node.memory` as 1TiB where"),
        ("limits.topology.node.accept_rate = '9/s'", "`limits.topology.node.accept_rate` from 300/s to 9/s"),
    ],
)
def test_a_configuration_below_another_is_never_milder(content: str, said: str) -> None:
    """It is refused at its line, and nothing is reviewed by it."""
    write("limits.topology.node.accept_rate = '300/s'")
    (found,) = mistakes_below(f"paths = 'b'\n{content}")
    assert found.place.span.line == 2
    assert said in found.message
    assert found.message.endswith(f"It may be stricter than `../{OWN}`, and never milder.")
    assert cli("a").exit_code == 3


def mistakes_below(content: str) -> list[Finding]:
    """What is wrong with a configuration in a folder."""
    write(content, "a/" + OWN)
    with pytest.raises(Unusable) as refused:
        nearest.load(["a"], RULEBOOK)
    return list(refused.value.reviews[0].findings)


def test_references_below_others_stand_beside_them() -> None:
    """The rules of both teams run, and neither is milder."""
    write("references = 'house'")
    write(section(), "house/validations.md")
    write("references = 'inner'", "a/" + OWN)
    write(section(id="inner-beats"), "a/inner/validations.md")
    assert {"quick-beats", "inner-beats"} <= {rule.id for rule in nearest.load(["a"], RULEBOOK).rulebook}
    write(f"{section(id='inner-beats')}\n## quick-beats\n\n- Severity: info\n", "a/inner/validations.md")
    assert [one.message.partition(".")[0] for one in mistakes_below("references = 'inner'")] == [
        "This configuration lowers `quick-beats` from warning to info"
    ]


def test_a_configuration_that_is_named_counts_alone() -> None:
    """Its paths are relative to the current folder, wherever it is."""
    write("fail-on = 'never'\nexclude = 'd.rtreview.yaml'")
    other = write("paths = '.'\nexclude = 'x/'\nreferences = 'house'", "ci/strict.toml")
    write(DESIGN, "x/d.rtreview.yaml")
    write(section(), "house/validations.md")
    assert cli(".").exit_code == 3  # nothing is left
    found = json.loads(cli("review", "--config", other, "--format", "json").stdout)["reviews"]
    assert [one["path"] for one in found] == ["d.rtreview.yaml"]
    assert cli("--config", other).exit_code == 1


def test_a_shared_file_that_is_named_has_our_table() -> None:
    """Another table is none of ours."""
    write("[tool.rtreview]\nfail-on = 'never'", "ci/pyproject.toml")
    assert cli("--config", "ci/pyproject.toml", ".").exit_code == 0
    write("[tool.other]", "ci/pyproject.toml")
    told = cli("--config", "ci/pyproject.toml", ".")
    assert (told.exit_code, told.stderr) == (
        2,
        "rtreview: --config: `ci/pyproject.toml` has no table [tool.rtreview]\n",
    )


def test_without_a_configuration_the_defaults_count() -> None:
    """Whatever files there are."""
    write("fail-on = 'never'")
    assert cli(".").exit_code == 0
    assert cli("--no-config", ".").exit_code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--config", "x.toml"], "--config: there is no file `x.toml`"),
        (["--config", "."], "--config: there is no file `.`"),
        (["--config", ""], "--config: an empty name is no file"),
        (["--config", "x.toml", "--no-config"], "--config and --no-config contradict each other"),
    ],
)
def test_a_configuration_that_is_not_there_is_wrong_use(words: list[str], said: str) -> None:
    """In a sentence."""
    told = cli(*words, ".")
    assert (told.exit_code, told.stderr) == (2, f"rtreview: {said}\n")


def test_a_folder_that_cannot_be_looked_into_holds_no_configuration() -> None:
    """Neither does one whose name is too long."""
    assert nearest.load(["x" * 300 + "/d.yaml"], RULEBOOK).fail_on == "error"


@pytest.mark.parametrize(
    ("content", "line", "columns", "said"),
    [
        ("\n  fail_on = 'info'", 2, "3-10", "`fail_on` is no setting: did you mean `fail-on`?"),
        ("'fail on' = 1", 1, "1-10", "`fail on` is no setting: did you mean `fail-on`?"),
        ("zzz = 1", 1, "1-4", "there are paths, include,"),
        ("fail-on = 'eror'", 1, "11-17", "`eror` is not one of error, warning, info, never: did you mean"),
        ("fail-on = [\n'error']", 1, "1-8", "a list is not one of"),
        ("select = 5", 1, "10-11", "expected a list of texts, found `5`"),
        ("select = ['no-rule',\n 7]", 2, "2-3", "`select`: expected a string, found `7`"),
        (f"ignore = [\n  '{RULE}', # fine\n  'missing-hartbeat',\n]", 3, "3-21", f"did you mean `{RULE}`?"),
        ("required = 'zzz'", 1, "12-17", "no rule is called `zzz`: see `rtreview rules`"),
        ("severity = 'error'", 1, "12-19", "expected a table of rules and severities"),
        (
            f"severity = {{ {RULE} = 'bad' }}",
            1,
            "34-39",
            "`bad` is no severity: expected error, warning, info",
        ),
        ("[severity]\nmissing-hartbeat = 'info'", 2, "1-17", f"did you mean `{RULE}`?"),
        ("paths = ['a', '../b']", 1, "15-21", "expected a path inside this folder, found `../b`"),
        ("paths = ['/etc']", 1, "10-16", "expected a path inside this folder"),
        ("paths = ['-']", 1, "10-13", "expected a path inside this folder"),
        ("paths = ''", 1, "9-11", "expected a path inside this folder"),
        ('baseline = "a\\u0000"', 1, "12-21", "expected a path inside this folder"),
        ("baseline = 7", 1, "12-13", "expected a path inside this folder"),
        ("exclude = ['a', '[z-a]']", 1, "17-24", "`[z-a]` is no pattern"),
        ("limits = 5", 1, "10-11", "`limits`: expected a table with parts of a design, found `5`"),
        ("[limits.wrkload]\nx = 1", 1, "9-16", "did you mean `workload`?"),
        ("assume.workload.conections = 5", 1, "17-27", "did you mean `connections`?"),
        ("[assume.workload]\nconnections = 'lots'", 2, "15-21", "`lots` is not"),
        ("[limits.targets]\nlatency = '3'", 2, "11-14", "`3` has no unit"),
        ("limits = {targets = {latency = '3'}}", 1, "32-35", "`3` has no unit"),
        ("[limits]\ntransport.path = [{name = 'x'}]", 2, "18-32", "`transport.path` is a list of parts"),
        (
            f"ignore = ['{RULE}']\nrequired = '{RULE}'",
            1,
            "11-30",
            "is required, so that it cannot be ignored",
        ),
        (f"required = '{RULE}'\nselect = 'heartbeat-load'", 2, "1-7", "and `select` leaves it out"),
        (f"select = '{RULE}'\nignore = '{RULE}'", 2, "1-7", "leave no rule to run"),
        ("a = 1\n  a = 2\nb = 3", 2, "1-2", "A key is there twice"),
        ("[limits]\n[limits]", 2, "8-9", "This is not TOML: Cannot declare"),
        ("select = [\n  'x'\n", 2, "1-2", "This is not TOML: Unclosed array"),
        ("x = 1\ny = \u00e9", 2, "5-6", "This is not TOML: Invalid value"),
        (b"a = 1\nb = '\xc3\xa9\xff'", 2, "7-8", "The file is not UTF-8 text"),
        ("a = " + "[" * 5000, 1, "69-70", "It is nested more than 64 levels deep"),
        (".".join(["limits", *"a" * 1000]) + " = 1", 1, "134-135", "It is nested more than 64 levels deep"),
        ("# " + "x" * (1 << 20), 1, "1-2", "The file is larger than 1 MiB"),
    ],
)
def test_a_mistake_is_told_at_its_place(content: str | bytes, line: int, columns: str, said: str) -> None:
    """At the key or the value that is wrong."""
    span, message = next((one.place.span, one.message) for one in mistakes(content) if said in one.message)
    assert (span.line, f"{span.column}-{span.end_column}") == (line, columns), message


def test_all_mistakes_are_told_at_once_in_their_order() -> None:
    """Nobody has to run it three times."""
    found = mistakes("z = 1\nfail-on = 1\n[limits]\nx = 1\nworkload.y = 1\n")
    assert [one.place.span.line for one in found] == [1, 2, 4, 5]


@pytest.mark.parametrize("before", ["x = '''\n{w} = 1\n'''\n", 'x = """\\"""\n{w}"""\n', "# {w} = 1\n"])
def test_a_place_is_not_found_in_a_text_or_a_comment(before: str) -> None:
    """Only where it is a key."""
    content = "[other]\n" + before.format(w="zzz") + "[tool.rtreview]\nzzz = 1\n"
    (found,) = mistakes(content, SHARED)
    assert found.place.span.line == content.count("\n")


@pytest.mark.parametrize("between", [" ", "\n", "# x\n"])
def test_the_tables_of_others_may_have_any_layout(between: str) -> None:
    """A comma apart from its value is TOML, in a file that many tools share."""
    write(f"[other]\nx = [1{between}, 2]\n[tool.rtreview]\nfail-on = 'info'\n", SHARED)
    assert nearest.load([], RULEBOOK).fail_on == "info"
    assert cli("config").exit_code == 0


def test_a_shared_file_that_only_mentions_the_tool_may_be_damaged() -> None:
    """With any number of blank lines; nobody has told us anything there."""
    write("x = [" + "\n" * 100_000 + "# rtreview\n", SHARED)
    begin = time.process_time()
    assert nearest.load([], RULEBOOK).fail_on == "error"
    assert time.process_time() - begin < 1


@pytest.mark.parametrize(
    "line", ["[tool.rtreview]", "tool.rtreview.x = 1", " [ tool . 'rtreview' ]", "['tool'.\"rtreview\".x]"]
)
def test_a_shared_file_that_means_the_tool_must_be_sound(line: str) -> None:
    """In any notation of its table."""
    assert "This is not TOML" in mistakes(f"x = [\n\n\n{line}\n", SHARED)[0].message


def test_lines_may_end_as_on_windows() -> None:
    """A carriage return changes neither line nor column."""
    (found,) = mistakes("fail-on = 'info'\r\nselect = [\r\n  'zzz',\r\n]\r\n")
    assert found.place.span[:2] == (3, 3)


def test_only_a_line_feed_begins_a_line() -> None:
    """Other separators of Unicode stand inside a comment."""
    (found,) = mistakes("# a\u2028b\x85c\nzzz = 1\n")
    assert found.place.span[:2] == (2, 1)


def test_a_byte_order_mark_is_no_mistake() -> None:
    """Some editors write one, and it shifts no column."""
    assert mistakes("\ufefffail-on = 'x'")[0].place.span.column == 11
    write("\ufefffail-on = 'info'")
    assert nearest.load([], RULEBOOK).fail_on == "info"


def test_a_file_that_cannot_be_opened_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its settings are not passed over in silence."""
    file = write("fail-on = 'info'")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(file), "open", refuse)
    with pytest.raises(Unusable) as refused:
        nearest.load([], RULEBOOK)
    assert refused.value.reviews[0].findings[0].message == "The file cannot be opened: Permission denied."


def test_a_link_leads_no_path_out_of_the_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A repository names nothing outside of itself, by whatever name."""
    Path("out").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    (found,) = mistakes("baseline = 'out/known.json'")
    assert "inside this folder" in found.message


def test_mistakes_are_shown_in_their_lines_and_end_the_call() -> None:
    """With exit status 3, whatever the command."""
    write("# x\nfail_on = 'info'\n")
    for command in (["review", "."], ["config"], ["baseline", "write", "."]):
        told = cli(*command)
        assert told.exit_code == 3
        assert f"--> {OWN}:2:1" in told.stdout
        assert " 2 | fail_on = 'info'" in told.stdout


def test_a_long_file_is_read_at_once() -> None:
    """Each place is looked up, not searched for."""
    write(
        "\n".join(f"[tool.x{number}]\nv = 1" for number in range(3000))
        + "\n[tool.rtreview]\n"
        + "exclude = ["
        + "'a', " * 500
        + "]",
        SHARED,
    )
    begin = time.process_time()
    assert nearest.load([], RULEBOOK).configured[0].origin == f"{SHARED}:6002"
    assert time.process_time() - begin < 3


SAID = """
"q.x".b = [ 1, "two # [", # c ]
  '''three
 ''', {x = 1, y.z = 'k'}]
d = 1979-05-27 07:32:00 # later
[t . "u\\u0061"]
f = {}
h = '''a'b'''''
i = \"\"\"\\"\\"\\"\"\"\"\"\"
[[l]]
n = 1
[[l]]
[l.m]
o = true
[[l.p]]
r = -1e5
"""


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("q.x", "b", 1), None, '"two # ["'),
        (("q.x", "b", 3, "y", "z"), "z", "'k'"),
        (("d",), "d", "1979-05-27 07:32:00"),
        (("t", "ua"), '"u\\u0061"', None),
        (("t", "ua", "f"), "f", "{}"),
        (("t", "ua", "h"), "h", "'''a'b'''''"),
        (("t", "ua", "i"), "i", '"""\\"\\"\\""""""'),
        (("l", 0, "n"), "n", "1"),
        (("l", 1, "m", "o"), "o", "true"),
        (("l", 1, "p", 0, "r"), "r", "-1e5"),
    ],
)
def test_toml_places_are_those_of_keys_and_values(path: Any, key: str | None, value: str | None) -> None:
    """In every notation that the language has."""
    lines = SAID.split("\n")
    told = toml.places(SAID)
    for span, text in ((told.keys.get(path), key), (told.values.get(path), value)):
        assert (span and lines[span.line - 1][span.column - 1 : span.end_column - 1]) == text


def test_severity_is_that_of_the_team_in_findings_and_judgements() -> None:
    """For the rule that it names, and for no other."""
    write(f"[severity]\n{RULE} = 'info'\n")
    one = report("--select", f"{RULE},missing-reconnection-logic", ".")
    told = {(found["rule"], found["severity"]) for found in (*one["findings"], *one["rules"])}
    assert told == {(RULE, "info"), ("missing-reconnection-logic", "error")}


BUDGET = """\
rtreview: 1
workload: {connections: 50k}
transport: {kind: websocket}
topology: {nodes: 2, node: {connection_memory: 100KiB}}
"""
MEMORY = "connection-memory-exceeds-node"


def verdict(value: str, table: str) -> tuple[str, str, dict[str, Any]]:
    """Verdict and severity of the rule where a table states the memory, and the report."""
    write(BUDGET, "d.rtreview.yaml")
    write(f"\n[{table}.topology.node]\nmemory = '{value}'\n")
    one = report("--select", MEMORY, ".")
    ((said, severity),) = {(told["verdict"], told["severity"]) for told in one["rules"]}
    return said, severity, one


def test_without_a_limit_of_the_house_the_rule_asks() -> None:
    """The design does not say how much memory a node has."""
    write(BUDGET, "d.rtreview.yaml")
    assert report("--select", MEMORY, ".")["rules"][0]["verdict"] in ("unstated", "undecided")


def test_a_limit_of_the_house_passes_a_rule() -> None:
    """It counts as stated."""
    assert verdict("64GiB", "limits")[0] == "passed"


def test_a_limit_of_the_house_breaks_a_rule_with_its_severity() -> None:
    """And the report names the line that says so."""
    said, severity, one = verdict("1GiB", "limits")
    assert (said, severity) == ("violated", "error")
    assert f"limit of the team in {OWN}:3" in json.dumps(one["findings"])


def test_what_is_assumed_never_passes_a_rule() -> None:
    """It stays undecided, and says with which value it would hold."""
    said, _, one = verdict("64GiB", "assume")
    assert said == "undecided"
    assert "`topology.node.memory` is not stated; at 64 GiB" in one["rules"][0]["reason"]


def test_what_is_assumed_is_at_most_a_warning() -> None:
    """Nobody has said it of this design."""
    said, severity, one = verdict("1GiB", "assume")
    assert (said, severity) == ("violated", "warning")
    assert f"assumed in {OWN}:3" in json.dumps(one["findings"])


def test_what_the_design_says_comes_before_the_house() -> None:
    """A limit fills silence only."""
    write(BUDGET.replace("100KiB", "100KiB, memory: 64GiB"), "d.rtreview.yaml")
    write("limits.topology.node.memory = '1GiB'")
    assert rules("--select", MEMORY, ".") == set()


def test_a_limit_of_the_house_comes_before_what_is_assumed() -> None:
    """Whatever their order in the file."""
    write(BUDGET, "d.rtreview.yaml")
    write("assume.topology.node.memory = '1GiB'\nlimits.topology.node.memory = '64GiB'\n")
    assert rules("--select", MEMORY, ".") == set()


REQUIRED = f"required = '{RULE}'"


def test_a_required_rule_cannot_be_ignored_on_the_command_line() -> None:
    """That is wrong use."""
    write(REQUIRED)
    told = cli("--ignore", RULE, ".")
    assert told.exit_code == 2
    assert told.stderr == f"rtreview: --ignore: the configuration requires `{RULE}`\n"


def test_a_required_rule_cannot_be_accepted() -> None:
    """The finding stays open beside the entry that is void."""
    accepted = f"accepted: [{{rule: {RULE}, reason: r, owner: o, until: 2099-01-01}}]\n"
    write(DESIGN + accepted, "d.rtreview.yaml")
    assert RULE not in rules(".")
    write(REQUIRED)
    assert rules(".") >= {RULE, "accepted-risk-without-effect"}


def test_a_required_rule_cannot_be_put_into_a_baseline() -> None:
    """Neither before it is required nor after."""
    assert cli("baseline", "write", ".").exit_code == 0
    assert RULE not in rules(".")
    write(REQUIRED)
    assert RULE in rules(".")
    assert cli("baseline", "write", ".").exit_code == 0
    assert RULE not in Path(settings.BASELINE).read_text()


def test_an_ignored_rule_does_not_run() -> None:
    """And is in no count."""
    write(f"ignore = '{RULE}'")
    one = report(".")
    assert RULE not in {told["rule"] for told in (*one["findings"], *one["rules"])}


def test_who_selects_an_ignored_rule_wants_it() -> None:
    """The command line is nearer than the file; so does `why`."""
    write(f"ignore = '{RULE}'")
    assert rules("--select", RULE, ".") == {RULE}
    assert cli("why", RULE, "d.rtreview.yaml").exit_code == 0


def test_select_and_ignore_on_the_command_line_must_leave_a_rule() -> None:
    """A review of nothing would pass."""
    told = cli("--select", RULE, "--ignore", RULE, ".")
    assert told.stderr == "rtreview: --select and --ignore leave no rule to run\n"


def test_include_and_exclude_are_relative_to_the_configuration() -> None:
    """From whichever folder the call is made."""
    write("include = '/designs/*.yaml'\nexclude = ['old', '/d.*']\n")
    for name in ("designs/a.yaml", "designs/old/b.rtreview.yaml", "other/c.yaml"):
        write(DESIGN, name)
    assert report(".")["path"] == "designs/a.yaml"


def test_paths_are_what_a_call_without_any_reviews(monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative to the configuration, and shown from the current folder."""
    write("paths = ['a']")
    write(DESIGN, "a/e.rtreview.yaml")
    Path("b").mkdir()
    monkeypatch.chdir("b")
    assert report()["path"] == "../a/e.rtreview.yaml"


def test_a_call_without_any_path_is_wrong_use() -> None:
    """It would review nothing."""
    write("")
    told = cli("review")
    assert told.exit_code == 2
    assert "no PATH is given, and no configuration names one under `paths`" in told.stderr


@pytest.mark.parametrize(
    ("configured", "option", "status"),
    [("error", None, 1), ("never", None, 0), ("never", "error", 1), ("info", "never", 0)],
)
def test_an_option_decides_before_the_configured_threshold(
    configured: str, option: str | None, status: int
) -> None:
    """`--fail-on` before `fail-on`."""
    write(f"fail-on = '{configured}'")
    options = ["--fail-on", option] if option else []
    assert cli("--select", RULE, *options, ".").exit_code == status


def test_a_severity_of_the_team_decides_about_the_exit_status() -> None:
    """An error that is a note to the team does not fail a call."""
    write(f"severity = {{ {RULE} = 'info' }}")
    assert cli("--select", RULE, ".").exit_code == 0
    assert cli("--select", RULE, "--fail-on", "info", ".").exit_code == 1


def test_config_prints_what_is_in_force_and_from_where() -> None:
    """Defaults first, then the values of tables one by one."""
    write(
        "[tool.rtreview]\nexclude = ['a', 'b']\nselect = []\n[tool.rtreview.severity]\n"
        f"{RULE} = 'info'\n[tool.rtreview.limits.topology.node]\naccept_rate = '300/s'\n",
        SHARED,
    )
    assert (
        cli("config").stdout
        == f"""\
root  {Path.cwd()}

paths                             none                     default
include                           none                     default
exclude                           a, b                     pyproject.toml:2
select                            all                      pyproject.toml:3
ignore                            none                     default
required                          none                     default
references                        none                     default
docs-url                          none                     default
fail-on                           error                    default
baseline                          .rtreview-baseline.json  default
accept-in-same-change             false                    default
severity.missing-heartbeat        info                     pyproject.toml:5
limits.topology.node.accept_rate  300/s                    pyproject.toml:7
"""
    )


def test_config_shows_nothing_that_acts_on_a_terminal() -> None:
    """A pattern is text of somebody else."""
    write('exclude = "\\u001b[31mred"')
    assert "\x1b" not in cli("config").stdout


def test_a_mistake_is_told_in_the_format_that_is_asked_for() -> None:
    """An annotation at its line, for example."""
    write("fail-on = 'warming'")
    told = cli("review", "--format", "github", "d.rtreview.yaml")
    assert told.exit_code == 3
    assert told.stdout.startswith("::error file=.rtreview.toml,line=1,")
