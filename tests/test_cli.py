"""The command line: commands, options, exit status, and where things are written."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import FLAWED, ROOT, RULEBOOK, SOUND, as_json, cli

import rtreview
from rtreview.commands import top
from rtreview.language.sections.transport import Transport
from rtreview.language.spec import Spec
from rtreview.language.tree import branches
from rtreview.render import outline
from rtreview.render.format import CHANGES, DIAGNOSES, REPORTS, SIMULATIONS
from rtreview.reviews import engine
from rtreview.rulebook import references
from rtreview.text import output

Write = Callable[..., Path]


def process(*arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
    """A call as a process of its own."""
    words = [sys.executable, "-m", "rtreview", *(str(argument) for argument in arguments)]
    return subprocess.run(words, capture_output=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_a_path_alone_is_reviewed() -> None:
    """`rtreview design.yaml` is `rtreview review design.yaml`."""
    assert cli(FLAWED).stdout == cli("review", FLAWED).stdout
    assert "Team chat" in cli(FLAWED).stdout


def test_options_may_stand_before_the_path() -> None:
    """`rtreview --quiet design.yaml` is a review too."""
    assert cli("--quiet", FLAWED).stdout == cli("review", "--quiet", FLAWED).stdout


def test_standard_input_is_a_file() -> None:
    """`-` reads it."""
    told = cli("-", stdin=FLAWED.read_bytes())
    assert told.exit_code == 1
    assert told.stdout.startswith("Team chat  <stdin>\n")


def test_several_files_are_reviewed_in_the_order_given() -> None:
    """Each has its own heading."""
    told = cli("--format", "json", SOUND, FLAWED)
    assert [one["path"] for one in json.loads(told.stdout)["reviews"]] == [str(SOUND), str(FLAWED)]


def test_a_directory_is_searched_for_specs(spec: Write, tmp_path: Path) -> None:
    """`*.rtreview.yaml` and `.yml` below it, in order, without hidden directories and other files."""
    for name in ("b/two.rtreview.yml", "a.rtreview.yaml", "c.yaml", ".git/no.rtreview.yaml"):
        spec("rtreview: 1", name)
    told = json.loads(cli("--format", "json", tmp_path).stdout)
    paths = [Path(one["path"]).relative_to(tmp_path).as_posix() for one in told["reviews"]]
    assert paths == ["a.rtreview.yaml", "b/two.rtreview.yml"]


def test_standard_input_is_markdown_where_a_fence_with_a_spec_opens_in_it() -> None:
    """It has no name that would tell."""
    fence = b"# A plan\n\n```yaml rtreview\nrtreview: 1\nname: Board\n```\n"
    assert cli("-", stdin=fence).stdout.startswith("Board  <stdin>\n")


def test_a_markdown_file_is_searched_for_specs(spec: Write) -> None:
    """Its fences are reviewed at their own lines."""
    file = spec("# Design\n\n```yaml rtreview\nrtreview: 1\npresence: 3\n```\n", "design.md")
    told = cli("--quiet", file)
    assert f"{file}:5:11: error[schema]" in told.stdout


@pytest.mark.parametrize(
    ("text", "options", "status"),
    [
        ("heartbeat: none", [], 1),
        ("heartbeat: none", ["--fail-on", "never"], 0),
        ("heartbeat: {interval: 25s}", ["--select", "missing-heartbeat"], 0),
        ("encoding: base64-in-json", ["--select", "websocket-binary-json"], 0),
        ("encoding: base64-in-json", ["--select", "websocket-binary-json", "--fail-on", "warning"], 0),
        ("encoding: base64-in-json", ["--select", "websocket-binary-json", "--fail-on", "info"], 1),
        ("encoding: json", ["--select", "missing-heartbeat"], 1),
        ("encoding: json", ["--select", "missing-heartbeat", "--fail-on", "never"], 0),
        ("heartbeat: 3", [], 3),
        ("heartbeat: 3", ["--fail-on", "never"], 3),
    ],
)
def test_the_exit_status(text: str, options: list[str], status: int, spec: Write) -> None:
    """0 below the threshold, 1 with findings or questions at it, 3 where something was not reviewed."""
    file = spec(f"rtreview: 1\ntransport: {{kind: websocket, {text}}}\n")
    assert cli(*options, file).exit_code == status


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--select", "missing-hartbeat", "x"],
            "no rule is called `missing-hartbeat`: did you mean `missing",
        ),
        (["--ignore", "nothing-at-all", "x"], "--ignore: no rule is called `nothing-at-all`"),
        (["why", "jitter", "x"], "`jitter`; it is spoken of in `reconnect-without-jitter`, "),
        (["why", "jitter", "x"], ": see `rtreview rules jitter`"),
        (["why", "transport.reconnect.jitter", "x"], "; it is read by `missing-reconnection-logic`, "),
        (["why", "transport.reconnect.jitter", "x"], ": see `rtreview schema transport.reconnect.jitter`"),
        (["--format", "xml", "x"], "--format: no format is called `xml` here"),
        (["--fail-on", "often", "x"], "invalid value for '--fail-on'"),
        (["--no-such-option"], "no such option"),
        (["--select"], "option '--select' requires an argument"),
        (["review"], "no PATH is given"),
        (["explain"], "missing argument 'ID': see `rtreview explain --help`"),
        (["explain", "a", "b"], "unexpected extra argument"),
        (["baseline", "nope"], "no such command 'nope'"),
        (["schema", "gcp"], "no field is called `gcp`: see `rtreview platforms gcp-alb`"),
        (["schema", "hartbeat"], "did you mean `heartbeat`?"),
        (["platforms", "gcp"], "no platform is called `gcp`: see `rtreview platforms gcp-alb`"),
        (["platforms", "aws-abl"], "did you mean `aws-alb`?"),
        (["explain", "heartbeets"], "nothing is called `heartbeets`"),
    ],
)
def test_wrong_use_is_status_2_and_a_sentence(arguments: list[str], said: str) -> None:
    """The message goes to standard error, and nothing to standard output."""
    told = cli(*arguments)
    assert told.exit_code == 2
    assert said in told.stderr
    assert told.stderr.startswith("rtreview: ")
    assert told.stderr.count("\n") == 1
    assert told.stdout == ""


def test_rules_can_be_listed_with_commas() -> None:
    """`--select a,b` and `--select a --select b` are the same."""
    both = "missing-heartbeat,reconnect-without-jitter"
    apart = ["--select", "missing-heartbeat", "--select", "reconnect-without-jitter"]
    assert cli("--select", both, FLAWED).stdout == cli(*apart, FLAWED).stdout


def test_the_report_can_be_written_to_a_file(tmp_path: Path) -> None:
    """Whole, with the permissions of any new file, and standard output stays empty."""
    file = tmp_path / "report.json"
    told = cli("--format", f"json={file}", FLAWED)
    assert (told.exit_code, told.stdout) == (1, "")
    assert json.loads(file.read_text("utf-8"))["version"] == 1
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~mask
    assert [one.name for one in tmp_path.iterdir()] == ["report.json"]


def test_a_report_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """Wrong use, and no half of a file."""
    (tmp_path / "report").mkdir()
    told = cli("--format", f"text={tmp_path / 'report'}", FLAWED)
    assert told.exit_code == 2
    assert "cannot be written" in told.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["report"]
    told = cli("--format", f"text={tmp_path / 'no' / 'report'}", FLAWED)
    assert told.exit_code == 2
    assert "No such file or directory" in told.stderr


def test_several_formats_are_written_in_one_call(tmp_path: Path) -> None:
    """Each to its file, and the one without to standard output; each is what it is alone."""
    sarif, junit = tmp_path / "out.sarif", tmp_path / "out.xml"
    told = cli("--format", f"sarif={sarif}", "--format", "text", "--format", f"junit={junit}", FLAWED)
    assert told.stdout == cli(FLAWED).stdout
    assert sarif.read_text("utf-8") == cli("--format", "sarif", FLAWED).stdout
    assert junit.read_text("utf-8") == cli("--format", "junit", FLAWED).stdout


@pytest.mark.parametrize("name", REPORTS.formats)
def test_every_format_is_the_same_twice_and_has_every_finding(name: str) -> None:
    """To the byte; and each open rule stands in it."""
    told = cli("--format", name, FLAWED)
    assert told.stdout == cli("--format", name, FLAWED).stdout
    for finding in engine.review(FLAWED.read_bytes())[0].findings:
        assert finding.rule in told.stdout


@pytest.mark.parametrize(
    ("formats", "said"),
    [
        (["json", "text"], "two reports for standard output: write `text=FILE`"),
        (["json=a", "json=b"], "`json` is given twice"),
        (["json="], "`json=` names no file"),
        (["jsn"], "no format is called `jsn` here: did you mean `json`?"),
    ],
)
def test_formats_that_contradict_are_refused(formats: list[str], said: str) -> None:
    """Before anything is reviewed."""
    told = cli(*(word for one in formats for word in ("--format", one)), "no-such-file")
    assert told.exit_code == 2
    assert said in told.stderr


@pytest.mark.parametrize(
    "name",
    [
        "missing-heartbeat",
        "half-open-connection-ghost",
        "WebSocket for Everything",
        "presence with tombstones",
        "Presence-With-Tombstones",
    ],
)
def test_explain_prints_the_section(name: str) -> None:
    """Of a validation, a sharp edge, a pattern or an anti-pattern, by id or name, in any spelling."""
    told = cli("explain", name)
    section = next(
        one for key, one in RULEBOOK.sections.items() if references.slug(key) == references.slug(name)
    )
    assert told.exit_code == 0
    assert told.stdout == f"{section.source}\n\n({section.file}:{section.line})\n"


RULE, EDGE, PATTERN = (
    "first-reconnect-spread-too-small",
    "backpressure-oom",
    "Exponential Backoff with Jitter",
)


@pytest.mark.parametrize("name", [RULE, EDGE, PATTERN])
@pytest.mark.parametrize("no_colour", ["", "1"])
def test_explain_lays_a_section_out_on_a_terminal(
    name: str, no_colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a sign of Markdown, at its width, and with colours where they are wanted."""
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    monkeypatch.setattr(output, "width", lambda: 80)
    monkeypatch.setenv("NO_COLOR", no_colour)
    monkeypatch.setenv("TERM", "xterm")
    told = cli("explain", name).stdout
    shown = re.sub("\x1b\\[[0-9;]*m", "", told)
    assert (shown == told) == bool(no_colour)
    assert not re.search(r"^#|\*\*|`|^- |\]\(|\.md#|\x1b", shown, re.MULTILINE)
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(("name", "severity"), [(EDGE, "high"), (RULE, "warning"), (PATTERN, None)])
def test_explain_tells_a_program_how_grave_it_is(name: str, severity: str | None) -> None:
    """In the words of the book: a sharp edge has others than a rule, and a pattern has none."""
    (section,) = as_json("sections", "explain", name)["sections"]
    assert section["severities"].get("") == severity


