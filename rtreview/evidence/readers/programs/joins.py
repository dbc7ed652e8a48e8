"""What joins the nodes of a program by its own code: what it subscribes to where connections are.

It is told where the same file, or in Go a file of the same package, holds the connections: what a program
subscribes to elsewhere may have nothing to do with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from rtreview.evidence.deployment import Fact, Station
from rtreview.evidence.readers.programs.languages import GO, JAVASCRIPT, JVM, PYTHON
from rtreview.evidence.readers.programs.libraries import KIND
from rtreview.evidence.readers.programs.literals import NONE
from rtreview.evidence.readers.programs.source import Source

REMARK = "the program subscribes where it holds the connections"

FED = "the program sends on to clients what it takes from there"

ONE_GROUP = "by one group"

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
    for name, kind in LISTENERS.items():
        for bracket in islice(source.calls(name), 1):
            yield Fact(_KIND, kind, source.line(bracket), remark=FED)
            group = _GROUP.search(source.text, bracket, source.end(bracket))
            if kind == "kafka" and group is not None and "{" not in group[1]:
                line = source.line(group.start())
                yield Fact(("topology", "backplane", "consume"), "competing", line, remark=ONE_GROUP)
    if "data.redis" in source.text and (found := _OF_REDIS.search(source.bones)):
        yield Fact(_KIND, "redis", source.line(found.start()), remark=FED)


def beside_listeners(stations: Sequence[Station]) -> Iterator[Station]:
    """Source files with what joins the nodes of Spring by all of them.

    A listener feeds a broker that keeps to its node. Where there is another broker, that joins them, whatever
    a listener hands to it.
    """
    facts = [fact for each in stations for fact in each.facts if fact.line.file.endswith(tuple(JVM))]
    is_fed = any(fact.remark == FED for fact in facts)
    is_relayed = any(fact.field == _KIND and fact.is_open for fact in facts)

    def is_void(fact: Fact) -> bool:
        of_a_listener = fact.remark in (FED, ONE_GROUP)
        is_alone = fact.field == _KIND and fact.value == NONE and fact in facts
        return (of_a_listener and is_relayed) or (is_alone and is_fed)

    for station in stations:
        kept = tuple(fact for fact in station.facts if not is_void(fact))
        yield replace(station, facts=kept) if len(kept) != len(station.facts) else station
