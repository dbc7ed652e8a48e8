"""Damaged files and arguments for every command: whatever is given, a call ends with a report or a sentence.

An input follows from the seed and its number alone: `python tests/fuzz/fuzz.py --seed 1 --only 4711`
makes it once more, and shows what went wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import chdir
from functools import cache
from pathlib import Path
from typing import NamedTuple

from typer.testing import CliRunner, Result

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from rtreview.commands import app  # noqa: E402 - found by the line above
from rtreview.commands.top import COMMANDS  # noqa: E402 - likewise
from rtreview.render.format import REPORTS  # noqa: E402 - likewise
from rtreview.simulate import NAMES  # noqa: E402 - likewise
from rtreview.text.harmless import visible  # noqa: E402 - likewise
from rtreview.text.tree import MAX_BYTES  # noqa: E402 - likewise

SLOW = 5.0
"""Seconds of processor time after which a call took too long."""

HANGS = 15
"""Seconds after which it waits for something that nobody will send."""

EXAMPLES = [file.read_text("utf-8") for file in sorted((ROOT / "examples").glob("*.rtreview.yaml"))]
FLAWED = next(text for text in EXAMPLES if "Team chat" in text and "jitter: none" in text)
SMALL = "rtreview: 1\nname: x\npurpose: chat\ntransport: {kind: websocket, heartbeat: {interval: 25s}}\n"
MARKDOWN = f"# A\n\n```yaml rtreview\n{SMALL}```\n\n~~~yaml rtreview\n{SMALL}~~~\n"
TOML = """paths = ["."]\ninclude = ["*.yml"]\nexclude = ["old/**"]\nselect = ["missing-heartbeat"]
ignore = ["x"]\nrequired = []\nfail-on = "warning"\nbaseline = "known.json"\nreferences = "refs"
[severity]\nmissing-heartbeat = "info"\n[limits.workload]\nconnections = "10k"
[assume]\ntransport = {heartbeat = {interval = "25s"}}\n"""
REFERENCES = {
    file.name: file.read_text("utf-8")
    for file in sorted((ROOT / "examples" / "team-references").glob("*.md"))
}
ASYNCAPI = [
    file.read_text("utf-8")
    for file in sorted((ROOT / "tests" / "asyncapi").glob("*"))
    if file.suffix != ".py"
]
DEPLOYMENT = {
    **{
        file.relative_to(ROOT / "tests" / "deployment").as_posix(): file.read_text("utf-8")
        for file in sorted((ROOT / "tests" / "deployment").rglob("*.*"))
    },
    "haproxy.cfg": """defaults
  timeout tunnel 1h
frontend f
  bind :80
  use_backend b if { path_beg /ws }
backend b
  balance source
  server a chat:3000
  server-template s 3 chat:3000
""",
    "main.tf": """variable "idle" { default = 60 }
resource "aws_lb" "a" {
  idle_timeout = var.idle
}
resource "aws_lb_target_group" "t" {
  stickiness {
    type = "lb_cookie"
  }
}
""",
    "chart/Chart.yaml": "name: chat\nversion: 1.0.0\n",
    "chart/values.yaml": "replicas: 3\ningress: {timeout: 90}\n",
    "chart/templates/chat.yaml": """apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas | default 2 }}
{{- if .Values.x }}
  strategy: {type: Recreate}
{{- end }}
""",
    "envoy.yaml": """static_resources:
  listeners:
  - filter_chains:
    - filters:
      - typed_config:
          stream_idle_timeout: 0s
          route_config:
            virtual_hosts:
            - routes:
              - match: {prefix: /ws}
                route: {cluster: c, timeout: 15s}
""",
    "Caddyfile": "chat.example.com {\n  reverse_proxy chat:3000 {\n    stream_timeout 1h\n  }\n}\n",
    "fly.toml": """app = "x"
