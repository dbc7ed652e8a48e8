"""The report as data: versioned, complete, and as its schema says."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer
from conftest import DOCUMENT, EXAMPLES, FLAWED, ROOT, RULEBOOK, as_json, cli, reviews, validator

from rtreview.commands.top import COMMANDS
from rtreview.render import json as report
from rtreview.reviews.engine import review, unreadable
from rtreview.reviews.report import Report, Review

SCHEMAS = sorted((ROOT / "schemas").iterdir())


def rendered(reviews: list[Review]) -> Any:
    """The report, read back and found valid."""
    told = json.loads(report.render(Report(tuple(reviews), RULEBOOK)))
    validator("report").validate(told)
    return told


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_the_report_on_an_example_is_valid(example: Any) -> None:
    """What the program writes is what its schema describes."""
    told = rendered(reviews(example))
    assert told["version"] == 1
    assert [one["path"] for one in told["reviews"]] == [example.name]


def test_a_note_is_counted_as_one() -> None:
    """A name that nobody knows leaves nothing unreviewed."""
    (one,) = rendered(review(b"rtreview: 1\ntransport: {path: [edge-of-acme]}", "design.yaml"))["reviews"]
    assert (one["summary"]["unreviewed"], one["summary"]["note"]) == (0, 1)
    assert "note" in {found["verdict"] for found in one["findings"]}


@pytest.mark.parametrize(
    "source", [b"", b"\xff", b"a: [", b"rtreview: 1\ntransprot: {}", b"rtreview: 1\na: 1\na: 2", b"[]"]
)
def test_the_report_on_what_cannot_be_reviewed_is_valid(source: bytes) -> None:
    """Errors of syntax and of the language are findings of the same form."""
    (one,) = rendered(review(source, "design.yaml"))["reviews"]
    assert one["summary"]["unreviewed"] >= 1
    assert one["rules"] == []
    assert one["findings"][0]["cites"]["validation"] is None


def test_a_file_that_cannot_be_opened_has_a_valid_report() -> None:
    """It has a path and a finding, and no name."""
    (one,) = rendered([unreadable("gone.yaml", "the file cannot be opened: no such file")])["reviews"]
    assert (one["path"], one["name"]) == ("gone.yaml", None)
    assert one["findings"][0]["rule"] == "unreadable"


def test_a_finding_has_place_citations_and_fingerprint() -> None:
    """All that a tool needs to show it at the line and to know it again."""
    (one,) = rendered(review(FLAWED.read_bytes(), "chat.yaml"))["reviews"]
    found = one["findings"][0]
    assert found["rule"] == "heartbeat-slower-than-path"
    assert found["verdict"] == "violated"
    assert found["feature"] is None
    assert found["at"] == ["transport", "heartbeat", "interval"]
    assert found["location"] == {"line": 22, "column": 25, "end_line": 22, "end_column": 28}
    assert found["related"][0]["at"] == ["transport", "path", 1, "name"]
    assert found["cites"]["sharp_edges"][0]["id"] == "websocket-proxy-timeout"
    assert found["cites"]["validation"] == {
        "id": "heartbeat-slower-than-path",
        "kind": "validation",
        "title": "The path closes before the heartbeat comes",
        "file": "",
        "address": "",
    }
    assert len(found["fingerprint"]) == 16


def test_a_finding_says_what_it_rests_on() -> None:
    """On numbers that are compared, on a decision, or on what the spec does not say."""
    spec = {
        "rtreview": 1,
        "transport": {
            "kind": "websocket",
            "heartbeat": {"interval": "60s"},
            "path": [{"name": "x", "idle_timeout": "60s"}],
            "reconnect": "none",
        },
        "presence": {"kind": "members"},
    }
    findings = rendered(review(json.dumps(spec)))["reviews"][0]["findings"]
    bases = {finding["rule"]: finding["rests_on"] for finding in findings}
    assert bases["heartbeat-slower-than-path"] == "numbers"
    assert bases["missing-reconnection-logic"] == "decision"
    assert bases["presence-immediate-removal"] == "silence"


def test_the_summary_counts_what_is_listed() -> None:
    """The numbers of the summary are those of the findings and the rows."""
    (one,) = rendered(review(FLAWED.read_bytes()))["reviews"]
    for name in ("violated", "unstated"):
        found = {row["rule"] for row in one["findings"] if row["verdict"] == name}
        assert one["summary"][name] == len(found) > 0
    for name in ("undecided", "passed", "not_applicable"):
        rows = [row for row in one["rules"] if row["verdict"] == name.replace("_", "-")]
        assert one["summary"][name] == len(rows)


def test_features_are_named() -> None:
    """A finding of one feature has its name, one of several has them all."""
    source = (
        "rtreview: 1\ntransport: {kind: websocket, heartbeat: none}\n"
        "features:\n  chat: {purpose: chat, presence: {grace: none}}\n  b: {purpose: feed}\n"
    )
    (one,) = rendered(review(source))["reviews"]
    by_rule = {row["rule"]: row for row in one["findings"]}
    assert by_rule["presence-immediate-removal"]["feature"] == "chat"
    assert by_rule["missing-heartbeat"]["feature"] is None
    assert by_rule["missing-heartbeat"]["features"] == ["chat", "b"]


def test_a_change_is_valid(tmp_path: Path) -> None:
    """What `rtreview diff` writes is what its schema describes."""
    larger = tmp_path / "larger.md"
    larger.write_text(DOCUMENT.read_text("utf-8").replace("connections: 4k", "connections: 40k"), "utf-8")
    told = as_json("change", "diff", DOCUMENT, larger)
    (change,) = told["changes"]
    assert change["new"]
    assert change["broken"]
    assert change["consequences"]


def test_the_same_spec_gives_the_same_bytes() -> None:
    """Nothing in the report depends on time, order of hashing or place."""
    assert rendered(review(FLAWED.read_bytes())) == rendered(review(FLAWED.read_bytes()))


def brief(*arguments: object) -> Any:
    """The short form of what a call reports, read back and found valid."""
    return as_json("brief", *arguments, "-q")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_the_short_form_has_every_finding_of_the_whole_one(example: Path) -> None:
    """In the same order, and what both say is the same."""
    (short,), (whole,) = brief(example)["reviews"], as_json("report", example)["reviews"]
    assert len(short["findings"]) == len(whole["findings"])
    for row, finding in zip(short["findings"], whole["findings"], strict=True):
        line = row.pop("line")
        assert line == finding["location"]["line"]
        assert row.pop("field")
        assert row.items() <= finding.items()
    for name in ("path", "name", "summary"):
        assert short[name] == whole[name]
    assert short["handed_over"] == [topic["topic"] for topic in whole["handed_over"]]


def test_eleven_findings_and_a_question_take_less_than_4_kb() -> None:
    """Hosts of agents cut what is longer than ten or so, and a design has more than one review."""
    told = cli(FLAWED, "--format", "json", "-q").stdout
    assert len(told.encode()) < 4096
    (review,) = json.loads(told)["reviews"]
    assert (review["summary"]["violated"], review["summary"]["unstated"]) == (11, 1)
    assert len(review["findings"]) == 12


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_a_finding_in_short_says_what_to_do_in_one_way(example: Path) -> None:
    """By the change where its values are known, else in words; of a question, what to ask."""
    for row in brief(example)["reviews"][0]["findings"]:
        (way,) = row.keys() & {"change", "fix", "question"}
        assert (way == "question") == (row["verdict"] == "unstated")


def test_the_change_of_a_finding_ends_it(tmp_path: Path) -> None:
    """It is what `rtreview simulate --set` and `rtreview fix` write."""
    file = tmp_path / "chat.yaml"
    file.write_bytes(FLAWED.read_bytes())
    (review,) = brief(file)["reviews"]
    found = next(row for row in review["findings"] if row["rule"] == "heartbeat-slower-than-path")
    assert found["change"] == ["transport.heartbeat.interval=25s"]
    cli("fix", "--select", "heartbeat-slower-than-path", file)
    (fixed,) = brief(file)["reviews"]
    assert "interval: 25s" in file.read_text("utf-8")
    assert "heartbeat-slower-than-path" not in {row["rule"] for row in fixed["findings"]}


def test_a_topic_that_is_handed_over_is_named_in_short(tmp_path: Path) -> None:
    """By the id that `rtreview explain` takes."""
    file = tmp_path / "chat.yaml"
    file.write_text("rtreview: 1\naccess: {token_ttl: 1h}\ntransport: {kind: websocket}\n", "utf-8")
    assert brief(file)["reviews"][0]["handed_over"] == ["authentication"]


@pytest.mark.parametrize(
    "words",
    [
        ("review",),
        ("why", "missing-heartbeat"),
        ("simulate",),
        ("diagnose", "users flicker", "--spec"),
    ],
)
def test_a_design_that_cannot_be_read_is_a_report_for_every_command(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    """With its line, so that a program needs no second way to learn of it."""
    file = tmp_path / "chat.yaml"
    file.write_text("rtreview: 1\ntransport: [\n", "utf-8")
    (review,) = as_json("report", *words, file)["reviews"]
    assert {found["verdict"] for found in review["findings"]} == {"unreviewed"}
    assert cli(*words, file, "--format", "json").exit_code == 3


@pytest.mark.parametrize(
    "words",
    [
        ("review", FLAWED),
        ("why", "missing-heartbeat", FLAWED),
        ("simulate", FLAWED),
        ("diff", FLAWED, FLAWED),
        ("diagnose", "users flicker"),
        ("rules",),
        ("explain", "missing-heartbeat"),
        ("schema", "presence"),
    ],
    ids=lambda words: words[0],
)
def test_a_configuration_that_cannot_be_read_is_a_report_for_every_command(
    words: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the format that was asked for, whatever the command would have answered."""
    (tmp_path / ".rtreview.toml").write_text("a: [", "utf-8")
    monkeypatch.chdir(tmp_path)
    words = tuple(Path("chat.yaml") if word is FLAWED else word for word in words)
    (tmp_path / "chat.yaml").write_bytes(FLAWED.read_bytes())
    (review,) = as_json("report", *words)["reviews"]
    assert (review["path"], review["findings"][0]["rule"]) == (".rtreview.toml", "configuration")
    assert cli(*words, "--format", "json").exit_code == 3


