"""What a shell is offered, in the words of each shell, and the examples that the help shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import house
import pytest
import typer
from conftest import DOCUMENT, FLAWED, SOUND, Repository, cli
from typer.completion import completion_init  # type: ignore[attr-defined]
from typer.testing import CliRunner

from rtreview.commands import app
from rtreview.commands.completion import Shell
from rtreview.commands.offers import VARIABLE
from rtreview.commands.top import COMMANDS
from rtreview.language import spec, tree
from rtreview.language.assignments import with_values
from rtreview.language.spec import Spec
from rtreview.reviews.reading import Reading
from rtreview.text.document import Text

pytestmark = pytest.mark.slow  # each test starts a shell

PROGRAM = Path(sys.executable).with_name("rtreview")


def offered(*words: str) -> list[str]:
    """What bash is offered for the last of these words."""
    environment = {
        VARIABLE: "complete_bash",
        "COMP_WORDS": " ".join(["rtreview", *words]),
        "COMP_CWORD": str(len(words)),
    }
    completion_init()
    result = CliRunner().invoke(app, env=environment, prog_name="rtreview")
    return result.stdout.split()


@pytest.fixture
def project(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in which each example of the help is somebody's call: a branch on which a design got worse."""
    sound, flawed, document = SOUND.read_bytes(), FLAWED.read_bytes(), DOCUMENT.read_bytes()
    for name in ("old.yaml", "design.yaml", "docs/chat.rtreview.yaml", "docs/designs/chat.rtreview.yaml"):
        repository.write(name, sound)
    repository.commit()
    for name in ("new.yaml", "design.yaml", "docs/chat.rtreview.yaml"):
        repository.write(name, flawed)
    repository.write("docs/chat.md", document)
    repository.write("deploy/nginx.conf", b"server { listen 80; location / { proxy_pass http://chat; } }")
    repository.write("server/package.json", b"{}")
    repository.write("docs/review/validations.md", house.section())

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupt)


@pytest.mark.parametrize(
    ("words", "among"),
    [
        (["dia"], "diagnose"),
        (["explain", "half-open"], "half-open-connection-ghost"),
        (["why", "missing-h"], "missing-heartbeat"),
        (["platforms", "aws-a"], "aws-alb"),
        (["simulate", "--scenario", "re"], "region-loss"),
        (["schema", "transport.heartbeat.in"], "transport.heartbeat.interval"),
        (["review", "--ignore", "missing-h"], "missing-heartbeat"),
        (["review", "--select", "missing-heartbeat,sse-s"], "missing-heartbeat,sse-static-retry"),
        (["review", "--fail-on", "w"], "warning"),
        (["fix", "--che"], "--check"),
        (["--fail"], "--fail-on"),
        (["simulate", "--set", "transport.reconnect.ji"], "transport.reconnect.jitter="),
        (["simulate", "--set", "transport.reconnect.jitter=f"], "transport.reconnect.jitter=full"),
        (["simulate", "--set", "transport.heartbeat=n"], "transport.heartbeat=none"),
        (["simulate", "--set", "presence.takeover="], "presence.takeover=true"),
    ],
)
def test_what_is_known_is_offered(words: list[str], among: str) -> None:
    """And nothing that does not begin as the word does."""
    found = offered(*words)
    assert among in found
    assert all(word.startswith(words[-1]) for word in found)


@pytest.mark.parametrize(
    "words",
    [
        ["simulate", "design.yaml"],
        ["--new-only", "design.yaml"],
        ["why", "missing-heartbeat", "design.yaml"],
        ["meeting", "design.yaml"],
        ["watch", "design.yaml"],
        ["diff", "design.yaml", "design.yaml"],
        ["diagnose", "--spec", "design.yaml"],
        ["baseline", "write", "design.yaml"],
        ["design.yaml"],
    ],
)
@pytest.mark.usefixtures("project")
def test_designs_are_offered_where_one_is_asked_for(words: list[str]) -> None:
    """What holds one, however it is called, and neither other files nor folders."""
    assert offered(*words[:-1], "de") == ["design.yaml"]
    assert offered(*words[:-1], "docs/") == ["docs/chat.md", "docs/chat.rtreview.yaml"]


