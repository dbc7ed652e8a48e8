"""What people install: wheel, sdist and container hold all that a review needs, and the SBOM lists it."""

from __future__ import annotations

import ast
import json
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
import trove_classifiers
from conftest import FLAWED, ROOT, SOUND
from packaging.metadata import Metadata

from rtreview import __version__

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


def distributed(folder: Path) -> Path:
    """The folder, with what a release is."""
    words = ["bash", ROOT / ".ci" / "dist.sh", folder]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        words, env={**os.environ, "PATH": path}, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, the wheel that is built from it, and the SBOM."""
    return distributed(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def python(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel, what it needs, and nothing of the checkout."""
    (wheel,) = built.glob("*.whl")
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    # Most of what is installed is never imported here.
    options = ["--quiet", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([python, "-m", "pip", "install", *options, wheel], check=True, cwd=environment)
    return python


def files(archive: Path) -> dict[str, bytes]:
    """What a wheel or an sdist holds, by its name in it."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}
    with tarfile.open(archive) as sdist:
        found = {member.name.partition("/")[2]: sdist.extractfile(member) for member in sdist.getmembers()}
        return {name: file.read() for name, file in found.items() if file}


@pytest.fixture(scope="module")
def wheel(built: Path) -> dict[str, bytes]:
    """The files of the wheel."""
    return files(next(built.glob("*.whl")))


@pytest.fixture(scope="module")
def sdist(built: Path) -> dict[str, bytes]:
    """The files of the sdist."""
    return files(next(built.glob("*.tar.gz")))


def test_the_wheel_carries_references_schemas_and_the_page(wheel: dict[str, bytes]) -> None:
    """Inside the package, where an installed program finds them."""
    assert {f"rtreview/{name}" for name in CARRIED} <= set(wheel)
    assert SKILL
    assert {f"rtreview/.agents/{name}" for name in SKILL} <= set(wheel)
    assert PAGE
    assert {str(file.relative_to(ROOT)) for file in PAGE} <= set(wheel)
    assert not [name for name in wheel if name.startswith(("tests/", "examples/"))]


def test_the_wheel_has_the_files_of_the_sdist(wheel: dict[str, bytes], sdist: dict[str, bytes]) -> None:
    """Byte by byte, each where pyproject.toml puts it, and none that the sdist does not have."""
    target = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]
    data = {
        file: f"rtreview-{__version__}.data/data/{to}" for file, to in target["wheel"]["shared-data"].items()
    }
    folders = {"rtreview": "rtreview", **target["wheel"]["force-include"]}
    expected = {}
    for name, content in sdist.items():
        folder, _, rest = name.partition("/")
        if name in data or folder in folders:
            expected[data.get(name) or f"{folders[folder]}/{rest}"] = content
    assert set(data.values()) <= set(expected)
    assert {name: content for name, content in wheel.items() if ".dist-info/" not in name} == expected


def test_the_same_commit_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    """Of sdist, wheel and SBOM: anybody can build a release again, and compare."""
    again = distributed(tmp_path / "again")
    names = sorted(file.name for file in built.iterdir())
    assert names == [f"rtreview-{__version__}{end}" for end in ("-py3-none-any.whl", ".cdx.json", ".tar.gz")]
    assert [name for name in names if (built / name).read_bytes() != (again / name).read_bytes()] == []


def test_an_index_takes_the_metadata(wheel: dict[str, bytes], sdist: dict[str, bytes]) -> None:
    """By the rules of an index, for the licence and classifiers too; sdist and wheel say the same."""
    (name,) = (name for name in wheel if name.endswith(".dist-info/METADATA"))
    assert wheel[name] == sdist["PKG-INFO"]
    told = Metadata.from_email(wheel[name], validate=True)
    assert (told.name, str(told.version)) == ("rtreview", __version__)
    assert (told.license_expression, told.license_files) == ("Apache-2.0", ["LICENSE"])
    assert str(told.requires_python) == PROJECT["requires-python"]
    assert told.description_content_type == "text/markdown"
    assert told.description == (ROOT / "README.md").read_text("utf-8")
    assert told.classifiers
    assert set(told.classifiers) <= trove_classifiers.classifiers


FOREIGN = re.compile(rb"copyright +(?:\(c\)|\xc2\xa9|\d{4})", re.IGNORECASE)


def test_a_licence_comes_with_whatever_is_shipped(wheel: dict[str, bytes], sdist: dict[str, bytes]) -> None:
    """The wheel is ours alone; what else the sdist has says its licence itself."""
    (licence,) = (name for name in wheel if name.endswith(".dist-info/licenses/LICENSE"))
    assert wheel[licence] == (ROOT / "LICENSE").read_bytes()
    assert [name for name, content in wheel.items() if FOREIGN.search(content)] == []
    (script,) = (name for name, content in sdist.items() if FOREIGN.search(content))
    assert script == "docs/site/assets/iframe-worker.js"
    assert b"Permission is hereby granted, free of charge" in sdist[script]


def test_the_sbom_lists_what_the_wheel_runs_on(built: Path) -> None:
    """Itself and each package at the version that a hash names, with its licence and what it needs in turn.

    What writes it has compared it with the schema of CycloneDX before.
    """
    (file,) = built.glob("*.cdx.json")
    told = json.loads(file.read_text("utf-8"))
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    locked = (ROOT / ".ci" / "requirements.txt").read_text("utf-8")
    versions = dict(re.findall(r"^([a-z0-9-]+)==(\S+) \\$", locked, re.MULTILINE))
    assert declared(PROJECT["dependencies"]) < set(versions)
    components = {normal(each["name"]): each for each in told["components"]}
    assert {name: each["version"] for name, each in components.items()} == {
        **versions,
        "rtreview": __version__,
    }
    for name, each in components.items():
        assert each["licenses"], name
        assert each["purl"].lower().replace("_", "-") == f"pkg:pypi/{name}@{each['version']}"
    needs = {each["ref"]: each.get("dependsOn", []) for each in told["dependencies"]}
    own = needs[components["rtreview"]["bom-ref"]]
    assert {normal(ref.partition("==")[0]) for ref in own} >= declared(PROJECT["dependencies"])
    assert "file:" not in file.read_text("utf-8")


def test_a_type_checker_knows_the_types_of_the_wheel(python: Path, tmp_path: Path) -> None:
    """As the classifier promises (PEP 561): a call has its type, and a wrong one is an error at its line."""
    assert "Typing :: Typed" in PROJECT["classifiers"]
    (tmp_path / "caller.py").write_text(
        "from rtreview import __version__, review\n"
        "reveal_type(review(b'', 'design.yaml'))\n"
        "review(7, 'design.yaml')\n"
        "__version__ + 1\n",
        "utf-8",
    )
    words = [sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "caller.py"]
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "MYPYPATH")}
    done = subprocess.run(words, capture_output=True, check=False, text=True, cwd=tmp_path, env=clean)
    shown, *errors = done.stdout.splitlines()[:3]
    assert 'Revealed type is "list[rtreview.reviews.report.Review]"' in shown
    assert [re.sub(r"(?s)^caller\.py:(\d): error: .*\[([a-z-]+)\]$", r"\1 \2", each) for each in errors] == [
        "3 arg-type",
        "4 operator",
    ]


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


def test_the_sdist_carries_references_schemas_and_tests(sdist: dict[str, bytes]) -> None:
    """All that it takes to build and test it again."""
    assert {
        *CARRIED,
        *SKILL,
        "plugin.json",
        "tests/test_package.py",
        "examples/team-chat.rtreview.yaml",
        "Makefile",
        ".github/workflows/release.yml",
    } <= set(sdist)


def test_the_installed_wheel_reviews_a_spec_outside_the_checkout(python: Path, tmp_path: Path) -> None:
    """In an empty environment, with nothing of the checkout in reach."""
    design = tmp_path / "design.yaml"
    design.write_bytes(FLAWED.read_bytes())
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COVERAGE"))}

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        words = [str(python.parent / "rtreview"), *arguments]
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


def container() -> list[list[str]]:
    """The instructions of the Containerfile, each as its word and what follows."""
    text = re.sub(r"(?m)^#.*\n", "", (ROOT / ".ci" / "Containerfile").read_text("utf-8")).replace("\\\n", "")
    return [line.split(maxsplit=1) for line in text.splitlines() if line]


def test_the_container_has_one_base_pinned_by_its_digest() -> None:
    """For what is built, and for what runs."""
    bases = [what.removesuffix(" AS build") for word, what in container() if word == "FROM"]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}", bases[0])


def test_the_container_runs_the_program_as_nobody() -> None:
    """By default over the folder that is given to it."""
    last = container()[[word for word, _ in container()].index("FROM", 1) :]
    told = dict(last)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", told["USER"])
    assert json.loads(told["ENTRYPOINT"]) == ["/opt/rtreview/bin/rtreview"]
    assert json.loads(told["CMD"]) == ["."]
    assert "RUN" not in told
    page = " ".join((ROOT / "docs" / "pull-requests.md").read_text("utf-8").split())
    assert f':{told["WORKDIR"]}:ro" rtreview' in page


def test_the_container_has_the_version_and_the_licence_of_the_package() -> None:
    """In its labels, and in the name of the sdist that it is made of."""
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', dict(container())["LABEL"]))
    assert labels == {"title": "rtreview", "version": __version__, "licenses": PROJECT["license"]}
    text = (ROOT / ".ci" / "Containerfile").read_text("utf-8")
    assert set(re.findall(r"rtreview-(\d[\d.]*\d)", text)) == {__version__}


def test_what_the_container_installs_reviews_a_folder_and_writes_nothing(built: Path, tmp_path: Path) -> None:
    """Its own command, run here in other folders, makes of the sdist a program that needs no git."""
    build, program = tmp_path / "build", tmp_path / "opt"
    build.mkdir()
    (command,) = (what for word, what in container() if word == "RUN")
    copied, here = next(what for word, what in container() if word == "COPY").rsplit(maxsplit=1)
    assert here == "./"
    for name in copied.split():
        source = built / Path(name).name if name.startswith("dist/") else ROOT / name
        (build / source.name).write_bytes(source.read_bytes())
    command = re.sub(r"\bpython -m venv", f"{sys.executable} -m venv", command).replace(
        "/opt/rtreview", str(program)
    )
    done = subprocess.run(["sh", "-c", command], cwd=build, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

    designs = tmp_path / "designs"
    designs.mkdir()
    (designs / "chat.rtreview.yaml").write_bytes(SOUND.read_bytes())
    words = [program / "bin" / "rtreview", *json.loads(dict(container())["CMD"])]
    told = subprocess.run(
        words,
        cwd=designs,
        env={"HOME": "/", "PATH": str(tmp_path)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert "chat.rtreview.yaml" in told.stdout
    assert [file.name for file in designs.iterdir()] == ["chat.rtreview.yaml"]