@pytest.mark.parametrize("content", ["a: [", "foo = 1", 'ignore = ["nope"]', 'references = "rules"'])
def test_a_configuration_that_cannot_be_read_is_in_short_where_that_is_asked_for(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads short rows reads no others."""
    (tmp_path / ".rtreview.toml").write_text(content, "utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "validations.md").write_text("# Ours\n\n## no-such-section\n\nText.\n", "utf-8")
    (tmp_path / "chat.yaml").write_bytes(FLAWED.read_bytes())
    monkeypatch.chdir(tmp_path)
    done = cli("-q", "--format", "json", "chat.yaml")
    assert done.exit_code == 3
    assert done.stdout.count("\n") == 1
    (review,) = as_json("brief", "-q", "chat.yaml")["reviews"]
    assert {finding["verdict"] for finding in review["findings"]} == {"unreviewed"}


def test_wrong_use_is_a_sentence_and_no_json() -> None:
    """On standard error, with nothing on standard output."""
    for words in (("platforms", "nginks"), ("schema", "hartbeat"), ("why", "no-such-rule", FLAWED)):
        done = cli(*words, "--format", "json")
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr.startswith("rtreview: ")


def test_why_has_the_verdict_and_what_was_read() -> None:
    """The row of the verdict is that of the report."""
    rule = "heartbeat-slower-than-path"
    (why,) = as_json("explanations", "why", rule, FLAWED)["explanations"]
    (whole,) = as_json("report", FLAWED)["reviews"]
    assert why["design"] == "Team chat"
    assert why["verdict"] == next(row for row in whole["rules"] if row["rule"] == rule)
    values = {field["name"]: (field["value"], field["origin"]) for field in why["read"]}
    assert values["transport.heartbeat.interval"] == ("60 s", "stated")
    assert values["transport.path[1].idle_timeout"] == ("60 s", "default of aws-alb")


def test_why_has_what_is_simulated() -> None:
    """As the report's `evidence`."""
    rule = "reconnect-without-jitter"
    (why,) = as_json("explanations", "why", rule, FLAWED)["explanations"]
    (whole,) = as_json("report", FLAWED)["reviews"]
    assert why["evidence"]
    assert why["evidence"] == next(row["evidence"] for row in whole["findings"] if row["rule"] == rule)


def test_a_list_of_platforms_is_to_choose_from() -> None:
    """Each has its id, names and kind; what is known of it comes when it is asked for."""
    every = as_json("catalogue", "platforms")["platforms"]
    assert {frozenset(platform) for platform in every} == {frozenset({"id", "name", "kind", "aliases"})}
    assert "aws-alb" in {platform["id"] for platform in every}


def test_a_platform_is_its_file() -> None:
    """By its id or an alias, with the source of every fact."""
    (platform,) = as_json("catalogue", "platforms", "alb")["platforms"]
    validator("platform").validate(platform)
    assert platform["defaults"] == {"hop": {"idle_timeout": "60s"}}
    assert platform["evidence"]


def test_a_field_comes_with_its_values_defaults_and_rules() -> None:
    """What the page for a person says, uncut."""
    (field,) = as_json("fields", "schema", "heartbeat.interval")["fields"]
    assert field["field"] == "transport.heartbeat.interval"
    assert field["example"] == "25s"
    assert "heartbeat-slower-than-path" in field["rules"]
    assert {"value": "25s", "platform": "socket.io@4", "kind": ""} in field["defaults"]
    (strategy,) = as_json("fields", "schema", "transport.reconnect.strategy")["fields"]
    assert strategy["words"]["exponential"]


def test_a_section_names_what_it_holds() -> None:
    """The keys of it alone, and not those below."""
    (section,) = as_json("fields", "schema", "transport.reconnect")["fields"]
    assert {"strategy", "jitter"} <= {*section["holds"]}


@pytest.mark.parametrize("words", [("heartbeat",), ("--tree", "transport.heartbeat"), ("--tree",)])
def test_a_list_of_fields_is_to_choose_from(words: tuple[str, ...]) -> None:
    """Each has its path, what may stand there, and a sentence."""
    fields = as_json("fields", "schema", *words)["fields"]
    assert len(fields) > 1
    assert {frozenset(field) for field in fields} == {frozenset({"field", "values", "description"})}


@pytest.mark.slow
@pytest.mark.parametrize("file", SCHEMAS, ids=lambda file: file.name)
def test_a_schema_is_a_valid_schema(file: Path) -> None:
    """Each that is shipped."""
    jsonschema.Draft202012Validator.check_schema(json.loads(file.read_text("utf-8")))


def test_the_schema_of_a_spec_is_json_in_any_format(tmp_path: Path) -> None:
    """It goes into a file too."""
    file = tmp_path / "schema.json"
    text = (ROOT / "schemas" / "design.schema.json").read_text("utf-8")
    assert cli("schema", "--format", "json").stdout == text
    cli("schema", "--format", f"json={file}")
    assert file.read_text("utf-8") == text


def takes_format(app: typer.Typer) -> bool:
    """Whether a command, or one of its group, has an option for the format."""
    command = typer.main.get_command(app)
    inner = getattr(command, "commands", {}).values()
    return any("--format" in option.opts for each in (command, *inner) for option in each.params)


def test_the_page_for_programs_names_every_command_that_writes_json_and_its_schema() -> None:
    """A command that is added is added there."""
    page = (ROOT / "docs" / "machines.md").read_text("utf-8")
    writing = {name for name in COMMANDS if takes_format(import_module(f"rtreview.commands.{name}").app)}
    rows = re.findall(r"^\| (`.+?) \|.*\[`(\w+)`\]\(", page, re.MULTILINE)
    assert {word for row, _ in rows for word in re.findall(r"`(\w+)", row)} == writing
    of_specs = {"design", "platform", "rule"}
    schemas = {file.name.partition(".")[0] for file in SCHEMAS}
    assert {schema for _, schema in rows} == schemas - of_specs
