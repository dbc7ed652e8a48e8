"""How a release is made and told: its workflows, and what registries get to read."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from conftest import ROOT, SOUND, cli
from packaging.requirements import Requirement

from rtreview import __version__

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOWS = {
    file.stem: yaml.safe_load(file.read_text("utf-8"))
    for file in (ROOT / ".github" / "workflows").glob("*.yml")
}
READ = {"contents": "read"}
ATTEST = {"attestations": "write", "id-token": "write"}
PERMISSIONS = {
    ("ci", "check"): READ,
    ("ci", "quick"): READ,
    ("ci", "lowest"): READ,
    ("release", "ci"): READ,
    ("release", "build"): READ,
    ("release", "attest"): ATTEST,
    ("release", "publish"): {"id-token": "write"},
}
"""All that each job may. Where something may be written, nothing of the repository runs."""

PLACEHOLDERS = ("README.md", "server.json", "editors/schemastore.json")
CATALOGUE = json.loads((ROOT / "editors" / "schemastore.json").read_text("utf-8"))
SERVER = json.loads((ROOT / "server.json").read_text("utf-8"))


def jobs() -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """Every job of every workflow, by the names of both."""
    for workflow, content in WORKFLOWS.items():
        for job, steps in content["jobs"].items():
            yield (workflow, job), steps


def test_every_action_is_pinned_by_its_commit_and_says_its_version() -> None:
    """The same one for each use: a tag can be moved, and a hash alone tells nobody how old it is."""
    versions: dict[str, set[str]] = {}
    for file in (ROOT / ".github" / "workflows").glob("*.yml"):
        for line in re.findall(r"^ *(?:- )?uses: (.*)$", file.read_text("utf-8"), re.MULTILINE):
            if line != "./.github/workflows/ci.yml":
                found = re.fullmatch(r"([\w-]+/[\w-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)\b.*", line)
                assert found, line
                versions.setdefault(found[1], set()).add(found[2])
    assert [action for action, pins in versions.items() if len(pins) > 1] == []
    assert {"actions/checkout", "actions/attest", "pypa/gh-action-pypi-publish"} <= set(versions)


def test_a_job_may_no_more_than_it_needs() -> None:
    """Nothing by default, and never a secret; a job that may write runs no code of the repository."""
    assert {name: job["permissions"] for name, job in jobs()} == PERMISSIONS
    for name, job in jobs():
        steps = job.get("steps", [])
        checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
        assert all(step["with"]["persist-credentials"] is False for step in checkouts), name
        if "write" in job["permissions"].values():
            assert checkouts == [], name
    for name, workflow in WORKFLOWS.items():
        assert workflow["permissions"] == {}, name
        text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text("utf-8")
        assert not re.search(r"secrets[.:]|pull_request_target|run:.*\$\{\{", text), name


def test_nothing_is_published_that_was_not_tested_built_and_attested() -> None:
    """One after the other; only a tag begins it, and somebody approves the last."""
    release = WORKFLOWS["release"]
    assert release[True] == {"push": {"tags": ["v*"]}}  # YAML reads `on` as true
    order = {name: job.get("needs") for name, job in release["jobs"].items()}
    assert order == {"ci": None, "build": "ci", "attest": "build", "publish": "attest"}
    assert release["jobs"]["publish"]["environment"] == "pypi"
    runs = [step["run"] for step in release["jobs"]["build"]["steps"] if "run" in step]
    assert runs == ["bash .ci/tagged.sh", "bash .ci/dist.sh dist"]


def test_what_is_attested_is_what_is_published() -> None:
    """Sdist and wheel as the build left them; the SBOM is no distribution, and goes another way."""
    steps = {name: WORKFLOWS["release"]["jobs"][name]["steps"] for name in ("build", "attest", "publish")}
    kept = {
        step["with"]["name"]: step["with"]["path"]
        for step in steps["build"]
        if "name" in step.get("with", {})
    }
    assert {name: path.split() for name, path in kept.items()} == {
        "dist": ["dist/*.tar.gz", "dist/*.whl"],
        "sbom": ["dist/*.cdx.json"],
    }
    provenance, sbom = (step["with"] for step in steps["attest"] if "actions/attest@" in step.get("uses", ""))
    assert provenance == {"subject-path": "dist/*"}
    assert sbom == {"subject-path": "dist/*.whl", "sbom-path": "sbom/sbom.json"}
    download, publish = steps["publish"]
    assert download["with"] == {"name": "dist", "path": "dist"}
    assert "with" not in publish  # its own choice is dist/, with attestations and without a password


def test_every_file_that_tells_the_version_tells_the_same() -> None:
    """Of the package: manifests, the extension, the skill, the container, and whatever is added to them."""
    places = [ROOT, *(ROOT / name for name in (".ci", ".claude-plugin", "editors", "skills"))]
    found = [
        file for place in places for file in (place.glob("*.*") if place == ROOT else place.rglob("*.*"))
    ]
    told: dict[str, set[str]] = {}
    for file in (file for file in [*found, ROOT / ".ci" / "Containerfile"] if file.is_file()):
        versions = re.findall(r'\bversion"?\s?[:=]\s?"(\d+\.\d+[^"]*)"', file.read_text("utf-8", "replace"))
        if versions and "node_modules" not in file.parts:
            told[str(file.relative_to(ROOT))] = {*versions}
    assert [file for file, versions in told.items() if versions != {__version__}] == []
    assert {
        ".ci/Containerfile",
        ".claude-plugin/marketplace.json",
        ".claude-plugin/plugin.json",
        "editors/vscode/package.json",
        "plugin.json",
        "server.json",
        "skills/realtime-engineer/SKILL.md",
    } <= set(told)


def test_every_python_that_is_named_is_tested() -> None:
    """From the oldest that installs it."""
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert WORKFLOWS["ci"]["jobs"]["quick"]["strategy"]["matrix"]["python"] == named
    assert PROJECT["requires-python"] == f">={named[0]}"


def test_every_dependency_has_a_lowest_version_and_what_is_tested_lies_above() -> None:
    """`make lowest` can find the one; `dev` names the other."""
    extras = PROJECT["optional-dependencies"]
    tested = {each.name: each for each in map(Requirement, extras["dev"])}
    for one in map(
        Requirement, [*PROJECT["dependencies"], *extras["lsp"], *extras["mcp"], *extras["report"]]
    ):
        assert [each.version for each in one.specifier if each.operator == ">="], one
        if one.name in tested:
            (pin,) = tested[one.name].specifier
            assert pin.operator == "=="
            assert pin.version in one.specifier, one


def released(folder: Path, tag: str) -> tuple[int, list[str]]:
    """The status of the check that a folder may be released under a tag, and what it has against it."""
    words = ["bash", folder / ".ci" / "tagged.sh"]
    environment = {"PATH": os.environ["PATH"], "GITHUB_REF_NAME": tag}
    done = subprocess.run(words, env=environment, capture_output=True, check=False, text=True)
    assert done.stderr == ""
    return done.returncode, re.findall(r"^::error title=release::(.*)$", done.stdout, re.MULTILINE)


def git(folder: Path, *words: str) -> None:
    """Git in a folder, as nobody's configuration has it."""
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    named = ["-c", "user.name=ada", "-c", "user.email=ada@example.com"]
    subprocess.run(["git", "-C", folder, *named, *words], env=environment, check=True)


