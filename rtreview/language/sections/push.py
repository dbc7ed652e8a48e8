"""Notifications through the push service of a system or browser, to devices without the app open."""

from typing import ClassVar, Literal

from rtreview.language.field import Field
from rtreview.language.section import Section, entry
from rtreview.quantities.quantity import Duration, Number, Size


class Addresses(Section):
    """The push addresses that the server keeps: device tokens, registrations, subscriptions."""

    SHORTHAND: ClassVar = "removed_on"

    removed_on: Field[tuple[Literal["logout", "rejected", "replaced", "age"], ...]] = entry(
        "What removes an address from the server: its user logs out (`logout`), the push service refuses it "
        "(`rejected`: unregistered, gone), the device has a new one (`replaced`), or nobody has confirmed it "
        "for a while (`age`); `none`: each is kept forever.",
        ["logout", "rejected"],
    )
    exclusive: Field[bool] = entry(
        "Whether an address belongs to one user at a time, so that a user who logs in on a shared device "
        "takes it from the one before.",
        True,
    )


class Push(Section):
    """Notifications through a push service, to devices on which the app may not be open."""

    KIND: ClassVar = ("service",)

    service: Field[tuple[str, ...]] = entry("The push services, from the catalogue.", ["fcm", "apns"])
    kind: Field[Literal["visible", "data", "silent", "voip"]] = entry(
        "What a push is to the device. `visible`: the system shows it. `data`: the app gets it and decides, "
        "as with an FCM data message or the event of a service worker. `silent`: it wakes the app in the "
        "background and shows nothing, as with `content-available`. `voip`: a call that the system rings.",
        "visible",
    )
    priority: Field[Literal["high", "normal", "low"]] = entry(
        "How soon it is delivered: `high` at once, also to a phone that sleeps; `normal` and `low` when the "
        "phone wakes for something else, as with FCM `normal` and APNs priorities 5 and 1.",
        "high",
    )
    carries: Field[Literal["content", "preview", "reference"]] = entry(
        "What is in it of the message: all of it (`content`), as much as fits (`preview`), or an id by which "
        "the app fetches the message (`reference`).",
        "preview",
    )
    max_payload: Field[Size] = entry("The largest push that the service takes.", "4096B", above_zero=True)
    missed: Field[Literal["fetched"]] = entry(
        "What becomes of a message whose push is late, lost or replaced: the app has it `fetched` from the "
        "server when it is opened or connects; `none`: the push is the only way to the device.",
        "fetched",
    )
    fetches: Field[Literal["all", "named"]] = entry(
        "What a push that wakes the app makes it fetch at that moment: `all` that it lacks, in each of its "
        "rooms, or no more than what the push names, such as one message, queue or room (`named`); `none`: "
        "nothing, it shows what came.",
        "all",
    )
    max_waiting: Field[Number] = entry(
        "How many pushes to one app the service keeps for a device that it cannot reach; a further one takes "
        "the place of another.",
        "1",
        above_zero=True,
    )
    set_up: Field[Literal["server", "background", "while-open"]] = entry(
        "Who enters for a new room, contact or topic what lets a device be pushed to for it, such as a "
        "subscription to a topic or a key at the server that pushes: the `server`, when the room is made; "
        "the app, also when nobody has it open (`background`); or the app by calls that it makes only "
        "`while-open`; `none`: nothing, the address of the device is enough.",
        "server",
    )
    expires_after: Field[Duration] = entry(
        "How long the push service keeps it for a device that it cannot reach (TTL, `apns-expiration`); "
        "`none`: as long as the service does.",
        "1h",
    )
    sent: Field[
        Literal["always", "when-offline", "when-unconnected", "when-unacknowledged", "when-unread"]
    ] = entry(
        "To whom: to each device at once, whatever its user does (`always`), only to who counts as away, as "
        "presence shows it (`when-offline`), to who has no connection at that moment, whatever is shown "
        "(`when-unconnected`), after some seconds to a device that has not acknowledged the message "
        "(`when-unacknowledged`), or after a while to who has not read it by then (`when-unread`).",
        "when-unread",
    )
    withdrawn: Field[Literal["on-read"]] = entry(
        "When a notification that is shown disappears from a user's other devices: when the message was read "
        "on one of them (`on-read`); `none`: it stays until the user wipes it away.",
        "on-read",
    )
    badge: Field[Literal["with-each-message", "on-read"]] = entry(
        "When the number on the app's icon is sent: with each new message and no sooner, or also when "
        "something was read elsewhere (`on-read`); `none`: there is no number.",
        "on-read",
    )
    group: Field[Literal["per-room", "per-user"]] = entry(
        "What makes one notification of several messages: those of a room, or all for a user; `none`: each "
        "message is a notification of its own.",
        "per-room",
    )
    collapse: Field[Literal["per-room", "per-user"]] = entry(
        "What shares a collapse key, so that of pushes that wait for a device the newest alone arrives: "
        "those of a room, or all for a user; `none`: each push is delivered.",
        "per-user",
    )
    max_collapse_keys: Field[Number] = entry(
        "How many collapse keys the service keeps for one device at a time.", "4", above_zero=True
    )
    addresses: Addresses = entry("The addresses that are pushed to.", {"removed_on": ["logout", "rejected"]})
