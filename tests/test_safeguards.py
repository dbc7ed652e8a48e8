"""A change does not decide how it is reviewed: every switch that it could turn is told, and fails it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Repository, cli
from house import section

RULE, HOUSE_RULE, LOOSENED = "missing-heartbeat", "quick-beats", "loosened-review"
SOUND = "rtreview: 1\nname: Sound\n"
FLAWED = """\
rtreview: 1
name: Chat
workload: {connections: 20000}
transport:
  kind: websocket
  heartbeat: none
  reconnect: none
"""
CONFIGURATION = f"""\
fail-on = "warning"
required = ["{RULE}"]
paths = ["docs"]
include = ["docs/*.design.yaml"]
exclude = ["docs/archive/"]
references = "house"

[limits.topology.node]
accept_rate = "300/s"
"""
OWN, CHAT, OLD = ".rtreview.toml", "docs/chat.rtreview.yaml", "docs/old.rtreview.yaml"
OTHER = "missing-reconnection-logic"
RISK = f"{{rule: {OTHER}, reason: r, owner: o, until: 2099-01-01}}"

Turn = Callable[[Repository], object]
"""What a change does to the repository beside the flawed design that it brings."""


@pytest.fixture
def house(repository: Repository) -> Repository:
    """A repository whose team has rules and sound designs; the branch `feature` brings a flawed one."""
    repository.write(OWN, CONFIGURATION)
    repository.write("house/validations.md", section())
    repository.write(OLD, SOUND.replace("Sound", "Old"))
    repository.write("docs/kept.rtreview.yaml", SOUND)
    repository.write("docs/a.design.yaml", SOUND)
    repository.commit()
    repository.git("switch", "--quiet", "--create", "feature")
    repository.write(CHAT, FLAWED)
    return repository


def replaced(old: str, new: str) -> Turn:
    """The configuration with another text in it."""
    assert old in CONFIGURATION
    return lambda house: house.write(OWN, CONFIGURATION.replace(old, new))


def written(name: str, content: str) -> Turn:
    """Another file."""
    return lambda house: house.write(name, content)


def moved(old: str, new: str) -> Turn:
    """A file by another name."""

    def move(house: Repository) -> None:
        (house.folder / new).parent.mkdir(parents=True, exist_ok=True)
        house.git("mv", old, new)

    return move


def link(house: Repository) -> None:
    """A design that is a link out of what is searched now."""
    outside = house.write("elsewhere.yaml", FLAWED)
    (house.folder / OLD).unlink()
    (house.folder / OLD).symlink_to(outside)


BELOW = "a configuration below"
SEVERITIES = f'\n[severity]\n{RULE} = "info"\nunbounded-message-queue = "info"\n'
SWITCHES: dict[str, tuple[Turn, str]] = {
    "exclude": (
        replaced('"docs/archive/"', '"docs/archive/", "docs/ch*"'),
        "This change excludes `docs/ch*`.",
    ),
    "exclude, on a design": (
        replaced('"docs/archive/"', '"docs/archive/", "docs/ch*"'),
        f"This change stops reviewing `{CHAT}`, because of `exclude`.",
    ),
    "include": (
        replaced('include = ["docs/*.design.yaml"]', ""),
        "This change stops reviewing `docs/a.design.yaml`, because of a name that is none of a design.",
    ),
    ".gitignore": (
        written(".gitignore", "chat*\n"),
        f"This change stops reviewing `{CHAT}`, because of `.gitignore`.",
    ),
    ".gitignore below": (
        written("docs/.gitignore", "*\n"),
        f"This change stops reviewing `docs/a.design.yaml`, `{CHAT}`, `docs/kept.rtreview.yaml` and 1 more, "
        "because of `docs/.gitignore`.",
    ),
    "paths": (
        replaced('"docs"', '"other"'),
        "This change no longer looks at `docs`, only at `other`.",
    ),
    "a hidden name": (
        moved(OLD, "docs/.old.rtreview.yaml"),
        f"This change moves `{OLD}` to `docs/.old.rtreview.yaml`, where this review does not look.",
    ),
    "a hidden folder": (
        moved(OLD, "docs/.x/old.rtreview.yaml"),
        f"This change moves `{OLD}` to `docs/.x/old.rtreview.yaml`, where this review does not look.",
    ),
    "a name of no design": (
        moved(OLD, "docs/old.yaml"),
        f"This change moves `{OLD}` to `docs/old.yaml`, where this review does not look.",
    ),
    "a link": (
        link,
        f"This change stops reviewing `{OLD}`: the file is still there, and holds no design any more.",
    ),
    "required": (
        replaced(f'required = ["{RULE}"]', ""),
        f"This change no longer requires `{RULE}`.",
    ),
    "ignore": (
        replaced(f'required = ["{RULE}"]', f'ignore = ["{RULE}"]'),
        f"This change ignores `{RULE}`.",
    ),
    "select": (
        replaced(f'required = ["{RULE}"]', 'select = ["polling-as-realtime"]'),
        "This change no longer selects",
    ),
    "severities": (
        lambda house: house.write(OWN, CONFIGURATION + SEVERITIES),
        f"This change lowers `{RULE}` from error to info, `unbounded-message-queue` from warning to info.",
    ),
    "fail-on": (
        replaced('fail-on = "warning"', 'fail-on = "never"'),
        "This change lowers `fail-on` from warning to never.",
    ),
    "limits": (
        replaced("300/s", "90000/s"),
        "This change changes `limits.topology.node.accept_rate` from 300/s to 90000/s.",
    ),
    "assume": (
        lambda house: house.write(OWN, f'{CONFIGURATION}[assume.topology.node]\nmemory = "64GiB"\n'),
        "This change states `assume.topology.node.memory` as 64GiB where a design is silent.",
    ),
    "baseline": (
        replaced('paths = ["docs"]', 'paths = ["docs"]\nbaseline = "other.json"'),
        "This change keeps its known findings in another file, `other.json`.",
    ),
    "accept-in-same-change": (
        replaced('paths = ["docs"]', 'paths = ["docs"]\naccept-in-same-change = true'),
        "This change lets a change accept what it brings itself.",
    ),
    "a rule of the team": (
        written("house/validations.md", section().replace("20s}}}}}}", "99s}}}}}}")),
        f"This change changes the condition of `{HOUSE_RULE}`.",
    ),
    "a rule less of the team": (
        written("house/validations.md", section(id="slow-beats")),
        f"This change drops the rule `{HOUSE_RULE}`.",
    ),
    "a severity of the team": (
        written("house/validations.md", section(severity="info")),
        f"This change lowers `{HOUSE_RULE}` from warning to info.",
    ),
    "a severity of the team in place of ours": (
        written("house/validations.md", f"{section()}\n## {RULE}\n\n- Severity: info\n"),
        f"This change lowers `{RULE}` from error to info.",
    ),
    "no references": (
        replaced('references = "house"', ""),
        f"This change drops the rule `{HOUSE_RULE}`.",
    ),
    "no configuration": (
        lambda house: (house.folder / OWN).unlink(),
        "This change lowers `fail-on` from warning to error.",
    ),
    "a file that comes first": (
        lambda house: (house.write("pyproject.toml", "[tool.rtreview]\n"), (house.folder / OWN).unlink()),
        f"This change no longer requires `{RULE}`.",
    ),
    BELOW: (
        written(f"docs/{OWN}", f'ignore = ["{RULE}"]\n[severity]\nunbounded-message-queue = "info"\n'),
        f"This configuration ignores `{RULE}`. It may be stricter than "
        "`../.rtreview.toml`, and never milder.",
    ),
    "accepted": (
        written(CHAT, f"{FLAWED}accepted: [{RISK}]\n"),
        f"This change accepts an error that it brings, `{OTHER}`. It counts as open until `main` has the "
        "acceptance.",
    ),
    "accepted on the line": (
        written(
            CHAT,
            FLAWED.replace(
                "reconnect: none\n",
                f"reconnect: none  # rtreview: accept {OTHER} -- r (o, until 2099-01-01)\n",
            ),
        ),
        f"This change accepts an error that it brings, `{OTHER}`. It counts as open until `main` has the "
        "acceptance.",
    ),
}


def told(*words: str) -> tuple[int, Any]:
    """The exit status, and what stands in the JSON."""
    done = cli(*words, "--format", "json")
    return done.exit_code, json.loads(done.stdout)


def safeguards(reviews: Any) -> list[tuple[str, str, str]]:
    """File, severity and sentence of what a change does to its review."""
    return [
        (review["path"], finding["severity"], finding["message"])
        for review in reviews
        for finding in review["findings"]
        if finding["rule"] == LOOSENED
    ]


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_is_told_and_fails_the_change(name: str, house: Repository) -> None:
    """In a sentence, by both commands; and what the flawed design has is found as if nobody had turned it."""
    turn, sentence = SWITCHES[name]
    turn(house)
    house.git("add", "--all", "--force")
    house.git("commit", "--quiet", "--message", "change")
    # Without a path it is that of the configuration, which is one of the switches.
    paths = ["docs"] if name == BELOW else []
    status, report = told("review", "--new-only", "--base", "main", *paths)
    assert status == 1
    assert sentence in "\n".join(message for _, _, message in safeguards(report["reviews"]))
    found = {one["rule"] for review in report["reviews"] for one in review["findings"]}
    assert RULE in found
    status, changes = told("diff", "--base", "main", *paths)
    assert status == 1
    new = [one["finding"] for change in changes["changes"] for one in change["new"]]
    assert sentence in "\n".join(one["message"] for one in new if one["rule"] == LOOSENED)
    assert RULE in {finding["rule"] for finding in new}


def test_without_a_switch_nothing_is_told(house: Repository) -> None:
    """The flawed design alone fails the change; the table rests on that."""
    house.commit()
    status, report = told("review", "--new-only", "--base", "main")
    assert (status, safeguards(report["reviews"])) == (1, [])
