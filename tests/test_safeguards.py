"""A change does not decide how it is reviewed: every switch that it could turn is told, and fails it."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import ROOT, Repository, cli
from house import section

from rtreview.render.format import CHANGES, REPORTS

pytestmark = pytest.mark.slow  # each test turns a switch in a repository of git

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

BOTH, ALL, MANY = "docs/both.rtreview.yaml", "docs/all.rtreview.yaml", "docs/many.md"
OTHER_DESIGN = """\
rtreview: 1
name: Other
transport: {kind: sse}
workload: {connections: 300}
"""
FENCES = f"# Plan\n\n```yaml rtreview\n{SOUND}```\n\nAnd:\n\n```yaml rtreview\n{OTHER_DESIGN}```\n"

PADDED = SOUND.replace("Sound", "Old") + "".join(f"# {number**7}\n" for number in range(400))

PROLONGED = f"This change has another {{}} for the acceptance of `{OTHER}`."

Turn = Callable[[Repository], object]
"""What a change does to the repository beside the flawed design that it brings."""


@pytest.fixture
def house(repository: Repository) -> Repository:
    """A repository whose team has rules and sound designs; the branch `feature` brings a flawed one."""
    repository.write(OWN, CONFIGURATION)
    repository.write("house/validations.md", section())
    repository.write(OLD, SOUND.replace("Sound", "Old"))
    repository.write("docs/kept.rtreview.yaml", SOUND)
    repository.write(RUNS, DEPLOYED)
    repository.write("deploy/nginx.conf", NGINX)
    repository.write("docs/a.design.yaml", SOUND)
    repository.write("docs/plan.md", f"# Plan\n\n```yaml rtreview\n{SOUND}```\n")
    repository.write(MANY, FENCES)
    repository.write(BOTH, f"{SOUND}---\n{OTHER_DESIGN}")
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


def widen(house: Repository) -> None:
    """What runs becomes something else, and the design states so much that it agrees."""
    house.write(RUNS, DEPLOYED.replace("60s", "5s..2m"))
    house.write(
        "deploy/nginx.conf", "server { location / { proxy_pass http://chat; proxy_read_timeout 20s; } }"
    )


BELOW = "a configuration below"
RUNS = "docs/runs.rtreview.yaml"
NGINX = "server { listen 80; location / { proxy_pass http://chat; } }"
HOP = "transport: {path: [{name: nginx, idle_timeout: 60s}]}\n"
DEPLOYED = SOUND.replace("Sound", "Running") + HOP + "deployed_as: {paths: [../deploy]}\n"
SEVERITIES = f'\n[severity]\n{RULE} = "info"\nunbounded-message-queue = "info"\n'
SWITCHES: dict[str, tuple[Turn, str]] = {
    "no deployment": (
        written(RUNS, SOUND.replace("Sound", "Running") + HOP),
        "This change stops comparing the design Running with what runs.",
    ),
    "a variable in what runs": (
        written(
            "deploy/nginx.conf", "server { location / { proxy_pass http://a; proxy_read_timeout ${T}; } }"
        ),
        "This change stops comparing the design Running with what runs.",
    ),
    "a range that holds what runs": (
        widen,
        "This change widens `transport.path[nginx].idle_timeout` of the design Running from 60s to 5s..2m, "
        "so that more agrees.",
    ),
    "a part of what runs that git is to ignore": (
        lambda house: (
            house.write("deploy/.gitignore", "nginx.conf\n"),
            house.write(
                "deploy/nginx.conf", "server { location / { proxy_pass http://a; proxy_read_timeout ${T}; } }"
            ),
            house.write("deploy/other/nginx.conf", "server { location / { proxy_pass http://chat; } }"),
        ),
        "This change stops comparing the design Running with what runs.",
    ),
    "a part of what runs that cannot be read": (
        written("deploy/more.conf", "# \u0085\nproxy_read_timeout 20s;"),
        "This change has `deploy/more.conf` in what runs of the design Running, and it cannot be read.",
    ),
    "a resource that is too large to be read": (
        written("deploy/more.yaml", "kind: Deployment\n" + "# x\n" * 300_000),
        "This change has `deploy/more.yaml` in what runs of the design Running, and it cannot be read.",
    ),
    "a deployment that is none": (
        written(RUNS, DEPLOYED.replace("../deploy", "../docs")),
        "This change leads the design Running away from `deploy`, which is there still.",
    ),
    "a deployment that is a copy of what is moved": (
        lambda house: (
            house.write("copy/nginx.conf", NGINX),
            (house.folder / "deploy/nginx.conf").unlink(),
            house.write(
                ".real/nginx.conf", NGINX.replace("http://chat;", "http://chat; proxy_read_timeout 20s;")
            ),
            house.write(RUNS, DEPLOYED.replace("../deploy", "../copy")),
        ),
        "This change leads the design Running away from `deploy`, and adds `.real/nginx.conf`, "
        "which may be what runs.",
    ),
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
        f"This change stops reviewing `docs/a.design.yaml`, `{BOTH}`, `{CHAT}` and 5 more, "
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
    "a name of no design, with more of comments than of the design": (
        lambda house: (moved(OLD, "docs/old.yaml")(house), house.write("docs/old.yaml", PADDED)),
        f"This change moves `{OLD}` to `docs/old.yaml`, where this review does not look.",
    ),
    "a link": (
        link,
        f"This change stops reviewing `{OLD}`: it is a link now, to where this review does not look.",
    ),
    "a fence of a document": (
        written("docs/plan.md", f"# Plan\n\n```yaml\n{SOUND}```\n"),
        "This change takes the design Sound out of `docs/plan.md`, which is still there.",
    ),
    "a fence of several": (
        written(MANY, FENCES.replace("```yaml rtreview\n" + OTHER_DESIGN, "```yaml\n" + OTHER_DESIGN)),
        f"This change takes the design Other out of `{MANY}`, which is still there.",
    ),
    "a document of several": (
        written(BOTH, SOUND),
        f"This change takes the design Other out of `{BOTH}`, which is still there.",
    ),
    "a design of several in a file with another name": (
        lambda house: (moved(BOTH, ALL)(house), house.write(ALL, OTHER_DESIGN)),
        f"This change takes the design Sound out of `{ALL}`, which is still there.",
    ),
    "another design in the place of one": (
        written(BOTH, f"{SOUND}---\n{FLAWED}"),
        f"This change takes the design Other out of `{BOTH}`, which is still there.",
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
    "two designs exchange their names": (
        lambda house: (
            house.write("docs/kept.rtreview.yaml", FLAWED.replace("Chat", "Old")),
            house.write(OLD, SOUND),
        ),
        "This change puts the design Old of `docs/old.rtreview.yaml` in the place of the design Sound in "
        "`docs/kept.rtreview.yaml`.",
    ),
    "a name is taken from a design that is deleted": (
        lambda house: (
            house.write("docs/kept.rtreview.yaml", FLAWED.replace("Chat", "Old")),
            (house.folder / OLD).unlink(),
        ),
        "This change puts the design Old of `docs/old.rtreview.yaml` in the place of the design Sound in "
        "`docs/kept.rtreview.yaml`.",
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


@pytest.fixture
def loosened(house: Repository) -> Repository:
    """The same with a milder configuration, a design moved out of sight, and one that is deleted."""
    replaced('fail-on = "warning"', 'fail-on = "never"')(house)
    moved(OLD, "docs/.old.rtreview.yaml")(house)
    (house.folder / "docs/kept.rtreview.yaml").unlink()
    house.commit()
    return house


SENTENCES = [
    "This change lowers `fail-on` from warning to never.",
    f"This change moves `{OLD}` to `docs/.old.rtreview.yaml`, where this review does not look.",
]
DELETED = "This change deletes the design Sound, of `docs/kept.rtreview.yaml`."


@pytest.mark.parametrize("name", REPORTS.formats)
def test_every_format_of_a_report_tells_it(name: str, loosened: Repository) -> None:
    """With what is deleted."""
    del loosened
    done = cli("review", "--new-only", "--base", "main", "docs", "--format", name)
    assert done.exit_code == 1
    for sentence in (*SENTENCES, DELETED):
        assert plain(sentence) in plain(done.stdout)


@pytest.mark.parametrize("name", CHANGES.formats)
def test_every_format_of_a_comparison_tells_it(name: str, loosened: Repository) -> None:
    """It has the deleted design anyway."""
    del loosened
    done = cli("diff", "--base", "main", "docs", "--format", name)
    assert done.exit_code == 1
    for sentence in SENTENCES:
        assert plain(sentence) in plain(done.stdout)
    assert "docs/kept.rtreview.yaml" in done.stdout


def plain(text: str) -> str:
    """The words of a text, however it is laid out, escaped and marked."""
    return re.sub(r"<[^<>]*>|&#?\w+;|[^\w.]", "", html.unescape(text).replace("\\u2060", ""))


def test_it_stands_in_a_section_of_its_own(loosened: Repository) -> None:
    """Above the designs, by its name."""
    del loosened
    _, report = told("review", "--new-only", "--base", "main", "docs")
    names = [review["name"] for review in report["reviews"]]
    assert names[:3] == ["How this change is reviewed"] * 3
    assert "How this change is reviewed" not in names[3:]
    done = cli("diff", "--base", "main", "docs")
    assert done.stdout.startswith("How this change is reviewed  .rtreview.toml\n")


def test_the_log_for_code_scanning_is_valid(loosened: Repository) -> None:
    """What has no section in the references is described as well."""
    del loosened
    done = cli("review", "--base", "main", "docs", "--format", "sarif")
    schema = json.loads((ROOT / "tests" / "sarif-schema-2.1.0.json").read_text("utf-8"))
    log = json.loads(done.stdout)
    jsonschema.Draft7Validator(schema).validate(log)
    (rule,) = [one for one in log["runs"][0]["tool"]["driver"]["rules"] if one["id"] == LOOSENED]
    assert rule["properties"]["tags"] == ["review"]


def test_a_deleted_design_is_told_and_fails_nothing(house: Repository) -> None:
    """A feature may end."""
    house.git("checkout", "--quiet", "main")
    (house.folder / CHAT).unlink()
    (house.folder / OLD).unlink()
    status, report = told("review", "--new-only", "--base", "main", "docs", "--fail-on", "warning")
    assert (status, safeguards(report["reviews"])) == (
        0,
        [(OLD, "info", f"This change deletes the design Old, of `{OLD}`.")],
    )


def test_a_directory_that_loses_its_last_design_is_told_by_that(house: Repository) -> None:
    """It holds nothing to review, and nothing is wrong with that."""
    house.git("checkout", "--quiet", "main")
    for file in (house.folder / "docs").iterdir():
        file.unlink()
    status, report = told("review", "--new-only", "--base", "main", "docs")
    assert status == 0
    assert {severity for _, severity, _ in safeguards(report["reviews"])} == {"info"}


def test_a_design_that_moves_to_another_file_is_not_taken_out(house: Repository) -> None:
    """Out of a file with several, or the only one of a document; by its name, and renamed."""
    house.git("switch", "--quiet", "main")
    (house.folder / CHAT).unlink()
    house.write(BOTH, SOUND)
    house.write("docs/new.rtreview.yaml", OTHER_DESIGN.replace("300", "301"))
    house.write(MANY, FENCES.replace("Other", "Another"))
    house.write("docs/plan.md", "# Plan\n\nSee sound.rtreview.yaml.\n")
    house.write("docs/sound.rtreview.yaml", SOUND)
    status, report = told("review", "--new-only", "--base", "main", "docs")
    assert (status, safeguards(report["reviews"])) == (0, [])


def test_a_stricter_configuration_is_no_loosening(house: Repository) -> None:
    """Nothing is told, and it is not in force yet either."""
    (house.folder / CHAT).unlink()
    house.write(
        OWN,
        CONFIGURATION.replace('"warning"', '"info"')
        .replace('exclude = ["docs/archive/"]', "")
        .replace(f'["{RULE}"]', f'["{RULE}", "unbounded-message-queue"]')
        + '[severity]\nunbounded-message-queue = "error"\n',
    )
    status, report = told("review", "--new-only", "--base", "main")
    assert (status, safeguards(report["reviews"])) == (0, [])


def test_the_order_of_patterns_counts_where_one_takes_back(house: Repository) -> None:
    """What is excluded last stays so."""
    house.git("checkout", "--quiet", "main")
    both = 'exclude = ["docs/*", "!docs/a*"]'
    house.write(OWN, CONFIGURATION.replace('exclude = ["docs/archive/"]', both))
    house.commit()
    house.write(OWN, CONFIGURATION.replace('exclude = ["docs/archive/"]', 'exclude = ["!docs/a*", "docs/*"]'))
    messages = [
        message for *_, message in safeguards(told("review", "--new-only", "--base", "main")[1]["reviews"])
    ]
    assert "This change has the patterns of `exclude` in another order." in messages
    house.write(OWN, CONFIGURATION.replace('exclude = ["docs/archive/"]', 'exclude = ["docs/*"]'))
    messages = [
        message for *_, message in safeguards(told("review", "--new-only", "--base", "main")[1]["reviews"])
    ]
    assert "This change excludes `docs/a*`." in messages


POUND = """\
rtreview: 1
name: Chat
transport: {kind: websocket,
  library: our £ own, heartbeat: {interval: 25s}
  , reconnect: none}