def test_explain_writes_the_same_section_to_a_file(tmp_path: Path) -> None:
    """A file gets what standard output gets, and no line of a list."""
    file = tmp_path / "section.txt"
    assert cli("explain", "missing-heartbeat", "--format", f"text={file}").exit_code == 0
    assert file.read_text("utf-8") == cli("explain", "missing-heartbeat").stdout


@pytest.mark.parametrize("form", ["text", "json"])
def test_explain_knows_the_note_on_an_unknown_platform(form: str) -> None:
    """It stands in a report beside rules, though it follows from none."""
    explained = cli("explain", "unknown-platform", "--format", form)
    assert explained.exit_code == 0
    assert "idle_timeout: 5m" in explained.stdout


def test_explain_proposes_what_was_meant() -> None:
    """A typing error is answered with the name that comes closest."""
    assert "did you mean `missing-heartbeat`?" in cli("explain", "mising-heartbeat").stderr


def test_words_that_no_section_has_together_lead_to_those_that_tell_most() -> None:
    """Which of them those are is told beside the list."""
    done = cli("explain", "live auction")
    assert "deadline-cut-to-the-second" in done.stdout
    assert done.stderr == "rtreview: nothing speaks of all of `live auction`: these of `auction`\n"
    assert done.stdout == cli("explain", "auction").stdout
    assert not cli("explain", "live auction", "--format", "json").stderr


