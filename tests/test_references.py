"""The reference files: complete, as given, and joined with the rules."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from conftest import FLAWED, ROOT, RULEBOOK, SOUND

from rtreview.language.design import Connection, Feature
from rtreview.reviews.engine import review
from rtreview.reviews.policy import Policy
from rtreview.rulebook import references, rulebook
from rtreview.rulebook.acceptance import Risk
from rtreview.rulebook.finding import Severity
from rtreview.rulebook.outcome import Outcomes, Passed
from rtreview.rulebook.references import Section

SECTIONS = RULEBOOK.sections
HEARTBEAT = SECTIONS["missing-heartbeat"]
CITED = {name: SECTIONS[name] for name, _ in HEARTBEAT.cited}

GIVEN_SHARP_EDGES = {
    "websocket-thundering-herd": "critical",
    "half-open-connection-ghost": "critical",
    "presence-flickering": "high",
    "message-ordering-race": "high",
    "backpressure-oom": "high",
    "sticky-session-bypass": "high",
    "sse-retry-flood": "medium",
    "websocket-proxy-timeout": "medium",
    "broadcast-amplification": "medium",
    "reconnection-state-loss": "medium",
    "room-join-race-condition": "medium",
}

GIVEN_SEVERITIES = {
    "missing-reconnection-logic": "error",
    "missing-heartbeat": "error",
    "reconnect-without-jitter": "error",
    "presence-immediate-removal": "warning",
    "unbounded-message-queue": "warning",
    "broadcast-n-queries": "warning",
    "sse-missing-retry": "warning",
    "sse-missing-event-id": "warning",
    "missing-message-ordering": "warning",
    "join-without-backfill": "warning",
    "websocket-binary-json": "info",
    "socket-io-no-adapter": "info",
    "polling-as-realtime": "info",
    "cursor-high-frequency": "info",
}

HEADINGS = {
    "sharp-edge": ["What happens", "Why", "Symptoms", "How to confirm", "What to do", "Figures"],
    "pattern": ["When", "How", "Figures", "Example", "When not to"],
    "anti-pattern": ["What it looks like", "Why it fails", "Instead", "When it is right"],
    "validation": list(rulebook.HEADINGS),
    "hand-over": ["What is left out", "What to ask"],
    "note": ["Why", "The fix"],
}


def of_kind(kind: str) -> list[Section]:
    """The sections of a kind."""
    return [section for section in SECTIONS.values() if section.kind == kind]


def test_the_given_entries_are_all_there() -> None:
    """Eleven sharp edges with their severities, five patterns and six anti-patterns."""
    severities = {one.id: one.facts["Severity"] for one in of_kind("sharp-edge")}
    assert severities.items() >= GIVEN_SHARP_EDGES.items()
    assert [one.id for one in of_kind("pattern")][:5] == [
        "Exponential Backoff with Jitter",
        "Heartbeat with Server Confirmation",
        "Presence with Tombstones",
        "SSE with Event IDs for Resume",
        "Message Ordering with Vector Clocks",
    ]
    assert [one.id for one in of_kind("anti-pattern")][:6] == [
        "Reconnect Immediately",
        "Polling Disguised as Real-time",
        "Trusting Connection State",
        "Presence Without Grace Period",
        "Synchronizing Full State",
        "WebSocket for Everything",
    ]


def test_no_validation_is_milder_than_given() -> None:
    """The given severities are the floor."""
    for rule, given in GIVEN_SEVERITIES.items():
        assert SECTIONS[rule].severities[""].rank <= Severity(given).rank


def test_an_adapter_that_is_missing_between_rooms_is_an_error() -> None:
    """A severity may depend on the case."""
    assert SECTIONS["socket-io-no-adapter"].severities == {
        "": Severity.INFO,
        "rooms span nodes": Severity.ERROR,
    }


def test_a_section_is_complete() -> None:
    """Every heading of its kind, in order, with text below it."""
    for section in SECTIONS.values():
        assert list(section.texts) == HEADINGS[section.kind], section.id
        assert all(section.texts.values()), section.id


def test_what_a_report_quotes_is_a_short_sentence() -> None:
    """Title, why, fix and question stand alone and fit on a screen."""
    for section in of_kind("validation"):
        assert len(section.title.split()) <= 8, section.title
        for heading, ends in (("Why", "."), ("The fix", "."), ("Question", "?")):
            sentence = section.first_sentence(heading)
            assert sentence.endswith(ends), sentence
            assert 4 <= len(sentence.split()) <= 36, sentence
        assert section.first_sentence("Question") == references.plain(section.texts["Question"])


def test_everything_is_cited_by_a_rule() -> None:
    """No sharp edge, pattern or anti-pattern stands without a rule that looks for it."""
    cited = {name for section in of_kind("validation") for name, _ in section.cited}
    looked_for = ("sharp-edge", "pattern", "anti-pattern")
    assert {name for name, one in SECTIONS.items() if one.kind in looked_for} == cited


@pytest.mark.parametrize("name", ["patterns.md", "sharp_edges.md", "validations.md"])
def test_every_link_inside_the_references_leads_somewhere(name: str) -> None:
    """A link to a heading names a heading."""
    text = (ROOT / "references" / name).read_text("utf-8")
    anchors = {
        (file.name, references.slug(heading))
        for file in (ROOT / "references").glob("*.md")
        for heading in re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
    }
    links = re.findall(r"\]\(([\w.]*)#([\w-]+)\)", text)
    assert links
    for file, anchor in links:
        assert (file or name, anchor) in anchors, f"{file}#{anchor}"


@pytest.mark.parametrize("name", ["patterns.md", "sharp_edges.md", "validations.md"])
def test_prose_is_wrapped_and_code_fits(name: str) -> None:
    """Lines of the references are at most 110 columns long, so that they read in a terminal."""
    lines = (ROOT / "references" / name).read_text("utf-8").splitlines()
    assert [line for line in lines if len(line) > 110] == []


@pytest.mark.parametrize("name", ["sharp_edges.md", "patterns.md", "validations.md"])
def test_no_item_of_a_list_hides_in_the_line_of_another(name: str) -> None:
    """A dash that follows a full stop would be an item that was wrapped into the one before."""
    text = (ROOT / "references" / name).read_text()
    assert re.findall(r".*\. - .*", text) == []


def test_a_section_knows_where_it_stands() -> None:
    """File and line of a section are those of its heading; a citation of it has neither."""
    names = {section.file for section in SECTIONS.values()}
    files = {name: (ROOT / name).read_text("utf-8").splitlines() for name in names}
    for section in SECTIONS.values():
        assert section.citation == (section.id, section.kind, section.title, "", "")
        assert files[section.file][section.line - 1] == f"## {section.id}"


def test_the_rulebook_refuses_a_rule_without_a_section() -> None:
    """Rules and sections are one to one; the error lists both sides."""
    checks = {rule.id: rule.check for rule in RULEBOOK}
    checks["no-such-section"] = checks.pop("missing-heartbeat")
    with pytest.raises(rulebook.RulebookError) as caught:
        rulebook.join(checks, SECTIONS)
    assert str(caught.value).splitlines() == [
        "no-such-section: a rule without a section",
        f"{SECTIONS['missing-heartbeat'].file}:{SECTIONS['missing-heartbeat'].line}: "
        "missing-heartbeat: a section without a rule",
    ]


def test_a_rule_looks_at_what_its_parameter_is_annotated_with() -> None:
    """A feature, a connection, or an accepted risk; how the parameter is called says nothing."""
    assert {rule.subject for rule in RULEBOOK} == {Feature, Connection, Risk}

    def half_open(looked_at: Connection) -> Outcomes:
        yield Passed(str(looked_at))

    (rule,) = rulebook.join({"missing-heartbeat": half_open}, {"missing-heartbeat": HEARTBEAT, **CITED})
    assert rule.subject is Connection


@pytest.mark.parametrize(
    ("made", "makers"),
    [
        (r"\brulebook\.load\b", {"reviews/engine.py"}),
        (r"\breferences\.(indexed|parsed)\b", {"rulebook/rulebook.py"}),
        (r"rulebook import .*\bload\b|references import .*\b(indexed|parsed)\b", set()),
    ],
)
def test_no_module_makes_a_rulebook_for_itself(made: str, makers: set[str]) -> None:
    """The command line makes it once a call, and `review` where it is given none; all else is handed it."""
    package = ROOT / "rtreview"
    found = {file for file in package.rglob("*.py") if re.search(made, file.read_text("utf-8"))}
    inside = {file.relative_to(package).as_posix() for file in found}
    assert {name for name in inside if not name.startswith("commands/")} == makers


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the references, which are read from there."""
    shutil.copytree(references.FOLDER, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(references, "FOLDER", tmp_path)
    monkeypatch.setattr(references, "INDEX", tmp_path / references.INDEX.name)
    return tmp_path


def edit(file: Path, old: str, new: str) -> None:
    """Put something else into a file."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize("name", references.FILES)
def test_an_index_of_other_files_is_none(folder: Path, name: str) -> None:
    """A sign that is another one, in text or title, is seen though the file is as long as it was."""
    assert references.indexed() == SECTIONS
    edit(folder / name, "the", "teh")
    assert references.indexed() is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("validations.md ", "<<<<<<< ours\nvalidations.md "),
        ("validations.md ", "elsewhere.md "),
        ("\tmissing-heartbeat\t", "\tmissing-hartbeat\t"),
        ("\tmissing-heartbeat\t", "\tmissing-heartbeat\tx"),
        ("\tmissing-heartbeat\t", "\n"),
    ],
)
def test_an_index_that_is_torn_is_none(folder: Path, old: str, new: str) -> None:
    """A merge may leave its marks there: the files are read in full."""
    edit(folder / "index.txt", old, new)
    assert references.indexed() is None


def test_what_was_edited_since_is_read_and_verified(folder: Path) -> None:
    """Whoever edits the references has their words at once, and hears what is wrong with them."""
    edit(folder / "validations.md", "**No heartbeat", "**No heart beat")
    edited = rulebook.load.__wrapped__()
    assert edited.sections["missing-heartbeat"].title.startswith("No heart beat")
    assert [rule.id for rule in edited] == [rule.id for rule in RULEBOOK]
    edit(folder / "validations.md", "sharp_edges.md#half-open-connection-ghost", "sharp_edges.md#no")
    with pytest.raises(rulebook.RulebookError, match="names nothing"):
        rulebook.load.__wrapped__()


@pytest.mark.parametrize("design", [SOUND, FLAWED], ids=lambda file: file.name)
def test_a_review_reads_the_prose_of_what_it_found(design: Path) -> None:
    """Of the other sections it knows what the index has of them."""
    made = rulebook.load.__wrapped__()
    (one,) = review(design.read_bytes(), policy=Policy(made, today=date(2026, 11, 25)))
    read = {name for name, section in made.sections.items() if {"source", "texts"} & vars(section).keys()}
    assert read == {finding.rule for finding in one.findings}


def test_a_rule_without_a_section_is_refused_with_an_index_too(folder: Path) -> None:
    """An index without a row does not hide that a rule has no words."""
    rows = (folder / "index.txt").read_text("utf-8").splitlines()
    kept = [row for row in rows if "\tmissing-heartbeat\t" not in row]
    (folder / "index.txt").write_text("\n".join(kept), "utf-8")
    with pytest.raises(rulebook.RulebookError, match="missing-heartbeat: a rule without a section"):
        assert rulebook.load.__wrapped__().rules


def test_the_rulebook_refuses_a_citation_that_names_nothing() -> None:
    """A link to a section that is not there is found when the rules are loaded."""
    section = SECTIONS["missing-heartbeat"]
    wrong = {**section.facts, "Cites": "[no-such-edge](sharp_edges.md#no-such-edge)"}
    broken = replace(section, facts=wrong)
    with pytest.raises(rulebook.RulebookError, match=r"\[no-such-edge\]\(.*\) names nothing"):
        rulebook.verify({**SECTIONS, section.id: broken})


def test_the_rulebook_refuses_a_section_that_is_not_complete() -> None:
    """A section lacks nothing that a reader looks for, and cites something."""
    section = SECTIONS["missing-heartbeat"]
    content = section.content.replace(b"### Why", b"### Wherefore")
    broken = replace(section, content=content, facts={"Severity": "error"}, topic="")
    with pytest.raises(rulebook.RulebookError) as caught:
        rulebook.verify({**SECTIONS, section.id: broken})
    assert "the headings are not" in str(caught.value)
    assert "it cites nothing" in str(caught.value)
    assert "it stands under no topic" in str(caught.value)


@pytest.mark.parametrize(
    ("fact", "word"),
    [
        ("fridge at drain", "fridge"),
        ("nodes at drain, flood", "flood"),
        ("nodes at drain; clients, Path at node loss", "Path"),
    ],
)
def test_the_rulebook_refuses_a_component_or_failure_that_it_does_not_know(fact: str, word: str) -> None:
    """A word that is none of the failure walk's is found when the rules are loaded, beside those that are."""
    section = SECTIONS["missing-heartbeat"]
    broken = replace(section, facts={**section.facts, "Failures": fact})
    with pytest.raises(rulebook.RulebookError, match=rf"missing-heartbeat: .*`{word}` is none of") as caught:
        rulebook.verify({**SECTIONS, section.id: broken})
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("section", "figure", "phrase"),
    [
        ("metastable-reconnect", 10_100 + 1 * (10_100 - 10_000), "meets {:,.0f}/s"),
        ("metastable-reconnect", 10_100 + 2 * (10_100 - 10_000), "then {:,.0f}/s"),
        ("metastable-reconnect", (1 + 3) ** 3, "make {:.0f} attempts of one request"),
        ("presence-flickering", 86_400 / 15 * (1 - 0.01) * 0.01, "{:.0f} times a day with a ttl of 15 s"),
        ("presence-flickering", 86_400 / 15 * (1 - 0.01) * 0.01**2, "{:.2f} times with 30 s"),
        ("presence-flickering", 86_400 / 15 * (1 - 0.05) * 0.05**2, "With 5 % lost it is {:.1f} times"),
        ("broadcast-amplification", 10 * (1 - (1 - 1 / 10) ** 10), "reaches {:.1f}"),
        ("Presence with Tombstones", 1000 / 20, "{:.0f} writes a second"),
        ("Message Ordering with Vector Clocks", 10_000 * 16 / 1000, "80 to {:.0f} kB on every message"),
    ],
)
def test_a_figure_of_the_references_is_what_its_formula_gives(
    section: str, figure: float, phrase: str
) -> None:
    """What no spec can ask for is computed here: retries, lost refreshes, members at random, vectors."""
    (source,) = (one.source for one in SECTIONS.values() if section in (one.id, one.title))
    assert phrase.format(figure) in " ".join(source.split())


