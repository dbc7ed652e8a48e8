"""Regular expressions on a stranger's text: none needs more time than its length."""

from __future__ import annotations

import ast
import gc
import importlib
import re
import signal
import time
from collections.abc import Iterator, Mapping
from itertools import product
from types import FrameType
from typing import Any, NamedTuple

import pytest
from conftest import ROOT

LENGTH = 3000
"""Characters of a text. A scan takes 0.4 ms, and 40 or more where its time grows with the square."""

LONGEST = 0.02
"""Seconds of a processor that none may take."""

METHODS = {"match", "fullmatch", "search", "sub", "split", "findall", "finditer"}

QUADRATIC = {
    "rtreview.render.plot._NUMBER": "the drawings are ours",
    "rtreview.render.plot._POINT": "the drawings are ours",
    "rtreview.render.html._AS_IT_IS": "a spec's own `<` is escaped by then",
    "rtreview.history.change._ITEM": "the names of places are short",
}
"""Expressions whose time does grow with the square, and why that may be."""

SIGNS = tuple(" \t\na0.#[](){}`~'\"\\-*_:<,=/|!&@")


class Use(NamedTuple):
    """A regular expression, and a method with which the package applies it."""

    name: str
    method: str
    pattern: re.Pattern[Any]


def uses() -> Iterator[Use]:
    """All of the package, but for those of a quantity, which has 40 characters at the most."""
    sources = {file: file.read_text("utf-8") for file in sorted((ROOT / "rtreview").rglob("*.py"))}
    package = "\n".join(sources.values())
    for file, source in sources.items():
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if file.stem in ("__main__", "quantity"):
            continue
        module = importlib.import_module(name)
        for key, value in vars(module).items():
            if isinstance(value, re.Pattern) and f"\n{key} = re.compile(" in source:
                where = source if key.startswith("_") else package
                # Where it is handed to a function of its module, that begins at a place.
                for method in sorted(METHODS & set(re.findall(rf"\b{key}\.([a-z]+)\b", where))) or ["match"]:
                    yield Use(f"{name}.{key}", method, value)
        if re.search(rf"\bre\.({'|'.join(METHODS)})\(", source):
            yield from _written_in(name, source, vars(module))


def _written_in(name: str, source: str, known: Mapping[str, Any]) -> Iterator[Use]:
    """The expressions that are the first argument of a function of `re`: written there, or by their names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.func).startswith("re."):
            method, first = ast.unparse(node.func).removeprefix("re."), node.args[0]
            written = first.value if isinstance(first, ast.Constant) else known.get(ast.unparse(first))
            if method in METHODS and isinstance(written, str | bytes):
                flags = [one for one in (*node.args, *node.keywords) if "re." in ast.unparse(one)]
                flag = getattr(re, ast.unparse(flags[-1]).rpartition(".")[2]) if flags else 0
                where = written if isinstance(first, ast.Constant) else ast.unparse(first)
                yield Use(f"{name}:{where}", method, re.compile(written, flag))


USES = [use for use in uses() if use.name not in QUADRATIC]


def nasty(pattern: re.Pattern[Any]) -> Iterator[str]:
    """Texts that repeat one or two signs, or a word of the expression with one, and then end otherwise."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    signs = [sign for sign in SIGNS if sign in source or sign in " \n\ta0#"]
    words = re.findall(r"[a-zA-Z]{2,}", source)
    pairs = [*product(signs, signs), *product(words, signs), *product(signs, words)]
    for unit in dict.fromkeys([*signs, *words, *map("".join, pairs), "[a](", "[a][", "# rtreview: "]):
        for end in ("\x01", "#"):
            yield unit * (LENGTH // len(unit)) + end


class TooSlow(Exception):  # noqa: N818 - it ends a search, and is no error of it
    """The time is over."""


def seconds(use: Use, text: str) -> float:
    """What one application takes; infinite where it does not end in time."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow

    apply: Any = getattr(use.pattern, use.method)
    given: Any = text if isinstance(use.pattern.pattern, str) else text.encode()
    # What collects garbage would swallow what the signal raises.
    gc.disable()
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, 2 * LONGEST)
    begin = time.process_time()
    try:
        if use.method == "sub":
            apply(given[:0], given)
        elif use.method == "finditer":
            list(apply(given))
        else:
            apply(given)
    except TooSlow:
        return float("inf")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        gc.enable()
    return time.process_time() - begin


@pytest.mark.parametrize("use", USES, ids=[f"{use.name}.{use.method}" for use in USES])
def test_no_expression_takes_more_than_its_text_is_long(use: Use) -> None:
    """Whatever is repeated in it; a first slow run may be the machine's."""
    for text in nasty(use.pattern):
        assert any(seconds(use, text) < LONGEST for _ in range(3)), text[:20]