def test_a_page_is_not_written_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told how to name a file; a pipe gets the page."""
    assert cli("--format", "html", SOUND).exit_code == 0
    monkeypatch.setattr("rtreview.text.output.is_terminal", lambda: True)
    result = cli("--format", "html", SOUND)
    assert result.exit_code == 2
    assert "name a file for it, `--format html=report.html`" in result.stderr


def test_a_page_is_opened_in_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is written; without a page there is nothing to open."""
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    page = tmp_path / "report.html"
    assert cli("--open", "--format", f"html={page}", SOUND).exit_code == 0
    assert opened == [page.resolve().as_uri()]
    assert page.is_file()
    assert "--open opens a page" in cli("--open", SOUND).stderr


def test_rules_lists_every_rule_by_topic() -> None:
    """With its severity and its title."""
    told = cli("rules").stdout
    for rule in RULEBOOK:
        line = f"{rule.section.severities['']} {rule.id}: {rule.section.title}"
        assert line in " ".join(told.split())
    topics = dict.fromkeys(rule.section.topic.replace("-", " ").capitalize() for rule in RULEBOOK)
    assert [line for line in told.splitlines() if line and not line.startswith(" ")] == list(topics)
    assert all(len(line) <= 80 for line in told.splitlines())


def test_rules_and_explain_find_what_speaks_of_some_words() -> None:
    """In the ids, the titles and the texts; what nothing speaks of is told."""
    found = cli("rules", "jitter", "deploy").stdout
    assert "close-all-at-once" in found
    assert "missing-heartbeat" not in found
    assert "half-open-connection-ghost" in cli("explain", "half-open").stdout
    assert "no rule speaks of `xyzzy`" in cli("rules", "xyzzy").stderr


