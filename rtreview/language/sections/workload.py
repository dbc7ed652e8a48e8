"""How many people and devices, and what they send."""

from typing import Literal

from rtreview.language.distribution import Distribution
from rtreview.language.field import Field
from rtreview.language.section import Section, entry
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Number, Rate, Ratio, Size


class People(Distribution):
    """A number of members: what is usual, and the most."""

    typical: Field[Count] = entry("How many there usually are.", "12", above_zero=True)
    max: Field[Count] = entry("The most there may be.", "400", above_zero=True)


class Bytes(Distribution):
    """A size: what is usual, and the most."""

    typical: Field[Size] = entry("The usual size.", "300B", above_zero=True)
    max: Field[Size] = entry("The largest size.", "16KiB", above_zero=True)


class Rooms(Section):
    """The groups inside which messages are delivered: rooms, channels, documents, matches."""

    count: Field[Count] = entry("How many rooms exist at the same time.", "5k", above_zero=True)
    size: People = entry("Members of a room who are connected at once.", {"typical": 12, "max": 400})
    per_user: Field[Number] = entry("How many rooms one user is in at once.", "3")
    by: Field[Literal["address", "secret", "account", "name"]] = entry(
        "What puts a client into a room, such as the devices of one home or those of one network.",
        "account",
        words={
            "address": "The network address that it comes from: all behind one public address are together.",
            "secret": "A code, link or key that somebody was given and no stranger can guess.",
            "account": "The rights, membership or pairing of its user or device.",
            "name": "Any name that it chooses, which a stranger may choose too.",
        },
    )
    ends: Field[Literal["when-empty", "when-over", "by-host"] | Duration] = entry(
        "What ends a room and removes what servers hold of it. A duration: that long without members. "
        "`none`: nothing does.",
        "2m",
        above_zero=True,
        words={
            "when-empty": "It ends at the moment its last member is gone.",
            "when-over": "What it is about is over: a build, a run of a job, a match, an auction.",
            "by-host": "Its host or creator ends it.",
        },
    )
    open_until: Field[Literal["start", "full", "end"]] = entry(
        "Until when newcomers are put into a room, as by matchmaking; `none`: nothing is decided.",
        "start",
        words={
            "start": "Until its round starts.",
            "full": "While a place is free.",
            "end": "Always, until the room ends.",
        },
    )


class Messages(Section):
    """What the people or devices send. Count it where you know it: by sender, by room, in all, by client."""

    rate: Field[Rate] = entry(
        "Messages of one active sender, not of all: `active_share` says how many of the connections send.",
        "2/s",
        above_zero=True,
    )
    per_room: Field[Rate] = entry(
        "Messages published into one busy room, from all of its senders.", "40/s", above_zero=True
    )
    total: Field[Rate] = entry(
        "Messages published in all rooms together, before each becomes many.", "2k/s", above_zero=True
    )
    per_client: Field[Rate | Bandwidth] = entry(
        "What one client is sent, in messages or in bytes.", "10/s", above_zero=True
    )
    phase: Field[Literal["start", "connect", "clock", "random"]] = entry(
        "When each client begins to count its fixed interval, so whether all of them send or ask at once.",
        "random",
        words={
            "start": "From its start, or the moment its power came back.",
            "connect": "From when it connected, also where it is the server that asks.",
            "clock": "By the clock, such as at each full hour.",
            "random": "From a moment of its own.",
        },
    )
    sent_at_once: Field[Count] = entry(
        "The most messages that one client sends at once in ordinary use, such as the subscriptions of a "
        "page that opens, or the inputs that it makes up for after a pause; `none`: never more than one.",
        "20",
        above_zero=True,
    )
    burst: Field[Count] = entry(
        "The most messages that one client is sent at once, such as all events of a block, an import or "
        "a tick, for one of its subscriptions; `none`: never more than one.",
        "120",
        above_zero=True,
    )
    active_share: Field[Ratio] = entry(
        "The share of connections that send at the same time, each of them at the `rate`.", "10%"
    )
    size: Bytes = entry("Size of one message on the wire.", {"typical": "300B", "max": "16KiB"})
    when: Field[Literal["interval", "change", "distance", "asked"]] = entry(
        "What makes a device report, such as a phone its position.",
        "distance",
        words={
            "interval": "A timer, whether it moves or not.",
            "change": "Each change.",
            "distance": "A distance or a step above a threshold.",
            "asked": "A viewer who asks for it.",
        },
    )
    adapts: Field[Literal["bitrate", "layers"]] = entry(
        "How audio or video is fitted to what a receiver's line can take; `none`: its rate is fixed.",
        "layers",
        words={
            "bitrate": "By its bitrate.",
            "layers": "By layers, of which a server forwards some (simulcast, SVC).",
        },
    )
    silence: Field[Duration] = entry(
        "The longest time in which a connection carries no message, heartbeats left aside; a cursor is a "
        "message too.",
        "5m",
    )


