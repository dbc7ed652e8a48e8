"""What files alone show to be wrong, without a design: what a reader sees, and what only a whole way shows.

Only what stands there counts. What values of a chart may change, or what a condition decides, is no fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rtreview.evidence.deployment import Fact, Fault
from rtreview.evidence.readers.programs.libraries import PULSES
from rtreview.evidence.values import seconds
from rtreview.evidence.way import NODES, PATH, Way
from rtreview.text.place import SpecPath

UNIT_MISTAKEN = "unit-mistaken"
STOP = "pre-stop-outlasts-grace"
MEMORY = "nodes-joined-by-memory"
HEARTBEAT = "heartbeat-outlasts-hop"

LATE = "nothing ends too early"

INTERVAL: SpecPath = ("transport", "heartbeat", "interval")
TIMEOUT: SpecPath = ("transport", "heartbeat", "timeout")
LIBRARY: SpecPath = ("transport", "library")
BACKPLANE: SpecPath = ("topology", "backplane")
GRACE: SpecPath = ("operations", "termination_grace")
STOP_DELAY: SpecPath = ("operations", "stop_delay")


_BARE = re.compile(
    r"\b(pingInterval|pingTimeout|(?:ws_|websocket_)?ping_(?:interval|timeout))[\"']?\s{0,9}[:=]\s{0,9}"
    r"([0-9][0-9_]{0,9})(?![\w.*/+-])(?!\s{0,9}[*/+-])"
)


def faults(way: Way) -> Iterator[Fault]:
    """What is wrong on a way, each with the field that it is about from the top, a hop by its name."""
    for station, route in way.passages:
        for fault in (*station.faults, *route.faults):
            if fault.least_nodes <= max(1, _most(way)):
                is_of_hop = len(fault.field) == 1
                yield fault._replace(field=_of_hop(station.platform, *fault.field)) if is_of_hop else fault
    if way.process is not None:
        yield from way.process.faults
    yield from _units(way)
    yield from _stop(way)
    yield from _memory(way)
    yield from _heartbeat(way)


def _units(way: Way) -> Iterator[Fault]:
    """A heartbeat in seconds where the library counts milliseconds, and the reverse."""
    for fact in _certain(way, INTERVAL, TIMEOUT):
        found = _BARE.search(fact.line.text)
        if found is None:
            continue
        setting, number = found[1], int(found[2].replace("_", ""))
        is_in_millis = "_" not in setting
        if is_in_millis and 0 < number < (500 if setting == "pingTimeout" else 100):
            reads = f"is in milliseconds: {number} of them are {number / 1000:g} s"
            hint, case = f"`{setting}: {number * 1000}` if {number} s are meant", ""
        elif not is_in_millis and number >= 5000 and number % 500 == 0:
            reads = f"is in seconds: {number:,} of them are {number / 3600:.1f} hours"
            hint, case = f"`{setting}={number / 1000:g}` if {number:,} ms are meant", LATE
        else:
            continue
        yield Fault(UNIT_MISTAKEN, fact.field, fact.line, f"`{setting}` {reads}. Write {hint}.", case)


def _stop(way: Way) -> Iterator[Fault]:
    """A preStop that takes all of the grace period, so that the process is killed when it has just begun."""
    delay, grace = next(_certain(way, STOP_DELAY), None), next(_certain(way, GRACE), None)
    if delay is None or grace is None:
        return
    slept, granted = seconds(str(delay.value)), seconds(str(grace.value))
    if slept is None or granted is None or slept < granted:
        return
    stated = f"`{grace.line.text}`" if not grace.is_default else "the default"
    yield Fault(
        STOP,
        STOP_DELAY,
        delay.line,
        f"The preStop sleeps for {slept:g} s, and the grace period, in which it counts, is {granted:g} s by "
        f"{stated}. The container gets its SIGTERM after the preStop, when no time is left to close its "
        "connections.",
    )


def _memory(way: Way) -> Iterator[Fault]:
    """Several nodes whose library is told to pass messages on within its own memory."""
    nodes = max(_certain(way, NODES), key=_count, default=None)
    # A dependency that may be used is no fact beside one that is stated, and still a reason to be silent.
    layers = [fact for fact in way.own if fact.field[:2] == BACKPLANE]
    if nodes is None or _count(nodes) < 2 or not layers or any(fact.value != "none" for fact in layers):
        return
    layer = layers[0]
    if not layer.decided_by and not _DESK.search(layer.line.file):
        yield Fault(
            MEMORY,
            ("topology", "backplane"),
            layer.line,
            f"`{layer.line.text}` passes messages on within one process, and there are up to "
            f"{_count(nodes)} nodes by `{nodes.line.text}` ({nodes.line.file}:{nodes.line.number}). A "
            "message reaches only the clients of its own node.",
        )


_DESK = re.compile(r"dev|local|test|example|sample|ci\b", re.IGNORECASE)
"""What a file is called that is for a developer's machine."""


def _heartbeat(way: Way) -> Iterator[Fault]:
    """A hop that closes a silent connection no later than the heartbeat comes."""
    libraries = {fact.product for fact in way.facts if fact.field == LIBRARY}
    pulse = PULSES.get(libraries.pop()) if len(libraries) == 1 else None
    intervals = [fact for fact in way.all if fact.field == INTERVAL]
    if pulse is None or len(intervals) != 1 or intervals[0].is_open or intervals[0].decided_by:
        return
    (beat,) = intervals
    interval = seconds(str(beat.value))
    if interval is None or pulse.setting.search(beat.line.text) is None:
        return
    for number, (station, _) in enumerate(way.passages):
        own = _certain(way, (*PATH, number, "idle_timeout"))
        found = [fact for fact in own if not fact.kinds or pulse.kind in fact.kinds]
        idle = seconds(str(found[0].value)) if len(found) == 1 else None
        if idle is not None and idle <= interval:
            stated = f"`{found[0].line.text}`" if not found[0].is_default else found[0].decided_by
            yield Fault(
                HEARTBEAT,
                _of_hop(station.platform, "idle_timeout"),
                beat.line if found[0].is_default else found[0].line,
                f"{station.platform} ends a connection after {idle:g} s of silence ({stated}), and the "
                f"heartbeat comes every {interval:g} s by `{beat.line.text}` "
                f"({beat.line.file}:{beat.line.number}). Where nothing else is sent it comes too late.",
            )


def _certain(way: Way, *fields: SpecPath) -> Iterator[Fact]:
    """What the files fix for some fields, with nothing that could say otherwise."""
    for fact in way.all:
        if fact.field in fields and fact.is_certain:
            yield fact


def _of_hop(platform: str, *field: str | int) -> SpecPath:
    return ("transport", f"path[{platform}]", *field)


def _most(way: Way) -> int:
    return max(map(_count, _certain(way, NODES)), default=0)


def _count(nodes: Fact) -> int:
    """The most nodes that a fact allows: a number, or `2..6`."""
    most = str(nodes.value).rpartition("..")[2]
    return int(most) if most.isascii() and most.isdigit() else 0
