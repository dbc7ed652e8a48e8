"""What the tests share: the folders, and expected texts that `pytest --update` writes anew."""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import browser
import jsonschema
import pytest
import typer
import yaml
from hypothesis import settings
from typer.testing import CliRunner, Result

from rtreview.commands import app
from rtreview.project import project
from rtreview.reviews.engine import review
from rtreview.reviews.policy import Policy
from rtreview.reviews.reading import Reading
from rtreview.reviews.report import Report, Review
from rtreview.rulebook import rulebook
from rtreview.simulate import find
from rtreview.simulate.simulation import Simulation, simulations
from rtreview.text.document import Text
from rtreview.text.sources import Source

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent
CHECKOUT = {**os.environ, "PYTHONPATH": str(ROOT)}
"""The environment of a process that runs this checkout, wherever it is started."""
RULES = ROOT / "tests" / "rules"
FLAWED = ROOT / "examples" / "team-chat-flawed.rtreview.yaml"
SOUND = ROOT / "examples" / "team-chat.rtreview.yaml"
WHITEBOARD = ROOT / "examples" / "whiteboard-flawed.rtreview.yaml"
EXAMPLES = sorted((ROOT / "examples").glob("*.rtreview.yaml"))
DOCUMENT = ROOT / "examples" / "support-desk.md"
FAULTY = [
    *sorted(RULES.glob("*/fail.yaml")),
    *sorted((ROOT / "examples").glob("*flawed*.yaml")),
    *sorted((ROOT / "tests" / "corpus").glob("flawed-*.yaml")),
    DOCUMENT,
]
"""Whatever has a fault: fixtures of rules, examples, published designs, and a document."""

RULEBOOK = rulebook.load()

# A program makes its command once, and the tests call it thousands of times.
typer.main.get_command = cache(typer.main.get_command)

settings.register_profile("suite", deadline=None, max_examples=150, derandomize=True)
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update`."""
    parser.addoption("--update", action="store_true", help="Write expected texts anew; read the diff.")


def pytest_configure(config: pytest.Config) -> None:
    """Expected texts are not written by several processes; and Ctrl-C reaches what tests start."""
    # A job in the background of a shell ignores Ctrl-C, and so would every program that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--update") and config.getoption("numprocesses", None):
        raise pytest.UsageError("--update writes files that tests share: leave out --numprocesses")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What a browser, or the server of an editor, runs is slow; `--update` runs what has an expected text."""
    for item in items:
        if {"chromium", "client"} & set(item.fixturenames):
            item.add_marker(pytest.mark.slow)
    if config.getoption("--update"):
        others = [item for item in items if "matches" not in item.fixturenames]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if "matches" in item.fixturenames]


def pytest_collection_finish() -> None:
    """What is loaded by now stays, and little is left in cycles: to look for it costs a fifth of all time."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once, and not only to who asks for it, that no browser was there to run tests."""
    skipped = [
        one for one in terminalreporter.stats.get("skipped", []) if browser.MISSING in one.longreprtext
    ]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} skipped: {browser.MISSING}", yellow=True)


@pytest.fixture
def matches(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with the file that holds the expected one; with `--update`, write it."""

    def compare(file: Path, text: str) -> None:
        if request.config.getoption("--update"):
            file.write_text(text, "utf-8")
        assert file.is_file(), f"{file.relative_to(ROOT)} is missing: run `make update` and read it"
        assert file.read_text("utf-8") == text, f"out of date: run `make update`, read {file.name}"

    return compare


@pytest.fixture
def spec(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Write a spec to a file of its own."""

    def write(content: str | bytes, name: str = "design.yaml") -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write


@pytest.fixture
def only(spec: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """Write a spec to a folder in which three rules run: those that `sittings.SPEC` breaks."""
    rules = ("missing-heartbeat", "reconnect-without-jitter", "presence-immediate-removal")
    (tmp_path / ".rtreview.toml").write_text(f"select = {list(rules)}\n", "utf-8")
    return spec


def anchor(heading: str) -> str:
    """The anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def written(name: str) -> Any:
    """What a file of this folder says in YAML; libyaml reads it ten times as fast."""
    return yaml.load((ROOT / "tests" / name).read_text("utf-8"), yaml.CSafeLoader)


def cli(*arguments: object, stdin: bytes | None = None) -> Result:
    """A call of the command line in this process, at 80 columns; an exception is the test's failure."""
    runner = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
    words = [str(argument) for argument in arguments]
    return runner.invoke(app, words, input=stdin, prog_name="rtreview", catch_exceptions=False)


def as_json(schema: str, *arguments: object) -> Any:
    """What a call of the command line writes as JSON, which is as the schema of that name says."""
    told = json.loads(cli(*arguments, "--format", "json").stdout)
    validator(schema).validate(told)
    return told


@cache
def validator(schema: str) -> Any:
    """The schema of that name, which a test of its own finds valid: that takes longer than a report."""
    content = json.loads((ROOT / "schemas" / f"{schema}.schema.json").read_text("utf-8"))
    return jsonschema.Draft202012Validator(content)


@cache
def reviews(file: Path) -> tuple[Review, ...]:
    """The reviews of a file under its name by our own rules: many tests look at those of an example."""
    return tuple(review(file.read_bytes(), file.name))


def simulated(source: bytes | str, name: str = "restart", *settings: str) -> list[Simulation]:
    """A scenario of all designs in a text, as they stand and with what is set."""
    told: list[Simulation] = []
    for document in Text.of(source.encode() if isinstance(source, str) else source, "design.yaml").documents:
        design = Reading.of(document).design
        assert design
        told += simulations(find(name), document, design, settings)
    return told


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with Ingress, ConfigMap, Deployments, autoscaler, compose and a Socket.IO server."""
    shutil.copytree(ROOT / "tests" / "deployment", tmp_path, dirs_exist_ok=True)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def drifted(whole: Path) -> Report:
    """What is said of a design that began from this repository, after one annotation was lowered."""
    assert cli("init", "--from", ".", "docs.rtreview.yaml").exit_code == 0
    ingress = whole / "k8s" / "ingress.yaml"
    ingress.write_text(ingress.read_text("utf-8").replace('"75"', '"20"'), "utf-8")
    found = project.review_source(Source("docs.rtreview.yaml"), Policy(RULEBOOK))
    return Report(tuple(found), RULEBOOK)


class Repository:
    """A scratch repository of git, on branch `main`; it knows nothing of the person who runs the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str) -> str:
        """What git answers."""
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "protocol.file.allow=always"]
        env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        done = subprocess.run(
            ["git", *who, *words], cwd=self.folder, env=env, check=True, capture_output=True, text=True
        )
        return done.stdout

    def write(self, name: str, content: str | bytes) -> Path:
        """A file of the work tree."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def commit(self, message: str = "a change") -> None:
        """Everything that is there."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository that is the current folder."""
    made = Repository(tmp_path / "repository")
    monkeypatch.chdir(made.folder)
    return made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of this machine. It ends with the module: while it runs, so does a loop of asyncio."""
    path = browser.executable()
    if path is None:
        pytest.skip(browser.MISSING)
    with browser.started(path) as running:
        yield running


@pytest.fixture
def tab(chromium: Browser) -> Iterator[browser.Tab]:
    """A tab that must have complained of nothing, and asked nobody, by the end of the test."""
    with browser.opened(chromium) as tab:
        yield tab
        assert tab.complaints == []
        assert tab.requests == []