@pytest.mark.parametrize("word", ["jitter", "heartbeat", "presence", "message", "JITTER"])
def test_a_search_fits_on_a_screen_and_begins_with_what_is_called_so(word: str) -> None:
    """24 lines of 80 columns with a prompt; how many are left out is told, and how to see them."""
    lines = cli("rules", word).stdout.splitlines()
    assert len(lines) < 24
    assert all(len(line) <= 80 for line in lines)
    found = json.loads(cli("rules", word, "--format", "json").stdout)["sections"]
    shown = [line for line in lines[: lines.index("")] if re.match(r" {2}\w", line)]
    assert [line.split()[1].rstrip(":") for line in shown] == [each["id"] for each in found[: len(shown)]]
    is_named = [word.lower() in f"{each['id']}\n{each['title']}".lower() for each in found]
    assert is_named == sorted(is_named, reverse=True)
    assert is_named[0]
    left = len(found) - len(shown)
    assert not left or lines[-2].startswith(f"{left} left out")
    assert lines[-1] == "`rtreview explain ID` prints one."


def test_a_search_finds_words_of_sentences_and_no_parts_of_others() -> None:
    """`sse` is in processes, and each example of a spec names the fields of half of all rules."""
    found = {each["id"] for each in json.loads(cli("rules", "sse", "--format", "json").stdout)["sections"]}
    assert "sse-missing-retry" in found
    assert all(re.search(r"\bsse", RULEBOOK.sections[each].prose.lower()) for each in found)
    assert "```" not in RULEBOOK.sections["missing-heartbeat"].prose
    assert "Severity:" not in RULEBOOK.sections["missing-heartbeat"].prose


def test_rules_and_explain_are_json_for_a_program() -> None:
    """By the schema that is checked in; all rules to choose from, or a section with its texts."""
    every = as_json("sections", "rules")["sections"]
    assert len(every) == len(RULEBOOK)
    (section,) = as_json("sections", "explain", "missing-heartbeat")["sections"]
    assert section["texts"]["The fix"]
    for row in (*every, *as_json("sections", "explain", "half-open")["sections"]):
        assert row.keys() == section.keys() - {"texts"}


def test_schema_prints_the_schema_that_is_checked_in() -> None:
    """For an editor."""
    assert cli("schema").stdout == (ROOT / "schemas" / "design.schema.json").read_text("utf-8")


def test_schema_of_a_field_says_what_it_means() -> None:
    """Its meaning, a line for each word, an example and the rules; a part of its path is enough."""
    for name in ("sync.durability.outside", "outside"):
        text = cli("schema", name).stdout
        assert text.startswith("sync.durability.outside: one of these")
        assert re.findall(r"^    (\w+): .+\.$", text, re.M) == ["merge", "replace", "ignore"]
        assert "example   outside: merge" in text
        assert "outside-write-lost" in text.partition("rules ")[2]


def test_schema_of_a_section_names_all_that_it_holds() -> None:
    """Fields and sections, how to see one of them, and how to see all that is below."""
    text = cli("schema", "transport").stdout
    assert set(Transport.KEYS) <= set(re.findall(r"\w+", text))
    assert "rtreview schema transport.kind" in text
    assert "rtreview schema --tree transport\n" in text