"""
"""In the encoding ISO646-GB the sign is a `#`, so that the rest of its line is a comment."""


@pytest.mark.parametrize(
    ("name", "encoding", "rule", "message"),
    [
        (CHAT, "ISO646-GB", RULE, "The spec does not say `transport.heartbeat`."),
        (
            "docs/chat.md",
            "IBM037",
            LOOSENED,
            "This change takes the design Chat out of `docs/chat.md`, which is still there.",
        ),
    ],
)
def test_an_encoding_that_the_change_gives_a_design_hides_nothing(
    name: str, encoding: str, rule: str, message: str, house: Repository
) -> None:
    """To git it is the same text; to a review it says less, or is no text at all."""
    house.git("switch", "--quiet", "main")
    (house.folder / CHAT).unlink()
    text = POUND if name == CHAT else f"# Chat\n\n```yaml rtreview\n{POUND.replace('£', '$')}```\n"
    house.write(name, text)
    house.commit()
    house.git("switch", "--quiet", "--create", "encoded")
    house.write(".gitattributes", f"{name} working-tree-encoding={encoding}\n")
    (house.folder / name).unlink()
    house.git("checkout", "--", name)
    house.commit()
    status, report = told("review", "--new-only", "--base", "main", "docs")
    found = [(one["rule"], one["message"]) for each in report["reviews"] for one in each["findings"]]
    assert (status, found) == (1, [(rule, message)])


def test_what_the_base_allows_may_be_accepted_at_once(house: Repository) -> None:
    """Then it stands among the accepted risks of the change."""
    house.git("checkout", "--quiet", "main")
    (house.folder / CHAT).unlink()
    house.write(OWN, f"accept-in-same-change = true\n{CONFIGURATION}")
    house.commit()
    house.write(
        CHAT, f"{FLAWED.replace('heartbeat: none', 'heartbeat: {interval: 25s}')}accepted: [{RISK}]\n"
    )
    _, report = told("review", "--new-only", "--base", "main")
    assert safeguards(report["reviews"]) == []
    (chat,) = [review for review in report["reviews"] if review["path"] == CHAT]
    assert [one["finding"]["rule"] for one in chat["accepted"]] == [OTHER]


def test_what_was_found_before_may_be_accepted(house: Repository) -> None:
    """The change brings nothing but the decision, and somebody reads it."""
    house.git("checkout", "--quiet", "main")
    house.commit()
    house.write(CHAT, f"{FLAWED}accepted: [{RISK}]\n")
    status, report = told("review", "--new-only", "--base", "main", "docs")
    assert (status, safeguards(report["reviews"])) == (0, [])
    (chat,) = [review for review in report["reviews"] if review["path"] == CHAT]
    assert [one["finding"]["rule"] for one in chat["accepted"]] == [OTHER]


def test_an_acceptance_of_what_was_found_before_covers_no_second_of_it(house: Repository) -> None:
    """One item of a list has had the fault, and the change brings it to the other."""
    house.git("checkout", "--quiet", "main")
    lost = "{shape: text, strategy: last-writer-wins}"
    notes = "rtreview: 1\nname: Notes\nwriters: many\n"
    notes += f"sync: {{data: [{lost}, {{shape: text, strategy: append-only}}]}}\n"
    house.write(CHAT, notes)
    house.commit()
    risk = RISK.replace(OTHER, "shared-text-without-merge")
    house.write(CHAT, f"{notes.replace('append-only', 'last-writer-wins')}accepted: [{risk}]\n")
    status, report = told("review", "--new-only", "--base", "main", "docs")
    assert status == 1
    assert [message.partition(".")[0] for *_, message in safeguards(report["reviews"])] == [
        "This change accepts an error that it brings, `shared-text-without-merge`"
    ]


def test_what_the_base_accepts_stays_accepted(house: Repository) -> None:
    """Whatever the change says of its reason and its end."""
    house.git("checkout", "--quiet", "main")
    house.write(CHAT, f"{FLAWED}accepted: [{RISK}]\n")
    house.commit()
    house.write(CHAT, f"{FLAWED}accepted: [{RISK.replace('2099', '2098')}]\n")
    status, report = told("review", "--new-only", "--base", "main", "docs")
    assert (status, safeguards(report["reviews"])) == (0, [])


def test_a_risk_that_gets_worse_as_it_is_accepted_counts_as_open(house: Repository) -> None:
    """The finding that is accepted is another one than the base has."""
    house.git("checkout", "--quiet", "main")
    slow = "rtreview: 1\nname: Slow\ntransport:\n  kind: websocket\n  path: [aws-alb]\n"
    house.write(CHAT, f"{slow}  heartbeat: {{interval: 70s}}\n")
    house.commit()
    risk = RISK.replace(OTHER, "heartbeat-slower-than-path")
    house.write(CHAT, f"{slow}  heartbeat: {{interval: 600s}}\naccepted: [{risk}]\n")
    status, report = told("review", "--new-only", "--base", "main", "docs")
    assert status == 1
    assert [message.partition(".")[0] for *_, message in safeguards(report["reviews"])] == [
        "This change accepts an error that it brings, `heartbeat-slower-than-path`"
    ]


def test_what_goes_into_the_baseline_is_told(house: Repository) -> None:
    """It hides nothing that the change brings, and fails nothing by itself."""
    house.git("checkout", "--quiet", "main")
    house.commit()
    assert cli("baseline", "write", "docs", "--no-config").exit_code == 0
    status, report = told("review", "--new-only", "--base", "main", "docs")
    assert status == 0
    ((path, severity, message),) = safeguards(report["reviews"])
    assert (path, severity) == (".rtreview-baseline.json", "info")
    assert re.match(r"This change puts \d+ findings into the baseline: `", message)


def test_the_whole_is_reviewed_by_the_rules_of_the_base(house: Repository) -> None:
    """Without --new-only: with what was there before, by the baseline of the base."""
    house.git("checkout", "--quiet", "main")
    assert cli("baseline", "write", "docs/chat.rtreview.yaml", "--no-config").exit_code == 0
    house.write("docs/b.rtreview.yaml", FLAWED)
    house.commit()
    (house.folder / ".rtreview-baseline.json").unlink()
    house.write(OWN, 'fail-on = "never"\n')
    status, report = told("review", "--base", "main", "docs")
    assert status == 1
    by = {review["path"]: review for review in report["reviews"]}
    assert RULE in {one["rule"] for one in by["docs/b.rtreview.yaml"]["findings"]}
    assert len(by[CHAT]["known"]) == 3  # not the required one, which no baseline takes up
    assert RULE in {one["rule"] for one in by[CHAT]["findings"]}


def test_a_configuration_that_breaks_is_told_beside_the_review(house: Repository) -> None:
    """The designs are reviewed by the rules of the base all the same."""
    house.write(OWN, "fail-on = \n")
    status, report = told("review", "--new-only", "--base", "main", "docs")
    assert status == 3
    assert {"configuration", RULE} <= {
        one["rule"] for review in report["reviews"] for one in review["findings"]
    }


def test_a_base_with_a_broken_configuration_is_named(house: Repository) -> None:
    """It is the file of that revision, whatever the change makes of it."""
    house.git("checkout", "--quiet", "main")
    house.write(OWN, "fail-on = \n")
    house.commit()
    house.write(OWN, "")
    done = cli("review", "--new-only", "--base", "main", "docs")
    assert done.exit_code == 3
    assert "--> main:.rtreview.toml:1:11" in done.stdout


def test_a_configuration_that_is_named_is_that_of_the_base(house: Repository, tmp_path: Path) -> None:
    """Where it is in the repository; a file elsewhere is none of the change's."""
    house.git("checkout", "--quiet", "main")
    house.write("ci/strict.toml", 'paths = ["docs"]\nfail-on = "info"\n')
    house.commit()
    house.write("ci/strict.toml", 'paths = ["docs"]\nfail-on = "never"\n')
    house.write("docs/b.rtreview.yaml", FLAWED)
    status, report = told("review", "--new-only", "--base", "main", "--config", "ci/strict.toml")
    assert status == 1
    assert [(path, message) for path, _, message in safeguards(report["reviews"])] == [
        ("ci/strict.toml", "This change lowers `fail-on` from info to never.")
    ]
    outside = tmp_path / "own.toml"
    outside.write_text('paths = ["docs"]\nfail-on = "never"\n', "utf-8")
    status, report = told("review", "--new-only", "--base", "main", "--config", str(outside))
    assert (status, safeguards(report["reviews"])) == (0, [])