@pytest.mark.usefixtures("project")
def test_where_no_design_begins_so_the_shell_offers_its_own_files() -> None:
    """Nothing is offered for a folder, for one that is not there, nor for a name that has to be quoted."""
    assert offered("fix", "docs") == []
    assert offered("fix", "nowhere/") == []
    Path("a design.yaml").write_bytes(SOUND.read_bytes())
    assert offered("fix", "a") == []


def test_each_field_that_is_offered_can_be_set() -> None:
    """Its path leads into no list, and each word that is offered behind it may stand there."""
    document = Text.of(SOUND.read_bytes(), SOUND.name).documents[0]
    design = Reading.of(document).design
    assert design
    count = 0
    for branch in tree.settable(Spec):
        for word in branch.words:
            setting = f"{branch.name}={word}"
            assert spec.read(with_values(document.content, [setting], design)), setting
            count += 1
    assert count > 500


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("platforms aws-al", ["aws-alb"]),
        ("fix --di", ["--diff"]),
        ("simulate d --set transport.reconnect.ji", ["transport.reconnect.jitter="]),
        ("simulate d --set transport.reconnect.jitter = f", ["full"]),
        ("simulate d --set transport.heartbeat.from =", ["client", "server", "both", "none"]),
        ("simulate d --set transport.heartbeat.from = ''", ["client", "server", "both", "none"]),
        ("rules ''", []),
    ],
)
def test_bash_completes_by_the_script(words: str, reply: list[str], tmp_path: Path) -> None:
    """As somebody types it who has put the line of the help into ~/.bashrc; bash ends a word at `=`."""
    script = tmp_path / "completion.bash"
    script.write_text(cli("completion", "bash").stdout, "utf-8")
    typed = (
        f"source {script}; COMP_WORDS=(rtreview {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); "
        f"_rtreview_completion {shlex.quote(str(PROGRAM))}; echo ${{COMPREPLY[@]}}"
    )
    result = subprocess.run(["bash", "-c", typed], capture_output=True, text=True, check=False)
    assert result.stdout.split() == reply


@pytest.mark.parametrize("shell", Shell)
def test_each_shell_has_a_script_that_asks_us(shell: Shell) -> None:
    """It names the program and the variable by which it asks."""
    script = cli("completion", shell).stdout
    assert "rtreview" in script
    assert VARIABLE in script


def test_the_help_fits_on_a_screen() -> None:
    """24 lines of 80 columns with a prompt, and each command in a whole sentence."""
    lines = cli("--help").stdout.splitlines()
    assert len(lines) < 24
    assert all(len(line) <= 80 for line in lines)
    assert [line.split()[0] for line in lines[-len(COMMANDS) :]] == list(COMMANDS)
    assert all(re.search(r"[^.]\.$", line) for line in lines[-len(COMMANDS) :])


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.usefixtures("project")
def test_the_help_of_a_command_has_two_examples_that_work(name: str) -> None:
    """Each is a call of this command that fits on a line, and nothing is wrong with it."""
    page = cli(name, "--help").stdout
    lines = [line for line in page.partition("Examples:\n")[2].splitlines() if line.strip()]
    assert len(lines) == 2
    for line in lines:
        assert len(line) <= 80
        call = line.strip().partition("  ")[0].removeprefix('eval "$(').removesuffix(')"')
        program, *words = shlex.split(call.partition(" >")[0])
        assert program == "rtreview"
        command = typer.main.get_command(app)
        with command.make_context("rtreview", words, resilient_parsing=True) as context:
            chosen, _, _ = command.resolve_command(context, [*context._protected_args, *context.args])  # type: ignore[attr-defined]
        assert chosen == name
        result = cli(*words, stdin=b"\n" * 12)
        assert result.exit_code in (0, 1), result.output
