"""A field that is accepted and ignored reads as approval: each is read by a rule."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from conftest import RULEBOOK, RULES, as_json, cli

from rtreview.language.spec import FeatureSpec, Spec
from rtreview.language.tree import branches
from rtreview.reviews import engine, why
from rtreview.reviews.reading import Reading
from rtreview.rulebook import rulebook
from rtreview.rulebook.acceptance import Risk
from rtreview.text import document
from rtreview.text.place import SpecPath

ELSEWHERE = {
    "deployed_as.paths": "the comparison with what runs reads the files",
    "deployed_as.route": "it says which way through them is meant",
    "transport.client_library": "the catalogue of the design is asked for it",
    "transport.shared_with": "it says which features travel on one connection",
    "transport.reconnect.when.base": "beside `cap` and `jitter`, so that a situation is written as a plan is",
}
"""Fields that no rule reads itself, each with what does, or why it is there."""

ONLY_WHERE_CLIENTS_RETURN = "dependencies.*.reconnect.when."
"""Nodes that return to a service know no hidden tab; the section is that of clients."""


def path_of(at: SpecPath) -> str:
    """Where a field stands in a feature, without indices and names."""
    names = [str(name) for name in at if isinstance(name, str)]
    names = names[2:] if names[:1] == ["features"] else names
    return ".".join([names[0], "*", *names[2:]] if names[:1] == ["dependencies"] else names)


@pytest.fixture(scope="module")
def readers() -> dict[str, list[str]]:
    """The rules that read each field in the designs of their own fixtures."""
    found: dict[str, dict[str, None]] = {branch.name: {} for branch in branches(FeatureSpec)}
    for rule, file in product(RULEBOOK, ("fail.yaml", "unstated.yaml", "pass.yaml")):
        if rule.subject is not Risk:
            for text in document.read((RULES / rule.id / file).read_bytes()):
                reading = Reading.of(text)
                for subject in engine.subjects(rule, reading.design) if reading.design else ():
                    _, fields = why.asked(rule, subject, text)
                    for field in fields:
                        found[path_of(field.at)][rule.id] = None
    return {field: list(rules) for field, rules in found.items() if rules}


@pytest.mark.slow
def test_every_field_is_read_by_a_rule(readers: dict[str, list[str]]) -> None:
    """On the designs of its own fixtures, or an argument says what reads it."""
    fields = {branch.name for branch in branches(FeatureSpec) if branch.section is None} - set(ELSEWHERE)
    unread = {field for field in fields if not field.startswith(ONLY_WHERE_CLIENTS_RETURN)}
    assert unread - set(readers) == set()


@pytest.mark.slow
def test_which_rules_read_a_field_is_up_to_date(
    readers: dict[str, list[str]], matches: Callable[[Path, str], None]
) -> None:
    """`references/readers.txt`, from which `schema FIELD` and the site tell it."""
    rows = (f"{field}: {' '.join(rules)}\n" for field, rules in readers.items())
    matches(rulebook.READERS, "".join(rows))


def test_a_field_has_the_rules_that_compare_it_even_where_their_sections_name_its_section_alone() -> None:
    """`transport.path` is what the section says; its idle timeout is what the rule reads."""
    (row,) = as_json("fields", "schema", "transport.path.idle_timeout")["fields"]
    assert "heartbeat-slower-than-path" in row["rules"]
    assert "heartbeat-timeout-too-tight" in cli("schema", "transport.heartbeat.timeout").stdout


def test_the_rules_come_first_whose_sections_name_the_field() -> None:
    """All others read it too, for an exemption mostly."""
    (row,) = as_json("fields", "schema", "transport.heartbeat.interval")["fields"]
    naming = ["heartbeat.interval`" in RULEBOOK.sections[rule].source for rule in row["rules"]]
    assert naming[0]
    assert not naming[-1]
    assert naming == sorted(naming, reverse=True)


def words_of(kind: Any) -> list[str]:
    """The words that a field takes, by its annotation."""
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [word for inner in get_args(kind) for word in words_of(inner)]


def test_a_list_of_words_says_what_each_word_means() -> None:
    """A line for each, in the same order, and none for a word that is not in the list."""
    fields = [branch for branch in branches(Spec) if branch.section is None]
    assert [field.name for field in fields if list(field.entry.words) != words_of(field.kind)] == []


@pytest.mark.parametrize("section", ["workload.outage", "backpressure"])
def test_no_field_of_a_section_is_listed_without_a_meaning(section: str) -> None:
    """Where no clause fits the line it is cut, and never inside of parentheses that stay open."""
    listed = cli("schema", section).stdout.split("\n\n")[1].splitlines()
    assert all(len(line.split(maxsplit=1)) == 2 for line in listed), listed
    assert all(line.count("(") == line.count(")") or line.endswith("...") for line in listed), listed