class Session(Distribution):
    """How long a connection stays in use."""

    typical: Field[Duration] = entry("The usual length.", "8m", above_zero=True)
    p95: Field[Duration] = entry("The length that 5 % exceed.", "2h", above_zero=True)


class Outage(Distribution):
    """How long a client is away when it loses its connection."""

    @property
    def longest(self) -> Field[Duration]:
        """The length that is to be outlasted: of a long one, or the usual length where no more is stated."""
        return self.p99 if self.p99.is_stated else self.typical

    typical: Field[Duration] = entry("The usual length.", "4s")
    p99: Field[Duration] = entry("The length that 1 % exceed.", "30m")
    share: Field[Ratio] = entry(
        "The share of all clients that lose their connection together in the worst outage.",
        "33%",
        above_zero=True,
    )


MACHINES = ("server", "device")
"""Clients that nobody sits in front of."""

PHONES = ("ios", "android", "mobile")


class Workload(Section):
    """How many people and devices, in which groups, and what they send."""

    connections: Field[Count] = entry("Concurrent connections at the peak.", "20k", above_zero=True)
    users: Field[Count] = entry("Concurrent users at the peak.", "12k", above_zero=True)
    devices_per_user: Field[Number] = entry("Devices of one user that are connected at once.", "1.5")
    tabs_per_user: Field[Number] = entry("Browser tabs that one user keeps open.", "2")
    clients: Field[
        tuple[Literal["browser", "ios", "android", "mobile", "desktop", "server", "device"], ...]
    ] = entry(
        "What connects.",
        ["browser", "ios"],
        words={
            "browser": "A page in a browser.",
            "ios": "An app on an iPhone or iPad.",
            "android": "An app on an Android phone or tablet.",
            "mobile": "An app on phones, whichever system they run.",
            "desktop": "A program on a desktop computer or laptop.",
            "server": "Another service, with no user in front of it.",
            "device": "Hardware with no user in front of it, such as a sensor, a meter or a gateway.",
        },
    )
    rooms: Rooms = entry("The groups inside which messages are delivered.", {"count": 500})
    messages: Messages = entry("What is sent.", {"rate": "2/s"})
    session: Session = entry("How long a connection stays in use.", {"typical": "8m"})
    outage: Outage = entry("How long a client that drops is away.", {"typical": "4s", "p99": "30m"})
    downlink: Field[Bandwidth] = entry(
        "What the slowest tenth of the clients can receive.", "1Mbit/s", above_zero=True
    )
    rtt: Field[Duration] = entry("Round trip to the server that 1 % exceed.", "400ms")

    @property
    def several_of_user(self) -> tuple[Field[Number], ...]:
        """Of what a user is stated to have several: devices, tabs."""
        counts = (self.devices_per_user, self.tabs_per_user)
        return tuple(count for count in counts if count.content is not None and count.content.amount > 1)

    def only(self, *kinds: str) -> bool:
        """Whether the clients are stated, and all are of these kinds."""
        clients = self.clients.content
        return bool(clients) and set(clients or ()) <= set(kinds)

    def has_any(self, *kinds: str) -> bool:
        """Whether clients of one of these kinds are stated to connect."""
        return any(kind in kinds for kind in self.clients.content or ())

    def may_have(self, kind: str) -> bool:
        """Whether clients of this kind connect, or may since the spec does not say which do."""
        return self.clients.content is None or kind in self.clients.content
