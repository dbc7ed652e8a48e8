"""What a shell is offered, in the words of each shell, and the examples that the help shows."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
import typer
from conftest import ROOT, cli
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


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_two_examples_that_are_understood(name: str) -> None:
    """Each is a call of the program whose options and number of arguments it takes."""
    page = cli(name, "--help").stdout
    lines = [line.strip() for line in page.partition("Examples:\n")[2].splitlines() if line.strip()]
    assert len(lines) == 2
    for line in lines:
        call = line.partition("  ")[0].removeprefix('eval "$(').removesuffix(')"')
        program, *words = shlex.split(call.partition(" <")[0].partition(" >")[0])
        assert program == "rtreview"
        command = typer.main.get_command(app)
        with command.make_context("rtreview", words, resilient_parsing=True) as context:
            chosen, sub, rest = command.resolve_command(context, [*context._protected_args, *context.args])  # type: ignore[attr-defined]
            assert chosen == name
            assert sub.make_context(chosen, list(rest), parent=context)
