"""Small files that once took minutes or gigabytes: an answer in 2 s and 300 MB, and too much is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from bounds import bounded, written
from conftest import FLAWED, SOUND, cli

from rtreview.language.section import MOST_MISTAKES
from rtreview.language.spec import MOST_ENTRIES
from rtreview.rulebook.acceptance import MOST_COMPARED, MOST_PARTS
from rtreview.text.document import MAX_COMMENTS, MAX_DOCUMENTS

TOP = "rtreview: 1\nname: x\n"
GOOD, BAD = SOUND.read_text("utf-8"), FLAWED.read_text("utf-8")
RISK = "{rule: missing-heartbeat, reason: x, owner: y, until: 2099-01-01}"
MANY = "entries are too many"
FEATURES = "\nfeatures:\n" + "".join(f"  f{n}: {{purpose: chat}}\n" for n in range(MOST_ENTRIES))
CHAIN = "".join(f"  f{n}: {{transport: {{shared_with: f{n + 1}}}}}\n" for n in range(MOST_ENTRIES - 1))


def alike(count: int, body: str) -> str:
    """So many features with one content, by an alias."""
    return f"features:\n  f0: &a {body}\n" + "".join(f"  f{n}: *a\n" for n in range(1, count))


FEW = "{transport: {kind: websocket}, workload: {connections: 10k}}"


def hops(count: int, name: str) -> str:
    """A sound design with so many more hops, each of which compares with the heartbeat."""
    listed = ", ".join(f"{{name: {name}{n}, idle_timeout: {10 + n}s}}" for n in range(count))
    return GOOD.replace("path: [", f"path: [{listed}, ")


def items(count: int, name: str) -> str:
    """A sound design with so many items of which each has a fault."""
    listed = ", ".join(f"{{name: {name}{n}, shape: text, strategy: last-writer-wins}}" for n in range(count))
    return GOOD.replace("data: {shape: log}", f"data: [{listed}]")


def accepted_while(parts: int) -> str:
    """A risk with a condition of so many comparisons, none of which holds."""
    condition = " and ".join(["workload.connections < 10k"] * parts)
    return f"accepted:\n- {{{RISK[1:-1]}, while: {condition}}}\n"


RANGES = (
    "{workload: {connections: 20k..30k, rooms: {count: 5k..7k, size: {typical: 12..24, max: 400..800}}, "
    "messages: {rate: 2/s..3/s, active_share: 10%..15%, size: {typical: 300B..450B, max: 16KiB..24KiB}}, "
    "session: {typical: 25m..37m, p95: 3h..4h}, outage: {typical: 4s..6s, p99: 30m..45m}, rtt: 0.4s..0.6s}, "
    "transport: {kind: websocket, path: [cloudflare, aws-alb], heartbeat: {interval: 25s..37s, timeout: "
    "20s..30s}, reconnect: {strategy: exponential, base: 1s..1.5s, cap: 30s..45s, jitter: full}, resume: "
    "{by: offset, retention: 2m..3m}}, presence: {grace: 10s..15s, ttl: 60s..90s, refresh: 20s..30s}, "
    "backpressure: {queue: {max_messages: 200..400}, overflow: disconnect}, topology: {nodes: 4..8, node: "
    "{accept_rate: 500/s..750/s, max_connections: 20k..30k, memory: 16GiB..24GiB, connection_memory: "
    "60kB..90kB, message_rate: 100k/s..150k/s}}, operations: {drain: 90s..135s, termination_grace: 2m..3m, "
    "resync_queries: 2..4, database_rate: 20k/s..30k/s}, targets: {staleness: 10s..15s, recovery: 2m..3m}}"
)
"""A feature of which each number is a range."""

SPECS = {
    "comments": (TOP + "".join(f"x-{n}: 1 # rtreview: a\n" for n in range(20_000)), "comments of one file"),
    "blanks in a comment": (TOP + "# rtreview: a" + " " * 200_000 + "b\n", ""),
    "blanks in an acceptance": (TOP + "# rtreview: accept x -- a" + " " * 200_000 + "(\n", ""),
    "merged lists": (f"{TOP}a: &a {{b: 1}}\nc: {{<<: [{'*a, ' * 90_000}*a]}}\n", "expand to more than"),
    "merged keys": (
        f"{TOP}a: &a {{{','.join(f'k{n}: 1' for n in range(3000))}}}\nc: {{<<: [{'*a, ' * 30_000}*a]}}\n",
        "expand to more than",
    ),
    "documents": ("--- 1\n" * 65_536, "documents in one file"),
    "designs": ("---\nrtreview: 1\n" * 40_000, "documents in one file"),
    "values": (TOP + f"x: [{'a,' * 400_000}]\n", "more than 100,000 values"),
    "unknown fields": (TOP + "".join(f"key{n}: 1\n" for n in range(40_000)), MANY),
    "unknown fields of many": (
        TOP + "features:\n" + "".join(f" f{n}: {{k{n}: 1}}\n" for n in range(MOST_ENTRIES)),
        "what else is wrong is not listed",
    ),
    "repeated fields": (TOP + "name: a\n" * 60_000, "More keys are written twice"),
    "anchors": (TOP + "".join(f"x{n}: &a{n} 1\n" for n in range(40_000)), MANY),
    "accepted risks": (GOOD + "\naccepted:\n" + f"  - {RISK}\n" * 3000, MANY),
    "accepted risks that are allowed": (GOOD + "\naccepted:\n" + f"  - {RISK}\n" * MOST_ENTRIES, ""),
    "comparisons of a condition": (TOP + alike(450, FEW) + accepted_while(50), "a condition can have 20"),
    "comparisons of many features": (
        TOP + alike(450, FEW) + accepted_while(MOST_PARTS),
        "comparisons of these conditions are too many: a design can have 2,000",
    ),
    "comparisons that are allowed": (
        TOP + alike(MOST_COMPARED // MOST_PARTS, FEW) + accepted_while(MOST_PARTS),
        "while `features.f99.workload.connections` < 10,000",
    ),
    "hops": (GOOD.replace("path: [", f"path: [{'cloudflare, ' * 20_000}"), MANY),
    "hops that are allowed": (GOOD.replace("path: [", f"path: [{'cloudflare, ' * (MOST_ENTRIES - 10)}"), ""),
    "named hops": (
        TOP + f"transport: {{path: [{','.join(f'{{name: n{n}}}' for n in range(10_000))}]}}\n", MANY,
    ),
    "delays": (BAD.replace("cap: 5s", f"delays: [{'1s, ' * 50_000}1s]"), MANY),
    "digits": (TOP + f"workload: {{connections: {'9' * 900_000}}}\n", ""),
    "hops of many features": (
        BAD.replace("path: [", f"path: [{'cloudflare, ' * (MOST_ENTRIES - 10)}") + FEATURES,
        "items of lists are too many: a design can have 20,000",
    ),
    "data of many features": (
        BAD.replace("data: {shape: log}", f"data: [{'{shape: log}, ' * (MOST_ENTRIES - 10)}]") + FEATURES,
        "items of lists are too many: a design can have 20,000",
    ),
    "hops that are lent": (
        f"{TOP}features:\n{CHAIN}"
        f"  f{MOST_ENTRIES - 1}: {{transport: {{path: [{'nginx, ' * (MOST_ENTRIES - 10)}]}}}}\n",
        "items of lists are too many: a design can have 20,000",
    ),
    "dependencies of many features": (
        BAD + FEATURES + "dependencies:\n" + "".join(f"  d{n}: {{calls: 3}}\n" for n in range(MOST_ENTRIES)),
        "250,000 dependencies are too many: a design can have 2,000",
    ),
    "far apart delays": (BAD.replace("base: 1s, cap: 5s", "delays: [1ms, 1w]"), ""),
    "a first delay of centuries": (BAD.replace("cap: 5s", "cap: 5s, first_delay: 1ms..99999w"), ""),
    "seconds of 30 digits": (BAD.replace("typical: 4s, p99: 30m", f"typical: 1{'0' * 30}s"), ""),
}  # fmt: skip

MARKDOWN = {
    "fences": ("```yaml rtreview\n```\n" * 45_590, "documents in one file"),
    "tildes": ("~~~ yaml rtreview\n~~~\n" * 40_000, "documents in one file"),
    "designs in fences": ("```yaml rtreview\nrtreview: 1\n```\n" * 26_000, "documents in one file"),
    "ticks": ("`" * 1_000_000, ""),
    "lines of ticks": (("`" * 1000 + "a`\n") * 1000, ""),
}

SETTINGS = {
    "rules": (f"ignore = {[f'rule-{n}' for n in range(3000)]}", MANY),
    "settings": ("\n".join(f"key{n} = 1" for n in range(40_000)), MANY),
    "severities": ("[severity]\n" + "\n".join(f"key{n} = 1" for n in range(40_000)), MANY),
    "limits": ("[limits.workload]\n" + "\n".join(f"key{n} = 1" for n in range(30_000)), MANY),
    "patterns": (f"exclude = {[f'*a*{n}' for n in range(40_000)]}", MANY),
    "mistakes": (f"ignore = {[f'rule-{n}' for n in range(MOST_ENTRIES)]}", "is not listed"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", SPECS)
def test_a_spec_is_answered_at_once(case: str, tmp_path: Path) -> None:
    """Whatever it is full of."""
    content, sentence = SPECS[case]
    written(tmp_path, {"a.yaml": content})
    assert sentence in bounded("a.yaml", folder=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "html=page.html"])
@pytest.mark.parametrize("content", [hops(350, "n" * 2000), items(450, "d" * 1800)])
def test_findings_about_a_line_of_a_megabyte_show_a_part_of_it(
    form: str, content: str, tmp_path: Path
) -> None:
    """Each of them what lies around its place."""
    written(tmp_path, {"a.yaml": content})
    bounded("a.yaml", "--format", form, folder=tmp_path, most=4)


@pytest.mark.slow
def test_a_page_of_many_hops_ends(tmp_path: Path) -> None:
    """Each comparison may double the ways through a rule that a slider moves."""
    written(tmp_path, {"a.yaml": hops(100, "n")})
    bounded("a.yaml", "--format", "html=page.html", folder=tmp_path, most=4)
    assert "Nothing can be moved here" in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.slow
def test_fixes_are_tried_as_long_as_that_makes_20_000_findings(tmp_path: Path) -> None:
    """Each of them has the others looked at again."""
    written(tmp_path, {"a.yaml": items(450, "d")})
    said = bounded("fix", "--check", "a.yaml", folder=tmp_path, most=20)
    assert "Not made: it was not tried, since that makes more than 20,000 findings again" in said


@pytest.mark.slow
def test_ranges_of_many_features_are_answered_soon(tmp_path: Path) -> None:
    """Each feature takes its time to be read; what its ranges make together is bounded, and told."""
    written(tmp_path, {"a.yaml": TOP + "purpose: chat\n" + alike(100, RANGES)})
    said = bounded("a.yaml", folder=tmp_path, most=5)
    assert "make more than 20,000 combinations of values, so that rules are left undecided" in said


@pytest.mark.slow
@pytest.mark.parametrize("case", MARKDOWN)
def test_markdown_is_answered_at_once(case: str, tmp_path: Path) -> None:
    """Likewise."""
    content, sentence = MARKDOWN[case]
    written(tmp_path, {"a.md": content})
    assert sentence in bounded("a.md", folder=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("case", SETTINGS)
def test_a_configuration_is_answered_at_once(case: str, tmp_path: Path) -> None:
    """Likewise."""
    content, sentence = SETTINGS[case]
    written(tmp_path, {".rtreview.toml": content, "a.yaml": GOOD})
    assert sentence in bounded("a.yaml", folder=tmp_path)


@pytest.mark.slow
def test_references_are_answered_at_once(tmp_path: Path) -> None:
    """Likewise."""
    section = "## own-rule-{}\n\n- Severity: error\n- Cites: a-b\n\n### Rule\n\n```yaml\nrequire: x\n```\n\n"
    (tmp_path / "refs").mkdir()
    written(tmp_path, {"refs/validations.md": "".join(section.format(n) for n in range(9000))})
    assert "ore than 500 sections" in bounded("references", "check", "refs", folder=tmp_path)


@pytest.mark.slow
def test_what_git_ignores_is_answered_at_once(tmp_path: Path) -> None:
    """Likewise."""
    written(tmp_path, {".gitignore": "".join(f"a{n}*\n" for n in range(120_000)), "a.rtreview.yaml": GOOD})
    assert "ore than 5,000 patterns, of which none is obeyed" in bounded(".", folder=tmp_path)
    written(tmp_path, {".gitignore": "".join(f"a{n}*\n" for n in range(5_000)), "a.rtreview.yaml": GOOD})
    assert "0 findings" in bounded(".", folder=tmp_path)


@pytest.mark.slow
def test_the_last_of_what_is_allowed_is_reviewed(spec: Callable[..., Path]) -> None:
    """A hundred specs, five hundred entries and comments."""
    many = "\n---\n".join([f"{TOP}transport: none"] * MAX_DOCUMENTS)
    assert cli(spec(many)).exit_code < 3
    assert cli(spec(f"{many}\n---\n{TOP}")).exit_code == 3
    entries = "".join(f"x-{n}: 1 # rtreview: a\n" for n in range(MAX_COMMENTS))
    assert cli(spec(f"{TOP}{entries}")).exit_code < 3
    assert cli(spec(f"{TOP}{entries}# rtreview: a\n")).exit_code == 3


def test_so_many_mistakes_are_listed(spec: Callable[..., Path]) -> None:
    """And the last of them says that there may be more."""
    wrong = "".join(f"key{n}: 1\n" for n in range(MOST_MISTAKES + 1))
    told = cli("--quiet", spec(TOP + wrong)).stdout
    assert told.count("is no field of a spec") == MOST_MISTAKES
    assert told.count("what else is wrong is not listed") == 1
