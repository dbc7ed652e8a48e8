"""A spec, version 1: what a team writes of a design and of each of its features.

Description and example of each field go into the JSON Schema, and so into the editor. Every field
may also be `none`, a decision against it, or be left out.
"""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args, get_origin

from rtreview.language.field import Field
from rtreview.language.notation import Notation, did_you_mean, notation_of, shown
from rtreview.language.section import (
    MOST_MISTAKES,
    Entry,
    Mistake,
    Named,
    Section,
    Sections,
    entry,
    section_of,
)
from rtreview.language.sections.backpressure import Backpressure, FanOut
from rtreview.language.sections.presence import Presence
from rtreview.language.sections.push import Push
from rtreview.language.sections.servers import Dependency, DeployedAs, Operations, Topology, Work
from rtreview.language.sections.sync import Sync
from rtreview.language.sections.transport import Access, Transport
from rtreview.language.sections.workload import Workload
from rtreview.quantities.quantity import Count, Duration
from rtreview.text.place import SpecPath

if TYPE_CHECKING:
    from rtreview.language.whereabouts import Whereabouts

VERSION = 1

MOST_ENTRIES = 500
"""Features, hops, delays, accepted risks: the entries of any list or mapping of a spec."""

EXTENSION = "x-"
"""Keys at the top that begin so are the team's own: a place for anchors."""

Purpose = Literal[
    "chat", "notifications", "dashboard", "feed", "collaborative-editing", "cursors", "game", "telemetry",
    "signalling", "push", "data-sync", "commands", "console", "media", "presence",
]  # fmt: skip


class Targets(Section):
    """What the feature promises; a field that is `none` promises nothing."""

    latency: Field[Duration] = entry(
        "From the sender's hand to the receiver's eye; 5 % exceed it. `none` promises nothing.", "250ms"
    )
    staleness: Field[Duration] = entry("How old what is shown may be. `none` promises nothing.", "5s")
    offline_visible_within: Field[Duration] = entry(
        "When one who vanished is shown as away. `none` promises nothing.", "45s"
    )
    loss: Field[Duration] = entry(
        "How much work a crash may lose. `none` promises nothing; with `0s` nothing may be lost.", "1s"
    )
    recovery: Field[Duration] = entry(
        "By when everybody is back after a restart. `none` promises nothing.", "2m"
    )


class Accepted(Section):
    """A finding that the team lives with, why, and until when."""

    rule: Field[str] = entry("The id of the rule.", "missing-heartbeat")
    feature: Field[str] = entry("The feature, or `all` of them.", "cursors")
    reason: Field[str] = entry("Why it is acceptable.", "An internal tool for 5 people.")
    owner: Field[str] = entry("Who stands for it.", "chat-team")
    until: Field[date] = entry("The last day on which it holds.", "2027-03-01")
    while_: Field[str] = entry("What must stay true of the spec's numbers.", "workload.connections < 10k")


class Delegation(Section):
    """Who decides, or where it is decided."""

    SHORTHAND: ClassVar = "owner"

    link: Field[str] = entry("Where the other review stands.", "https://example.com/adr/12")
    owner: Field[str] = entry("Who does it.", "identity-team")


class Delegated(Section):
    """Decisions that another review takes."""

    authentication: Delegation = entry("How clients prove who they are.", {"owner": "identity-team"})
    broker: Delegation = entry("The message queue behind the servers.", {"owner": "platform"})
    event__streaming: Delegation = entry("Streams and event sourcing between services.", {"owner": "events"})
    caching: Delegation = entry("What is cached, and where.", {"owner": "platform"})