def test_a_file_that_the_base_does_not_have_is_told_as_its(house: Repository) -> None:
    """The change brings it, so that it decides nothing."""
    house.write("ci/new.toml", 'fail-on = "never"\n')
    done = cli("review", "--new-only", "--base", "main", "--config", "ci/new.toml", "docs")
    assert (done.exit_code, done.stderr) == (
        2,
        "rtreview: in `main`: --config: there is no file `ci/new.toml`\n",
    )


def test_the_settings_of_a_base_are_printed(house: Repository) -> None:
    """Those by which a change is reviewed."""
    house.write(OWN, "")
    assert re.search(r"(?m)^fail-on +warning +\.rtreview\.toml:1$", cli("config", "--base", "main").stdout)


def test_a_link_of_the_change_leads_no_rule_astray(house: Repository) -> None:
    """Neither one in place of a folder, nor one in place of the configuration."""
    house.write("other/.rtreview.toml", 'fail-on = "never"\n')
    house.write("other/validations.md", section(severity="info"))
    (house.folder / OWN).unlink()
    (house.folder / OWN).symlink_to("other/.rtreview.toml")
    (house.folder / "house/validations.md").unlink()
    (house.folder / "house").rmdir()
    (house.folder / "house").symlink_to("other")
    status, report = told("review", "--new-only", "--base", "main", "docs")
    assert status == 1
    assert RULE in {one["rule"] for review in report["reviews"] for one in review["findings"]}
    assert cli("config", "--base", "main").stdout.count("house") == 1


