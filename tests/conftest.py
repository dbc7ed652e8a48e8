"""What the tests share: the folders, and expected texts that `pytest --update` writes anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RULES = ROOT / "tests" / "rules"
EXAMPLES = sorted((ROOT / "examples").glob("*.rtreview.yaml"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update`."""
    parser.addoption("--update", action="store_true", help="Write expected texts anew; read the diff.")


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