def test_schema_of_a_field_says_what_platforms_do_by_themselves() -> None:
    """As the catalogue has it, the most frequent value first; a hop may differ between kinds of transport."""
    text = cli("schema", "transport.heartbeat.interval").stdout
    assert re.search(r"^  defaults  15s +ably, .*\n +25s +centrifugo, ", text, re.M)
    assert "varnish (websocket)" in cli("schema", "idle_timeout").stdout
    for field in ("workload.connections", "rtreview"):
        assert "defaults" not in cli("schema", field).stdout


def test_a_page_of_the_schema_fits_a_screen() -> None:
    """No line is longer than 80 columns; below the prompt, a terminal has 23 lines."""
    tree = list(branches(Spec))
    inside: dict[tuple[str, ...], set[str]] = {branch.path: set() for branch in tree}
    for branch in tree:
        inside.setdefault(branch.path[:-1], set()).add(branch.key)
    for branch in tree:
        lines = outline.page(branch, RULEBOOK, 80).splitlines()
        assert max(map(len, lines)) <= 80, branch.name
        assert len(lines) <= 23, branch.name
        assert inside[branch.path] <= set(re.findall(r"[\w-]+", "\n".join(lines))), branch.name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rate", "backpressure.inbound.rate"),
        ("qos", "sync.delivery.guarantee: one of these"),
        ("clean_session", "transport.resume.by: one of these"),
        ("lwt", "presence.will: a section"),
        ("auction", "purpose: one of these"),
        ("keepalive", "transport.heartbeat.interval"),
        ("lww", "lww (last-writer-wins): 2 parts of a spec\n  sync.strategy"),
        ("dependencies.NAME.calls", "dependencies.*.calls: a whole number"),
        ("websocket-ping", "transport.heartbeat.layer: one of these"),
    ],
)
def test_schema_leads_from_what_people_say_to_the_field(name: str, said: str) -> None:
    """A name of several fields, another name, a word, a synonym of one."""
    assert said in cli("schema", name).stdout


def test_schema_as_a_tree_of_a_section_has_what_it_holds() -> None:
    """And nothing else."""
    assert cli("schema", "--tree", "presence.cursor").stdout.splitlines() == [
        "cursor",
        "  rate  a rate; or `none`",
        "  batch  a duration; or `none`",
    ]


def test_schema_as_a_tree_has_every_field_in_a_line() -> None:
    """No line is longer than the terminal is wide."""
    lines = cli("schema", "--tree").stdout.splitlines()
    assert {"transport", "  heartbeat", "    interval  a duration; or `none`"} <= set(lines)
    assert max(map(len, lines)) <= 80


def test_schema_says_what_none_means_for_a_target() -> None:
    """No promise; that nothing may be lost is the opposite, and looks alike."""
    for field in ("latency", "staleness", "offline_visible_within", "loss", "recovery"):
        assert "`none` promises nothing" in " ".join(cli("schema", f"targets.{field}").stdout.split())
    assert "with `0s` nothing may" in cli("schema", "targets.loss").stdout
    assert "a field that is `none` promises nothing" in cli("schema", "targets").stdout


@pytest.mark.parametrize(("name", "hint"), [("outsid", "did you mean `outside`?"), ("xyzzy", "see --tree")])
def test_schema_of_what_is_no_field_is_refused(name: str, hint: str) -> None:
    """With the nearest name, or the way to all of them."""
    refused = cli("schema", name)
    assert refused.exit_code == 2
    assert hint in refused.stderr


@pytest.mark.parametrize("words", ["-h", "--help", "help"])
def test_help_is_asked_for_in_three_ways(words: str) -> None:
    """As people try it, of the program and of a command."""
    assert cli(*words.split()).stdout == cli("--help").stdout
    of_a_command = cli("help", "why") if words == "help" else cli("why", words)
    assert of_a_command.stdout == cli("why", "--help").stdout


@pytest.mark.parametrize(
    ("typed", "meant"), [("explian", "explain"), ("reviw", "review"), ("diagnos", "diagnose")]
)
def test_a_command_that_is_misspelt_is_no_file(typed: str, meant: str) -> None:
    """The command that is meant is named, and nothing is reviewed."""
    result = cli(typed, "missing-heartbeat")
    assert result.exit_code == 2
    assert result.stderr == f"rtreview: `{typed}` is no command, and no file: did you mean `{meant}`?\n"