kill_timeout = "5s"
[http_service.concurrency]
type = "connections"
hard_limit = 2500
""",
    "app/settings.py": """CHANNEL_LAYERS = {"default": {
    "BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"capacity": 10 * 1000, "expiry": 60},
}}
""",
    "Program.cs": "builder.Services.AddSignalR(o => { o.KeepAliveInterval = TimeSpan.FromSeconds(15); });\n",
    "config/cable.yml": "production:\n  adapter: redis\n  url: <%= ENV['REDIS_URL'] %>\n",
}
"""Files that say how something runs, by their names."""

SCRAPS = [
    "{{", "}}", "{{ .Values.x }}", "${X:-30s}", "include *;\n", "location / {", "server {", "<%= x %>",
    "", " ", "\n", "\t", "\r", "\r\n", ":", ": ", "- ", "#",
    "# rtreview: accept missing-heartbeat -- a (b, until 2099-01-01)", "# rtreview: ", "{", "}", "[", "]",
    ",", "'", '"', "&a ", "*a", "<<: *a", "!!int ", "|", ">", "---\n", "...\n", "%YAML 1.2\n", "~", "none",
    "null", "true", "some", "several", "1..2", "1", "-1", "0", "0s", "1e999", "9" * 30, "9" * 5000,
    "1e-300s", ".inf", ".nan", "NaN", "Infinity", "99999w", "1ms", "10%", "400%", "5/s", "1MiB", "~25s",
    "1k+", "2024-02-30", "0x10", "1_000", "\x00", "\x1b[2J", "\x85", "\u2028", "\u202e", "\u200b",
    "\ufeff", "\U000e0041", "\u034f", "\ud800", "é", "日本", "😀", "::error::x", "##[error]", "=1+1",
    "<script>", "```", "```yaml rtreview\n", "~~~\n", "<!-- rtreview meeting 1\n", "\n-->\n", "$ref",
    "#/a/b", "../..", "/etc/passwd", "/dev/zero", "a" * 300, "*a*a*a*a*b", "**/", "[!a", "[[", "]]", '"""',
    "'''", "x.y.z = 1\n", "[tool.rtreview]\n", "features:\n", "accepted:\n", "transport:", "path: [",
    "name: ", "delays: [1ms, 1w]", "## broker\n", "### Rule\n", "- Cites: ",
]  # fmt: skip

Call = tuple[list[str], bytes]


class Mistake(NamedTuple):
    """What went wrong with an input, by its number."""

    number: int
    command: str
    words: list[str]
    what: str


def damaged(dice: random.Random, text: str) -> bytes:
    """A text of which some pieces are missing, doubled, moved, or something else; sometimes as it was."""
    for _ in range(dice.choice((0, 1, 1, 1, 2, 3, 8))):
        begin = dice.randint(0, len(text))
        end = min(len(text), begin + dice.choice((0, 0, 1, 3, 10, 60)))
        kind = dice.randrange(5)
        if kind == 0:
            text = text[:begin] + text[end:]
        elif kind == 1:
            text = text[:begin] + text[begin:end] * dice.choice((2, 3, 50)) + text[end:]
        elif kind == 2:
            other = dice.randint(0, len(text))
            text = text[:begin] + text[other : other + 40] + text[end:]
        else:
            # Where a value begins or ends is where most is decided.
            if dice.random() < 0.6:
                begin = dice.choice([at for at, sign in enumerate(text) if sign in ": ,[{\n"] or [begin]) + 1
                end = min((at for sign in ",}]\n" if (at := text.find(sign, begin)) >= 0), default=begin)
            text = text[:begin] + dice.choice(SCRAPS) + text[end:]
    content = text.encode("utf-8", "surrogatepass")
    if dice.random() < 0.05:
        at = dice.randint(0, len(content))
        content = content[:at] + bytes([dice.randrange(256)]) + content[at:]
    return content


def spec(dice: random.Random) -> bytes:
    """A damaged design."""
    return damaged(dice, dice.choice((*EXAMPLES, SMALL, FLAWED, FLAWED, f"{SMALL}---\n{FLAWED}")))


