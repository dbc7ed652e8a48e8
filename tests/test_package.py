"""What people install: the wheel and the sdist hold all that a review needs."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import FLAWED, ROOT

CARRIED = [
    *(f"references/{name}.md" for name in ("patterns", "sharp_edges", "validations")),
    *(f"references/platforms/{file.name}" for file in (ROOT / "references" / "platforms").iterdir()),
    "references/index.txt",
    "references/synonyms.txt",
    "schemas/design.schema.json",
    "schemas/report.schema.json",
]
PAGE = [
    file
    for file in (ROOT / "rtreview" / "render" / "page").iterdir()
    if file.suffix in (".js", ".css", ".j2")
]
"""What a page is made of, beside code."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel, which is built from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(words, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_wheel_carries_references_schemas_and_the_page(built: Path) -> None:
    """Inside the package, where an installed program finds them."""
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"rtreview/{name}" for name in CARRIED} <= set(names)
    assert PAGE
    assert {str(file.relative_to(ROOT)) for file in PAGE} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "examples/"))]


def test_the_sdist_carries_references_schemas_and_tests(built: Path) -> None:
    """All that it takes to build and test it again."""
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {*CARRIED, "tests/test_package.py", "examples/team-chat.rtreview.yaml", "Makefile"} <= names


def test_the_installed_wheel_reviews_a_spec_outside_the_checkout(built: Path, tmp_path: Path) -> None:
    """In an empty environment, with nothing of the checkout in reach."""
    (wheel,) = built.glob("*.whl")
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)]
    subprocess.run(install, check=True, cwd=tmp_path)
    design = tmp_path / "design.yaml"
    design.write_bytes(FLAWED.read_bytes())
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COVERAGE"))}

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        words = [str(environment / "bin" / "rtreview"), *arguments]
        return subprocess.run(
            words, capture_output=True, check=False, text=True, cwd=tmp_path, env={**clean, "COLUMNS": "80"}
        )

    told = call("design.yaml")
    assert told.returncode == 1, told.stderr
    assert "error[heartbeat-slower-than-path]" in told.stdout
    assert "sharp edge: websocket-proxy-timeout\n" in told.stdout
    assert "idle_timeout is 60 s: default of aws-alb" in told.stdout
    example = (ROOT / "examples" / "team-chat.rtreview.yaml").read_text("utf-8")
    assert call("init", "--template", "team-chat", "-").stdout == example
    assert call("explain", "missing-heartbeat").stdout.startswith("## missing-heartbeat")
    ask = "from rtreview import references; print(references.indexed() == references.parsed())"
    words = [str(python), "-c", ask]
    done = subprocess.run(words, capture_output=True, check=True, text=True, cwd=tmp_path, env=clean)
    assert done.stdout == "True\n"
    assert call("schema").stdout == (ROOT / "schemas" / "design.schema.json").read_text("utf-8")