def test_a_file_may_be_called_like_a_command(
    spec: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there is reviewed, however near its name is to that of a command."""
    file = spec("rtreview: 1\n", "reviews")
    monkeypatch.chdir(file.parent)
    assert "is no command" not in cli("reviews").stderr


def test_version_and_help() -> None:
    """Both are answered, and no argument at all means help."""
    assert cli("--version").stdout == f"rtreview {rtreview.__version__}\n"
    assert "rtreview FILE" in cli("--help").stdout
    assert "Usage" in cli().stdout + cli().stderr


def test_colour_is_for_terminals_and_for_those_who_ask() -> None:
    """A pipe gets none; `--color always` does."""
    assert "\x1b" not in cli(FLAWED).stdout
    assert "\x1b" not in cli("--color", "never", FLAWED).stdout
    assert "\x1b[" in cli("--color", "always", FLAWED).stdout


def on_a_terminal(*words: str, **variables: str) -> bytes:
    """What a call writes on a terminal."""
    import pty  # noqa: PLC0415 - not on every system

    unset = {"NO_COLOR", "SSH_CONNECTION", "INSIDE_EMACS"}
    environment = {key: value for key, value in os.environ.items() if key not in unset}
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "rtreview", *words]
    with subprocess.Popen(
        command, stdout=follower, env={**environment, "TERM": "xterm", **variables}
    ) as call:
        os.close(follower)
        told = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:
                break
            if not part:
                break
            told += part
        call.wait()
    os.close(leader)
    return told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)],
)
def test_a_terminal_is_coloured_unless_it_says_no(variables: dict[str, str], coloured: bool) -> None:
    """`NO_COLOR` that is not empty, and a dumb terminal, are respected; a chart is no exception."""
    for words in (["--select", "missing-heartbeat", str(SOUND)], ["simulate", str(FLAWED)]):
        assert (b"\x1b[" in on_a_terminal(*words, **variables)) == coloured


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "linked"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "linux"}, False), ({"SSH_CONNECTION": "1"}, False)],
)
def test_a_terminal_that_can_follow_them_gets_links(variables: dict[str, str], linked: bool) -> None:
    """A console cannot, and a terminal behind SSH has not the file; a pipe never gets one."""
    told = on_a_terminal(str(FLAWED), **variables)
    assert (b"\x1b]8;" in told) == linked
    assert b"heartbeat-slower-than-path" in told
    assert "\x1b]8;" not in cli("--color", "always", FLAWED).stdout


def test_a_plain_review_loads_nothing_that_it_does_not_need(spec: Write) -> None:
    """No pydantic models, no jsonschema, no rich, no server, no second renderer, nothing to compare."""
    file = spec(SOUND.read_bytes())
    script = (
        "import sys\n"
        "from rtreview.commands import app\n"
        f"try: app([{str(file)!r}])\n"
        "except SystemExit: pass\n"
        "heavy = {'pydantic', 'jsonschema', 'rich', 'json', 'rtreview.render.json', 'asyncio',\n"
        "'mcp', 'anyio', 'rtreview.agents', 'pygls', 'rtreview.editors',\n"
        "'tomllib', 'multiprocessing', 'rtreview.history.change', 'rtreview.text.git',\n"
        "'rtreview.history.baseline',\n"
        "'rtreview.reviews.failure_walk', 'rtreview.team.folder', 'rtreview.team.fragment',\n"
        "'rtreview.team.house_rule'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert told.stderr == "[]\n"


def test_a_text_report_loads_one_renderer() -> None:
    """The modules of other formats, and of other results, are for those who ask for them."""
    script = (
        "import sys\n"
        "from rtreview.commands import app\n"
        f"try: app([{str(FLAWED)!r}])\n"
        "except SystemExit: pass\n"
        "loaded = sorted(name for name in sys.modules if name.startswith('rtreview.render.'))\n"
        "print(loaded, file=sys.stderr)\n"
    )
    call = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert call.stderr == "['rtreview.render.format', 'rtreview.render.text']\n"


def test_a_command_loads_its_own_module_and_no_other() -> None:
    """`--version` loads none, and each help the module of its command alone."""
    script = (
        "import sys\n"
        "from rtreview.commands import app\n"
        "from rtreview.commands.top import COMMANDS\n"
        "seen = set()\n"
        "for words in ['--version'], *([name, '--help'] for name in COMMANDS):\n"
        "    try: app(words)\n"
        "    except SystemExit: pass\n"
        "    loaded = {name for name in COMMANDS if f'rtreview.commands.{name}' in sys.modules}\n"
        "    print(words[0], *sorted(loaded - seen), file=sys.stderr)\n"
        "    seen = loaded\n"
    )
    call = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert call.stderr.splitlines() == ["--version", *(f"{name} {name}" for name in top.COMMANDS)]


def test_every_command_is_listed() -> None:
    """In the order of the modules, with the first sentence of its own help."""
    listed = cli("--help").stdout.partition("Commands:\n")[2].partition("\n\n")[0]
    assert [line.split()[0] for line in listed.splitlines()] == list(top.COMMANDS)
    for line in listed.splitlines():
        name, sentence = line.split(maxsplit=1)
        assert sentence.removesuffix("...") in " ".join(cli(name, "--help").stdout.split())


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        *((("diff", SOUND, FLAWED), name) for name in CHANGES.formats),
        *((("simulate", SOUND), name) for name in SIMULATIONS.formats),
        *((("diagnose", "ghosts"), name) for name in DIAGNOSES.formats),
    ],
)
def test_every_result_has_the_formats_that_are_listed(arguments: tuple[object, ...], name: str) -> None:
    """What is offered for a change, a simulation and a diagnosis can be rendered."""
    call = cli(*arguments, "--format", name)
    assert call.exit_code in {0, 1}
    assert call.stdout


def test_mistakes_of_the_configuration_are_text_where_the_format_has_no_reports(
    spec: Write, tmp_path: Path
) -> None:
    """`simulate --format csv` tells of them on standard output, and writes no file."""
    spec("selct = ['missing-heartbeat']\n", ".rtreview.toml")
    file = spec(SOUND.read_bytes())
    table = tmp_path / "curves.csv"
    for asked in ("csv", f"csv={table}"):
        call = cli("simulate", "--format", asked, file)
        assert call.exit_code == 3
        assert "did you mean `select`?" in call.stdout
    assert not table.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", ["rules", "platforms", "schema", "config", "--version", "--help", "fix --help"]
)
def test_a_full_device_is_a_sentence_for_every_command(command: str) -> None:
    """Whatever a command prints, status 2 and no traceback."""
    script = f"{sys.executable} -m rtreview {command} > /dev/full"
    call = subprocess.run(["sh", "-c", script], capture_output=True, check=False, text=True)
    assert call.returncode == 2
    assert call.stderr == "rtreview: the report cannot be written: No space left on device\n"


def test_an_interrupt_while_a_command_is_loaded_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 130 and a sentence, as during a review."""

    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(top, "import_module", interrupted)
    call = cli(FLAWED)
    assert (call.exit_code, call.stdout) == (130, "")
    assert call.stderr == "rtreview: interrupted; no report was written\n"


@pytest.mark.slow
def test_a_reader_that_leaves_early_is_no_error() -> None:
    """`rtreview design.yaml | head -1` ends quietly."""
    script = f"{sys.executable} -m rtreview {FLAWED} {' '.join([str(FLAWED)] * 60)} | head -1"
    told = subprocess.run(["sh", "-c", script], capture_output=True, check=True, text=True)
    assert told.stdout == f"Team chat  {FLAWED}\n"
    assert told.stderr == ""


def test_a_terminal_without_unicode_shows_numbers() -> None:
    """Signs that the encoding of the output lacks are written as their codes."""
    source = "rtreview: 1\nname: 日本\n".encode()
    told = process("-", input=source, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert told.stdout.startswith(b"\\u65e5\\u672c  <stdin>\n")
    assert told.stderr == b""


def test_the_program_runs_as_a_module() -> None:
    """`python -m rtreview` is `rtreview`."""
    assert process("--version").stdout.decode() == f"rtreview {rtreview.__version__}\n"


def test_a_link_is_followed_and_a_mode_is_kept(tmp_path: Path) -> None:
    """A report replaces what the link points to, and leaves who may read it as it was."""
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old", "utf-8")
    real.chmod(0o600)
    link.symlink_to(real)
    cli("--format", f"text={link}", SOUND)
    assert link.is_symlink()
    assert real.read_text("utf-8").startswith("Team chat")
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


def test_a_device_is_written_to_and_not_replaced() -> None:
    """`--format text=/dev/null` leaves the device a device."""
    assert cli("--format", "text=/dev/null", SOUND).exit_code == 0
    assert Path("/dev/null").is_char_device()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("redirect", "status", "said"),
    [(">&-", 1, b""), ("> /dev/full", 2, b"cannot be written"), ("- <&-", 3, b"")],
)
def test_closed_streams_are_no_traceback(redirect: str, status: int, said: bytes) -> None:
    """A closed output is silent, a full one is told, and a closed input is not reviewed."""
    file = "" if redirect.startswith("-") else FLAWED
    script = f"{sys.executable} -m rtreview {file} {redirect}"
    told = subprocess.run(["sh", "-c", script], capture_output=True, check=False)
    assert told.returncode == status
    assert said in told.stderr
    assert b"Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--select", "", "x"], "--select: it names no rule"),
        (["--select", "missing-heartbeat", "--ignore", "missing-heartbeat", "x"], "leave no rule to run"),
    ],
)
def test_a_selection_of_nothing_is_wrong_use(arguments: list[str], said: str) -> None:
    """A review without rules would look like one without findings."""
    told = cli(*arguments)
    assert told.exit_code == 2
    assert said in told.stderr


