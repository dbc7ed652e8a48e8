"""Bytes to documents: values, places, and what cannot be read."""

from __future__ import annotations

import pytest

from rtreview.text.document import MAX_VALUES, Document, read
from rtreview.text.place import Span
from rtreview.text.tree import MAX_BYTES


def one(text: str | bytes) -> Document:
    """The only document of a text."""
    (document,) = read(text.encode() if isinstance(text, str) else text)
    return document


def test_scalars_follow_the_core_schema() -> None:
    """`no`, `on`, `1:30` and `010` are what YAML 1.2 says they are."""
    text = "a: no\nb: on\nc: 1:30\nd: 010\ne: ~\nf: true\ng: 0x1f\nh: 1.5\ni: '30'\nj: -3\nk: 2026-01-01"
    assert one(text).content == {
        "a": "no", "b": "on", "c": "1:30", "d": 10, "e": None, "f": True, "g": 31, "h": 1.5, "i": "30",
        "j": -3, "k": "2026-01-01",
    }  # fmt: skip


def test_a_key_is_what_is_written() -> None:
    """A key that looks like a number or a truth value stays a word."""
    assert one("1: a\ntrue: b\non: c").content == {"1": "a", "true": "b", "on": "c"}


@pytest.mark.parametrize(
    ("path", "span"),
    [
        ((), Span(1, 1, 1, 3)),
        (("a",), Span(1, 1, 1, 2)),
        (("a", "b"), Span(2, 6, 2, 9)),
        (("a", "c"), Span(3, 6, 3, 12)),
        (("a", "c", 1), Span(3, 10, 3, 11)),
        (("d",), Span(4, 1, 4, 2)),
        (("a", "b", "missing", 3), Span(2, 3, 2, 4)),
        (("missing",), Span(1, 1, 1, 3)),
    ],
)
def test_every_value_has_a_place(path: tuple[str | int, ...], span: Span) -> None:
    """A value is pointed at where it stands, a block by its key, a document by its first line.

    What is missing is pointed at by its ancestor.
    """
    assert one("a:\n  b: 30s\n  c: [1, 2]\nd: |\n  text\n\n").span(path) == span


@pytest.mark.parametrize(
    ("text", "path", "span"),
    [
        ("|", (), Span(1, 1, 1, 2)),
        ("a: |\n  text", ("a",), Span(1, 1, 1, 2)),
        ("a: |\n  text", (), Span(1, 1, 1, 5)),
        ("a: {b: ", (), Span(1, 1, 1, 1)),
        ("? ", ("",), Span(1, 3, 1, 3)),
    ],
)
def test_a_text_without_a_last_line_break_has_places_too(text: str, path: object, span: Span) -> None:
    """The parser marks its end on a line that is not there; the place is the end of the last one."""
    assert one(text).span(path) == span  # type: ignore[arg-type]


def test_a_key_can_be_pointed_at() -> None:
    """With `key`, the place is that of the key."""
    assert one("a:\n  b: 30s").span(("a", "b"), key=True) == Span(2, 3, 2, 4)


def test_columns_count_characters() -> None:
    """A wide or composed character is one column of the text."""
    assert one('a: {b: "日本", c: 1}').span(("a", "c")) == Span(1, 17, 1, 18)


def test_an_alias_stands_where_it_is_used() -> None:
    """Values that an alias brings are pointed at by the alias, not by the anchor."""
    document = one("a: &x {b: 1}\nc: *x")
    assert document.content == {"a": {"b": 1}, "c": {"b": 1}}
    assert document.span(("c", "b")) == Span(2, 4, 2, 6)


def test_merge_keys_merge_and_own_keys_win() -> None:
    """`<<` adds what the mapping does not write itself, and stands at the place of its use."""
    document = one("a: &x {b: 1, c: 2}\nd: &y {e: 5, c: 7}\nf:\n  <<: [*x, *y]\n  b: 9\n")
    assert document.content["f"] == {"b": 9, "c": 2, "e": 5}
    assert document.span(("f", "c")) == Span(4, 8, 4, 10)
    assert document.span(("f", "b")) == Span(5, 6, 5, 7)


def test_what_is_written_goes_before_what_is_merged_though_a_key_is_an_alias() -> None:
    """The name of a key is what its anchor stands at; the same for the `<<` itself."""
    document = one("x: &k b\ny: &m <<\nf: {<<: {*k : 1, c: 2}, b: 9}\ng: {*m : {*k : 1}, b: 9}\n")
    assert document.content["f"] == {"b": 9, "c": 2}
    assert document.content["g"] == {"b": 9}


