"""The one writer of YAML: what it writes is read as it was, wherever it stands."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rtreview.text import document
from rtreview.text.scalars import block, flow

SIGNS = ": #,[]{}?-\"'\\|>&*!%@`=~\n\t\r\x85\u2028\u202e\ufeff\x1b\x7f\xa0²é👩0e.x_"
texts = (
    st.text(max_size=8) | st.text(SIGNS, max_size=8) | st.sampled_from(["no", "null", "0x1f", "1e3", "---"])
)
readable = texts.filter(lambda text: not any("\ud800" <= sign <= "\udfff" for sign in text))
keys = readable.filter(lambda text: text != "<<")
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6) | readable,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


def content(text: str) -> Any:
    """What a text says."""
    (only,) = document.read(text.encode("utf-8"))
    assert not only.problems, (text, only.problems)
    return only.content


@pytest.mark.slow
@given(key=keys, value=values)
@example(key="rtreview: accept", value="a #b")
@settings(max_examples=400)
def test_what_is_written_is_read_as_it_was(key: str, value: Any) -> None:
    """Behind a key, as an item, and between brackets."""
    text = f"{flow(key)}: {block(value)}\nlist:\n- {block(value)}\nmap: {flow({key: [value]})}\n"
    assert content(text) == {key: value, "list": [value], "map": {key: [value]}}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("20k", "20k"), ("0s..10s", "0s..10s"), ("no", "no"), ("true", '"true"'), ("12", '"12"'), ("", '""'),
        ("a, b", '"a, b"'), ("a: b", '"a: b"'), ("a #b", '"a #b"'), ("\x1b\u202e", '"\\u001b\\u202e"'),
        ("\U000e0001", '"\\U000e0001"'), (True, "true"), (None, "null"), (1.5, "1.5"), (["a", 1], "[a, 1]"),
        ({"a": {"b": []}}, "{a: {b: []}}"),
    ],
)  # fmt: skip
def test_quotes_stand_where_yaml_needs_them(value: Any, written: str) -> None:
    """And what cannot be seen stands as its number."""
    assert flow(value) == written


@pytest.mark.parametrize("written", ["40.000", "1.500", "12.345"])
def test_a_number_in_groups_of_three_digits_keeps_its_text(written: str) -> None:
    """Also in another process: in half of Europe a point divides thousands, and only the text shows it."""
    value = pickle.loads(pickle.dumps(content(f"a: {written}")))["a"]
    assert (value, str(value), flow(value)) == (float(written), written, written)
