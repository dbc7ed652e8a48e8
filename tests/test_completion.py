"""What a shell is offered, in the words of each shell, and the examples that the help shows."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import house
import pytest
import typer
from conftest import DOCUMENT, FLAWED, ROOT, SOUND, Repository, cli
from typer.completion import completion_init  # type: ignore[attr-defined]
from typer.testing import CliRunner

from rtreview.commands import app
from rtreview.commands.completion import Shell
from rtreview.commands.offers import VARIABLE
from rtreview.commands.top import COMMANDS

PROGRAM = ROOT / ".venv" / "bin" / "rtreview"


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
    ],
)
def test_what_is_known_is_offered(words: list[str], among: str) -> None:
    """And nothing that does not begin as the word does."""
    found = offered(*words)
    assert among in found
    assert all(word.startswith(words[-1]) for word in found)


def test_bash_completes_by_the_script(tmp_path: Path) -> None:
    """As somebody types it who has put the line of the help into ~/.bashrc."""
    script = tmp_path / "completion.bash"
    script.write_text(cli("completion", "bash").stdout, "utf-8")
    typed = (
        f"source {script}; COMP_WORDS=(rtreview platforms aws-al); COMP_CWORD=2; "
        f"_rtreview_completion {shlex.quote(str(PROGRAM))}; echo ${{COMPREPLY[@]}}"
    )
    result = subprocess.run(["bash", "-c", typed], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["aws-alb"]


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
    repository.write("docs/review/validations.md", house.section())

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupt)


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