def test_a_branch_that_lags_behind_is_reviewed_by_the_rules_of_today(house: Repository) -> None:
    """Who begins at an old commit does not get its rules, and is not told of what they have become."""
    house.git("switch", "--quiet", "main")
    (house.folder / CHAT).unlink()
    house.git("switch", "--quiet", "--create", "lagging")
    house.git("switch", "--quiet", "main")
    stricter = CONFIGURATION.replace(f'["{RULE}"]', f'["{RULE}", "{OTHER}"]').replace('"warning"', '"info"')
    house.write(OWN, stricter.replace('exclude = ["docs/archive/"]', ""))
    house.commit()
    house.git("switch", "--quiet", "lagging")
    house.write("docs/archive/a.rtreview.yaml", f"{FLAWED}accepted: [{RISK}]\n")
    status, report = told("review", "--new-only", "--base", "main", "docs")
    assert (status, safeguards(report["reviews"])) == (1, [])
    (review,) = [one for one in report["reviews"] if one["path"] == "docs/archive/a.rtreview.yaml"]
    assert {RULE, OTHER, "accepted-risk-without-effect"} <= {one["rule"] for one in review["findings"]}


def test_a_condition_that_the_change_widens_does_not_cover_what_it_brings(house: Repository) -> None:
    """The base accepts the risk within other numbers."""
    house.git("switch", "--quiet", "main")
    risk = RISK.replace("until: 2099-01-01", "while: workload.connections < 30k")
    house.write(CHAT, f"{FLAWED}accepted: [{risk}]\n")
    house.commit()
    house.write(CHAT, f"{FLAWED.replace('20000', '90000')}accepted: [{risk.replace('30k', '99k')}]\n")
    status, report = told("review", "--new-only", "--base", "main", "docs")
    assert status == 1
    assert [message.partition(".")[0] for *_, message in safeguards(report["reviews"])] == [
        f"This change accepts an error that it brings, `{OTHER}`"
    ]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("until: 2098-01-01", "until: 2099-01-01", "end, `until 2099-01-01` in place of `until 2098-01-01`"),
        (
            "until: 2098-01-01",
            "while: workload.connections < 30k",
            "end, `while workload.connections < 30k` in place of `until 2098-01-01`",
        ),
        ("owner: o", "owner: stranger", "owner, `stranger` in place of `o`"),
        ("reason: r", "reason: s", "reason, `s` in place of `r`"),
        ("until: 2098-01-01", "until: 2097-01-01", ""),
    ],
)
def test_an_acceptance_that_the_change_prolongs_is_told(
    old: str, new: str, what: str, house: Repository
) -> None:
    """So is another owner or reason; an earlier day is stricter."""
    house.git("switch", "--quiet", "main")
    risk = RISK.replace("2099", "2098")
    house.write(CHAT, f"{FLAWED}accepted: [{risk}]\n")
    house.commit()
    house.write(CHAT, f"{FLAWED}accepted: [{risk.replace(old, new)}]\n")
    sentence = PROLONGED.format(what)
    status, report = told("review", "--new-only", "--base", "main", "docs")
    said = [message for *_, message in safeguards(report["reviews"])]
    assert (status, said) == (0, [sentence] if what else [])
    status, changes = told("diff", "--base", "main", "docs")
    new = [row["finding"]["message"] for change in changes["changes"] for row in change["new"]]
    assert (status, new) == (0, said)


