"""Whatever is given, by the command line: one clear finding with a place, status 3, the rest reviewed."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SOUND, cli

Write = Callable[..., Path]

LEVELS = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))
TOP = "rtreview: 1\n"

CASES: dict[str, tuple[str | bytes, str, int, int]] = {
    "a syntax error": (TOP + "transport: {kind: [}", "this is not YAML", 2, 20),
    "a wrong type": (
        TOP + "transport: 3",
        "Expected `none` or a mapping such as `{kind: websocket}`, found `3`",
        2,
        12,
    ),
    "a unit that is missing": (TOP + "presence: {grace: 10}", "`10` has no unit: `10s`?", 2, 19),
    "a duplicate key": (TOP + "name: a\nname: b", "`name` is written twice", 3, 1),
    "an unknown key": (TOP + "transprot: {}", "did you mean `transport`?", 2, 1),
    "an unknown version": ("rtreview: 9", "`9` is not a version that can be read here", 1, 11),
    "no version": ("name: x", "The version is missing", 1, 1),
    "an empty file": (b"", "The file is empty", 1, 1),
    "a binary file": (b"\x7fELF\x02\x01\x01\x00\x00\x00", "is not a text file", 1, 1),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "is not UTF-8 text", 1, 1),
    "UTF-16": ("rtreview: 1".encode("utf-16"), "The file is UTF-16: save it as UTF-8", 1, 1),
    "tabs": (TOP + "transport:\n\tkind: websocket", "A tab indents this line", 3, 1),
    "an anchor that refers to itself": (TOP + "name: &a [*a]", "contains itself", 2, 11),
    "aliases that expand": (f"a0: &a0 [x, x, x, x, x, x, x, x, x]\n{LEVELS}", "expand to more than", 6, 10),
    "deep nesting": (TOP + "name: " + "[" * 10_000, "nested more than 64 levels deep", 2, 70),
    "deep nesting in blocks": ("- " * 10_000, "nested more than 64 levels deep", 1, 129),
    "50 MB": (b"#" * 50_000_000, "larger than 1 MiB", 1, 1),
    "a tag that would be executed": (TOP + "name: !!python/object/apply:os.system [id]", "tag", 2, 7),
    "no mapping": ("- rtreview: 1", "expected a mapping that begins with", 1, 1),
}


def only_finding(text: str) -> dict[str, object]:
    """The one finding of the report on the first of two files; the second is reviewed all the same."""
    bad, good = json.loads(text)["reviews"]
    assert good["summary"]["passed"] > 0
    (finding,) = bad["findings"]
    assert isinstance(finding, dict)
    return finding


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_finding_and_the_other_files_are_reviewed(case: str, spec: Write) -> None:
    """The finding says what, where and what to do; the status is 3."""
    source, said, line, column = CASES[case]
    told = cli("--format", "json", spec(source), SOUND)
    assert told.exit_code == 3
    finding = only_finding(told.stdout)
    assert said.lower() in str(finding["message"]).lower()
    assert finding["location"]["line"] == line  # type: ignore[index]
    assert finding["location"]["column"] == column  # type: ignore[index]


@pytest.mark.parametrize("case", CASES)
def test_bad_input_can_be_shown_on_a_terminal(case: str, spec: Write) -> None:
    """With its excerpt, in 80 columns, and as one line."""
    file = spec(CASES[case][0])
    lines = cli(file).stdout.splitlines()
    assert [line for line in lines if len(line) > 80 and str(file) not in line] == []
    assert len(cli("--quiet", file).stdout.splitlines()) == 1


@pytest.mark.parametrize("source", [b"\xef\xbb\xbf", b""])
def test_a_byte_order_mark_and_crlf_are_no_fault(source: bytes, spec: Write) -> None:
    """Editors on Windows write both; a spec with them is reviewed as it would be without."""
    file = spec(source + SOUND.read_bytes().replace(b"\n", b"\r\n"))
    plain = cli("--format", "json", SOUND).stdout.replace(str(SOUND), str(file))
    assert cli("--format", "json", file).stdout == plain


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """It is named, and the other file is reviewed."""
    told = cli("--format", "json", tmp_path / "gone.yaml", SOUND)
    assert told.exit_code == 3
    message = only_finding(told.stdout)["message"]
    assert message == "The file cannot be opened: No such file or directory."


def test_a_file_that_may_not_be_read(spec: Write) -> None:
    """As one that is not there: with the reason of the system."""
    file = spec("rtreview: 1")
    file.chmod(0)
    if os.access(file, os.R_OK):
        file.unlink()
        file.symlink_to(file.name)
    told = cli("--format", "json", file, SOUND)
    assert told.exit_code == 3
    assert str(only_finding(told.stdout)["message"]).startswith("The file cannot be opened: ")


def test_a_name_that_no_file_can_have() -> None:
    """A zero byte in a path is answered, not crashed upon."""
    assert cli("a\0b").exit_code == 3


def test_a_directory_without_specs(tmp_path: Path) -> None:
    """Nothing to review is not the same as nothing wrong."""
    told = cli("--format", "json", tmp_path, SOUND)
    assert told.exit_code == 3
    assert "no spec in this directory" in str(only_finding(told.stdout)["message"]).lower()


def test_nothing_is_written_beside_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A review leaves no file behind."""
    monkeypatch.chdir(tmp_path)
    cli(SOUND)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", ["50 MB", "aliases that expand", "deep nesting in blocks"])
def test_memory_stays_bounded(case: str, spec: Write) -> None:
    """With 512 MiB of address space, hostile files are answered in less than 10 s of processor time."""

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (512 * 2**20, 512 * 2**20))
        resource.setrlimit(resource.RLIMIT_CPU, (10, 10))

    words = [sys.executable, "-m", "rtreview", "--quiet", str(spec(CASES[case][0]))]
    told = subprocess.run(words, capture_output=True, check=False, preexec_fn=bounded)
    assert told.returncode == 3
    assert told.stderr == b""


def test_an_endless_file_is_not_read_to_its_end() -> None:
    """A device or a pipe that never ends is read as far as a spec may go."""
    words = [sys.executable, "-m", "rtreview", "--quiet", "/dev/zero"]
    told = subprocess.run(words, capture_output=True, check=False, timeout=30)
    assert told.returncode == 3
    assert b"larger than 1 MiB" in told.stdout
