"""Where reviews run: the GitHub action, the hooks of pre-commit, the include for GitLab, and the example."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
import yaml
from conftest import ROOT, SOUND
from packaging.requirements import Requirement
from packaging.version import Version

pytestmark = pytest.mark.slow  # each test starts dozens of processes

BIN = Path(sys.executable).parent
SCRIPTS = [ROOT / ".ci" / name for name in ("review.sh", "comment.sh")]
MARKER = "<!-- rtreview -->"
DESIGN = "designs/chat.rtreview.yaml"


def with_connections(number: str, text: str) -> str:
    """A design for another number of them."""
    return re.sub("(?m)^  connections: .*", f"  connections: {number}", text)


SLOW = SOUND.read_text("utf-8").replace("interval: 25s", "interval: 60s")
"""A design with one finding, heartbeat-slower-than-path."""
LARGER = with_connections("200k", SLOW)
"""The same with one error and one warning more: BROUGHT."""
BROUGHT = ["first-reconnect-spread-too-small", "node-loss-overload"]

TOKEN = "secret"
PWNED = "$(touch${IFS}pwned);touch${IFS}pwned;`touch${IFS}pwned`"


def loaded(name: str) -> Any:
    """A file of ours as plain values."""
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


class Repository:
    """A scratch repository with one flawed design on `main`, and a branch `feature` that is checked out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder.parent),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.base = self.commit({DESIGN: SLOW, "README.md": "# Chat\n"})
        self.git("checkout", "--quiet", "-b", "feature")

    def git(self, *words: str) -> str:
        """What git prints; its failure is the test's."""
        done = self.run(["git", *words])
        assert done.returncode == 0, done.stdout
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str]) -> str:
        """Write and commit files; the name of the commit."""
        for name, text in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")
        return self.git("rev-parse", "HEAD")

    def run(self, words: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
        """A program in the repository, with what it writes in one text."""
        return subprocess.run(
            words,
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            encoding="utf-8",
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A scratch repository."""
    return Repository(tmp_path / "repository")


class Step(NamedTuple):
    """What the runner sees of the action: `calls` are those of gh, each with the body that it sends."""

    status: int
    log: str
    outputs: dict[str, str]
    summary: str
    calls: list[tuple[list[str], str | None]]

    @property
    def annotations(self) -> list[tuple[str, str]]:
        """The commands in the log, each with the rule that it names; all else there is text."""
        commands = [line for line in self.log.splitlines() if line.lstrip().startswith("::")]
        found = [re.match(r"::(\w+)(?: file=.*\(([a-z-]+)\))?", line) for line in commands]
        return [(one[1], one[2] or "") for one in found if one]

    @property
    def findings(self) -> list[str]:
        """The rules that the annotations name, in their order."""
        return [rule for _, rule in self.annotations if rule]

    @property
    def written(self) -> list[tuple[str, str, str | None]]:
        """The comments that gh was asked to write: method, address, body."""
        return [
            (words[words.index("--method") + 1], words[words.index("--method") + 2], body)
            for words, body in self.calls
            if "--method" in words
        ]


GH = """
import json, os, sys
from pathlib import Path
import jq
words, folder = sys.argv[1:], Path(os.environ["GH_FOLDER"])
bodies = [Path(word.removeprefix("body=@")).read_text("utf-8") for word in words if word.startswith("body=@")]
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps([words, *(bodies or [None])]) + "\\n")
if "--method" in words:
    sys.exit("gh: Resource not accessible (HTTP 403)" if (folder / "read-only").exists() else 0)
for one in jq.all(words[words.index("--jq") + 1], json.loads((folder / "comments").read_text("utf-8"))):
    print(one)
"""


class Runner:
    """GitHub's runner as far as `action.yml` needs one, with a gh that records its calls."""

    def __init__(self, folder: Path, repository: Repository) -> None:
        self.folder = folder
        self.repository = repository
        self.comments: list[dict[str, Any]] = []
        self.may_comment = True
        (folder / "bin").mkdir(parents=True)
        self.program("gh", GH, sys.executable)

    def program(self, name: str, script: str, interpreter: str = "/bin/sh") -> None:
        """Put a program before all others."""
        file = self.folder / "bin" / name
        file.write_text(f"#!{interpreter}\n{textwrap.dedent(script)}", "utf-8")
        file.chmod(0o755)

    def pull_request(self, base: str = "", **inputs: str) -> Step:
        """The action on a pull request from `feature` to a revision, `main` where none is named."""
        sha = base or self.repository.base
        event = {"pull_request": {"number": 7, "base": {"sha": sha}, "head": {"ref": PWNED, "label": PWNED}}}
        return self.run(event, **inputs)

    def push(self, **inputs: str) -> Step:
        """The action on a push, which has no base."""
        return self.run({"ref": f"refs/heads/{PWNED}", "head_commit": {"message": PWNED}}, **inputs)

    def run(self, event: dict[str, Any], environment: Mapping[str, str] | None = None, **inputs: str) -> Step:
        """The steps of the action that are due, with the environment that their expressions give."""
        action = loaded("action.yml")
        given = {name: one.get("default", "") for name, one in action["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        results: dict[str, Any] = {}
        context = {"inputs": given, "github": {"event": event, "token": TOKEN}, "steps": results}
        output, summary = self.folder / "output", self.folder / "summary"
        for name in ("output", "summary", "calls"):
            (self.folder / name).write_text("")
        (self.folder / "comments").write_text(json.dumps(self.comments), "utf-8")
        if not self.may_comment:
            (self.folder / "read-only").touch()
        status, log = 0, ""
        for step in action["runs"]["steps"]:
            if not is_due(step.get("if", ""), context, failed=status != 0):
                continue
            done = self.repository.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                **{
                    "GITHUB_ACTION_PATH": str(ROOT),
                    "GITHUB_OUTPUT": str(output),
                    "GITHUB_STEP_SUMMARY": str(summary),
                    "GITHUB_REPOSITORY": "team/chat",
                    "GITHUB_HEAD_REF": PWNED,
                    "RUNNER_TEMP": str(self.folder),
                    "RTREVIEW": str(BIN / "rtreview"),
                    "PATH": f"{self.folder / 'bin'}{os.pathsep}{self.repository.environment['PATH']}",
                    "GH_FOLDER": str(self.folder),
                    **{name: resolved(value, context) for name, value in step["env"].items()},
                    **(environment or {}),
                },
            )
            status, log = status or done.returncode, log + done.stdout
            outcome = "failure" if done.returncode else "success"
            if "id" in step:
                results[step["id"]] = {
                    "outcome": outcome, "outputs": read_outputs(output.read_bytes().decode())
                }  # fmt: skip
        calls = [json.loads(line) for line in (self.folder / "calls").read_text("utf-8").splitlines()]
        outputs = read_outputs(output.read_bytes().decode())
        return Step(status, log, outputs, summary.read_text("utf-8"), calls)


def is_due(condition: str, context: dict[str, Any], *, failed: bool) -> bool:
    """Whether a step runs: by `${{ !cancelled() && a.b == 'c' && d.e }}`, or where no step has failed."""
    if not condition:
        return not failed
    inner = re.fullmatch(r"\$\{\{ !cancelled\(\) && (.+) \}\}", condition)
    assert inner, f"{condition} is no condition that the runner of these tests knows"
    for term in inner[1].split(" && "):
        name, sign, word = term.partition(" == ")
        value = resolved(f"${{{{ {name} }}}}", context)
        if not value or (sign and f"'{value}'" != word):
            return False
    return True


def resolved(expression: str, context: dict[str, Any]) -> str:
    """The value of `${{ a.b || c.d }}`: of the first name that has one."""
    inner = re.fullmatch(r"\$\{\{ (.+) \}\}", expression)
    assert inner, f"{expression} is more than names"
    for name in inner[1].split(" || "):
        value: Any = context
        for key in name.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if value:
            return str(value)
    return ""


def read_outputs(text: str) -> dict[str, str]:
    """The outputs of a step: `name=value`, or `name<<END` and lines up to END."""
    outputs, lines = {}, iter(text.split("\n"))
    for line in lines:
        name, sign, value = re.match(r"([^=<]*)(=|<<|)(.*)", line).groups()  # type: ignore[union-attr]
        assert sign or not line, f"{line!r} is no output"
        if sign == "<<":
            value = "\n".join(iter(lambda end=value: next(lines), value))
        if line:
            outputs[name] = value
    return outputs


@pytest.fixture
def runner(tmp_path: Path, repository: Repository) -> Runner:
    """A runner on the scratch repository."""
    return Runner(tmp_path / "runner", repository)


def test_the_action_hands_over_every_input_and_every_output() -> None:
    """Each input reaches a step, each variable a script that reads it, and each output is one it writes."""
    action = loaded("action.yml")
    review, comment = action["runs"]["steps"]
    expressions = [*review["env"].values(), comment["if"]]
    for name in action["inputs"]:
        assert any(f"inputs.{name} " in expression for expression in expressions)
    for script, step in zip(SCRIPTS, (review, comment), strict=True):
        named = set(re.findall(r"\bRTREVIEW_\w+", script.read_text("utf-8")))
        assert named | ({"GH_TOKEN"} if step is comment else set()) == set(step["env"])
    for name, one in action["outputs"].items():
        assert one["value"] == f"${{{{ steps.{review['id']}.outputs.{name} }}}}"
        assert re.search(rf"['\"n]{name}(=|<<)", SCRIPTS[0].read_text("utf-8"))


def test_no_program_but_gh_sees_the_token(runner: Runner, repository: Repository) -> None:
    """What a checkout could get to run, of pip, git and this tool, finds none in its environment."""
    seen = runner.folder / "seen"
    for name in ("python3", "git", "rtreview", "gh"):
        program = shutil.which(name, path=repository.environment["PATH"])
        runner.program(
            name,
            f"""
            echo {name} "$(env | grep -c {TOKEN})" >>{seen}
            exec {program or "true"} "$@"
            """,
        )
    repository.commit({DESIGN: LARGER})
    event = {"pull_request": {"number": 7, "base": {"sha": repository.base}}}
    runner.run(event, {"RTREVIEW": str(runner.folder / "bin" / "rtreview")}, comment="true")
    found: dict[str, set[str]] = {}
    for line in seen.read_text("utf-8").splitlines():
        name, count = line.split()
        found.setdefault(name, set()).add(count)
    assert "0" not in found.pop("gh")
    assert found == {"python3": {"0"}, "git": {"0"}, "rtreview": {"0"}}


def test_no_expression_stands_in_a_shell_script() -> None:
    """What GitHub puts into the text of a script is run by the shell, whoever wrote it."""
    assert not any("${{" in script.read_text("utf-8") for script in SCRIPTS)
    jobs = loaded("examples/github-workflow.yml")["jobs"].values()
    steps = [*loaded("action.yml")["runs"]["steps"], *(step for job in jobs for step in job["steps"])]
    assert not [step for step in steps if "${{" in step.get("run", "")]


@pytest.mark.parametrize(
    "script", [*(ROOT / ".ci").glob("*.sh"), ROOT / ".ci" / "run"], ids=lambda file: file.name
)
def test_shellcheck_has_nothing_to_say(script: Path) -> None:
    """The scripts have no mistake that shellcheck knows."""
    done = subprocess.run([BIN / "shellcheck", script], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def suite(*words: str) -> subprocess.CompletedProcess[str]:
    """What pytest says to these words, without running a test."""
    call = [sys.executable, "-m", "pytest", "--collect-only", *words]
    return subprocess.run(call, cwd=ROOT, capture_output=True, check=False, text=True)


def test_a_quick_test_starts_no_browser() -> None:
    """All tests of the page in a browser are slow, without a word of theirs."""
    done = suite("-m", "not slow", "tests/test_page.py")
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, done.stdout


def test_expected_texts_are_written_by_one_process() -> None:
    """Some stand in one file, so several processes are refused; tests without such a text are left out."""
    done = suite("--update", "--numprocesses=2")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "leave out --numprocesses" in done.stderr
    done = suite("--update", "tests/test_generated.py", "tests/test_page.py")
    assert "tests/test_generated.py::" in done.stdout
    assert "tests/test_page.py" not in done.stdout


@pytest.mark.parametrize(("has_browser", "can_install"), [(True, True), (False, True), (False, False)])
def test_ci_installs_a_browser_where_there_is_none(
    tmp_path: Path, *, has_browser: bool, can_install: bool
) -> None:
    """With apt-get, as root or through sudo; where that fails it says so, and the checks run anyway."""
    bash, log = shutil.which("bash"), tmp_path / "log"
    assert bash
    stubs = {"make": 0, "apt-get": 0 if can_install else 100, **({"chromium": 0} if has_browser else {})}
    for name, status in stubs.items():
        file = tmp_path / name
        file.write_text(f'#!{bash}\necho "{name} $*" >> "{log}"\nexit {status}\n')
        file.chmod(0o755)
    for name, line in {"id": "echo 1000", "sudo": 'shift; exec "$@"'}.items():
        (tmp_path / name).write_text(f"#!{bash}\n{line}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "dirname").symlink_to(shutil.which("dirname") or "")
    words = [bash, str(ROOT / ".ci" / "run")]
    done = subprocess.run(words, env={"PATH": str(tmp_path)}, check=True, capture_output=True, text=True)
    calls = [line.split()[:2] for line in log.read_text().splitlines()]
    installs = [["apt-get", "update"], ["apt-get", "install"]][: 2 if can_install else 1]
    assert calls == [*([] if has_browser else installs), ["make", "check"]]
    assert ("will be skipped" in done.stderr) is (not has_browser and not can_install)


def test_a_pull_request_fails_for_what_it_brings(runner: Runner, repository: Repository) -> None:
    """Annotations, SARIF, summary and comment tell the new findings and the consequences, then it fails."""
    repository.commit({DESIGN: LARGER})
    step = runner.pull_request(comment="true")
    assert step.status == 1
    assert step.findings == BROUGHT
    (run,) = json.loads(Path(step.outputs["sarif"]).read_text("utf-8"))["runs"]
    # Code scanning knows by itself what was there before.
    assert {one["ruleId"] for one in run["results"]} == {*BROUGHT, "heartbeat-slower-than-path"}
    body = Path(step.outputs["comment-file"]).read_text("utf-8")
    assert body.startswith(MARKER)
    assert "20,000 → 200,000" in body
    assert all(rule in body for rule in BROUGHT)
    assert "heartbeat-slower-than-path" not in body
    assert step.summary == body
    assert step.outputs["comment"] == body.rstrip("\n")
    assert step.written == [("POST", "repos/team/chat/issues/7/comments", body)]


def test_code_scanning_gets_no_alert_for_what_is_accepted(runner: Runner, repository: Repository) -> None:
    """It would open one for a suppressed result too."""
    accepted = "accepted: {rule: heartbeat-slower-than-path, reason: r, owner: o, until: 2999-12-31}\n"
    text = (repository.folder / DESIGN).read_text("utf-8")
    repository.commit({DESIGN: text + accepted})
    for step in (runner.push(), runner.pull_request()):
        (run,) = json.loads(Path(step.outputs["sarif"]).read_text("utf-8"))["runs"]
        assert step.status == 0
        assert run["results"] == []


def test_a_pull_request_that_leaves_the_designs_alone_passes(runner: Runner, repository: Repository) -> None:
    """What was there before fails nobody, and a comment that says nothing is not written."""
    repository.commit({"README.md": "# Chat, faster\n"})
    step = runner.pull_request(comment="true")
    assert (step.status, step.findings, step.written) == (0, [], [])
    assert step.summary.startswith(MARKER)


def test_a_comment_is_updated_and_those_of_others_are_left_alone(
    runner: Runner, repository: Repository
) -> None:
    """It is the first that the action itself wrote; one that only looks like it may be anybody's."""
    own, other = {"login": "github-actions[bot]"}, {"login": "mallory"}
    runner.comments = [
        {"id": 1, "user": other, "body": f"{MARKER}\nlooks like it"},
        {"id": 2, "user": own, "body": "of another action"},
        {"id": 3, "user": own, "body": f"{MARKER}\nof the push before"},
        {"id": 4, "user": own, "body": f"{MARKER}\none too many"},
    ]
    step = runner.pull_request(comment="true")
    assert step.status == 0
    assert [one[:2] for one in step.written] == [("PATCH", "repos/team/chat/issues/comments/3")]
    assert step.written[0][2] == step.summary


def test_a_token_that_may_not_write_fails_nothing(runner: Runner, repository: Repository) -> None:
    """As that of a fork: a notice says so, and the status is that of the review."""
    runner.may_comment = False
    repository.commit({DESIGN: LARGER})
    step = runner.pull_request(comment="true", fail_on="never")
    assert step.status == 0
    assert "::notice title=rtreview::The comment could not be written" in step.log


def test_without_comment_gh_is_not_called(runner: Runner, repository: Repository) -> None:
    """Neither on a pull request where nobody asked for it, nor on a push where there is none to write to."""
    repository.commit({DESIGN: LARGER})
    assert runner.pull_request().calls == []
    assert runner.push(comment="true").calls == []


def test_a_push_reviews_everything(runner: Runner) -> None:
    """It has no base, so that what was there before is told, and fails."""
    step = runner.push()
    assert (step.status, step.findings) == (1, ["heartbeat-slower-than-path"])
    assert "heartbeat-slower-than-path" in step.summary
    assert step.outputs["comment"] == step.summary.rstrip("\n")


@pytest.mark.parametrize(("fail_on", "status"), [("", 0), ("warning", 1), ("sometimes", 2)])
def test_fail_on_is_the_threshold(runner: Runner, repository: Repository, fail_on: str, status: int) -> None:
    """A warning fails where it is asked for; a word that is no severity is wrong use, and told."""
    repository.commit({DESIGN: with_connections("45k", SLOW)})
    step = runner.pull_request(fail_on=fail_on)
    assert step.status == status, step.log
    assert ("Nothing was reviewed" in step.log) == (status == 2)


def test_paths_are_those_of_the_input_then_of_the_configuration_then_all(
    runner: Runner, repository: Repository
) -> None:
    """An input has one path a line; blanks and a leading dash are part of a name."""
    odd = "-a b.rtreview.yaml"
    repository.commit({odd: "rtreview: 2\n", "c.rtreview.yaml": "rtreview: 3\n"})
    everything = runner.push().log
    assert all(f"file={name}," in everything for name in (odd, "c.rtreview.yaml", DESIGN))
    named = runner.push(path=f"{odd}\n\nc.rtreview.yaml\n").log
    assert [f"file={name}," in named for name in (odd, "c.rtreview.yaml", DESIGN)] == [True, True, False]
    repository.commit({".rtreview.toml": "paths = ['designs']\n"})
    assert runner.push().findings == ["heartbeat-slower-than-path"]


def test_a_pull_request_does_not_choose_what_is_reviewed(runner: Runner, repository: Repository) -> None:
    """Its configuration is looked at, and that of the base is in force: for all that the action writes."""
    repository.commit(
        {DESIGN: LARGER, ".rtreview.toml": 'paths = ["other"]\nfail-on = "never"\n', "other/x.md": ""}
    )
    step = runner.pull_request(comment="true")
    assert step.status == 1
    assert {*BROUGHT, "loosened-review"} <= set(step.findings)
    results = json.loads(Path(step.outputs["sarif"]).read_text("utf-8"))["runs"][0]["results"]
    assert {*BROUGHT, "loosened-review"} <= {one["ruleId"] for one in results}
    assert "This change no longer looks at the whole repository, only at `other`." in step.outputs["comment"]
    assert len(step.written) == 1


def test_a_pull_request_that_only_loosens_its_review_fails_and_gets_a_comment(
    runner: Runner, repository: Repository
) -> None:
    """Once it were merged, nobody would be told."""
    repository.commit({".rtreview.toml": 'fail-on = "never"\n'})
    step = runner.pull_request(comment="true")
    assert (step.status, step.findings) == (1, ["loosened-review"])
    assert len(step.written) == 1


def test_a_base_that_the_checkout_does_not_have_is_fetched(runner: Runner, repository: Repository) -> None:
    """As after a checkout of depth 1; one that nobody has is wrong use, and told."""
    repository.commit({DESIGN: LARGER})
    shallow = repository.folder.parent / "shallow"
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.folder}", str(shallow))
    repository.folder = shallow
    assert runner.pull_request().findings == BROUGHT
    unknown = runner.pull_request(base="0" * 40)
    assert unknown.status == 2
    assert "git knows no revision" in unknown.log
    assert unknown.outputs == {}


def test_no_name_is_a_command(runner: Runner, repository: Repository) -> None:
    """Names of branches, files and designs reach neither the shell, nor the runner, nor its outputs."""
    line = "::set-output name=sarif::/etc/passwd"
    name = json.dumps(f"x\n{line}\n::error::{PWNED}\n##[add-mask]chat\ncomment<<end\nsarif=/etc/passwd\nend")
    files = [
        f"designs/{PWNED}.rtreview.yaml",
        f"designs/a\n{line}\n.rtreview.yaml",
        "--format=json=pwned.rtreview.yaml",
    ]
    repository.git("branch", PWNED, "main")
    repository.commit({file: LARGER.replace("name: Team chat", f"name: {name}") for file in files})
    step = runner.pull_request(base=PWNED, comment="true")
    assert step.status == 1
    assert sorted(step.findings) == sorted([*BROUGHT, "heartbeat-slower-than-path"] * 3)
    assert {command for command, _ in step.annotations} <= {"error", "warning", "notice"}
    assert "##[" not in step.log
    assert set(step.outputs) == {"sarif", "comment", "comment-file"}
    assert step.outputs["comment"] == step.summary.rstrip("\n")
    assert not [file for folder in (repository.folder, runner.folder) for file in folder.rglob("pwned")]


def test_the_action_installs_itself_into_a_place_of_its_own(runner: Runner) -> None:
    """Below the runner's folder, with a Python that imports nothing from the checkout."""
    runner.program(
        "python3",
        f"""
        echo "$@" >>{runner.folder}/python
        if [ "$3" = venv ]; then
            mkdir -p "$4/bin"
            ln -s "$0" "$4/bin/python"
            ln -s {BIN}/rtreview "$4/bin/rtreview"
        fi
        """,
    )
    assert runner.run({}, {"RTREVIEW": ""}).findings == ["heartbeat-slower-than-path"]
    _, make, *installs, _ = (runner.folder / "python").read_text("utf-8").splitlines()
    assert re.fullmatch(rf"-I -m venv {re.escape(str(runner.folder))}/rtreview\.\w+/venv", make)
    pip = "-I -m pip install --quiet --disable-pip-version-check"
    assert installs == [
        f"{pip} --require-hashes --only-binary=:all: --requirement={ROOT}/.ci/requirements.txt"
        f" --requirement={ROOT}/.ci/requirements-build.txt",
        f"{pip} --no-deps --no-build-isolation {ROOT}",
    ]


def test_what_the_action_installs_is_named_by_hash_and_fits_the_package() -> None:
    """Each dependency and what builds the package, at one version within its bounds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for name, wanted in {
        "requirements.txt": project["project"]["dependencies"],
        "requirements-build.txt": project["build-system"]["requires"],
        "requirements-sbom.txt": ["cyclonedx-bom"],
    }.items():
        pinned: dict[str, Version] = {}
        for block in re.split(r"(?m)^(?=[a-z])", (ROOT / ".ci" / name).read_text("utf-8"))[1:]:
            package, version = re.match(r"([a-z0-9-]+)==([\d.]+)(?: ;.*)? \\\n", block).groups()  # type: ignore[union-attr]
            assert re.search(r"--hash=sha256:[0-9a-f]{64}$", block.rstrip())
            pinned[package] = Version(version)
        assert not [one for one in map(Requirement, wanted) if pinned[one.name] not in one.specifier]


def test_an_old_python_is_told(runner: Runner) -> None:
    """Instead of what pip says of a package that needs a newer one."""
    runner.program("python3", "exit 1")
    step = runner.run({}, {"RTREVIEW": ""})
    assert step.status == 2
    assert "::error title=rtreview::It needs Python 3.11 or newer" in step.log


def test_the_example_workflow_fits_the_action() -> None:
    """It names inputs and outputs that there are, pins what others wrote, and may write what it writes."""
    workflow, action = loaded("examples/github-workflow.yml"), loaded("action.yml")
    (job,) = workflow["jobs"].values()
    own, *others = sorted(job["steps"], key=lambda step: not step["uses"].startswith("OWNER/rtreview@"))
    assert set(own["with"]) <= set(action["inputs"])
    text = (ROOT / "examples" / "github-workflow.yml").read_text("utf-8")
    assert (
        set(re.findall(rf"steps\.{own['id']}\.outputs\.([a-z-]+)", text))
        == {"sarif"}
        <= set(action["outputs"])
    )
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]) for step in others)
    assert workflow["permissions"] == {"contents": "read"}
    assert job["permissions"] == {"contents": "read", "pull-requests": "write", "security-events": "write"}


Hooks = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def hooks(repository: Repository) -> Hooks:
    """Commit files, and have pre-commit run our hooks on those of the last commit, with no installation."""
    own = ("minimum_pre_commit_version",)
    local = [
        {key: value for key, value in hook.items() if key not in own} | {"language": "system"}
        for hook in loaded(".pre-commit-hooks.yaml")
    ]
    config = yaml.safe_dump({"repos": [{"repo": "local", "hooks": local}]})

    def commit_and_run(hook: str, files: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        if not (repository.folder / ".pre-commit-config.yaml").exists():
            repository.commit({".pre-commit-config.yaml": config})
        repository.commit(files)
        words = ["pre-commit", "run", hook, "--from-ref=HEAD~1", "--to-ref=HEAD", "--color=never"]
        return repository.run(words, PRE_COMMIT_HOME=str(repository.folder.parent / "pre-commit"))

    return commit_and_run


def test_pre_commit_takes_the_manifest() -> None:
    """Every key of it is one that pre-commit knows."""
    words = [BIN / "pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"]
    done = subprocess.run(words, capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_each_hook_runs_for_the_files_that_matter_to_it() -> None:
    """Specs for all; documents, the configuration and the baseline where all is reviewed; or any file."""
    specs, documents, deployments = (re.compile(hook["files"]) for hook in loaded(".pre-commit-hooks.yaml"))
    for name in ("a.rtreview.yaml", "README.md", "k8s/ingress.yaml", "server/package.json", "Dockerfile"):
        assert deployments.search(name)
    for name in ("a.rtreview.yaml", "designs/a b.rtreview.yml"):
        assert specs.search(name)
        assert documents.search(name)
    for name in ("README.md", "docs/a.markdown", ".rtreview.toml", "a/.rtreview-baseline.json"):
        assert not specs.search(name)
        assert documents.search(name)
    for name in ("a.yaml", "rtreview.yaml", "a.rtreview.yaml.orig", "a.mdx", "x.rtreview.toml", "README"):
        assert not specs.search(name)
        assert not documents.search(name)


def test_the_hook_reviews_the_specs_of_a_commit(hooks: Hooks, repository: Repository) -> None:
    """Those and no others, and a name that looks like an option is a name."""
    trap = "--format=json=pwned.rtreview.yaml"
    sound = SOUND.read_text("utf-8")
    passed = hooks("rtreview", {"sound.rtreview.yaml": sound, trap: sound})
    assert (passed.returncode, "Passed" in passed.stdout) == (0, True), passed.stdout
    failed = hooks("rtreview", {trap: LARGER})
    assert failed.returncode == 1
    assert "error[first-reconnect-spread-too-small]" in failed.stdout
    assert DESIGN not in failed.stdout
    assert not (repository.folder / "pwned.rtreview.yaml").exists()


def test_the_hook_for_documents_reviews_all_when_one_changes(hooks: Hooks) -> None:
    """A Markdown file without a spec is no mistake; one with a flawed spec is told at its own line."""
    repaired = {DESIGN: SOUND.read_text("utf-8"), "README.md": "# No spec\n"}
    assert "Passed" in hooks("rtreview-documents", repaired).stdout
    assert "Skipped" in hooks("rtreview-documents", {"chat.py": "print()\n"}).stdout
    failed = hooks("rtreview-documents", {"docs/chat.md": f"# Chat\n\n```yaml rtreview\n{LARGER}```\n"})
    assert failed.returncode == 1
    line = LARGER.splitlines().index(next(one for one in LARGER.splitlines() if "first_delay" in one)) + 4
    assert f"docs/chat.md:{line}:" in failed.stdout


def gitlab(repository: Repository, **variables: str) -> subprocess.CompletedProcess[str]:
    """The script of the job, as GitLab's runner has bash run it."""
    include = loaded(".ci/rtreview.gitlab-ci.yml")
    script = "\n".join(include["rtreview"]["script"])
    return repository.run(["bash", "-eo", "pipefail", "-c", script], **{**include["variables"], **variables})


def test_gitlab_finds_the_reports_where_the_job_says(repository: Repository) -> None:
    """On the default branch everything is told, and counts."""
    done = gitlab(repository)
    assert done.returncode == 1
    reports = loaded(".ci/rtreview.gitlab-ci.yml")["rtreview"]["artifacts"]["reports"]
    (issue,) = json.loads((repository.folder / reports["codequality"]).read_text("utf-8"))
    assert (issue["check_name"], issue["location"]["path"]) == ("heartbeat-slower-than-path", DESIGN)
    root = ElementTree.parse(repository.folder / reports["junit"]).getroot()
    assert (root.tag, root.get("failures")) == ("testsuites", "1")


def test_a_merge_request_fails_for_what_it_brings(repository: Repository) -> None:
    """Code quality has the whole, which GitLab compares itself; the log and the status have the new."""
    base = repository.base
    repository.commit({DESIGN: with_connections("45k", SLOW)})
    done = gitlab(repository, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert done.returncode == 0
    assert "warning[first-reconnect-spread-too-small]" in done.stdout
    assert "heartbeat-slower-than-path]" not in done.stdout
    issues = json.loads((repository.folder / "gl-code-quality-report.json").read_text("utf-8"))
    assert {one["check_name"] for one in issues} == {
        "heartbeat-slower-than-path",
        "first-reconnect-spread-too-small",
    }
    strict = {"RTREVIEW_FAIL_ON": "warning", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    assert gitlab(repository, **strict).returncode == 1
    merged = {**strict, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": repository.git("rev-parse", "HEAD")}
    assert gitlab(repository, **merged).returncode == 0


def test_gitlab_tells_what_cannot_be_reviewed(repository: Repository) -> None:
    """The first call, which never fails, leaves that to the second."""
    repository.commit({DESIGN: "rtreview: 9\n"})
    done = gitlab(repository)
    assert done.returncode == 3
    assert "1 mistake, not reviewed" in done.stdout


def test_gitlab_installs_only_what_it_is_told(repository: Repository) -> None:
    """No name of a package stands in the include: whoever registers it first could run there."""
    include = loaded(".ci/rtreview.gitlab-ci.yml")
    (install,) = include["rtreview"]["before_script"]
    assert "RTREVIEW_PACKAGE" not in include["variables"]
    done = repository.run(["bash", "-c", install])
    assert done.returncode != 0
    assert "RTREVIEW_PACKAGE: is not set" in done.stdout