def test_a_topic_is_the_part_of_the_file_that_a_section_stands_in() -> None:
    """Each part says in a sentence what it is about; what has only the title above it has no topic."""
    text = (ROOT / "references" / "validations.md").read_text("utf-8")
    parts = dict(re.findall(r"^# (.+)\n\n(.+)$", text, re.MULTILINE))
    topics = list(dict.fromkeys(one.topic for one in SECTIONS.values() if one.kind == "validation"))
    assert topics == [references.slug(title) for title in list(parts)[1:-3]]
    assert SECTIONS["missing-heartbeat"].topic == "heartbeats"
    assert {one.topic for one in SECTIONS.values() if one.kind == "sharp-edge"} == {""}


def test_a_fact_names_components_and_their_failures() -> None:
    """Each component of a clause meets each failure of that clause."""
    section = replace(
        SECTIONS["missing-heartbeat"], facts={"Failures": "nodes, path at drain; state at duplicate"}
    )
    assert section.failures == [("nodes", "drain"), ("path", "drain"), ("state", "duplicate")]


def test_the_words_of_the_failure_walk_are_listed_where_rules_are_read() -> None:
    """The head of `validations.md` names every component and every failure."""
    head = (ROOT / "references" / "validations.md").read_text("utf-8").partition("\n# ")[0]
    (told,) = [part for part in head.split("\n\n") if part.startswith("*Failures*")]
    parts, failures = re.findall(r"The (?:parts|failures) are ([^.]+)", references.plain(told))
    assert re.split(", | and ", parts) == list(references.COMPONENTS)
    assert re.split(", | and ", failures) == list(references.FAILURES)


def test_no_point_of_a_list_runs_into_the_line_before() -> None:
    """A hyphen at the end of a line begins a point that nobody sees."""
    for name in ("validations.md", "sharp_edges.md", "patterns.md"):
        lines = (ROOT / "references" / name).read_text("utf-8").splitlines()
        assert not [line for line in lines if line.endswith(". -")], name
