"""What of a repository is the product, and not what others wrote, what is made of it, or what tries it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from rtreview.evidence.deployment import File

OTHERS = frozenset({"node_modules", "vendor", "deps", "dist", "build", "_build", "out", "target", "docs"})
"""Folders of what others wrote, and of what is made from the rest."""

TESTS = frozenset(
    {
        *("test", "tests", "__tests__", "__mocks__", "spec", "specs", "e2e", "testdata", "fixtures", "mocks"),
        *("benchmark", "benchmarks", "bench", "loadtest", "loadtests", "load-test", "load-tests"),
        *("load_test", "load_tests", "stress", "stress-test", "stress-tests", "k6", "artillery", "locust"),
        *("cypress", "playwright"),
    }
)
"""Folders of what only tries the product."""

BESIDE = frozenset({"scripts", "examples", "example", "samples", "demo", "demos"})
"""Folders of what helps to work on a product or shows how it is used, where there is one beside them."""

_TEST = re.compile(
    r"[._-](?:test|tests|spec|stories|d|min)\.\w{1,4}$|^test[_-]|^conftest\.py$|Tests?\.(?:java|kt|cs)$"
    r"|(?:^|[._-])(?:load[_-]?tests?|stress[_-]?tests?|smoke[_-]?tests?|k6|artillery|bench|benchmark|locust)(?:[._-]|$)|^locustfile\.py$"
)


def is_written_here(path: PurePath) -> bool:
    """Whether a file is a part of what people wrote for the product, and not of its tests."""
    return not (OTHERS & set(path.parts[:-1]) or is_test(path))


def is_test(path: PurePath) -> bool:
    """Whether a file only tries the product, alone or under load."""
    return bool(TESTS & set(path.parts[:-1])) or _TEST.search(path.name) is not None


def of_product(files: Sequence[File]) -> list[File]:
    """Files without those that stand beside a product, where others are the product."""
    return [file for file in files if not BESIDE & set(file.path.parts[:-1])] or list(files)
