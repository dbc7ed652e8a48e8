"""Places in TOML: whatever tomllib takes has them, and what it does not take makes no mistake of its own."""

from __future__ import annotations

import re
import time
import tomllib
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtreview.text import toml
from rtreview.text.place import Span, SpecPath

SCALARS = [
    "1", "0x1f", "1_000.5e-3", "-inf", "true", "1979-05-27", "1979-05-27 07:32:00.5Z", "07:32:00", '""',
    '"a # ] , } \\" b"', "'\\'", "'# ,'", '"""\n\n"""', '"""a""b"""', '"""\\"""" # """', '"""x"""""',
    "'''a\n'b''c'''", "''''q'''''", '"\\u00e9😀\u2028"', "[]", "{}", "[ ]",
]  # fmt: skip
"""Values in each notation, with signs of the language in their texts."""

KEYS = ["a", "b-1", "1979-05-27", "3", '"c.d"', "'e = [ '", '""', '"\\u0061#"', '"a b"', "rtreview"]

blanks = st.text(" \t", max_size=2)
breaks = st.lists(st.sampled_from([" ", "\t", "\n", "\r\n", "# ], }\n", "#\n"]), max_size=3).map("".join)


def joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts one behind the other."""
    return st.tuples(*parts).map("".join)


def lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A list of values, with blanks, ends of lines and comments wherever they may stand."""
    items = st.lists(joined(breaks, values, breaks), min_size=1, max_size=3).map(",".join)
    inside = st.one_of(breaks, items, joined(items, st.just(","), breaks))
    return joined(st.just("["), inside, st.just("]"))


def tables(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """An inline table, with blanks wherever they may stand."""
    pair = joined(blanks, st.sampled_from(KEYS), blanks, st.just("="), blanks, values, blanks)
    return joined(st.just("{"), st.lists(pair, max_size=3).map(",".join), st.just("}"))


values = st.recursive(
    st.sampled_from(SCALARS), lambda inside: st.one_of(lists(inside), tables(inside)), max_leaves=6
)
names = st.lists(joined(blanks, st.sampled_from(KEYS), blanks), min_size=1, max_size=3).map(".".join)
expressions = st.one_of(
    joined(names, st.just("="), blanks, values),
    names.map(lambda name: f"[{name}]"),
    names.map(lambda name: f"[[{name}]]"),
    breaks,
)
documents = st.lists(joined(expressions, st.sampled_from(["\n", " # [x]\n", "\r\n"]))).map("".join)
suite = settings(max_examples=200)


def leaves(content: Any, at: SpecPath = ()) -> Iterator[tuple[SpecPath, Any]]:
    """What is neither a list nor a table, by its path."""
    for key, value in content.items() if isinstance(content, dict) else enumerate(content):
        if isinstance(value, dict | list):
            yield from leaves(value, (*at, key))
        else:
            yield (*at, key), value


def inside(text: str, span: Span) -> str:
    """What stands in a span."""
    begins = [0, *(found.end() for found in re.finditer("\n", text))]
    begin, end = begins[span.line - 1] + span.column - 1, begins[span.end_line - 1] + span.end_column - 1
    assert 0 <= begin < end <= len(text)
    return text[begin:end]


def holds_places(content: str) -> None:
    """Every span lies in the text, and that of a value holds the value that tomllib finds."""
    text = content.replace("\r\n", "\n")
    told = toml.places(text)
    for span in (*told.keys.values(), *told.values.values()):
        inside(text, span)
    for path, value in leaves(tomllib.loads(text)):
        assert tomllib.loads(f"x = {inside(text, told.values[path])}") == {"x": value}
        assert all(path[:end] in told.keys or path[:end] in told.values for end in range(1, len(path)))


def is_toml(text: str) -> bool:
    """Whether tomllib takes it."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


@pytest.mark.parametrize("between", [" ", "\n", "\t", "# ]\n", "\n # ,\n "])
def test_a_comma_may_stand_apart_from_its_value(between: str) -> None:
    """A blank, a comment or the end of a line before it is TOML."""
    holds_places(f"a = [1{between}, 2{between},{between}]\nb.c = [[{between}],{between}[3]{between}]\n")
    holds_places(f"a = {{b = [2{between}] , c = [{{d = 1 }}{between}, 3] }}\n")


@pytest.mark.slow
@given(values)
@suite
def test_a_value_of_any_layout_has_a_place(value: str) -> None:
    """Below a key, a table and a list of tables."""
    if is_toml(f"a = {value}"):
        holds_places(f"a = {value}\n[b.c]\nd={value}# x\n[[e]]\n[[e]]\nf.g= {value}")


@pytest.mark.slow
@given(documents, st.data())
@suite
def test_whatever_tomllib_takes_has_places(content: str, data: st.DataObject) -> None:
    """And a text that is damaged somewhere has places that lie in it."""
    begin = data.draw(st.integers(0, len(content)))
    scraps = ["", "[", "]", "{", "}", ",", "=", '"', "'", '"""', "'''", "\\", "#", "\n", ".", " "]
    scrap, rest = data.draw(st.sampled_from(scraps)), content[begin + data.draw(st.integers(0, 3)) :]
    text = f"{content[:begin]}{scrap}{rest}".replace("\r\n", "\n")
    if is_toml(text):
        holds_places(text)
    told = toml.places(text)
    for span in (*told.keys.values(), *told.values.values()):
        inside(text, span)


DEEP = {
    "a key": ".".join(["a"] * 500_000) + " = 1",
    "a header": "[[" + ".".join(["a"] * 500_000) + "]]",
    "lists": "a = " + "[" * 1_000_000,
    "tables": "a = " + "{a = " * 200_000,
    "a key and lists": "a." * 60 + "a = " + "[" * 1000,
    "a header and a key": "[" + ".".join("a" * 60) + "]\n" + ".".join("a" * 60) + " = 1",
}


@pytest.mark.parametrize("name", list(DEEP))
def test_a_nest_without_end_costs_little(name: str) -> None:
    """It is refused where it gets too deep, before tomllib needs hours, or more than the stack."""
    tracemalloc.start()
    begin = time.process_time()
    with pytest.raises(toml.DepthError, match=r"^nested more than 64 levels deep$") as deep:
        toml.places(DEEP[name])
    assert inside(DEEP[name], deep.value.span)
    assert time.process_time() - begin < 2
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20e6


def test_64_levels_have_places() -> None:
    """So many are allowed, of keys and of lists."""
    holds_places(".".join("a" * 64) + " = 1\n" + "b = " + "[" * 63 + "1" + "]" * 63)


def test_a_text_is_read_with_its_places() -> None:
    """In one call."""
    assert toml.read("[a]\nb = 1\n") == ({"a": {"b": 1}}, toml.places("[a]\nb = 1\n"))


@pytest.mark.parametrize("text", ["a = ", f"a = {'[' * 65}{']' * 65}"], ids=["broken", "too deep"])
def test_what_is_no_toml_or_nested_too_deeply_is_not_read(text: str) -> None:
    """It has neither values nor places."""
    assert toml.read(text) is None
