"""Edits of a spec in place: what is said changes, and nothing else of the text."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from test_properties import designs

from rtreview.language.edit import Append, Edit, Put, edited
from rtreview.text import document
from rtreview.text.document import Text
from rtreview.text.refusal import Refused

ENTRY = {"rule": "missing-heartbeat", "reason": "five people", "owner": "tools", "until": "2027-01-31"}
BLOCK = """\
  - rule: missing-heartbeat
    reason: five people
    owner: tools
    until: 2027-01-31
"""
FLOW = "{rule: missing-heartbeat, reason: five people, owner: tools, until: 2027-01-31}"

texts = st.text(max_size=30) | st.sampled_from(
    ["no: yes", "a # b", "- a", "'", '"', "none", "10", "true", "~", "", " a ", "a\nb", "\x1b[0m", "\x85",
     "日本", "😀", "{a}", "[a", "a, b", "&a", "*a", "!a", "%a", "@a", "`a`", "a:", "? a", "...", "---", "\\",
     "<<", "=", "# rtreview: accept missing-heartbeat -- no", "2027-01-31", "0x1f", "1e3", "```", "\ufeff",
     "\u2028"]
)  # fmt: skip
entries = st.fixed_dictionaries({"rule": texts, "reason": texts}, optional={"owner": texts, "until": texts})
layouts = st.fixed_dictionaries(
    {
        "indent": st.integers(2, 6),
        "default_flow_style": st.sampled_from([True, False, None]),
        "width": st.sampled_from([30, 80, 1000]),
    }
)
wraps = st.sampled_from(
    ["{}", "{}...\n", "---\n{}---\nrtreview: 1\n", "rtreview: 1\n---\n{}", "# first\n{}# last\n", "\ufeff{}"]
)


def after(text: str, *edits: Edit, path: str = "design.yaml", number: int = 0) -> str:
    """The text after some edits."""
    return edited(Text.of(text.encode(), path), edits, number).content.decode()


def contents(text: str, *, markdown: bool = False) -> list[Any]:
    """What the documents of a text say."""
    return [one.content for one in document.read(text.encode(), markdown=markdown)]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("rtreview: 1\n", "rtreview: 1\naccepted:\n" + BLOCK),
        ("rtreview: 1", "rtreview: 1\naccepted:\n" + BLOCK.rstrip("\n")),
        ("name: a\r\nx-a: 1\r\n", "name: a\r\nx-a: 1\r\naccepted:\r\n" + BLOCK.replace("\n", "\r\n")),
        ("rtreview: 1\n\nname: a\n", "rtreview: 1\n\nname: a\n\naccepted:\n" + BLOCK),
        ("name: a\nx-a: 1\n\n# end\n", "name: a\nx-a: 1\naccepted:\n" + BLOCK + "\n# end\n"),
        ("rtreview: 1\n...\n", "rtreview: 1\naccepted:\n" + BLOCK + "...\n"),
        ("accepted:  # what\nname: a\n", "accepted:  # what\n" + BLOCK + "name: a\n"),
        ("accepted: none  # what\nname: a\n", "accepted:  # what\n" + BLOCK + "name: a\n"),
        ("accepted: ~\nname: a\n", "accepted:\n" + BLOCK + "name: a\n"),
        ("accepted: []  # none\n", f"accepted: [{FLOW}]  # none\n"),
        ("accepted: [{rule: a}]  # one\n", f"accepted: [{{rule: a}}, {FLOW}]  # one\n"),
        ("accepted: [{rule: a},]\n", f"accepted: [{{rule: a}}, {FLOW},]\n"),
        (
            "accepted: [\n  {rule: a},  # one\n  {rule: b}  # two\n]\n",
            f"accepted: [\n  {{rule: a}},  # one\n  {{rule: b}},  # two\n  {FLOW}\n]\n",
        ),
        ("accepted: {rule: a}  # one\n", f"accepted: [{{rule: a}}, {FLOW}]  # one\n"),
        (
            "accepted:\n  rule: a  # one\n\n  # why\n  owner: b\nname: a\n",
            "accepted:\n  - rule: a  # one\n\n    # why\n    owner: b\n" + BLOCK + "name: a\n",
        ),
        (
            "accepted:\n  - rule: a\n  # inside\n# outside\nname: a\n",
            "accepted:\n  - rule: a\n  # inside\n" + BLOCK + "# outside\nname: a\n",
        ),
        ("accepted:\n- rule: a\n", "accepted:\n- rule: a\n" + BLOCK.replace("\n  ", "\n")[2:]),
        (
            "accepted:\n-   rule: a\n",
            "accepted:\n-   rule: a\n" + BLOCK[2:].replace("- ", "-   ", 1),
        ),
        ("{rtreview: 1}", f"{{rtreview: 1, accepted: [{FLOW}]}}"),
        ("{rtreview: 1, accepted: }", f"{{rtreview: 1, accepted: [{FLOW}]}}"),
        ("{\n  rtreview: 1  # one\n}\n", f"{{\n  rtreview: 1,  # one\n  accepted: [{FLOW}]\n}}\n"),
        ("name: |+\n  a\n\nx-a: b\n", "name: |+\n  a\n\nx-a: b\n\naccepted:\n" + BLOCK),
        ("x-a: b\nname: |+\n  a\n\n", "x-a: b\nname: |+\n  a\n\naccepted:\n" + BLOCK),
        (
            "a:\n    b: 1\n",
            "a:\n    b: 1\naccepted:\n" + "".join(f"  {line}\n" for line in BLOCK.splitlines()),
        ),
    ],
)  # fmt: skip
def test_an_entry_is_added_in_the_layout_that_is_there(before: str, expected: str) -> None:
    """Below the last one, or in a list that is made for it: comments, line ends and style are kept."""
    assert after(before, Append(("accepted",), ENTRY)) == expected


@pytest.mark.parametrize(
    ("before", "at", "value", "expected"),
    [
        ("a: {b: 30s}  # why\n", ("a", "b"), "20s", "a: {b: 20s}  # why\n"),
        ("a:\n  b: 30s  # why\n", ("a", "b"), "a, b", "a:\n  b: a, b  # why\n"),
        ("a: {b: 30s}\n", ("a", "b"), "a, b", 'a: {b: "a, b"}\n'),
        ("a:\n  b: 1\nc: 2\n", ("a", "d"), "full", "a:\n  b: 1\n  d: full\nc: 2\n"),
        ("a:\n  b: 1\n", ("a", "d", "e"), 5, "a:\n  b: 1\n  d: {e: 5}\n"),
        ("a: {b: 1}\n", ("a", "c"), True, "a: {b: 1, c: true}\n"),
        ("a: none  # yet\n", ("a", "c"), "1s", "a: {c: 1s}  # yet\n"),
        ("a:  # yet\nb: 1\n", ("a", "c"), "1s", "a: {c: 1s}  # yet\nb: 1\n"),
        ("a: [b, c]\n", ("a", 1), "d", "a: [b, d]\n"),
        ("a:\n- b: 1\n  # c\n- d: 2\n", ("a", 0, "e"), 3, "a:\n- b: 1\n  # c\n  e: 3\n- d: 2\n"),
        ("a: |\n  one\n  two\nb: 1\n", ("a",), "x", "a: x\nb: 1\n"),
        ("x: &x {b: 1}\na:\n  <<: *x\n", ("a", "b"), 2, "x: &x {b: 1}\na:\n  <<: *x\n  b: 2\n"),
        ("x: &x {b: 1}\na: *x\n", ("a",), "none", "x: &x {b: 1}\na: none\n"),
        ("x: &x 5s\na: *x\n", ("a",), "6s", "x: &x 5s\na: 6s\n"),
        ("a: &a\n  b: 1\nc: *a\n", ("d",), 2, "a: &a\n  b: 1\nc: *a\nd: 2\n"),
    ],
)
def test_a_field_is_set_where_it_stands(before: str, at: Any, value: Any, expected: str) -> None:
    """Its value is replaced; one that is not there is added to its section, which is made if need be."""
    assert after(before, Put(at, value)) == expected


@pytest.mark.parametrize(
    ("before", "edit", "said"),
    [
        ("x: &x [{rule: a}]\naccepted: *x\n", Append(("accepted",), ENTRY), "`accepted` is an alias"),
        ("accepted: &x\n  - rule: a\nb: *x\n", Append(("accepted",), ENTRY), "without changing something"),
        ("accepted: 5\n", Append(("accepted",), ENTRY), "`accepted` is no list"),
        ("x: &x {b: 1}\na: *x\n", Put(("a", "b"), 2), "`a` is an alias"),
        ("x: &x 5s\na: *x\n", Put(("x",), "6s"), "without changing something else"),
        ("a:\n  b: 1\n", Put(("a",), "none"), "`a` is a section of several lines"),
        ("a: [1, # one\n  2]\n", Put(("a",), "none"), "`a` is a section of several lines"),
        ("a: 5s\n", Put(("a", "b"), 1), "`a.b` has no place in this text"),
        ("a: [1]\n", Put(("a", 1), 2), "`a[1]` has no place in this text"),
        ("- 1\n", Put(("a",), 2), "`a` has no place in this text"),
        ("a: {\n", Put(("a",), 2), "the text cannot be edited: this is not YAML"),
        ("a: 1\n", Put(("a",), "\ud800"), "without changing something else"),
        ("accepted:\n  # rtreview: accept a -- b (c, until 2027-01-31)\n  rule: a\n",
            Append(("accepted",), ENTRY), "without changing something else"),
    ],
)  # fmt: skip
def test_an_edit_that_would_change_something_else_is_refused(before: str, edit: Edit, said: str) -> None:
    """What an alias shares, what a comment speaks of and what stands in several lines stays as it is."""
    with pytest.raises(Refused, match=said.replace("[", r"\[")):
        after(before, edit)


def test_a_comment_that_accepts_keeps_what_it_speaks_of() -> None:
    """A comment of ours at the end of a section speaks of the next value: nothing is put in between."""
    before = "a:\n  b: 1\n  # rtreview: accept missing-heartbeat -- c (d, until 2027-01-31)\ne: 1\n"
    assert after(before, Put(("a", "c"), 2)) == before.replace("  b: 1\n", "  b: 1\n  c: 2\n")


def test_a_fence_of_a_document_is_edited_where_it_stands() -> None:
    """Prose, other fences and the indentation of a list item are left alone."""
    before = (
        "# A\n\n- item\n\n  ```yaml rtreview\n  rtreview: 1\n  ```\n\n```yaml rtreview\nrtreview: 1\n```\nend"
    )
    told = after(before, Put(("name",), "x"), Append(("accepted",), {"rule": "a"}), path="design.md")
    inside = "  rtreview: 1\n  name: x\n  accepted:\n    - rule: a\n"
    assert told == before.replace("  rtreview: 1\n", inside, 1)
    second = after(before, Put(("name",), "x"), path="design.md", number=1)
    assert second == before.replace("\nrtreview: 1\n", "\nrtreview: 1\nname: x\n")


def kept(before: str, told: str) -> int:
    """How many lines of a text are not the same as before, byte for byte, around an edit."""
    old, new = before.splitlines(keepends=True), told.splitlines(keepends=True)
    head = same(old, new)
    return len(old) - head - same(old[head:][::-1], new[head:][::-1])


def same(old: list[str], new: list[str]) -> int:
    """How many lines two texts have in common from the start."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(old), len(new)))


