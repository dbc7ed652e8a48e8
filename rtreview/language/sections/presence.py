"""Who is shown as being there."""

from typing import ClassVar, Literal

from rtreview.language.field import Field
from rtreview.language.section import Section, entry
from rtreview.language.sections.backpressure import AUDIENCES, Audience
from rtreview.quantities.quantity import Duration, Rate


class Cursor(Section):
    """Pointers, selections and other things that move with the hand."""

    rate: Field[Rate] = entry("Updates that one client sends; `none` for every move.", "15/s")
    batch: Field[Duration] = entry("How long the server collects before it sends on.", "50ms", none="0s")


class Will(Section):
    """What a broker publishes for a client that is gone (a last will), and what says that it is back."""

    retained: Field[bool] = entry(
        "Whether the broker keeps it for those who subscribe later; `false`: only who is there hears it.",
        True,
    )
    birth: Field[Literal["retained", "sent"]] = entry(
        "How a client says on connecting that it is there; `none`: it says nothing, and only the will is "
        "ever published.",
        "retained",
        words={
            "retained": "By a message that the broker keeps.",
            "sent": "By a message that only those hear who are subscribed.",
        },
    )
    topic: Field[Literal["same", "other"]] = entry(
        "Whether will and birth are on the same topic.",
        "same",
        words={"same": "One replaces the other.", "other": "Whoever listens has to join the two."},
    )
    clean_leave: Field[bool] = entry(
        "Whether a client that leaves on purpose publishes itself that it is away, since a broker publishes "
        "no will after a clean disconnect.",
        True,
    )


class Presence(Section):
    """Who is shown as being there."""

    RENAMED: ClassVar = {
        "identity": "presence.devices",
        "merge": "presence.devices",
        "removal": "presence.ends",
        "scope": "presence.audience",
    }

    grace: Field[Duration] = entry("How long one who vanishes is still shown.", "10s", none="0s")
    ttl: Field[Duration] = entry("How long an entry lives without a refresh.", "60s")
    refresh: Field[Duration] = entry("How often an entry is refreshed.", "20s", above_zero=True)
    sweep: Field[Duration] = entry(
        "How often expired entries are looked for; left out where the store removes them by itself.",
        "3s",
    )
    devices: Field[Literal["separate", "any", "most-active", "last-report"]] = entry(
        "What several devices or tabs of one person are.",
        "any",
        words={
            "separate": "An entry each.",
            "any": "One entry, present while one of them is.",
            "most-active": "One entry, as the most active of them.",
            "last-report": "One entry, which each report overwrites.",
        },
    )
    away: Field[Literal["reported", "derived"]] = entry(
        "How it is decided that one who is present is idle or away; `none`: nobody is shown as away.",
        "derived",
        words={
            "reported": "A device reports it.",
            "derived": "It follows from the age of the last sign of life.",
        },
        side_by_side=True,
    )
    held_by: Field[Literal["connection", "node", "user"]] = entry(
        "To what an entry belongs, so that it goes when that goes.",
        "user",
        words={
            "connection": "To one connection, as one of the several entries of a user perhaps.",
            "node": "To the node where its client came in (a local member), whatever other connections that "
            "client has, or opens later, at other nodes.",
            "user": "To the user or client, for as long as one of its connections stands, at any node.",
        },
    )
    takeover: Field[bool] = entry(
        "Whether a client's new connection ends its old one, told apart by a generation number.", True
    )
    audience: Field[Audience] = entry(
        "Who is told of a change; `user` is the person whose entry it is.", "room", words=AUDIENCES
    )
    changes: Field[Rate] = entry(
        "Changes of one person's entry, such as online and away, beside joining and leaving.", "6/h"
    )
    updates: Field[Literal["diff", "full"]] = entry(
        "What is sent on a change.",
        "diff",
        words={"diff": "What has changed.", "full": "The whole list again."},
    )
    batch: Field[Duration] = entry("How long changes are collected.", "1s", none="0s")
    ends: Field[
        tuple[Literal["leave", "hidden", "disconnect", "expiry", "node-down", "job", "start"], ...]
    ] = entry(
        "What ends an entry.",
        ["expiry"],
        words={
            "leave": "The client says so.",
            "hidden": "Its page or app is hidden, and says so, after the `grace`.",
            "disconnect": "Its connection is seen to end, after the `grace`.",
            "expiry": "Nothing refreshes it for the `ttl`.",
            "node-down": "Its node is found dead.",
            "job": "A clean-up.",
            "start": "A process that starts takes out all who were listed before.",
        },
    )
    will: Will = entry("What a broker says for a client that is gone.", {"retained": True})
    kind: Field[Literal["members", "count"]] = entry(
        "What is shown.", "members", words={"members": "The people.", "count": "Their number."}
    )
    counts: Field[Literal["people", "connections", "other-connections", "visits"]] = entry(
        "What a shown number is a number of.",
        "people",
        words={
            "people": "Each person once, however many tabs and devices they have.",
            "connections": "One for each tab or device.",
            "other-connections": "Connections that are open for something else than what is counted, such as "
            "viewers of a video by the sockets of its chat.",
            "visits": "Requests within a time.",
        },
    )
    cursor: Cursor = entry("What moves with the hand.", {"rate": "15/s"})

    @property
    def expires(self) -> bool:
        """Whether an entry is stated to end by its own ttl, and no list of what ends it leaves that out."""
        return bool(self.ttl.content) and (not self.ends.is_stated or "expiry" in (self.ends.content or ()))
