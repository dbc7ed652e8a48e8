"""Notifications through the push service of a system or browser, to devices without the app open."""

from typing import ClassVar, Literal

from rtreview.language.field import Field
from rtreview.language.section import Section, entry
from rtreview.language.sections.delivery import Pause
from rtreview.quantities.quantity import Duration, Number, Size

_TOGETHER = {
    "per-room": "The messages of one room.",
    "per-user": "All messages for one user.",
}
"""Which messages count as one."""


class Addresses(Section):
    """The push addresses that the server keeps: device tokens, registrations, subscriptions."""

    SHORTHAND: ClassVar = "removed_on"

    removed_on: Field[tuple[Literal["logout", "rejected", "replaced", "age"], ...]] = entry(
        "What removes an address from the server; `none`: each is kept forever.",
        ["logout", "rejected"],
        words={
            "logout": "Its user logs out.",
            "rejected": "The push service refuses it: unregistered, gone.",
            "replaced": "The device has a new one.",
            "age": "Nobody has confirmed it for a while.",
        },
    )
    exclusive: Field[bool] = entry(
        "Whether an address belongs to one user at a time, so that a user who logs in on a shared device "
        "takes it from the one before.",
        True,
    )
    kept_per: Field[Literal["device", "system", "user"]] = entry(
        "What the server keeps one address for, which the next one replaces.",
        "device",
        words={
            "device": "For each device or installation of a user.",
            "system": "For each user and system or app: of two phones of one kind, one is left.",
            "user": "For each user.",
        },
    )


class Push(Section):
    """Notifications through a push service, to devices on which the app may not be open."""

    KIND: ClassVar = ("service",)

    service: Field[tuple[str, ...]] = entry("The push services, from the catalogue.", ["fcm", "apns"])
    kind: Field[Literal["visible", "data", "silent", "voip"]] = entry(
        "What a push is to the device.",
        "visible",
        words={
            "visible": "The system shows it.",
            "data": "The app gets it and decides, as with an FCM data message or the event of a service "
            "worker.",
            "silent": "It wakes the app in the background and shows nothing, as with `content-available`.",
            "voip": "It is a call, which the system rings.",
        },
    )
    priority: Field[Literal["high", "normal", "low"]] = entry(
        "How soon it is delivered.",
        "high",
        words={
            "high": "At once, also to a phone that sleeps.",
            "normal": "When the phone wakes for something else, as with FCM `normal` and APNs priority 5.",
            "low": "When the phone wakes for something else, as with APNs priority 1, which puts the "
            "battery first.",
        },
    )
    carries: Field[Literal["content", "preview", "reference"]] = entry(
        "How much of the message it carries.",
        "preview",
        words={
            "content": "All of the message.",
            "preview": "As much as fits.",
            "reference": "An id by which the app fetches the message.",
        },
    )
    max_payload: Field[Size] = entry("The largest push that the service takes.", "4096B", above_zero=True)
    missed: Field[Literal["fetched"]] = entry(
        "What becomes of a message whose push is late, lost or replaced; `none`: the push is the only way "
        "to the device.",
        "fetched",
        words={"fetched": "The app fetches it from the server when it is opened or connects."},
    )
    fetches: Field[Literal["all", "named"]] = entry(
        "What a push that wakes the app makes it fetch at that moment; `none`: nothing, it shows what came.",
        "all",
        words={
            "all": "All that the app lacks, in each of its rooms.",
            "named": "No more than what the push names, such as one message, queue or room.",
        },
    )
    max_waiting: Field[Number] = entry(
        "How many pushes to one app the service keeps for a device that it cannot reach; a further one takes "
        "the place of another.",
        "1",
        above_zero=True,
    )
    max_uncollapsed: Field[Number] = entry(
        "How many pushes without a collapse key the service keeps for a device that it cannot reach; one "
        "more, and it drops all of them.",
        "100",
        above_zero=True,
    )
    set_up: Field[Literal["server", "background", "while-open"]] = entry(
        "Who enters for a new room, contact or topic what lets a device be pushed to for it, such as a "
        "subscription to a topic or a key at the server that pushes; `none`: nobody, the address of the "
        "device is enough.",
        "server",
        words={
            "server": "The server, when the room is made.",
            "background": "The app, also when nobody has it open.",
            "while-open": "The app, by calls that it makes only while it is open.",
        },
    )
    expires_after: Field[Duration] = entry(
        "How long the push service keeps it for a device that it cannot reach (TTL, `apns-expiration`); "
        "`none`: as long as the service does.",
        "1h",
    )
    sent: Field[
        Literal["always", "when-offline", "when-unconnected", "when-unacknowledged", "when-unread"]
    ] = entry(
        "To whom, and when.",
        "when-unread",
        words={
            "always": "To each device at once, whatever its user does.",
            "when-offline": "Only to users who count as away, as presence shows it.",
            "when-unconnected": "Only to users who have no connection at that moment, whatever presence "
            "shows.",
            "when-unacknowledged": "After some seconds, to a device that has not acknowledged the message.",
            "when-unread": "After a while, to users who have not read it by then.",
        },
    )
    waits: Pause = entry(
        "How long a message is held back before it is pushed or mailed; `none`: it goes at once.",
        {"quiet": "1m", "at_most": "5m"},
    )
    withdrawn: Field[Literal["on-read"]] = entry(
        "When a notification that is shown disappears from a user's other devices; `none`: it stays until "
        "the user wipes it away.",
        "on-read",
        words={"on-read": "When the message was read on one of them."},
    )
    on_delete: Field[Literal["withdrawn", "replaced"]] = entry(
        "What happens to a notification on the screen when its message is deleted or corrected; `none`: it "
        "stays as it was pushed.",
        "withdrawn",
        words={
            "withdrawn": "It disappears.",
            "replaced": "It shows what the message says now, or that it was deleted.",
        },
    )
    badge: Field[Literal["with-each-message", "on-read"]] = entry(
        "When the number on the app's icon is sent; `none`: there is no number.",
        "on-read",
        words={
            "with-each-message": "With each new message and no sooner.",
            "on-read": "Also when something was read elsewhere.",
        },
    )
    group: Field[Literal["per-room", "per-user"]] = entry(
        "Which messages share one notification; `none`: each message is a notification of its own.",
        "per-room",
        words=_TOGETHER,
    )
    collapse: Field[Literal["per-room", "per-user"]] = entry(
        "Which messages share a collapse key: of the pushes that wait for a device under one key, only the "
        "newest arrives; `none`: each push is delivered.",
        "per-user",
        words=_TOGETHER,
    )
    max_collapse_keys: Field[Number] = entry(
        "How many collapse keys the service keeps for one device at a time.", "4", above_zero=True
    )
    addresses: Addresses = entry("The addresses that are pushed to.", {"removed_on": ["logout", "rejected"]})