@pytest.mark.parametrize("key", ['"<<"', "'<<'", "!!str <<"])
def test_a_merge_key_in_quotes_merges_nothing(key: str) -> None:
    """It is a key that is called so, as programs have it that read YAML."""
    assert one(f"a: {{{key}: {{b: 1}}}}").content == {"a": {"<<": {"b": 1}}}


def test_a_file_may_hold_several_documents() -> None:
    """Documents are read one by one; empty ones are left out."""
    assert [document.content for document in read(b"a: 1\n---\n---\nb: 2\n")] == [{"a": 1}, {"b": 2}]


def test_documents_before_a_syntax_error_are_read() -> None:
    """What was read whole is reviewed, and the error is told."""
    first, second = read(b"a: 1\n---\nb: [1\n")
    assert first.content == {"a": 1}
    assert not first.problems
    assert second.problems[0].span.line >= 3


def test_a_duplicate_key_shows_both_places() -> None:
    """YAML forbids it, PyYAML keeps the last one silently; here it is a problem."""
    (problem,) = one("a: 1\nb: 2\na: 3\n").problems
    assert problem.message == "`a` is written twice: keep one of the two"
    assert problem.span == Span(3, 1, 3, 2)
    assert problem.related == ((Span(1, 1, 1, 2), "first written here"),)


def test_line_ends_of_windows_and_a_byte_order_mark_are_fine() -> None:
    """Editors write them; they change nothing."""
    document = one(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: 2\r\n")
    assert document.content == {"a": 1, "b": {"c": 2}}
    assert document.span(("b", "c")) == Span(3, 6, 3, 7)


@pytest.mark.parametrize(
    ("text", "said", "line", "column"),
    [
        (b"", "the file is empty: a spec begins with `rtreview: 1`", 1, 1),
        (b"# nothing\n", "the file is empty: a spec begins with `rtreview: 1`", 1, 1),
        (b"a: b: c", "this is not YAML: a second `:` on the line: put a text that holds one in quotes", 1, 5),
        (b"a:\n  b: 1\n    c: 2\n", "this is not YAML: the line is indented deeper than the one above", 3, 6),
        (
            b"b:\n  key:1\n  c: 2\n",
            "this is not YAML: the line above has no `:` with a blank behind it",
            3,
            4,
        ),
        (b"a:\n  b: 1\n c: 2\n", "this is not YAML: the line is indented like none of those", 3, 2),
        (b'a: "x\nb: 1\n', "this is not YAML: a quotation mark is never closed", 3, 1),
        (
            b"a: {b: 1 c: 2}\n",
            "this is not YAML: a `{` is not closed by its `}`, or a comma is missing",
            1,
            11,
        ),
        (b"a: [1 2]\nb: [}\n", "this is not YAML: a value is missing, or a bracket", 2, 5),
        (b"a: @x\n", "this is not YAML: a value cannot begin with this sign: put it in quotes", 1, 4),
        (b"a: - b\n", "this is not YAML: a list begins on a line of its own", 1, 4),
        (b"a:\n\tb: 1\n", "a tab indents this line: YAML indents with spaces", 2, 1),
        (b"a: \x00", "the file is not a text file: it holds the control character U+0000", 1, 4),
        (b"a: 1\nb: \xff", "the file is not UTF-8 text (byte 0xff at offset 8): save it as UTF-8", 2, 4),
        ("a: 1".encode("utf-16"), "the file is UTF-16: save it as UTF-8", 1, 1),
        ("a: 1".encode("utf-16-be"), "the file is UTF-16: save it as UTF-8", 1, 1),
        (b"a: &x [*x]", "the anchor `&x` contains itself", 1, 8),
        (b"a: *x", "no anchor `&x` stands above this alias", 1, 4),
        (b"a: !!python/object:os.system x", "the tag `tag:yaml.org,2002:python/object:os.system`", 1, 4),
        (b"a: !secret x", "the tag `!secret` means nothing in a spec", 1, 4),
        (b"[" * 10_000, "nested more than 64 levels deep", 1, 65),
        (b"? [a]\n: b", "a key must be a word, not a list or a mapping", 1, 3),
        (b"a: {<<: 3}", "`<<` merges a mapping or a list of mappings", 1, 9),
        (b"a: {<<: {b: 1}, <<: {b: 2}}", "`<<` is written twice: list what it merges", 1, 17),
        ("a: 1 # b\u2028c: 2".encode(), "the line has U+2028, which ends a line for some programs", 1, 9),
        ("a: 1 # b\u2029c: 2".encode(), "the line has U+2029, which ends a line for some programs", 1, 9),
        ("a: 1 # b\x85c: 2".encode(), "the line has U+0085, which ends a line for some programs", 1, 9),
        (b"a: 1 # b\rc: 2\n", "the line has U+000D, which ends a line for some programs", 1, 9),
        ("a: 1\n---\n\ufeffb: 2".encode(), "the line has U+FEFF, which begins a file for some", 3, 1),
        (b"%TAG !k! tag:yaml.org,2002:\n---\na: 1", "the line has a `%TAG`, which some programs obey", 1, 1),
        (b"x" * (MAX_BYTES + 1), "the file is larger than 1 MiB, the most that a spec may have", 1, 1),
    ],
)
def test_what_cannot_be_read_is_one_problem_with_a_place(
    text: bytes, said: str, line: int, column: int
) -> None:
    """A text that is no YAML, or that would do harm, is one problem at its line and column."""
    (problem,) = one(text).problems
    assert problem.message.startswith(said)
    assert problem.span[:2] == (line, column)


def test_aliases_that_grow_are_stopped() -> None:
    """A file of 500 bytes that would expand to gigabytes is refused while it is read."""
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    (problem,) = one("\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x]", *levels])).problems
    assert problem.message == f"the aliases expand to more than {MAX_VALUES:,} values"