def written(name: str, content: bytes) -> str:
    """A file of the current folder."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(content)
    return name


def typed(dice: random.Random, most: int, usual: tuple[str, ...]) -> bytes:
    """What somebody answers, on lines: the usual, and anything."""
    lines = dice.choices((*usual, *usual, *SCRAPS), k=dice.randint(0, most))
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def review(dice: random.Random) -> Call:
    """A design, or Markdown, in some format."""
    name = written("a.md", damaged(dice, MARKDOWN)) if dice.random() < 0.2 else written("a.yaml", spec(dice))
    words = dice.choice(
        (["--verbose"], ["--quiet"], ["--numbers"], [], [], *(["--format", kind] for kind in REPORTS.formats))
    )
    return [*words, name], b""


def configuration(dice: random.Random) -> Call:
    """The settings of a team."""
    if dice.random() < 0.3:
        written("pyproject.toml", damaged(dice, f"[project]\nname = 'x'\n[tool.rtreview]\n{TOML}"[:400]))
    else:
        written(".rtreview.toml", damaged(dice, dice.choice((TOML, *TOML.splitlines(keepends=True)))))
    written("a.rtreview.yaml", SMALL.encode())
    return dice.choice((["config"], ["review"], ["."], ["baseline", "show"], ["rules"])), b""


def references(dice: random.Random) -> Call:
    """The references of a team."""
    name = dice.choice(list(REFERENCES))
    written(f"refs/{name}", damaged(dice, REFERENCES[name]))
    written("a.yaml", SMALL.encode())
    return dice.choice((["references", "check", "refs"], ["--references", "refs", "a.yaml"])), b""


def known(dice: random.Random) -> Call:
    """A file of known findings."""
    written("a.yaml", FLAWED.encode())
    written(".rtreview-baseline.json", damaged(dice, baseline()))
    return dice.choice(
        (["a.yaml"], ["baseline", "write", "a.yaml"], ["baseline", "prune", "a.yaml"], ["baseline", "show"])
    ), b""


def meeting(dice: random.Random) -> Call:
    """Minutes, and the answers of a meeting."""
    written("a.yaml", FLAWED.encode() if dice.random() < 0.7 else spec(dice))
    if dice.random() < 0.7:
        written("a.minutes.md", damaged(dice, minutes()))
    answers = typed(dice, 30, ("c", "a", "k", "s", "b", "", "?", "q", "Ada"))
    return ["meeting", "a.yaml", "--today", "2027-01-01"], answers


def asyncapi(dice: random.Random) -> Call:
    """A description of an interface."""
    written("api.yaml", damaged(dice, dice.choice(ASYNCAPI)))
    return ["init", "--from", "api.yaml", *dice.choice(([], ["d.yaml"], ["--explain", "d.yaml"]))], b""


def deployment(dice: random.Random) -> Call:
    """What runs, and a design that names it."""
    for name in dice.sample(sorted(DEPLOYMENT), dice.randint(1, 9)):
        written(name, damaged(dice, DEPLOYMENT[name]))
    written("a.yaml", f"{SMALL}deployed_as: {{paths: [.]}}\n".encode())
    calls = (
        ["evidence", "."],
        ["evidence", ".", "--format", "json"],
        ["init", "--from", ".", "-"],
        ["a.yaml"],
    )
    return dice.choice(calls), b""


def crowded(dice: random.Random) -> Call:
    """What runs, and one of its files repeats a piece of itself up to 1 MiB, maybe under other names."""
    names = dice.sample(sorted(DEPLOYMENT), dice.randint(1, 3))
    for name in names:
        written(name, DEPLOYMENT[name].encode())
    text = DEPLOYMENT[names[0]]
    cuts = [
        0,
        *(found.end() for found in re.finditer(dice.choice((r"\n", r"\s+|\w+|[^\w\s]")), text)),
        len(text),
    ]
    first = dice.randrange(len(cuts) - 1)
    begin, end = cuts[first], cuts[min(len(cuts) - 1, first + dice.choice((1, 1, 2, 4, 9)))]
    piece = text[begin:end] if dice.random() < 0.8 else dice.choice(SCRAPS)
    times = dice.choice((10_000, 300_000, MAX_BYTES - 2 * len(text))) // (
        len(piece.encode("utf-8", "replace")) or 1
    )
    word = next(iter(re.findall(r"[A-Za-z_]\w+", piece)), "")
    if word and dice.random() < 0.5:
        repeated = "".join(piece.replace(word, f"{word}{number}", 1) for number in range(min(times, 40_000)))
    else:
        repeated = piece * times
    content = f"{text[:begin]}{repeated}{text[end:]}".encode("utf-8", "replace")
    written(names[0], content[:MAX_BYTES])
    return ["evidence", "."], b""


def beginning(dice: random.Random) -> Call:
    """The answers to the questions of a first draft."""
    answers = typed(dice, 14, ("", "1", "2", "3", "?", "10k", "chat"))
    return [
        "init",
        *dice.choice(([], ["d.yaml"], ["--defaults"], ["--template", dice.choice(SCRAPS)])),
    ], answers


FIELDS = (
    "transport.reconnect.jitter", "transport.reconnect", "workload.connections",
    "transport.path[0].idle_timeout", "topology.node.accept_rate", "workload.outage", "x",
    "features.a.name", "transport", "presence.grace",
)  # fmt: skip


def simulate(dice: random.Random) -> Call:
    """What happens, with something set."""
    written("a.yaml", FLAWED.encode() if dice.random() < 0.6 else spec(dice))
    words = ["simulate", "a.yaml", "--scenario", dice.choice(NAMES)]
    for _ in range(dice.randint(0, 2)):
        words += [
            "--set",
            f"{dice.choice((*FIELDS, *SCRAPS))}{dice.choice(('=', '=', '', ':'))}{dice.choice(SCRAPS)}",
        ]
    return [*words, *dice.choice(([], [], ["--format", "json"], ["--format", "csv"]))], b""


def fix(dice: random.Random) -> Call:
    """Changes of a text."""
    name = written("a.yaml", damaged(dice, dice.choice((SMALL, FLAWED[:900]))))
    return ["fix", *dice.choice(([], ["--diff"], ["--check"], ["--all", "--diff"])), name], b""


def diff(dice: random.Random) -> Call:
    """Two designs."""
    written("a.yaml", FLAWED.encode())
    written("b.yaml", damaged(dice, FLAWED))
    return [
        "diff",
        *dice.choice(([], ["--format", "json"], ["--format", "markdown"])),
        "a.yaml",
        "b.yaml",
    ], b""


def why(dice: random.Random) -> Call:
    """Why a rule says what it says."""
    written("a.yaml", spec(dice))
    return ["why", dice.choice(("missing-heartbeat", "reconnect-without-jitter", *SCRAPS)), "a.yaml"], b""


def diagnose(dice: random.Random) -> Call:
    """A sentence about what somebody sees."""
    words = (
        "clients",
        "drop",
        "after",
        "60",
        "s",
        "behind",
        "nginx",
        "nobody",
        "reconnects",
        "memory",
        "grows",
        "1006",
        *SCRAPS,
    )
    written("a.yaml", spec(dice))
    return [
        "diagnose",
        " ".join(dice.choices(words, k=dice.randint(0, 12))),
        *dice.choice(([], ["a.yaml"])),
    ], b""


ENDING = [name for name in COMMANDS if name not in ("watch", "mcp", "lsp")]
"""The commands that come to an end by themselves, and in the folder in which they began."""


def arguments(dice: random.Random) -> Call:
    """Words that nobody would type."""
    written("a.yaml", SMALL.encode())
    options = (
        "--format",
        "--select",
        "--ignore",
        "--today",
        "--set",
        "--jobs",
        "--base",
        "--references",
        "--color",
        "--minutes",
        "--help",
        "--version",
        "--tree",
        "--fail-on",
        "--scenario",
        "-",
        "a.yaml",
        ".",
        "b.yaml",
        "json",
        "json=",
        "html",
    )
    words = [dice.choice(ENDING)] if dice.random() < 0.8 else []
    words += [dice.choice((*options, *options, *SCRAPS)) for _ in range(dice.randint(0, 5))]
    # That is where the fuzzer works: the whole machine would be searched.
    return [
        word.replace("\0", "").replace("\ud800", "\udcff") for word in words if word != "../.."
    ], dice.choice((b"", SMALL.encode()))


PARTS = (
    "a", "b.rtreview.yaml", "c.rtreview.yml", "d.md", ".hidden", "-", "--help", "a b", "é", "\x1b[2J",
    "x\ny", "::error::", "\udcff", "n" * 250, ".gitignore", ".git", "*", "[a", "%", "pyproject.toml",
    ".rtreview.toml", "f\u202e.rtreview.yaml",
)  # fmt: skip

BELOW = (
    b"", b"include = '*a*'\nfail-on = 'info'\n", b"exclude = '[ab]*'\npaths = '.'\n", b"fail-on =\n",
    b"[tool.rtreview]\nrequired = ['missing-heartbeat']\n", b"required = 'missing-heartbeat'\n",
)  # fmt: skip
"""Configurations of folders below one another."""


def tree(dice: random.Random) -> Call:
    """A folder with files, links, pipes and folders of any names."""
    for _ in range(dice.randint(1, 12)):
        path = Path("t", *dice.choices(PARTS, k=dice.choice((1, 1, 2, 3))))
        if os.path.lexists(path):
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            kind = dice.randrange(8)
            if kind == 0:
                os.mkfifo(path)
            elif kind == 1:
                path.symlink_to(
                    dice.choice((".", "..", "/dev/zero", "/etc/passwd", "nowhere", "a", path.name))
                )
            elif kind == 2:
                path.mkdir()
                path.chmod(dice.choice((0o755, 0)))
            else:
                texts = (SMALL.encode(), MARKDOWN.encode(), damaged(dice, SMALL), b"*a*\n!b\n", b"")
                path.write_bytes(dice.choice(BELOW if path.suffix == ".toml" else texts))
        except (OSError, ValueError):
            continue
    calls = (
        ["t"], [".", "--quiet"], ["fix", "--diff", "t"], ["--jobs", "1", "t"], ["config", "t"],
        ["baseline", "write", "t"], ["missing", "t"],
    )  # fmt: skip
    return dice.choice(calls), b""


KINDS: dict[str, Callable[[random.Random], Call]] = {
    kind.__name__: kind
    for kind in (
        review, configuration, references, known, meeting, asyncapi, deployment, crowded, beginning, simulate,
        fix, diff, why, diagnose, arguments, tree,
    )
}  # fmt: skip
RUNNER = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80", "NO_COLOR": "1"})


def _kept(name: str, words: list[str], answers: bytes) -> str:
    """What a command leaves in a file of the flawed design's folder."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        written("a.yaml", FLAWED.encode())
        RUNNER.invoke(app, words, input=answers, prog_name="rtreview")
        return Path(name).read_text("utf-8")