def commit(folder: Path) -> None:
    """A commit of what is there."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "a")


def test_a_tag_is_refused_that_is_not_the_version_or_whose_owner_nobody_named(tmp_path: Path) -> None:
    """With all reasons at once; where none is left, the release goes on."""
    for name in (".ci/tagged.sh", "rtreview/__init__.py", "CHANGELOG.md", *PLACEHOLDERS):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((ROOT / name).read_bytes())
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path)
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD")
    status, reasons = released(tmp_path, "v9.9.9")
    assert status == 1
    assert reasons[0].startswith(f"The tag is v9.9.9, and rtreview/__init__.py says {__version__}: ")
    assert [reason.partition(" ")[0] for reason in reasons[1:]] == ["CHANGELOG.md", *PLACEHOLDERS]
    for name in PLACEHOLDERS:
        file = tmp_path / name
        file.write_text(file.read_text("utf-8").replace("OWNER", "ada"), "utf-8")
    with (tmp_path / "CHANGELOG.md").open("a", encoding="utf-8") as changelog:
        changelog.write(f"\n## [{__version__}] - 2026-12-01\n")
    assert released(tmp_path, f"v{__version__}") == (0, [])


def test_a_tag_is_refused_whose_commit_is_not_on_main(tmp_path: Path) -> None:
    """Nobody has reviewed it there, or nobody can tell."""
    for name in (".ci/tagged.sh", "rtreview/__init__.py", "CHANGELOG.md", *PLACEHOLDERS):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / name).read_text("utf-8")
        file.write_text(text.replace("OWNER", "ada") if name in PLACEHOLDERS else text, "utf-8")
    with (tmp_path / "CHANGELOG.md").open("a", encoding="utf-8") as changelog:
        changelog.write(f"\n## [{__version__}] - 2026-12-01\n")
    refused = (1, [f"The commit of v{__version__} is not on main: merge it, and tag it there."])
    assert released(tmp_path, f"v{__version__}") == refused
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path)
    assert released(tmp_path, f"v{__version__}") == refused
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD")
    assert released(tmp_path, f"v{__version__}") == (0, [])
    commit(tmp_path)
    assert released(tmp_path, f"v{__version__}") == refused
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(tmp_path, "checkout", "-q", "HEAD~1")
    assert released(tmp_path, f"v{__version__}") == (0, [])
    (checkout,) = [
        step["with"]
        for step in WORKFLOWS["release"]["jobs"]["build"]["steps"]
        if "actions/checkout@" in step.get("uses", "")
    ]
    assert checkout["fetch-depth"] == 0


def schema_of_servers() -> dict[str, Any]:
    """The schema that `server.json` names, as skillsaw has it."""
    (version,) = re.findall(r"/schemas/([\d-]+)/server\.schema\.json$", SERVER["$schema"])
    folder = resources.files(f"skillsaw.schemas.mcp_registry.v{version.replace('-', '_')}")
    schema: dict[str, Any] = json.loads((folder / "server.schema.json").read_text("utf-8"))
    assert schema["$id"] == SERVER["$schema"]
    return schema


def test_the_registry_of_servers_takes_ours() -> None:
    """By its own schema, which would have found a mistake."""
    schema = schema_of_servers()
    jsonschema.validate(SERVER, schema)
    for key, wrong in {"name": "rtreview", "description": "x" * 101, "version": 1, "packages": [{}]}.items():
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**SERVER, key: wrong}, schema)


def test_the_readme_tells_the_registry_whose_server_this_is() -> None:
    """It looks for this line in what the package index shows."""
    assert f"<!-- mcp-name: {SERVER['name']} -->" in (ROOT / "README.md").read_text("utf-8").splitlines()
    (package,) = SERVER["packages"]
    assert package["identifier"] == PROJECT["name"]


def test_the_readme_says_how_a_release_is_verified() -> None:
    """In one line, and by the owner who attests it."""
    owner = SERVER["name"].removeprefix("io.github.").partition("/")[0]
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert [line for line in lines if f"`gh attestation verify FILE --repo {owner}/rtreview`" in line]


def test_the_catalogue_of_schemas_names_the_files_that_are_reviewed(tmp_path: Path) -> None:
    """Every name that a review of a folder finds by itself, and no other YAML."""
    assert set(CATALOGUE) == {"name", "description", "fileMatch", "url"}
    names = [
        "a.rtreview.yaml",
        "b.rtreview.yml",
        "c.yaml",
        "rtreview.yaml",
        "d.rtreview.json",
        "e.rtreview.yaml.bak",
    ]
    for name in names:
        (tmp_path / name).write_bytes(SOUND.read_bytes())
    told = json.loads(cli(tmp_path, "--format", "json").stdout)
    reviewed = {Path(each["path"]).name for each in told["reviews"]}
    assert reviewed == {
        name for name in names for glob in CATALOGUE["fileMatch"] if fnmatch.fnmatch(name, glob)
    }
    assert len(reviewed) == len(CATALOGUE["fileMatch"])


def test_the_catalogue_of_schemas_leads_to_the_schema_of_a_design() -> None:
    """At the tip of this repository, whose owner is the one that `server.json` names."""
    owner = SERVER["name"].removeprefix("io.github.").partition("/")[0]
    address = f"https://raw.githubusercontent.com/{owner}/rtreview/main/"
    assert CATALOGUE["url"].startswith(address)
    assert (ROOT / CATALOGUE["url"].removeprefix(address)).read_text("utf-8") == cli("schema").stdout
