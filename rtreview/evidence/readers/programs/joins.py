"""What joins the nodes of a program by its own code: what it subscribes to where connections are.

It is told where the same file, or in Go a file of the same package, holds the connections: what a program
subscribes to elsewhere may have nothing to do with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from rtreview.evidence.deployment import Fact, Station
from rtreview.evidence.readers.programs.languages import GO, JAVASCRIPT, JVM, PYTHON
from rtreview.evidence.readers.programs.libraries import KIND
from rtreview.evidence.readers.programs.literals import NONE
from rtreview.evidence.readers.programs.source import Source

REMARK = "the program subscribes where it holds the connections"

BUSES = {
    "go-redis/redis": "redis", "redis/go-redis": "redis", "gomodule/redigo": "redis",
    "nats-io/nats.go": "nats",
}  # fmt: skip
"""Packages of Go by which a program subscribes, by what they speak to."""

CLIENTS = {"redis": "redis", "ioredis": "redis", "nats": "nats"}
"""Those of npm."""

LISTENERS = {"KafkaListener": "kafka", "RabbitListener": "rabbitmq", "SqsListener": "aws-sqs"}
"""Annotations of Spring."""

_KIND = tuple(KIND.split("."))
_GO_CALL = re.compile(r"\.(?:P?Subscribe|QueueSubscribe|ChanSubscribe)\s{0,9}\(")
_CALL = re.compile(r"\.\s{0,99}[pP]?[sS]ubscribe\s{0,9}\(")
_PUBSUB = re.compile(r"\.pubsub\s{0,9}\(")
_SENDS = re.compile(r"\bSimpMessag(?:ingTemplate|eSendingOperations)\b")
_GROUP = re.compile(r'\bgroupId\s{0,9}=\s{0,9}"([^"\n]{1,80})"')
_OF_REDIS = re.compile(r"\bvoid\s{1,9}onMessage\s{0,9}\(\s{0,9}(?:final\s{1,9})?Message\b")


def subscribed(source: Source, *, holds: bool) -> Iterator[Fact]:
    """What a file subscribes to that holds connections, or that lies beside one of Go which does."""
    suffix, text = source.file.path.suffix, source.text
    if suffix in JVM:
        yield from _listened(source)
        return
    kind, pattern = "", _CALL
    if suffix in GO and holds:
        pattern = _GO_CALL
        kind = next((bus for package, bus in BUSES.items() if package in text), "")
    elif suffix in JAVASCRIPT and (source.imported("ws") or source.imported("socket.io")):
        kind = next((bus for package, bus in CLIENTS.items() if source.imported(package)), "")
    elif (
        suffix in PYTHON and "WebSocket" in source.bones and "redis" in text and _PUBSUB.search(source.bones)
    ):
        kind = "redis"
    found = pattern.search(source.bones) if kind else None
    if found is not None:
        yield Fact(_KIND, kind, source.line(found.start()), remark=REMARK)


def _listened(source: Source) -> Iterator[Fact]:
    """What a listener of Spring takes from a bus and hands on to clients.

    Of those that listen in one group each message comes to one.
    """
    if not _SENDS.search(source.bones) or ".convertAndSend" not in source.bones:
        return
    remark = "the program sends on to clients what it takes from there"
    for name, kind in LISTENERS.items():
        for bracket in islice(source.calls(name), 1):
            yield Fact(_KIND, kind, source.line(bracket), remark=remark)
            group = _GROUP.search(source.text, bracket, source.end(bracket))
            if kind == "kafka" and group is not None and "{" not in group[1]:
                line = source.line(group.start())
                yield Fact(("topology", "backplane", "consume"), "competing", line, remark="by one group")
    if "data.redis" in source.text and (found := _OF_REDIS.search(source.bones)):
        yield Fact(_KIND, "redis", source.line(found.start()), remark=remark)


def beside_listeners(stations: Sequence[Station]) -> Iterator[Station]:
    """Source files without what says that a broker keeps to its node, where a listener feeds that broker."""
    facts: Iterable[Fact] = (fact for station in stations for fact in station.facts)
    fed = any(fact.field == _KIND and fact.line.file.endswith(tuple(JVM)) and _is_fed(fact) for fact in facts)
    for station in stations:
        kept = tuple(fact for fact in station.facts if not (fed and _is_alone(fact)))
        yield replace(station, facts=kept) if len(kept) != len(station.facts) else station


def _is_fed(fact: Fact) -> bool:
    return fact.value not in (None, NONE)


def _is_alone(fact: Fact) -> bool:
    return fact.field == _KIND and fact.value == NONE and fact.line.file.endswith(tuple(JVM))
