"""What people install: the wheel and the sdist hold all that a review needs."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from conftest import FLAWED, ROOT

pytestmark = pytest.mark.slow  # builds and installs a wheel

CARRIED = [
    *(f"references/{name}.md" for name in ("patterns", "sharp_edges", "validations")),
    *(f"references/platforms/{file.name}" for file in (ROOT / "references" / "platforms").iterdir()),
    "references/index.txt",
    "references/readers.txt",
    "references/synonyms.txt",
    "schemas/design.schema.json",
    "schemas/report.schema.json",
]
SKILL = [str(file.relative_to(ROOT)) for file in (ROOT / "skills").rglob("*.*")]
PAGE = [
    file
    for file in (ROOT / "rtreview" / "render" / "page").iterdir()
    if file.suffix in (".js", ".css", ".j2")
]
"""What a page is made of, beside code."""

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OPTIONAL = {
    "rtreview/render/html.py": "report",
    "rtreview/render/plot.py": "report",
    "rtreview/agents/server.py": "mcp",
    "rtreview/editors/server.py": "lsp",
}
"""The modules that may import what an extra installs, and which."""


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
    assert SKILL
    assert {f"rtreview/.agents/{name}" for name in SKILL} <= set(names)
    assert PAGE
    assert {str(file.relative_to(ROOT)) for file in PAGE} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "examples/"))]


def test_the_wheel_tells_type_checkers_to_read_it(built: Path) -> None:
    """As the classifier promises (PEP 561)."""
    assert "Typing :: Typed" in PROJECT["classifiers"]
    (wheel,) = built.glob("*.whl")
    assert "rtreview/py.typed" in zipfile.ZipFile(wheel).namelist()


def declared(requirements: list[str]) -> set[str]:
    """The names of the packages that are required."""
    names = (re.match(r"[A-Za-z0-9._-]+", one) for one in requirements)
    return {normal(found[0]) for found in names if found}


def normal(name: str) -> str:
    """The name of a package as PEP 503 has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def packages() -> Mapping[str, list[str]]:
    """The packages that are installed, by the names under which they are imported: it takes a second."""
    return metadata.packages_distributions()


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package by its file."""
    files = (ROOT / "rtreview").rglob("*.py")
    return {str(file.relative_to(ROOT)): ast.parse(file.read_bytes()) for file in files}


def imported(module: ast.Module) -> Iterator[str]:
    """The packages that a module imports from others, at its top or in a function."""
    for node in ast.walk(module):
        names = [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in (str(one).partition(".")[0] for one in names):
            if name not in sys.stdlib_module_names and name != "rtreview":
                (package,) = packages().get(name, [f"nobody's {name}"])
                yield normal(package)


def test_what_is_imported_is_declared() -> None:
    """As a dependency; what an extra installs is imported by the modules of its feature alone."""
    always = declared(PROJECT["dependencies"])
    extras = {name: declared(ones) for name, ones in PROJECT["optional-dependencies"].items()}
    for name, module in modules().items():
        assert set(imported(module)) <= always | extras.get(OPTIONAL.get(name, ""), set()), name


def test_what_is_declared_is_imported() -> None:
    """Nobody installs what nothing uses."""
    everywhere = {package for module in modules().values() for package in imported(module)}
    assert declared(PROJECT["dependencies"]) <= everywhere
    for extra in set(OPTIONAL.values()):
        own = [set(imported(modules()[name])) for name, of in OPTIONAL.items() if of == extra]
        assert declared(PROJECT["optional-dependencies"][extra]) <= set().union(*own)


def test_the_sdist_carries_references_schemas_and_tests(built: Path) -> None:
    """All that it takes to build and test it again."""
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {
        *CARRIED,
        *SKILL,
        "plugin.json",
        "tests/test_package.py",
        "examples/team-chat.rtreview.yaml",
        "Makefile",
    } <= names


def test_the_installed_wheel_reviews_a_spec_outside_the_checkout(built: Path, tmp_path: Path) -> None:
    """In an empty environment, with nothing of the checkout in reach."""
    (wheel,) = built.glob("*.whl")
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    # Most of what is installed is never imported here.
    options = ["--quiet", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([python, "-m", "pip", "install", *options, wheel], check=True, cwd=tmp_path)
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
    ask = "from rtreview.rulebook import references; print(references.indexed() == references.parsed())"
    words = [str(python), "-c", ask]
    done = subprocess.run(words, capture_output=True, check=True, text=True, cwd=tmp_path, env=clean)
    assert done.stdout == "True\n"
    assert call("schema").stdout == (ROOT / "schemas" / "design.schema.json").read_text("utf-8")


def test_in_an_activated_environment_make_installs_as_outside(tmp_path: Path) -> None:
    """Its Python stands first in PATH then, and has no pip until one is needed.

    What is to be installed cannot be read, and it is pip that says so.
    """
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (tmp_path / "pyproject.toml").write_text("[build-system]\n", "utf-8")
    environment = tmp_path / ".venv"
    venv.create(environment, symlinks=True)
    (environment / "program").touch()
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    call = ["make", "PYTHON=python3", ".venv/docs"]
    done = subprocess.run(
        call, capture_output=True, check=False, text=True, cwd=tmp_path, env={**os.environ, "PATH": path}
    )
    assert "See PEP 518" in done.stderr
    assert "No module named" not in done.stderr
