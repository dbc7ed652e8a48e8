"""Compare the speed of rtreview with yamllint and check-jsonschema: `make bench`.

Whole processes, taken in turn so that a busy moment of the machine hits all three, medians of each: processor
time of one spec, wall time of many.
"""

from __future__ import annotations

import compileall
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent.parent))
import contacts
import published
import typing_along

from rtreview.commands import app
from rtreview.language import spec
from rtreview.project import batch
from rtreview.render import text
from rtreview.reviews import engine, reading
from rtreview.reviews.report import Review
from rtreview.rulebook import rulebook
from rtreview.text import document

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.rtreview.yaml"))
FLAWED = ROOT / "examples" / "team-chat-flawed.rtreview.yaml"
BIN = Path(sys.executable).parent
SCHEMA = ROOT / "schemas" / "design.schema.json"
LINES = 60
MANY = 1000
FOLDERS = 20
TOOLS: dict[str, list[str]] = {
    "rtreview": [str(BIN / "rtreview"), "--color", "never"],
    "yamllint": [str(BIN / "yamllint"), "-d", "relaxed"],
    "check-jsonschema": [str(BIN / "check-jsonschema"), "--schemafile", str(SCHEMA)],
}


def main() -> None:
    """Print a table for `docs/judgement.md`, and the share of each step of a run over many specs."""
    compileall.compile_dir(ROOT / "rtreview", quiet=1)
    compileall.compile_dir(sysconfig.get_path("purelib"), quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        one, many = specs(Path(folder))
        print(f"Python {platform.python_version()}, {os.cpu_count()} processors\n")
        print(f"| | one spec of {LINES} lines | a flawed one | {MANY} specs |\n|---|---|---|---|")
        single = medians({tool: [one] for tool in TOOLS}, runs=31, clock=processor)
        flawed = medians({tool: [FLAWED] for tool in TOOLS}, runs=31, clock=processor)
        # rtreview searches for them by itself.
        several = medians(
            {**dict.fromkeys(TOOLS, many), "rtreview": [Path(folder) / "many"]},
            runs=5,
            clock=time.perf_counter,
        )
        for tool in TOOLS:
            row = f"{single[tool] * 1000:.0f} ms | {flawed[tool] * 1000:.0f} ms | {several[tool]:.2f} s"
            print(f"| {tool} | {row} |")
        print()
        for jobs, seconds in processes(many).items():
            print(f"{seconds:5.2f} s  {MANY} reviews, unprinted, {f'jobs={jobs}' if jobs else 'by itself'}")
        print()
        keystroke = typing_along.usual(rulebook.load()) * 1000
        print(f"{keystroke:5.0f} ms a keystroke in a design of {typing_along.LINES} lines, in an editor\n")
        print(judgement())
        print(contacts.curve())
        print()
        for step, share in shares(many, single["rtreview"]).items():
            print(f"{share:4.0%}  {step}")


def specs(folder: Path) -> tuple[Path, list[Path]]:
    """One spec of exactly 60 lines, and a tree of 1,000 that repeat the examples."""
    source = (ROOT / "examples" / "whiteboard.rtreview.yaml").read_text("utf-8").splitlines()
    one = folder / "one.rtreview.yaml"
    one.write_text("\n".join([*source, *["# A comment."] * LINES][:LINES]) + "\n", "utf-8")
    many = []
    for number in range(MANY):
        team = folder / "many" / f"area-{number % FOLDERS % 4}" / f"team-{number % FOLDERS:02}"
        team.mkdir(parents=True, exist_ok=True)
        many.append(team / f"{number:04}.rtreview.yaml")
        shutil.copy(EXAMPLES[number % len(EXAMPLES)], many[-1])
    return one, many


def review_one(file: Path) -> list[Review]:
    """The reviews of a file without their readings, as another process sends them."""
    return [replace(found, reading=None) for found in engine.review(file.read_bytes(), str(file))]


def processes(files: list[Path]) -> dict[int, float]:
    """Seconds that the reviews take in one process, in two, and in as many as pay (0)."""
    taken: dict[int, list[float]] = {1: [], 2: [], 0: []}
    for _ in range(3):
        for jobs, times in taken.items():
            start = time.perf_counter()
            batch.reviews(review_one, files, jobs=jobs)
            times.append(time.perf_counter() - start)
    return {jobs: statistics.median(times) for jobs, times in taken.items()}


def judgement() -> str:
    """Precision and recall on the corpus of published designs."""
    raised, named, found, undecided = published.score()
    return (
        f"{len(published.CORPUS)} published designs\n"
        f"precision {found / raised:.0%}: {found} of {raised} alarms were named by the authors\n"
        f"recall    {found / named:.0%}: {found} of {named} named faults; {undecided} more rest on numbers "
        "that were not published, and are asked for"
    )


def processor() -> float:
    """Seconds that the processes which were waited for have taken of a processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def medians(files: dict[str, list[Path]], runs: int, clock: Callable[[], float]) -> dict[str, float]:
    """Seconds of each tool over its files by a clock, after a first run that does not count."""
    taken: dict[str, list[float]] = {tool: [] for tool in TOOLS}
    for run in range(runs + 1):
        for tool, words in TOOLS.items():
            start = clock()
            done = subprocess.run([*words, *map(str, files[tool])], capture_output=True, check=False)
            elapsed = clock() - start
            if done.returncode not in (0, 1):
                raise SystemExit(f"{tool} failed: {done.stderr.decode()}")
            if run:
                taken[tool].append(elapsed)
    return {tool: statistics.median(times) for tool, times in taken.items()}


def shares(files: list[Path], start: float) -> dict[str, float]:
    """The part that each step takes of a run over many files, of which `start` seconds are the start."""
    spent: dict[str, float] = {}

    def timed(owner: Any, name: str, key: str) -> None:
        step = getattr(owner, name)

        def stopwatch(*arguments: Any, **options: Any) -> Any:
            begin = time.perf_counter()
            try:
                return step(*arguments, **options)
            finally:
                spent[key] = spent.get(key, 0.0) + time.perf_counter() - begin

        setattr(owner, name, stopwatch)

    engine.review(files[0].read_bytes())
    timed(document, "read", "yaml")
    timed(spec, "read", "sections")
    timed(reading, "build", "design")
    timed(engine, "review_design", "review")
    timed(text, "render", "report")
    begin = time.perf_counter()
    CliRunner().invoke(app, ["--jobs", "1", *(str(file) for file in files)])
    whole = start + time.perf_counter() - begin
    steps = {
        "libyaml and places": spent["yaml"],
        "sections and fields": spent["sections"],
        "features, connections and defaults": spent["design"],
        f"{len(rulebook.load())} rules and their findings": spent["review"],
        "the report as text": spent["report"],
    }
    steps["start, files and output"] = whole - sum(steps.values())
    return {step: taken / whole for step, taken in steps.items()}


if __name__ == "__main__":
    main()
