"""Platforms and what naming one fixes: a file each in `references/platforms/`, read only when named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, NamedTuple

from rtreview.language import spec
from rtreview.language.field import Default, Field, Origin, Part, Undecided
from rtreview.language.notation import NONE, nearest
from rtreview.language.section import Section
from rtreview.language.sections.transport import Hop
from rtreview.quantities.quantity import notation
from rtreview.text import document
from rtreview.text.place import SpecPath, dotted
from rtreview.text.shipped import ROOT

FOLDER = ROOT / "references" / "platforms"

KINDS = (
    "proxy", "load-balancer", "cdn", "host", "network", "service", "library", "browser", "protocol", "broker",
    "system",
)  # fmt: skip

ON_A_PATH = ("cdn", "proxy", "load-balancer", "host", "network")
"""Kinds of what may lie between the two ends. As the name of a hop, each stands for any one of them."""

GENERIC = {
    *KINDS,
    "lb",
    "loadbalancer",
    "reverse-proxy",
    "gateway",
    "api-gateway",
    "ingress",
    "firewall",
    "waf",
    "router",
}
"""What hops are called where no product is meant."""

Trait = Literal[
    "own-protocol", "socket-io", "event-streams", "no-transport", "joins-nodes", "ordered-log",
    "recovers-sessions", "loses-sessions", "removes-lost-people", "refuses-stale-operations",
    "ignores-http2-pings", "keeps-nothing", "defers-data", "billed-while-awake", "keeps-deleted-ids",
    "joins-copies", "few-connections", "reaches-apple-alone", "obeys-accel-buffering",
    "ends-at-once-at-zero", "hibernates-under-sockets", "needs-backplane",
]  # fmt: skip

TRAITS: dict[Trait, str] = {
    "own-protocol": "Has a protocol of its own at both ends: whoever chooses it has chosen the transport.",
    "socket-io": "Speaks the protocol of Socket.IO.",
    "event-streams": "Carries event streams, be it beside WebSockets.",
    "no-transport": "Carries nothing by itself: what lies below it does.",
    "joins-nodes": "Stands between servers: no client of a feature speaks to it.",
    "ordered-log": "Gives each message its position in a log that all readers share.",
    "recovers-sessions": "Keeps the packets that a recovery of sessions needs, on every node.",
    "loses-sessions": "Keeps nothing to recover a session from.",
    "removes-lost-people": "Removes the people of a node that is down by itself.",
    "refuses-stale-operations": "Refuses an operation on an old version, whoever sends it.",
    "keeps-nothing": "Hands a message to who is subscribed at that moment, and keeps it for nobody else.",
    "needs-backplane": "Each node knows its own connections alone, until something joins the nodes.",
    "joins-copies": "Its nodes exchange what each one's list of those present lacks, after a break too.",
    "few-connections": "A connection to it is a process of its server, which has few of them.",
    "keeps-deleted-ids": "Collects what was deleted and keeps its identity for ever.",
    "billed-while-awake": "Sleeps while nothing happens, and is paid for while it is awake.",
    "hibernates-under-sockets": "Can take an idle object out of memory and keep the sockets of its clients.",
    "defers-data": "Delivers a data message with normal priority where none is given.",
    "reaches-apple-alone": "Reaches devices of Apple, and no others.",
    "obeys-accel-buffering": "Collects no response whose header says `X-Accel-Buffering: no`.",
    "ends-at-once-at-zero": "Takes a timeout of 0 as one that is over at once, and not as none.",
    "ignores-http2-pings": "Does not count HTTP/2 PING frames: they do not reset its idle timeout.",
}
"""What rules ask of a platform that no field of a spec can hold."""


class Platform(NamedTuple):
    """A proxy, library, service or browser.

    `content` is the whole of its file. `defaults` is what it fixes, as the spec of a design that says nothing
    else; its `transport.path` holds the platform itself as a hop. `confidence` tells how sure each default
    is, by path prefix.
    """

    id: str
    name: str
    kind: str
    defaults: spec.Spec
    hops: dict[str, Hop]
    confidence: dict[str, str]
    content: dict[str, Any]

    @property
    def facts(self) -> dict[str, Any]:
        """What else is known of it, by name."""
        found: dict[str, Any] = self.content.get("facts", {})
        return found

    @property
    def source(self) -> str:
        """Its file as it stands, with the evidence."""
        return (FOLDER / f"{self.id}.yaml").read_text("utf-8")

    def has(self, trait: Trait) -> bool:
        """Whether it is known to have a trait."""
        return trait in self.content.get("traits", ())

    def evidenced(self, inside: SpecPath) -> str:
        """The longest beginning of a path in its file for which that has evidence; empty where for none."""
        name = f"{dotted(inside)}."
        return max((of for of in self.confidence if name.startswith(f"{of}.")), key=len, default="")

    def origin(self, named_at: SpecPath) -> Origin:
        """Tells where a default of this platform comes from, for a design that names it at a path."""

        def default(inside: SpecPath) -> Default:
            return Default(self.id, self.confidence.get(self.evidenced(inside), "assumed"), named_at)

        return default

    def hop(self, kind: str | None) -> Iterator[tuple[SpecPath, Hop]]:
        """What it fixes as a hop for a kind of transport: first what holds for that kind alone."""
        for name in (kind, ""):
            if name is not None and name in self.hops:
                yield ("hop_for", name) if name else ("hop",), self.hops[name]

    def fixed(self, path: tuple[str, ...]) -> Iterator[tuple[str, Field[Any]]]:
        """What it fixes for a field of a spec, with the kind of transport for which; none where for all.

        A field of `transport.path` is that of the platform as a hop. Its file is read as a spec, of which it
        states the version too, and that is no default.
        """
        if path == ("rtreview",):
            return
        if path[:2] == ("transport", "path"):
            sources = [(kind, _part(hop, path[2:])) for kind, hop in self.hops.items()]
        else:
            sources = [("", _part(self.defaults, path))]
        yield from ((kind, part) for kind, part in sources if isinstance(part, Field) and part.is_stated)


def _part(section: Section, path: tuple[str, ...]) -> Part | None:
    """What stands at a path below a section; None where there is no such part, or a team gives its name."""
    part: Part = section
    for key in path:
        if not isinstance(part, Section) or key not in part.KEYS:
            return None
        part = getattr(part, part.KEYS[key])
    return part


def find(name: str | Field[str]) -> Platform | None:
    """The platform of that id, alias or title, or that a field names; None where there is none, or no name.

    It may be named as people write it, `Azure Application Gateway`, or as its repository is:
    `gorilla/websocket` is `gorilla-websocket`.
    """
    wanted = name if isinstance(name, str) else name.content or ""
    id_ = _index().get(_spelled(wanted))
    return _read(id_) if id_ else None


def _spelled(name: str) -> str:
    """A name as the index has it: in small letters, with hyphens, and without what parentheses add."""
    return re.sub(r"[\s/_-]+", "-", name.partition("(")[0].strip().lower())


def suggestion(name: str) -> str:
    """`: did you mean `x`?` with the id of the platform that a name comes close to; else nothing.

    A version that the catalogue does not tell apart is close: `SignalR 8`, `jetty@11.0.15`.
    """
    spelled = _spelled(name)
    if spelled in _index() or _is_generic(spelled) or spelled.startswith(("my-", "our-")):
        return ""
    meant = _index().get(re.sub(r"[-@]v?[0-9]+(\.([0-9]+|x))*$", "", spelled))
    # A slip seldom changes the first letter: `rpc` is not `grpc`; and of four letters each counts: `http`.
    if meant is None and len(spelled) > 4:
        alike = tuple(known for known in names() if known[0] == spelled[0])
        meant = _index().get(nearest(spelled, alike, nearness=0.8))
    return f": did you mean `{meant}`?" if meant else ""


def family(name: str) -> str:
    """`: see` and how to read of the first platforms of whose names this is a word; nothing without any."""
    word = _spelled(name)
    ids = sorted({id_ for id_ in _index().values() if word in id_.split("-")})
    return f": see {' or '.join(f'`rtreview platforms {id_}`' for id_ in ids[:3])}" if ids else ""


def known(name: Field[str]) -> Platform | None:
    """The platform that a field names; None where it names none.

    Raises:
        Undecided: the catalogue does not have it, so that nobody can tell what it does.

    """
    platform = find(name)
    if platform is None and name.content:
        raise Undecided(message=f"it would need knowledge of what `{name}` does")
    return platform


def _is_generic(spelled: str) -> bool:
    """Whether a name says what something is and not which product, so that it misspells none."""
    return spelled.removesuffix("s") in GENERIC


def names() -> tuple[str, ...]:
    """Every id, alias and title, in small letters and with hyphens."""
    return tuple(_index())


def load() -> list[Platform]:
    """Every platform, by kind and id."""
    platforms = [_read(file.stem) for file in FOLDER.glob("*.yaml")]
    return sorted(platforms, key=lambda platform: (KINDS.index(platform.kind), platform.id))


def fixed(path: tuple[str, ...]) -> Iterator[tuple[str, Platform, str]]:
    """What platforms fix for a field: the value as a spec has it, the platform, and for which transport.

    The kind of transport is empty where it holds for all.
    """
    for platform in load():
        yield from ((_as_written(field), platform, kind) for kind, field in platform.fixed(path))


def _as_written(field: Field[Any]) -> str:
    if field.is_none:
        return NONE
    content = field.content
    if isinstance(content, tuple):
        return f"[{', '.join(map(notation, content))}]"
    return str(field) if isinstance(content, bool | str) else notation(field)


def index() -> str:
    """The text of the index: a line for each name with the id, so that no other file is opened.

    A platform has an id, a title and aliases.
    """
    platforms = load()
    rows: dict[str, str] = {}
    for platform in platforms:
        names = (platform.id, *map(str, platform.content.get("aliases", [])))
        rows |= dict.fromkeys((_spelled(platform.name), *names, *map(_spelled, names)), platform.id)
    return "".join(f"{name} {id_}\n" for name, id_ in sorted(rows.items()))


def limits() -> str:
    """The text of `limits.txt`: timers and largest messages, so that a number is found in the catalogue.

    A line for each: the quantity, the field, the name of the platform, and the kinds of transport that it
    holds for where it does not hold for all.
    """
    rows: dict[tuple[str, str, str], list[str]] = {}
    for platform in load():
        for name in ("idle_timeout", "max_lifetime", "max_message"):
            for kind, field in (
                *platform.fixed(("transport", "path", name)),
                *platform.fixed(("transport", name)),
            ):
                if field.content is not None:
                    rows.setdefault((notation(field.content), name, platform.name), []).append(kind)
    kinds = (sorted(set(found) - {""}) if "" not in found else [] for found in rows.values())
    return "".join(
        "\t".join((*row, ", ".join(held))) + "\n" for row, held in sorted(zip(rows, kinds, strict=True))
    )


@cache
def _index() -> dict[str, str]:
    lines = (FOLDER / "index.txt").read_text("utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines)


@cache
def _read(id_: str) -> Platform:
    content: dict[str, Any] = document.read((FOLDER / f"{id_}.yaml").read_bytes())[0].content
    defaults = dict(content.get("defaults", {}))
    by_kind = {"": defaults.pop("hop", None), **defaults.pop("hop_for", {})}
    by_kind = {kind: hop for kind, hop in by_kind.items() if hop is not None}
    transport = {**defaults.pop("transport", {}), "path": list(by_kind.values())}
    fixed = spec.read({"rtreview": spec.VERSION, **defaults, "transport": transport})
    return Platform(
        id=content["id"],
        name=content["name"],
        kind=content["kind"],
        defaults=fixed,
        hops=dict(zip(by_kind, fixed.transport.path, strict=True)),
        confidence={evidence["of"]: evidence["confidence"] for evidence in content.get("evidence", [])},
        content=content,
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a platform's file."""
    quantity = {"type": ["string", "number", "boolean"]}
    design = spec.json_schema()
    definitions = design.pop("$defs")
    sections = {name: {"$ref": part["$ref"]} for name, part in design["properties"].items() if "$ref" in part}
    hop = {"$ref": "#/$defs/Hop"}
    return {
        "$schema": design["$schema"],
        "title": "rtreview platform",
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "name", "kind", "aliases", "as_of", "notes", "sources"],
        "properties": {
            "id": {
                "type": "string",
                "pattern": "^[a-z0-9][a-z0-9.@_-]{0,60}$",
                "description": "How a spec names it.",
            },
            "name": {"type": "string", "description": "What people call it."},
            "kind": {"enum": list(KINDS), "description": "What it is."},
            "aliases": {"type": "array", "items": {"type": "string"}, "description": "Its other names."},
            "as_of": {
                "type": "string",
                "pattern": r"^[0-9]{4}-[0-9]{2}$",
                "description": "When it was looked at.",
            },
            "traits": {
                "type": "array",
                "items": {
                    "oneOf": [
                        {"const": word, "description": description} for word, description in TRAITS.items()
                    ]
                },
                "uniqueItems": True,
                "description": "What rules ask of it that no field of a spec can hold.",
            },
            "defaults": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    **sections,
                    "hop": hop,
                    "hop_for": {"type": "object", "additionalProperties": hop},
                },
                "description": "What naming it fixes, in the language of a spec.",
            },
            "facts": {
                "type": "object",
                "additionalProperties": quantity,
                "description": "What else is known, each with its unit.",
            },
            "evidence": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["of", "source", "confidence"],
                    "properties": {
                        "of": {"type": "string", "description": "The beginning of a path in this file."},
                        "source": {"type": "string", "description": "An address, or owner/repository:path."},
                        "confidence": {"enum": ["documented", "secondary", "assumed"]},
                    },
                },
                "description": "Where each trait, default and fact comes from, and how sure it is.",
            },
            "notes": {"type": "string", "description": "What it means for a design."},
            "sources": {"type": "array", "items": {"type": "string"}},
        },
        "$defs": definitions,
    }