def test_a_design_behind_a_megabyte_of_text_is_unreadable_and_not_gone(house: Repository) -> None:
    """As a spec of that size is."""
    house.git("switch", "--quiet", "main")
    house.write("docs/plan.md", f"{'x' * 2**20}\n\n```yaml rtreview\n{FLAWED}```\n")
    house.write("docs/log.md", "x" * 2**21)
    done = cli("review", "--new-only", "--base", "main", "docs")
    assert (done.exit_code, "docs/plan.md" in done.stdout, "docs/log.md" in done.stdout) == (3, True, False)
    assert "larger than 1 MiB" in " ".join(done.stdout.split())


@pytest.mark.parametrize("blanks", [" ", " " * 2**21])
def test_a_mere_mention_in_a_long_list_of_changes_is_no_design(blanks: str, house: Repository) -> None:
    """The words of a fence may be one, however many blanks stand between them."""
    house.git("switch", "--quiet", "main")
    house.write("docs/CHANGELOG.md", f"- rtreview is version 2{' x' * 2**20}\n")
    assert "CHANGELOG" not in cli("review", "--new-only", "--base", "main", "docs").stdout
    house.write("docs/CHANGELOG.md", f"{'x' * 2**20}\n```yaml{blanks}rtreview\n{FLAWED}```\n")
    assert "CHANGELOG" in cli("review", "--new-only", "--base", "main", "docs").stdout