@cache
def baseline() -> str:
    """The baseline of the flawed design."""
    return _kept(".rtreview-baseline.json", ["baseline", "write", "a.yaml"], b"")


@cache
def minutes() -> str:
    """The minutes of a meeting on it."""
    answers = b"c\nwe do\nAda\n2099-01-01\na\nwhy\nBo\n\nk\nhow\nCy\n"
    return _kept("a.minutes.md", ["meeting", "a.yaml"], answers)


class _Hangs(BaseException):
    """Nothing catches it."""


def _hangs(*_: object) -> None:
    raise _Hangs(f"no answer in {HANGS} s")


signal.signal(signal.SIGALRM, _hangs)


def made(seed: int, number: int) -> tuple[str, list[str], bytes]:
    """An input: its kind, the words of the call, and what is typed. Its files are in the current folder."""
    dice = random.Random(f"{seed}/{number}")
    kind = dice.choice(list(KINDS))
    return kind, *KINDS[kind](dice)


def tried(seed: int, number: int) -> tuple[str, Mistake | None]:
    """The kind of an input, and what went wrong with it."""
    folder = Path(tempfile.mkdtemp(prefix="rtreview-fuzz-"))
    try:
        with chdir(folder):
            Path(".git").mkdir()
            kind, words, answers = made(seed, number)
            begin = time.process_time()
            signal.alarm(HANGS)
            result = RUNNER.invoke(app, words, input=answers, prog_name="rtreview")
            took = time.process_time() - begin
    except _Hangs:
        return kind, Mistake(number, kind, words, traceback.format_exc())
    finally:
        signal.alarm(0)
        shutil.rmtree(folder, ignore_errors=True)
    wrong = "".join(_wrong(result, took, words))
    return kind, Mistake(number, kind, words, wrong) if wrong else None