class FeatureSpec(Section):
    """One real-time feature. What it leaves out holds as the design has it."""

    purpose: Field[Purpose] = entry(
        "What it is for.",
        "chat",
        words={
            "chat": "People write to each other, also to a support desk.",
            "notifications": "Users are told that something happened, in the app.",
            "dashboard": "Values that are watched while they change.",
            "feed": "A stream of entries that many read: news, prices, bids, scores.",
            "collaborative-editing": "Several people edit one document.",
            "cursors": "Pointers and selections of others.",
            "game": "A shared world, or a match between players.",
            "telemetry": "Readings of devices or programs: sensors, positions, metrics.",
            "signalling": "What two ends tell each other to set up a call.",
            "push": "Messages to devices whose user is elsewhere.",
            "data-sync": "Copies of records, files or a configuration.",
            "commands": "Orders to devices and services: remote control, switches, robots.",
            "console": "What a program writes: a log, a shell, the answer of a model.",
            "media": "Sound, pictures and video themselves.",
            "presence": "Who is online, and nothing else.",
        },
    )
    direction: Field[Literal["server-to-client", "client-to-server", "bidirectional"]] = entry(
        "Which way the messages go.",
        "bidirectional",
        words={
            "server-to-client": "Clients receive, and send nothing beside requests.",
            "client-to-server": "Clients send, and are sent nothing beside answers.",
            "bidirectional": "Both ways.",
        },
    )
    writers: Field[Literal["one", "many"]] = entry(
        "How many write the same state.",
        "many",
        words={"one": "One at a time, or a single source.", "many": "Several, perhaps at once."},
    )
    concurrent_editors: Field[Count] = entry("How many edit the same thing at once.", "8")
    workload: Workload = entry("How many, and what they send.", {"connections": "20k"})
    transport: Transport = entry(
        "The connection; `none`: there is none, such as where each message is a request of its own to an "
        "address of its receiver (a webhook).",
        {"kind": "websocket"},
    )
    access: Access = entry("Which rights a connection needs, and until when.", {"on_revoke": "close"})
    work: Work = entry("What a server does for a client who waits.", {"bound_to": "task"})
    sync: Sync = entry("How the state stays the same.", {"strategy": "append-only"})
    presence: Presence = entry("Who is shown as being there.", {"grace": "10s"})
    push: Push = entry(
        "Notifications through a push service, to devices on which the app is not open; `none`: nobody is "
        "pushed to.",
        {"service": ["fcm", "apns"], "kind": "visible"},
    )
    backpressure: Backpressure = entry("What happens to slow clients.", {"overflow": "disconnect"})
    fan_out: FanOut = entry("How one message becomes many.", {"per_recipient": "memory"})
    topology: Topology = entry("The servers.", {"nodes": 4})
    operations: Operations = entry("Deployments and overload.", {"close_spread": "60s"})
    dependencies: Named[Dependency] = entry(
        "What connecting, joining or sending waits for, by name; what a backplane carries is no dependency.",
        {"database": {"calls": 4, "rate": "5k/s"}},
    )
    targets: Targets = entry(
        "What the feature promises; a field that is `none` promises nothing.", {"latency": "250ms"}
    )
    deployed_as: DeployedAs = entry("Where what runs is described.", {"paths": ["../deploy"], "route": "/ws"})


class Spec(FeatureSpec):
    """A design: its features, and what they share. Without `features` it is one feature."""

    rtreview: Field[Count] = entry("The version of the spec language.", VERSION)
    name: Field[str] = entry("What the design is called.", "Team chat")
    summary: Field[str] = entry("What it is, in a sentence.", "Rooms of up to 400 people.")
    owners: Field[tuple[str, ...]] = entry("Who answers for it.", ["chat-team"])
    status: Field[Literal["draft", "proposed", "accepted", "live"]] = entry(
        "How far it is.",
        "proposed",
        words={
            "draft": "It is being written.",
            "proposed": "It is there to be reviewed.",
            "accepted": "It is to be built.",
            "live": "It runs.",
        },
    )
    links: Field[tuple[str, ...]] = entry("Where more stands.", ["https://example.com/rfc/7"])
    features: Named[FeatureSpec] = entry(
        "The real-time features by name, where there are several.",
        {"chat": {"purpose": "chat"}},
    )
    accepted: Sections[Accepted] = entry(
        "Findings that the team lives with.", [{"rule": "missing-heartbeat"}]
    )
    delegated: Delegated = entry("Decisions of other reviews.", {"authentication": "identity-team"})


MOST_ITEMS, MOST_DEPENDENCIES = 20_000, 2_000
"""Items of lists, and dependencies, each counted for every feature that it holds for.

A review asks every rule about each feature: what 500 features share is looked at 500 times.
"""

_OF_THE_WHOLE = ("features", "accepted", "owners", "links")
"""What of a spec holds for none of its features, or has lists of their own."""