def test_a_design_that_takes_the_file_of_another_as_it_is_passes_on_nothing(house: Repository) -> None:
    """The one that was there is told as taken out, and the other says what it said."""
    house.git("switch", "--quiet", "main")
    house.write("docs/second.rtreview.yaml", FLAWED)
    house.commit()
    (house.folder / "docs/second.rtreview.yaml").rename(house.folder / "docs/kept.rtreview.yaml")
    _, report = told("review", "--new-only", "--base", "main", "docs")
    what = "This change takes the design Sound out of `docs/kept.rtreview.yaml`, which is still there."
    assert safeguards(report["reviews"]) == [("docs/kept.rtreview.yaml", "warning", what)]


def test_a_folder_in_the_place_of_a_design_is_a_deletion(house: Repository) -> None:
    """There is no file any more that nobody would review."""
    house.git("switch", "--quiet", "main")
    (house.folder / CHAT).unlink()
    (house.folder / OLD).unlink()
    house.write(f"{OLD}/notes.txt", "Nothing.")
    house.commit("a folder")
    status, report = told("review", "--new-only", "--base", "main~1", "docs")
    assert (status, safeguards(report["reviews"])) == (
        0,
        [(OLD, "info", f"This change deletes the design Old, of `{OLD}`.")],
    )


