"""What nodes enter into a shared store of themselves, and whether it says what is so."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Part, Undecided, Unstated
from rtreview.language.sections.servers import Registry
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

A_WHILE = Duration(10 * 60)
"""Entries of a dead node that stay longer are found by many messages (registry-outlives-node)."""


def _registry_of(feature: Feature) -> Registry:
    registry = feature.topology.registry
    if not registry.is_there:
        raise NotApplicable("nodes enter nothing into a shared store")
    return registry


@rule
def registry_outlives_node(feature: Feature) -> Outcomes:
    """Entries of a node that has crashed stay, and messages are sent to where nobody is."""
    registry = _registry_of(feature)
    removed, ttl = registry.removed, registry.ttl
    ways = removed.content or ()
    expires = ttl.content is not None or ("expiry" in ways and not ttl.is_none)
    if registry.written.has("once") and expires and "sweep" not in ways:
        raise NotApplicable(
            "an entry that nothing renews does not show whether its node lives (registry-forgets-clients)"
        )
    if ttl.content is not None and ttl.content > A_WHILE and "sweep" not in ways:
        yield Violated(
            f"An entry stays for {ttl} after its node was last there: for so long after a crash, messages go "
            "to a node that is not there.",
            ttl,
            (removed,) if ways else (),
            when="they go in the end",
        )
        return
    if expires or "sweep" in ways:
        yield Passed(
            f"entries of a dead node go by {'expiry' if ttl.content or 'expiry' in ways else 'a sweep'}"
        )
        return
    at: Part = ttl if ttl.is_none else removed
    if ttl.is_none or removed.is_none or ways:
        by = " and ".join(f"the {way}" for way in ways if way != "expiry") or "nothing"
        yield Violated(
            f"An entry of a node is removed by {by}: a node that crashes leaves all of its entries, and "
            "messages go to a node that is not there.",
            at,
            (removed,) if at is ttl and ways else (),
        )
        return
    message = "Nodes enter into a shared store what they hold; the spec does not say"
    raise Unstated(removed, message=f"{message} `{removed.dotted}`.")


@rule
def registry_forgets_clients(feature: Feature) -> Outcomes:
    """Entries are gone while their clients are still connected, and nobody writes them again."""
    registry = _registry_of(feature)
    written, lost, kept, ttl = registry.written, registry.on_loss, registry.kept, registry.ttl
    gone = "A client whose entry is gone stays connected, and what is for it does not find it"
    softer = _softened(feature)
    once = "it is written once" if written.has("once") else "it is written with messages that no client sends"
    if lost.content:
        yield Passed(f"entries that the store has lost are made good: {lost}")
    elif (again := _written_again(feature)) is not None:
        yield again
    elif lost.is_none:
        disk = "the loss is rare, or ends by itself" if kept.has("disk") else softer
        yield Violated(f"{gone}: nobody writes it again.", lost, (kept,) if kept.is_stated else (), disk)
    elif kept.has("nodes") and (written.has("once") or feature.topology.backplane.on_loss.is_none):
        yield Violated(
            f"{gone}: the nodes keep the entries among themselves, and one that is cut off goes on without "
            "those of the others, and they without its own.",
            kept,
            (written if written.is_stated else feature.topology.backplane.on_loss,),
            softer or "nothing is said of a loss",
        )
    elif not written.is_stated:
        raise Undecided(written)
    elif kept.has("memory"):
        yield Violated(
            f"{gone}: {once}, and the store loses it with its memory.",
            written,
            (kept,),
            softer or "nothing is said of a loss",
        )
    elif (stays := _longest(feature)) is not None and ttl.content is not None and stays > ttl.content:
        yield Violated(f"{gone}: {once} and expires after {ttl}.", ttl, (written,), softer)
    elif kept.has("disk") and (
        ttl.is_none
        or (ttl.content is not None and feature.operations.connection_max_age.value.content is not None)
    ):
        yield Passed("an entry outlives a restart of the store, and does not expire under its client")
    elif kept.has("disk"):
        raise Undecided(lost)
    else:
        message = "The entry of a client is written once, when it connects; the spec does not say"
        raise Unstated(lost, message=f"{message} `{lost.dotted}`.")


def _longest(feature: Feature) -> Duration | None:
    """How long a client may be connected, where that is stated."""
    age, session = feature.operations.connection_max_age.value, feature.workload.session.p95
    return age.content if age.content is not None else session.content


def _written_again(feature: Feature) -> Limit | Passed | Violated | None:
    """Whether entries are written again while their clients are connected; None where they are not.

    Raises:
        Undecided: it hangs on what a client sends, and nothing is said of what takes an entry away.

    """
    registry, every = feature.topology.registry, feature.transport.heartbeat.interval
    written, ttl, lost = registry.written, registry.ttl, registry.on_loss
    if written.has("renewed") and ttl.content is not None and every.content is not None:
        return Limit(
            "the time between two heartbeats",
            every,
            "the time after which an entry expires",
            ttl,
            note="A client stays connected, and is not found until the next one.",
            at=ttl,
            when="renewals may have a pace of their own",
        )
    if written.has("renewed"):
        return Passed("an entry that is gone is written again while its client is connected")
    if not written.has("each-message") or feature.direction.has("server-to-client"):
        return None
    stays, who = _longest(feature), "A client that reads and sends nothing stays connected, and is not found"
    softer = "the loss is rare, or ends by itself"
    if ttl.content is not None and (stays is None or stays > ttl.content):
        return Violated(
            f"{who} after {ttl}: its entry is written with its messages.", ttl, (written,), softer
        )
    if ttl.content is None and "expiry" in (registry.removed.content or ()):
        return Violated(f"{who} once its entry has expired.", written, (registry.removed,), softer)
    if lost.is_none:
        return Violated(f"{who} when the store has lost its entry.", lost, (written,), softer)
    if registry.kept.has("disk"):
        return Passed("an entry outlives a restart of the store, and does not expire under its client")
    raise Undecided(lost)


def _softened(feature: Feature) -> str:
    """The case of the severity in which a client that is forgotten learns of what it misses."""
    ends = feature.operations.connection_max_age.value.content or feature.sync.refetch.content
    return "the loss is rare, or ends by itself" if ends else ""