class SpecError(Exception):
    """A text is YAML, but no spec."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("; ".join(mistake.message for mistake in mistakes))
        self.mistakes = mistakes


def read(content: Any) -> Spec:
    """The spec that plain values make.

    Raises:
        SpecError: with every mistake, in the order of the fields.

    """
    if not isinstance(content, dict):
        message = f"expected a mapping that begins with `rtreview: {VERSION}`, found {shown(content)}"
        raise SpecError([Mistake((), message)])
    version = content.get("rtreview")
    if version is None:
        first = next(iter(content), "")
        hint = f", and not with `{first}`" if did_you_mean(first, ("rtreview",)) else ""
        message = f"the version is missing: a spec begins with `rtreview: {VERSION}`{hint}"
        raise SpecError([Mistake((), message)])
    if version != VERSION or isinstance(version, bool):
        message = f"{shown(version)} is not a version that can be read here: `rtreview: {VERSION}`?"
        raise SpecError([Mistake(("rtreview",), message)])
    own = {key: value for key, value in content.items() if not key.startswith(EXTENSION)}
    for at, size in too_long(own):
        raise SpecError([Mistake(at, f"{size:,} entries are too many: it can have {MOST_ENTRIES}")])
    mistakes: list[Mistake] = []
    spec = Spec.read(own, (), mistakes)
    if not mistakes:
        mistakes += _shared_too_widely(own)
    if mistakes:
        *others, last = (_hinted(mistake, own) for mistake in mistakes)
        if len(mistakes) >= MOST_MISTAKES:
            last = last._replace(message=f"{last.message}; what else is wrong is not listed")
        raise SpecError([*others, last])
    return spec


def too_long(content: Any, at: SpecPath = ()) -> Iterator[tuple[SpecPath, int]]:
    """The lists and mappings of some plain values that have more than `MOST_ENTRIES`, and how many."""
    if isinstance(content, dict | list):
        if len(content) > MOST_ENTRIES:
            yield at, len(content)
        for key, value in content.items() if isinstance(content, dict) else enumerate(content):
            yield from too_long(value, (*at, key))


def _shared_too_widely(content: dict[str, Any]) -> Iterator[Mistake]:
    """The lists that are too long together, each counted for every feature that it holds for."""
    features = [_mapping(feature) for feature in _mapping(content.get("features")).values()]
    if not features:
        return
    shared = {key: value for key, value in content.items() if key not in _OF_THE_WHOLE}
    transports = [_mapping(feature.get("transport")) for feature in features]
    lent = max(map(_items, transports)) * sum("shared_with" in transport for transport in transports)
    items = lent + sum(_items(_joined(shared, feature)) for feature in features)
    of_all, *of_each = (len(_mapping(part.get("dependencies"))) for part in (content, *features))
    dependencies = sum(own or of_all for own in of_each)
    for count, most, what in (
        (items, MOST_ITEMS, "items of lists"),
        (dependencies, MOST_DEPENDENCIES, "dependencies"),
    ):
        if count > most:
            message = f"counted for each of {len(features)} features, {count:,} {what} are too many"
            yield Mistake(("features",), f"{message}: a design can have {most:,}")


def _joined(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """What holds for a feature, as far as it matters for the lists in it."""
    both = {
        key: {**shared[key], **own[key]} for key in own if _mapping(own[key]) and _mapping(shared.get(key))
    }
    return {**shared, **own, **both}


def _items(content: Any) -> int:
    """The items of all lists in some plain values."""
    if isinstance(content, list):
        return len(content) + sum(map(_items, content))
    return sum(map(_items, content.values())) if isinstance(content, dict) else 0


def _mapping(content: Any) -> dict[str, Any]:
    return content if isinstance(content, dict) else {}


@cache
def _language() -> "Whereabouts":
    from rtreview.language.whereabouts import Whereabouts  # noqa: PLC0415 - for those who have lost a key

    return Whereabouts(Spec)


def _hinted(mistake: Mistake, content: Any) -> Mistake:
    """A mistake that also says what may be meant, where it does not yet."""
    is_said = mistake.on_key and not mistake.is_unknown
    hint = "" if is_said else _language().hint(mistake, content).text
    return mistake._replace(message=f"{mistake.message}{hint}")


def section_at(path: SpecPath) -> type[Section] | None:
    """The kind of section that stands at a path; None where none does."""
    section: type[Section] = Spec
    names = iter(path)
    for name in names:
        if isinstance(name, int):
            continue
        kind = section.kind_of(name)
        inside = section_of(kind) if kind is not None else None
        if inside is None:
            return None
        if get_origin(kind) is Named:
            next(names, None)
        section = inside
    return section


def notation_at(path: SpecPath) -> Notation | None:
    """How the field at a path is written; None where there is none."""
    section = section_at(path[:-1])
    kind = section.kind_of(str(path[-1])) if section and path else None
    return notation_of(get_args(kind)[0]) if get_origin(kind) is Field else None


def entry_at(path: SpecPath) -> Entry | None:
    """How the part at a path is declared; None where there is none."""
    section = section_at(path[:-1])
    name = section.KEYS.get(str(path[-1])) if section and path else None
    return section.ENTRIES[name][1] if section and name else None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a spec, for editors: every field with description, unit and example."""
    definitions: dict[str, Any] = {}
    Spec.schema(definitions)
    top = definitions.pop("Spec")["anyOf"][0]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rtreview design spec, version 1",
        **top,
        "required": ["rtreview"],
        "patternProperties": {f"^{EXTENSION}": {}},
        "$defs": dict(sorted(definitions.items())),
    }
