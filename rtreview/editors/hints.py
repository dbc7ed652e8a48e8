"""What stands in the text of a design without being written: defaults, what a restart comes to, and links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rtreview.editors.sheet import HOPS, Sheet, keys_of
from rtreview.render.exchange import shown
from rtreview.simulate import NAMES, find
from rtreview.text.place import Span

_MOST = 3
"""Defaults behind a name: more would push the line off the screen."""

_NOTABLE = {
    ("transport", "heartbeat", "interval"): "heartbeat",
    (*HOPS, "idle_timeout"): "idle timeout",
    (*HOPS, "max_lifetime"): "lifetime",
    (*HOPS, "max_message"): "largest message",
    ("transport", "reconnect", "cap"): "reconnect cap",
    ("transport", "reconnect", "jitter"): "jitter",
    ("transport", "retry"): "retry",
    ("transport", "max_message"): "largest message",
    ("push", "max_message"): "largest message",
    ("sync", "delivery", "guarantee"): "delivery",
}
"""The defaults on which most rests, from the first that is shown on, and what they are called there."""


class Hint(NamedTuple):
    """A text behind a place, and all that it stands for."""

    text: str
    tooltip: str
    span: Span


class Link(NamedTuple):
    """A place that leads to an address."""

    address: str
    tooltip: str
    span: Span


def defaults(sheet: Sheet) -> Iterator[Hint]:
    """What the platforms that a design names fix where it is silent, behind the name of each."""
    for sketch in sheet.outlines:
        for at, fields in sketch.defaults.items():
            span = sketch.span(at)
            known = {keys_of(field.at): field for field in reversed(fields)}
            notable = [f"{name} {known[keys]}" for keys, name in _NOTABLE.items() if keys in known]
            if span is not None and notable:
                tooltip = "\n".join(f"{field.dotted}: {field}, {field.default}" for field in fields)
                yield Hint(shown(", ".join(notable[:_MOST])), tooltip, span)


def restarts(sheet: Sheet) -> Iterator[Hint]:
    """What a restart of all nodes comes to, over each connection whose numbers are there."""
    for sketch in sheet.outlines:
        for connection in sketch.design.connections:
            tells = find(NAMES[0]).evidence(connection)
            span = sketch.span(connection.transport.at, key=True)
            if tells and span is not None:
                names = ", ".join(connection.names)
                yield Hint(shown(tells), f"{names}: {tells}" if names else tells, span)


def links(sheet: Sheet) -> Iterator[Link]:
    """From the name of each platform to the first of its sources that has an address."""
    for sketch in sheet.outlines:
        for at, platform in sketch.platforms:
            span = sketch.span(at)
            address = next((each for each in platform.content["sources"] if each.startswith("https://")), "")
            if address and span is not None:
                yield Link(address, f"What is known of {platform.name} rests on this, among others", span)
