"""The platforms: each file is complete, and every default says where it comes from."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conftest import ROOT

from rtreview import catalogue, document
from rtreview.catalogue import Platform

FILES = sorted((ROOT / "references" / "platforms").glob("*.yaml"))

FIRST_DOZEN = {
    "nginx", "aws-alb", "cloudflare", "haproxy", "socket.io@4", "ws", "signalr", "phoenix", "centrifugo",
    "ably", "pusher", "eventsource",
}  # fmt: skip


KEYS = ("id", "name", "kind", "aliases", "as_of", "defaults", "facts", "evidence", "notes", "sources")
SOURCE = re.compile(r"https://\S+|[\w.-]+/[\w.-]+:\S+")


def platform(name: str) -> Platform:
    """The platform of that name."""
    found = catalogue.find(name)
    assert found is not None, name
    return found


def leaves(content: Any, at: str = "") -> list[str]:
    """The dotted path of every value."""
    if not isinstance(content, dict):
        return [at]
    return [leaf for key, value in content.items() for leaf in leaves(value, f"{at}.{key}".lstrip("."))]


def test_the_first_dozen_is_there() -> None:
    """The platforms that the first version promises."""
    assert {file.stem for file in FILES} >= FIRST_DOZEN


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_platform_is_named_as_its_file(file: Any) -> None:
    """So a name in a spec is found without opening any other file."""
    one = platform(file.stem)
    assert one.id == file.stem
    assert list(one.content) == [key for key in KEYS if key in one.content]
    assert set(KEYS) - set(one.content) <= {"defaults", "evidence", "facts"}
    assert one.kind in {"proxy", "cdn", "load-balancer", "library", "service", "browser", "protocol"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_default_has_evidence(file: Any) -> None:
    """Each value that a platform fixes has a source and says how sure it is."""
    content = document.read(file.read_bytes())[0].content
    evidence = content.get("evidence", [])
    assert content["sources"]
    assert all(SOURCE.fullmatch(source) for source in content["sources"]), content["sources"]
    for one in evidence:
        assert one["confidence"] in {"documented", "secondary", "assumed"}
        assert SOURCE.fullmatch(one["source"]), one["source"]
    prefixes = [f"{one['of']}." for one in evidence]
    for leaf in leaves(content.get("defaults", {})):
        assert any(f"{leaf}.".startswith(prefix) for prefix in prefixes), f"{leaf} has no evidence"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_alias_finds_its_platform(file: Any) -> None:
    """Aliases stand on one line, as the search for them reads it."""
    one = platform(file.stem)
    for alias in one.content.get("aliases", []):
        assert platform(str(alias)) is one


def test_names_are_unique() -> None:
    """No two platforms have a name in common."""
    names = catalogue.names()
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["", "../nginx", "no-such-thing", "a" * 100, "nginx\0"])
def test_a_name_that_is_no_platform_finds_nothing(name: str) -> None:
    """Also where it would lead out of the folder."""
    assert catalogue.find(name) is None


def test_capitals_and_blanks_do_not_matter() -> None:
    """` NGINX ` is nginx."""
    assert platform(" NGINX ").id == "nginx"


def test_a_default_knows_how_sure_it_is() -> None:
    """The longest prefix in the evidence counts; without one the default is assumed."""
    origin = platform("socket.io@4").origin(("transport", "library"))
    assert origin(("transport", "heartbeat", "interval")).confidence == "documented"
    assert origin(("somewhere", "else")).confidence == "assumed"
