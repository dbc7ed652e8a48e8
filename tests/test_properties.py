"""What holds for every text, found by hypothesis."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml
from conftest import EXAMPLES, RULEBOOK
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rtreview.language import spec
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Number, Rate, Ratio, Size
from rtreview.render import json as data
from rtreview.render import text
from rtreview.reviews.engine import review
from rtreview.reviews.report import Report, Review
from rtreview.rulebook.finding import Verdict
from rtreview.text import document

SCHEMA = spec.json_schema()
SOURCES = [example.read_text("utf-8") for example in EXAMPLES]

CONDITION = spec.Accepted.ENTRIES["while_"][1].description

scraps = st.sampled_from(
    ["rtreview: 1\n", "transport:", "  kind: websocket\n", "{", "}", "[", "]", "&a ", "*a", "<<: ", "- ",
     "\t", "none", "30s", "|\n", ">-\n", "? ", ": ", "---\n", "...\n", "# x\n", "!!str ", "%YAML 1.2\n", "'",
     '"', "\r\n", "\u2028", "\x85", "日本", "```yaml rtreview\n", "```\n", "features:\n", "  a: ",
     "path: [nginx]\n"]
)  # fmt: skip
yamlish = st.lists(st.one_of(scraps, st.text(max_size=4)), max_size=40).map("".join)


def spans_lie_inside(one: Review) -> bool:
    """Whether every place of a review is a place of its text."""
    lines = one.lines
    for found in one.findings:
        for place in (found.place, *found.related):
            line, column, end_line, end_column = place.span
            inside = 1 <= line <= end_line <= len(lines)
            if not inside or (line, column) > (end_line, end_column):
                return False
            # One character beyond the end is where something is missing.
            if column > len(lines[line - 1]) + 1 or end_column > len(lines[end_line - 1]) + 2:
                return False
    return True


def check(source: bytes, path: str) -> None:
    """A review of any text ends, its places exist, and every renderer can show it."""
    reviews = review(source, path, with_numbers=True)
    assert reviews
    for one in reviews:
        assert spans_lie_inside(one)
        assert one.findings or one.judgements
        assert not any(found.rule == "internal-error" for found in one.findings)
    told = text.render(Report(tuple(reviews), RULEBOOK), verbose=True)
    assert "\x1b" not in told
    data.render(Report(tuple(reviews), RULEBOOK))


@given(st.binary(max_size=300))
def test_any_bytes_give_a_review(source: bytes) -> None:
    """Bytes of any kind give a review or a finding, never a traceback."""
    check(source, "design.yaml")


@given(st.text(max_size=300))
def test_any_text_gives_a_review(source: str) -> None:
    """So does any text."""
    check(source.encode("utf-8", "replace"), "design.yaml")


@pytest.mark.slow
@given(yamlish)
@settings(max_examples=400)
def test_any_pieces_of_a_spec_give_a_review(source: str) -> None:
    """So do pieces of YAML in any order, with anchors, tags and fences."""
    check(source.encode("utf-8", "replace"), "design.yaml")
    check(source.encode("utf-8", "replace"), "design.md")


@pytest.mark.slow
@given(st.sampled_from(SOURCES), st.data())
def test_a_damaged_spec_gives_a_review(source: str, draw: st.DataObject) -> None:
    """So does a real spec of which a piece is missing or doubled."""
    start = draw.draw(st.integers(0, len(source)))
    end = draw.draw(st.integers(start, min(len(source), start + 60)))
    damaged = source[:start] + draw.draw(st.sampled_from(["", source[start:end] * 2, "\t"])) + source[end:]
    check(damaged.encode(), "design.yaml")


def notations(described: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a part of the JSON Schema describes, as a team would write them."""
    if "$ref" in described:
        name = described["$ref"].rpartition("/")[2]
        return st.deferred(lambda: sections[name])
    if "enum" in described:
        return st.sampled_from(described["enum"])
    options = described.get("anyOf") or described.get("oneOf")
    if options:
        return st.one_of([notations(option) for option in options])
    kind = described.get("type")
    if kind == "array":
        items = notations(described["items"])
        if described.get("uniqueItems"):
            return st.tuples(items, items).map(list).filter(lambda pair: pair[0] != pair[1])
        return st.lists(items, max_size=3)
    if kind == "boolean":
        return st.booleans()
    if described.get("format") == "date":
        return st.dates().map(str)
    if described.get("description") == CONDITION:
        return st.sampled_from(["workload.connections < 10k", "transport.reconnect.cap >= 30s"])
    if kind == "number":
        return st.integers(0, 10**6)
    if "pattern" in described:
        return st.from_regex(described["pattern"], fullmatch=True).filter(lambda value: len(value) <= 30)
    if kind == "object" and "properties" not in described:
        return st.dictionaries(
            st.sampled_from(["chat", "cursors"]), notations(described["additionalProperties"]), max_size=2
        )
    if kind == "object":
        fields = {name: notations(field) for name, field in described["properties"].items()}
        return st.fixed_dictionaries({}, optional=fields).map(dict)
    if kind == "null":
        return st.none()
    return st.sampled_from(["nginx", "socket.io@4", "ably", "redis", "chat", "ours"])


VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
sections = {name: notations(described) for name, described in SCHEMA["$defs"].items()}
designs = st.fixed_dictionaries(
    {"rtreview": st.just(1)},
    optional={name: notations(field) for name, field in SCHEMA["properties"].items() if name != "rtreview"},
)


@pytest.mark.slow
@example({"rtreview": 1, "workload": {"session": ["0ms", "1ms"]}})
@given(designs)
@settings(max_examples=200)
def test_what_the_schema_describes_is_reviewed(design: dict[str, Any]) -> None:
    """Every design that is written as the schema has it is read, and every rule has an answer to it."""
    VALIDATOR.validate(design)
    source = yaml.safe_dump(design, allow_unicode=True)
    try:
        spec.read(document.read(source.encode())[0].content)
    except spec.SpecError as error:
        # What a pattern cannot tell: order of units, of bounds and of quantiles, a whole number, one value
        # that is written in two ways.
        allowed = (
            "runs backwards or is empty",
            "is not a duration",
            "is not a size",
            ", or a duration",
            ", and cannot be",
            "is not a whole number",
            "has no unit",
            "from 0% to",
            "more than 0",
            "a list has two values or more",
        )
        for mistake in error.mistakes:
            assert any(reason in mistake.message for reason in allowed), mistake
        return
    check(source.encode(), "design.yaml")


def told_of(source: str) -> list[tuple[str, str, str, str]]:
    """What a review says, without lines."""
    (one,) = review(source)
    return [(found.fingerprint, found.rule, found.message, str(found.place.at)) for found in one.findings]


@pytest.mark.slow
@given(st.sampled_from(SOURCES), st.integers(2, 8), st.booleans(), st.sampled_from([20, 80, 1000]))
@settings(max_examples=60)
def test_layout_changes_no_finding(source: str, indent: int, flow: bool, width: int) -> None:
    """Re-indented, in flow style, or folded: the same findings, at other lines."""
    content = yaml.load(source, Loader=yaml.BaseLoader)
    again = yaml.safe_dump(
        content, indent=indent, default_flow_style=flow, width=width, sort_keys=False, allow_unicode=True
    )
    assert sorted(told_of(again)) == sorted(told_of(as_words(content)))


def as_words(content: Any) -> str:
    """The spec with every scalar quoted as YAML's base loader read it, in JSON's layout."""
    return json.dumps(content, ensure_ascii=False)


@pytest.mark.slow
@given(st.sampled_from([Duration, Size, Rate, Bandwidth, Count, Number, Ratio]), st.data())
def test_the_notation_in_the_schema_is_the_one_that_is_read(kind: Any, draw: st.DataObject) -> None:
    """What the pattern of a quantity matches is read, but for the order of a duration's units."""
    written = draw.draw(st.from_regex(kind.pattern, fullmatch=True).filter(lambda value: len(value) <= 30))
    try:
        quantity = kind.parse(written)
    except ValueError as error:
        said = str(error)
    else:
        said = f"{quantity}"
        assert quantity.amount >= 0
    assert not said.endswith("?"), "a notation that the schema accepts is answered with another one"


def test_an_undecided_verdict_names_what_would_decide_it() -> None:
    """Over all examples: an undecided rule says which field is missing."""
    for source in SOURCES:
        for one in review(source):
            for judgement in one.judgements:
                assert bool(judgement.missing) == (judgement.verdict in (Verdict.UNDECIDED, Verdict.UNSTATED))