def test_an_empty_name_is_no_directory() -> None:
    """`rtreview ""` is not a review of the current directory."""
    assert "An empty name is no file" in cli("").stdout


def test_platforms_are_listed_and_printed() -> None:
    """All of them by kind, or one with its sources."""
    listed = cli("platforms").stdout
    assert listed.startswith("proxy\n")
    rows = [line for line in listed.splitlines() if line.startswith("  ")]
    assert "  aws-alb                    AWS Application Load Balancer" in rows
    assert all(re.fullmatch(r"  \S+ {2,}\S.*", row) for row in rows)
    printed = cli("platforms", "alb").stdout
    assert printed.startswith("id: aws-alb\n")
    assert "https://docs.aws.amazon.com/" in printed
    assert "did you mean `nginx`?" in cli("platforms", "ngnix").stderr


def test_why_tells_what_a_rule_read() -> None:
    """The verdict, the values with their lines and who says so, and what would turn it."""
    told = cli("why", "heartbeat-slower-than-path", FLAWED).stdout
    assert "Team chat: heartbeat-slower-than-path is violated (error)" in told
    assert "transport.heartbeat.interval 60 s (line 22)" in told
    assert "transport.path[1].idle_timeout 60 s (default of aws-alb, line 20)" in told
    assert "turns    with `transport.heartbeat.interval: 59s`" in told