def test_aliases_that_nest_are_stopped() -> None:
    """Each alias may add a level, and the depth is bounded all the same."""
    levels = [f"a{n}: &a{n} {{b: *a{n - 1}}}" for n in range(1, 80)]
    (problem,) = one("\n".join(["a0: &a0 {b: 1}", *levels])).problems
    assert problem.message == "the aliases nest more than 64 levels deep"


def test_merges_that_grow_are_stopped() -> None:
    """Merge keys are bounded as aliases are."""
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    text = "\n".join(["a0: &a0 [{}, {}, {}, {}, {}, {}, {}, {}, {}]", *levels[:1], "z: {<<: *a1}"])
    assert one(text).content["z"] == {}
    (problem,) = one("\n".join(["a0: &a0 [{}]", *levels, "z: {<<: *a11}"])).problems
    assert problem.message.startswith("the aliases expand")


def test_markdown_holds_specs_at_their_own_lines() -> None:
    """Fences that open with `yaml rtreview` are read, at the lines where they stand; others are not."""
    text = "# Design\n\n```yaml rtreview\na: 1\n```\n\n```yaml\nb: 2\n```\n\n~~~yaml rtreview\nc: 3\n~~~\n"
    first, second = read(text.encode(), markdown=True)
    assert (first.content, first.span(("a",))) == ({"a": 1}, Span(4, 4, 4, 5))
    assert (second.content, second.span(("c",))) == ({"c": 3}, Span(12, 4, 12, 5))


def test_markdown_without_a_spec_says_what_was_expected() -> None:
    """A Markdown file with no such fence is a problem."""
    (document,) = read(b"# Design\n", markdown=True)
    assert document.problems[0].message.startswith("the file has no block that opens with ```yaml rtreview")


def test_a_fence_that_is_not_closed_runs_to_the_end() -> None:
    """As in Markdown."""
    (document,) = read(b"```yaml rtreview\na: 1", markdown=True)
    assert document.content == {"a": 1}


@pytest.mark.parametrize(
    ("markdown", "specs"),
    [
        ("```yaml rtreview\r\na: 1\r\n```\r\n", 1),
        ("- item\n\n  ```yaml rtreview\n  a: 1\n  ```\n", 1),
        ("````markdown\n```yaml rtreview\na: 1\n```\n````\n", 0),
        ("```yaml rtreview title=x\na: 1\n   ```\n", 1),
        ("~~~yaml rtreview\na: |\n  ```\n~~~\n", 1),
        ("```yaml\nrtreview: 1\n```\n", 0),
    ],
)
def test_fences_are_those_of_commonmark(markdown: str, specs: int) -> None:
    """With any line ends, indented in a list, and not inside of another fence."""
    documents = read(markdown.encode(), markdown=True)
    assert sum(document.content is not None for document in documents) == specs


@pytest.mark.parametrize(
    "text", ["# rtreview: accept a", "a: 1 # rtreview: b\n---\n# rtreview: c\n", "---\n# rtreview: a"]
)
def test_a_comment_may_stand_where_no_document_is(text: str) -> None:
    """It speaks of nothing, or of what stands above."""
    assert read(text.encode())
    assert read(f"```yaml rtreview\n{text}\n```\n".encode(), markdown=True)
