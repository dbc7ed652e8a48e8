"""A file is judged by one configuration, that of its folder, whichever path of a call leads to it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import Repository, cli
from house import section

from rtreview.render.format import REPORTS

pytestmark = pytest.mark.slow  # each test reviews a repository of git

OWN = ".rtreview.toml"
RULE, MILD = "missing-heartbeat", "unbounded-message-queue"
IGNORED = f"ignore = ['{RULE}', 'reconnect-without-resume']\n"
DESIGN = """\
rtreview: 1
transport:
  kind: websocket
  heartbeat: none
  reconnect: {strategy: exponential, base: 1s, cap: 30s, jitter: full}
"""
CHAT, BOARD, NEWS = "docs/chat.rtreview.yaml", "other/board.rtreview.yaml", "docs/deep/news.rtreview.yaml"
CALLS = {
    "the file": [CHAT],
    "its folder": ["docs"],
    "the folder above": ["."],
    "another beside it": [BOARD, CHAT],
    "another folder beside it": ["other", "docs"],
    "one below it": [NEWS, CHAT],
}


@pytest.fixture
def nested(repository: Repository) -> Repository:
    """A repository with a design in each of three folders, and a configuration in the root."""
    repository.write(OWN, IGNORED)
    for name in (CHAT, BOARD, NEWS):
        repository.write(name, DESIGN)
    return repository


def report(*words: str) -> tuple[int, dict[str, Any]]:
    """The exit status, and the reviews by their paths."""
    done = cli("review", "--format", "json", *words)
    return done.exit_code, {os.path.normpath(one["path"]): one for one in json.loads(done.stdout)["reviews"]}


def found(review: dict[str, Any]) -> dict[str, str]:
    """The severities of the findings by their rules."""
    return {finding["rule"]: finding["severity"] for finding in review["findings"]}


@pytest.mark.parametrize("call", CALLS)
def test_a_file_is_judged_alike_whichever_path_leads_to_it(call: str, nested: Repository) -> None:
    """By what its folder requires, how grave that is there, and from when on it fails."""
    nested.write(f"docs/{OWN}", f"required = '{RULE}'\nfail-on = 'info'\nseverity.{MILD} = 'error'\n")
    status, reviews = report(*CALLS[call])
    assert status == 1
    judged = found(reviews[CHAT])
    assert (judged[RULE], judged[MILD]) == ("error", "error")


@pytest.mark.parametrize("call", CALLS)
def test_what_a_folder_requires_counts_nowhere_else(call: str, nested: Repository) -> None:
    """Neither beside it nor above."""
    nested.write(f"docs/{OWN}", f"required = '{RULE}'\nseverity.{MILD} = 'error'\n")
    _, reviews = report(*CALLS[call])
    beside = found(reviews[BOARD]) if BOARD in reviews else {MILD: "warning"}
    assert RULE not in beside
    assert beside[MILD] == "warning"


def test_the_threshold_of_a_folder_is_that_of_its_designs(nested: Repository) -> None:
    """A call that holds both fails by the one, and passes where that is sound."""
    nested.write(f"docs/{OWN}", "fail-on = 'warning'\n")
    assert report(".")[0] == 1
    (nested.folder / CHAT).unlink()
    (nested.folder / NEWS).unlink()
    assert report(".")[0] == 0


@pytest.mark.parametrize("paths", [["docs"], ["."], ["other", "docs"]])
def test_what_a_folder_includes_is_found_from_above(paths: Sequence[str], nested: Repository) -> None:
    """Its patterns are those of a search, wherever that begins."""
    nested.write(f"docs/{OWN}", "include = '*.design'\n")
    nested.write("docs/deep/a.design", DESIGN)
    nested.write("other/b.design", DESIGN)
    _, reviews = report(*paths)
    assert "docs/deep/a.design" in reviews
    assert "other/b.design" not in reviews
    assert len(reviews) == 3 + (BOARD in reviews)


def test_each_configuration_on_the_way_counts(nested: Repository) -> None:
    """One below one that is below."""
    nested.write(f"docs/{OWN}", f"severity.{MILD} = 'error'\n")
    nested.write(f"docs/deep/{OWN}", f"required = '{RULE}'\n")
    _, reviews = report(".")
    assert {name: found(review) for name, review in reviews.items()} == {
        name: found(report(name)[1][name]) for name in (CHAT, BOARD, NEWS)
    }
    assert {RULE, MILD} <= found(reviews[NEWS]).keys()


@pytest.mark.parametrize("is_repository", [True, False])
def test_folders_without_one_above_stand_alone(is_repository: bool, nested: Repository) -> None:
    """Each with what it ignores, excludes and knows."""
    if not is_repository:
        (nested.folder / ".git").rename(nested.folder / "git")
    (nested.folder / OWN).unlink()
    nested.write(f"docs/{OWN}", f"{IGNORED}exclude = 'deep/'\n")
    assert cli("baseline", "write", "docs").exit_code == 0
    status, reviews = report(".")
    assert (status, set(reviews)) == (1, {CHAT, BOARD})
    assert (reviews[CHAT]["findings"], len(reviews[CHAT]["known"])) == ([], 1)
    assert RULE in found(reviews[BOARD])


def test_a_repository_inside_another_begins_again(nested: Repository) -> None:
    """What is configured around it is nobody's there, whether it has a configuration or not."""
    Repository(nested.folder / "docs")
    assert {name: RULE in found(review) for name, review in report(".")[1].items()} == {
        CHAT: True,
        NEWS: True,
        BOARD: False,
    }
    nested.write(f"docs/{OWN}", "exclude = 'deep/'\n")
    assert set(report(".")[1]) == {CHAT, BOARD}