def test_why_explains_one_rule() -> None:
    """A list of rules is wrong use."""
    call = cli("why", "missing-heartbeat,reconnect-without-jitter", FLAWED)
    assert call.exit_code == 2
    assert call.stderr == "rtreview: why: name one rule\n"


def test_why_of_what_is_not_stated_names_the_field() -> None:
    """What is missing; that it turns when it is stated says no more."""
    told = cli("why", "missing-heartbeat", "-", stdin=b"rtreview: 1\ntransport: {kind: websocket}\n").stdout
    assert "missing  transport.heartbeat" in told
    assert "turns" not in told


def test_why_of_what_is_no_spec() -> None:
    """Status 3, with the finding; an unknown rule is wrong use."""
    assert cli("why", "missing-heartbeat", "-", stdin=b"a: [").exit_code == 3
    assert cli("why", "missing-heartbeat", "/no/such/file").exit_code == 3
    assert "did you mean" in cli("why", "missing-hearbeat", FLAWED).stderr


def test_numbers_are_printed_on_request() -> None:
    """`--numbers` adds the ledger, as text and as data."""
    assert "\nnumbers\n" in cli("--numbers", SOUND).stdout
    assert "\nnumbers\n" not in cli(SOUND).stdout
    (one,) = json.loads(cli("--numbers", "--format", "json", SOUND).stdout)["reviews"]
    by_name = {row["name"]: row for row in one["numbers"]}
    assert by_name["Accept capacity of all nodes"]["amount"] == 2000
    assert by_name["Accept capacity of all nodes"]["unit"] == "/s"
    assert by_name["Accept capacity of all nodes"]["inputs"][0]["at"] == ["topology", "nodes"]