def _wrong(result: Result, took: float, words: list[str]) -> Iterator[str]:
    error, said = result.exception, result.output
    if error is not None and not isinstance(error, SystemExit):
        yield "".join(traceback.format_exception(error))
    elif result.exit_code not in (0, 1, 2, 3):
        yield f"status {result.exit_code}"
    if "internal-error" in said and "explain" not in words:
        yield f"a fault of the program is reported: {said[-2000:]}"
    if took > SLOW:
        yield f"{took:.1f} s of processor time"
    # A page and a draft are no lines of a terminal, and Markdown has joiners of ours.
    # What typer says of arguments is for whoever typed them.
    if result.exit_code != 2 and not {"html", "markdown", "init", "completion"} & set(words):
        hidden = [line for line in said.replace("\r\n", "\n").split("\n") if visible(line) != line]
        if hidden:
            yield f"signs that hide or act: {hidden[0]!r}"


def run(seed: int, seconds: float) -> tuple[Counter[str], list[Mistake]]:
    """How many inputs of each kind were tried in a time, and what went wrong."""
    counts: Counter[str] = Counter()
    mistakes = []
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        kind, mistake = tried(seed, number)
        counts[kind] += 1
        number += 1
        if mistake:
            mistakes.append(mistake)
            sys.stdout.write(f"{mistake.number} {mistake.command} {mistake.words}\n{mistake.what}\n")
            sys.stdout.flush()
    return counts, mistakes


def main() -> int:
    """Try inputs for a time, or a single one."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--only", type=int)
    asked = options.parse_args()
    if asked.only is not None:
        mistake = tried(asked.seed, asked.only)[1]
        sys.stdout.write(f"{mistake}\n")
        counts, mistakes = Counter[str](), [mistake] if mistake else []
    else:
        counts, mistakes = run(asked.seed, asked.seconds)
    rows = [f"{count:8,} {kind}" for kind, count in sorted(counts.items())]
    sys.stdout.write("\n".join([*rows, f"{counts.total():8,} in all, {len(mistakes)} went wrong", ""]))
    return bool(mistakes)


if __name__ == "__main__":
    sys.exit(main())