@pytest.mark.parametrize("is_there", [True, False])
def test_a_submodule_in_the_place_of_a_design_is_told(is_there: bool, house: Repository) -> None:
    """A checkout leaves its folder empty, or not; the review looks into neither."""
    house.git("switch", "--quiet", "main")
    (house.folder / CHAT).unlink()
    (house.folder / OLD).unlink()
    Repository(house.folder / OLD).commit()
    house.commit("a submodule")
    if not is_there:
        shutil.rmtree(house.folder / OLD / ".git")
    status, report = told("review", "--new-only", "--base", "main~1", "docs")
    sentence = (
        f"This change stops reviewing `{OLD}`: it is a submodule now, into which this review does not look."
    )
    assert (status, safeguards(report["reviews"])) == (1, [(OLD, "error", sentence)])


def test_a_submodule_in_the_place_of_what_runs_is_told(house: Repository) -> None:
    """Its folder is empty here; what the design names now may be a copy."""
    house.git("switch", "--quiet", "main")
    (house.folder / CHAT).unlink()
    house.git("mv", "deploy", "copy")
    Repository(house.folder / "deploy").commit()
    house.write(RUNS, DEPLOYED.replace("../deploy", "../copy"))
    house.commit("a submodule")
    shutil.rmtree(house.folder / "deploy/.git")
    status, report = told("review", "--new-only", "--base", "main~1", "docs")
    sentence = "This change leads the design Running away from `deploy`, which is there still."
    assert (status, safeguards(report["reviews"])) == (1, [(RUNS, "error", sentence)])