def written(design: Any, layout: dict[str, Any], wrap: str, data: st.DataObject) -> tuple[str, int]:
    """A design as somebody could have written it, and which document of the text it is."""
    text = yaml.safe_dump(design, allow_unicode=True, sort_keys=False, **layout)
    if layout["width"] == 1000 and not layout["default_flow_style"]:
        lines = [
            data.draw(st.sampled_from([line, f"{line}  # why", f"\n{line}", f"# why\n{line}"]))
            for line in text.removesuffix("\n").split("\n")
        ]
        text = "\n".join(lines) + "\n"
    text = wrap.format("{}").replace("{}", text)
    if data.draw(st.booleans()):
        text = text.removesuffix("\n")
    if data.draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return text, int(wrap.startswith("rtreview"))


def check(text: str, number: int, edit: Edit, wanted: Any, lines: int) -> None:
    """After an edit a document says what is meant, the others say what they did, and other lines stay."""
    before = contents(text)
    told = after(text, edit, number=number)
    expected = [*before[:number], wanted, *before[number + 1 :]]
    assert json.dumps(contents(told), sort_keys=True) == json.dumps(expected, sort_keys=True)
    assert kept(text, told) <= lines
    assert told.count("# why") == text.count("# why")


@pytest.mark.slow
@given(designs, layouts, wraps, entries, st.data())
@settings(max_examples=300)
def test_any_entry_can_be_added_to_any_design(
    design: Any, layout: Any, wrap: str, entry: Any, data: st.DataObject
) -> None:
    """Block or flow, with comments and any line ends: the list has it, and no other line is another."""
    text, number = written(design, layout, wrap, data)
    read = document.read(text.encode())[number]
    wanted = copy.deepcopy(read.content)
    known = wanted.get("accepted")
    known = [] if known in (None, "none") else known if isinstance(known, list) else [known]
    wanted["accepted"] = [*known, entry]
    span = read.values.get(("accepted",), read.values[()])
    is_there = "accepted" in read.content or layout["default_flow_style"]
    check(
        text, number, Append(("accepted",), entry), wanted, span.end_line - span.line + 1 if is_there else 1
    )


@pytest.mark.slow
@given(designs, layouts, wraps, texts | st.integers() | st.booleans() | st.none(), st.data())
@settings(max_examples=300)
def test_any_field_of_any_design_can_be_set(
    design: Any, layout: Any, wrap: str, value: Any, data: st.DataObject
) -> None:
    """One that is there, or one that is added to a section: it has the value, and other lines stay."""
    text, number = written(design, layout, wrap, data)
    read = document.read(text.encode())[number]
    sections = [path for path in read.values if isinstance(at(read.content, path), dict)]
    fields = [path for path in read.values if not isinstance(at(read.content, path), dict | list)]
    options = [*fields, *((*path, "x-new") for path in sections)]
    path = data.draw(st.sampled_from(options))
    wanted = copy.deepcopy(read.content)
    at(wanted, path[:-1])[path[-1]] = value
    span = read.span(path)
    check(text, number, Put(path, value), wanted, max(1, span.end_line - span.line + 1))


def at(content: Any, path: Any) -> Any:
    """What stands at a path."""
    for key in path:
        content = content[key]
    return content