def test_a_baseline_from_above_is_written_for_each_folder(nested: Repository) -> None:
    """Where its designs look for it; what a folder requires is not taken up."""
    nested.write(OWN, "")
    nested.write(f"docs/{OWN}", f"required = '{RULE}'\n")
    assert cli("baseline", "write", ".").stdout.count("findings") == 1
    kept = json.loads(Path(".rtreview-baseline.json").read_text("utf-8"))["findings"]
    assert {(one["file"], one["rule"]) for one in kept if one["rule"] == RULE} == {(BOARD, RULE)}
    assert {name: set(found(review)) for name, review in report(".")[1].items()} == {
        CHAT: {RULE},
        NEWS: {RULE},
        BOARD: set(),
    }
    (nested.folder / BOARD).unlink()
    assert "obsolete" in cli("baseline", "prune", ".").stdout
    (nested.folder / OWN).unlink()
    (nested.folder / ".rtreview-baseline.json").unlink()
    nested.write(BOARD, DESIGN)
    assert cli("baseline", "write", ".").exit_code == 0
    assert Path("docs/.rtreview-baseline.json").is_file()
    assert cli("baseline", "show", ".").stdout.count(MILD) == 3


@pytest.mark.parametrize("name", REPORTS.formats)
def test_rules_of_a_folder_have_their_words_in_every_format(name: str, nested: Repository) -> None:
    """The references of a team below stand beside the others."""
    nested.write(f"docs/{OWN}", "references = 'house'\n")
    nested.write("docs/house/validations.md", section())
    nested.write(CHAT, DESIGN.replace("heartbeat: none", "heartbeat: {interval: 60s}"))
    done = cli("review", "--format", name, ".")
    assert done.exit_code in (0, 1), done.output
    assert "quick-beats" in done.stdout


def test_fixes_go_by_the_configuration_of_the_file(nested: Repository) -> None:
    """What is ignored is not fixed there, and what is required is."""
    nested.write(f"docs/{OWN}", f"required = '{RULE}'\n")
    assert set(_fixed(".")) == {name for name in (CHAT, NEWS) if _fixed(name)}


def _fixed(path: str) -> list[str]:
    """The files that a fix of everything would change for the rule."""
    done = cli("fix", "--all", "--diff", path)
    return [line.split()[1] for line in done.stdout.splitlines() if line.startswith("+++")]


def test_a_mistake_in_a_configuration_below_ends_the_call(nested: Repository) -> None:
    """Nobody knows how what is below should be judged."""
    nested.write(f"docs/{OWN}", "fail-on = \n")
    done = cli("review", ".")
    assert done.exit_code == 3
    assert f"docs/{OWN}:1" in done.stdout


