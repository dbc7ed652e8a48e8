"""Two sides that answer each other without end."""

from __future__ import annotations

from rtreview.language.design import Connection, Feature
from rtreview.language.field import NotApplicable, Part, Undecided, Unstated
from rtreview.quantities.quantity import Number
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

ONE = Number(1)


@rule
def relay_hears_itself(feature: Feature) -> Outcomes:
    """A bridge carries back what it has posted itself, or answers what another program has answered."""
    relay = feature.fan_out.relay
    origin, answers = relay.origin, relay.answers
    if not relay.is_stated or relay.is_none:
        raise NotApplicable("nothing is carried to and from another system")
    if relay.goes.has("one-way") and not answers.has("all"):
        raise NotApplicable("it carries one way and answers nothing there")
    if answers.has("all"):
        yield Violated(
            "Its automatic answers and notices reply to any message, also to those of another program: two "
            "of them answer each other without end.",
            answers,
        )
    if relay.goes.has("one-way"):
        return
    if origin.is_none:
        yield Violated(
            "What it has posted on one side appears there as a message like any other, and it carries it "
            "back: each message comes twice, or goes round without end.",
            origin,
            (relay.goes,) if relay.goes.is_stated else (),
        )
    elif origin.content:
        yield Passed(f"it knows what it has posted itself: {origin}")
    elif relay.goes.has("both-ways"):
        message = f"Messages are carried both ways; the spec does not say `{origin.dotted}`."
        raise Unstated(origin, message=message)
    elif not answers.has("all"):
        raise NotApplicable("nothing is said of what it carries where")


@rule
def takeover_loop(connection: Connection) -> Outcomes:
    """A newer connection ends the older one, which returns and ends the newer one."""
    transport, workload = connection.transport, connection.workload
    plan, duplicate = transport.reconnect, transport.on_duplicate
    if not duplicate.has("replace"):
        raise NotApplicable("a second connection does not end the first")
    if plan.is_none or connection.asks_again:
        raise NotApplicable("who is replaced does not come back by itself")
    ends = plan.ends_on.content or ()
    if "replaced" in ends or "clean-close" in ends:
        way = "being replaced" if "replaced" in ends else "a clean close"
        yield Passed(f"{way} ends the attempts of the older one")
        return
    identity = transport.identified_by
    if identity.has("page"):
        raise NotApplicable("no two that are alive count as the same")
    devices, tabs = workload.devices_per_user, workload.tabs_per_user
    if devices.has(ONE) and (tabs.has(ONE) or not _has_pages(connection)):
        raise NotApplicable("a user has one device and one page, so the older connection is dead")
    if plan.ends_on.is_stated:
        yield Violated(
            "A newer connection of a user or id ends the older one, and nothing ends the attempts of that "
            "one: two that are alive (tabs, devices, a copied id) throw each other out without end.",
            duplicate,
            (plan.ends_on,),
            "two have one id by mistake only" if _has_own_ids(connection) else "",
        )
        return
    several = [count for count in (devices, tabs) if count.content is not None and count.content > ONE]
    if not several:
        raise Undecided(plan.ends_on)
    one: Part = several[0]
    message = f"A user has several connections at a time (`{one.dotted}`), and a newer one ends the older; "
    raise Unstated(plan.ends_on, message=f"{message}the spec does not say `{plan.ends_on.dotted}`.")


def _has_own_ids(connection: Connection) -> bool:
    """Whether each device or process has an id of its own, unless somebody copies one."""
    identity, clients = connection.transport.identified_by, connection.workload.clients.content
    machines = clients is not None and set(clients) <= {"device", "server"}
    return identity.has("device") or (machines and not identity.is_stated)


def _has_pages(connection: Connection) -> bool:
    clients = connection.workload.clients.content
    return clients is None or "browser" in clients