def test_a_deployment_that_moves_is_followed(house: Repository) -> None:
    """With all of its files, and another program beside it."""
    house.git("switch", "--quiet", "main")
    (house.folder / CHAT).unlink()
    house.git("mv", "deploy", "runs")
    house.write("other/compose.yaml", "services:\n  mail:\n    image: mail:1\n    ports: ['25:25']\n")
    house.write(RUNS, DEPLOYED.replace("../deploy", "../runs"))
    house.commit("moved")
    status, report = told("review", "--new-only", "--base", "main~1", "docs")
    assert (status, safeguards(report["reviews"])) == (0, [])


def test_a_design_that_becomes_a_link_to_one_in_sight_is_still_reviewed(house: Repository) -> None:
    """Nothing is taken away."""
    house.write("docs/text", FLAWED)
    (house.folder / OLD).unlink()
    (house.folder / OLD).symlink_to("text")
    status, report = told("review", "--new-only", "--base", "main", "docs")
    assert (status, safeguards(report["reviews"])) == (1, [])
    assert OLD in {review["path"] for review in report["reviews"]}


def test_what_is_promised_is_held_by_a_test() -> None:
    """Each file that the threat model names is there, and each sentence in its table is one that is told."""
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    named = re.findall(r"`(tests/\w+\.py)`", text) + [
        f"docs/{to}" for to in re.findall(r"\]\(([\w./-]+)", text)
    ]
    assert len(named) > 8
    assert not [name for name in named if not (ROOT / name).is_file()]
    sentences = " ".join(
        [
            *(sentence for _, sentence in SWITCHES.values()),
            DELETED,
            PROLONGED.format("owner, `x` in place of `y`"),
        ]
    )
    parts = [part.strip() for told in re.findall(r"\| \*(.*?)\* \|", text) for part in told.split("…")]
    assert len(parts) > 8
    assert not [part for part in parts if part not in sentences]


def test_a_folder_that_becomes_a_link_hides_no_design(house: Repository) -> None:
    """No search follows it: what was below it is moved out of sight, wherever the link leads."""
    house.git("mv", "docs", ".docs")
    Path("docs").symlink_to(".docs")
    house.git("add", "--all", "--force")
    house.git("commit", "--quiet", "--message", "change")
    status, report = told("review", "--new-only", "--base", "main", ".")
    messages = "\n".join(message for _, _, message in safeguards(report["reviews"]))
    assert status == 1
    assert "where this review does not look" in messages


def test_links_in_a_circle_are_told_and_no_crash(house: Repository) -> None:
    """In a design, and beside one."""
    Path("docs/loop.rtreview.yaml").symlink_to("loop.rtreview.yaml")
    house.git("add", "--all", "--force")
    house.git("commit", "--quiet", "--message", "change")
    done = cli("review", "--base", "main", ".")
    assert done.exit_code == 3
    assert "Traceback" not in done.output