def test_a_configuration_that_is_named_counts_for_every_file(nested: Repository) -> None:
    """And without any, the defaults do."""
    nested.write(f"docs/{OWN}", f"severity.{MILD} = 'error'\n")
    assert found(report("--config", OWN, ".")[1][CHAT])[MILD] == "warning"
    assert found(report("--no-config", ".")[1][CHAT])[MILD] == "warning"


LOOSENED = "loosened-review"


@pytest.mark.parametrize("paths", [["."], ["docs"]])
@pytest.mark.parametrize(
    ("content", "file", "sentence"),
    [
        ("fail-on = 'warning'", f"docs/{OWN}", f"This change no longer requires `{RULE}`."),
        (None, f"docs/{OWN}", f"This change no longer requires `{RULE}`."),
        (f"required = '{RULE}'\nignore = '{MILD}'", f"docs/{OWN}", f"This configuration ignores `{MILD}`."),
    ],
)
def test_a_change_of_a_configuration_below_is_told(
    paths: list[str], content: str | None, file: str, sentence: str, nested: Repository
) -> None:
    """Once, at its file, and what it said before is in force."""
    nested.write(f"docs/{OWN}", f"required = '{RULE}'\nfail-on = 'warning'\n")
    nested.commit()
    if content is None:
        (nested.folder / file).unlink()
    else:
        nested.write(file, content)
    nested.write(CHAT, f"{DESIGN}# another\n")
    done = cli("review", "--base", "main", "--format", "json", *paths)
    assert done.exit_code == 1
    reviews = json.loads(done.stdout)["reviews"]
    told = [
        (one["path"], two["message"]) for one in reviews for two in one["findings"] if two["rule"] == LOOSENED
    ]
    assert [path for path, message in told if message.startswith(sentence)] == [file]
    assert RULE in {two["rule"] for one in reviews if one["path"] == CHAT for two in one["findings"]}


def test_what_a_change_makes_milder_above_is_told_once(nested: Repository) -> None:
    """Though each configuration below goes by it too."""
    nested.write(OWN, "fail-on = 'info'\n")
    nested.write(f"docs/{OWN}", f"required = '{RULE}'\n")
    nested.commit()
    nested.write(OWN, "fail-on = 'never'\n")
    done = cli("review", "--new-only", "--base", "main", ".")
    assert done.exit_code == 1
    assert done.stdout.count("lowers `fail-on` from info to never") == 1


def test_a_configuration_below_that_only_gets_stricter_is_not_told(nested: Repository) -> None:
    """A new one, with paths of its own."""
    nested.commit()
    nested.write(f"docs/{OWN}", f"required = '{RULE}'\npaths = 'deep'\n")
    status, reviews = report("--new-only", "--base", "main", ".")
    assert (status, [one["findings"] for one in reviews.values()]) == (0, [[], [], []])


def test_a_design_that_a_configuration_below_no_longer_includes_is_told(nested: Repository) -> None:
    """It is out of sight of every call, once the change is merged."""
    nested.write(f"docs/{OWN}", "include = '*.design'\n")
    nested.write("docs/a.design", DESIGN)
    nested.commit()
    nested.write(f"docs/{OWN}", "")
    done = cli("review", "--new-only", "--base", "main", "--format", "json", ".")
    told = [finding["message"] for one in json.loads(done.stdout)["reviews"] for finding in one["findings"]]
    assert "This change stops reviewing `docs/a.design`, because of a name that is none of a design." in told


def test_a_deleted_design_that_only_its_folder_includes_is_told(nested: Repository) -> None:
    """The configurations of the base are asked for what is gone, too."""
    nested.write(f"docs/{OWN}", "include = '*.design'\n")
    nested.write("docs/a.design", DESIGN)
    nested.commit()
    (nested.folder / "docs/a.design").unlink()
    done = cli("review", "--new-only", "--base", "main", ".")
    assert "This change deletes the design of `docs/a.design`." in " ".join(done.stdout.split())
