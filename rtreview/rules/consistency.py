"""Whether everybody ends with the same state: order, joining, and concurrent changes."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Part, Undecided, Unstated
from rtreview.language.spec import Data
from rtreview.quantities.quantity import Count
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

ORDERS_BY_ITSELF = ("crdt", "ot", "server-authoritative", "last-writer-wins", "full-state")
"""Strategies that need no order of messages from elsewhere."""

NEEDS_HISTORY = ("chat", "feed", "notifications", "dashboard", "collaborative-editing")
"""Purposes in which one who joins must see what was there before."""


@rule
def missing_message_ordering(feature: Feature) -> Outcomes:
    """Several people write, and nothing says in which order the others see it."""
    sync, ordering = feature.sync, feature.sync.ordering
    strategies = feature.strategies
    if feature.only_ephemeral or feature.holds_only("ephemeral", "counter", "register"):
        raise NotApplicable("the data needs no order")
    if strategies and all(strategy.has("signal", *ORDERS_BY_ITSELF) for strategy in strategies):
        names = " and ".join(dict.fromkeys(str(strategy) for strategy in strategies))
        raise NotApplicable(f"{names}: order is decided where the changes meet")
    if feature.is_state_valued:
        raise NotApplicable("each update holds a complete value")
    overtakes = feature.fan_out.publish.has("requests")
    if feature.has_one_writer and not overtakes:
        raise NotApplicable("one writer is in order with itself")
    if feature.topology.nodes.has(Count(1)) and feature.topology.publishers.has("single") and not overtakes:
        raise NotApplicable("one publisher on one node sends in one order")
    by_connection = ordering.by.has("connection") and not ordering.scope.has("per-sender")
    if ordering.by.content and not ordering.scope.is_none and not by_connection:
        yield Passed(f"order is made by {ordering.by}")
        return
    if not (sync.strategy.has("append-only") or feature.holds("log") or feature.serves("chat", "feed")):
        if sync.strategy.is_none or sync.is_none:
            raise NotApplicable("nothing is kept in sync")
        raise Undecided(sync.strategy)
    if overtakes:
        yield _overtaken(feature)
        return
    if feature.has_one_writer is None:
        raise Undecided(feature.writers)
    if by_connection:
        yield Violated(
            "A connection orders its own messages; those of several people cross several.", ordering.by
        )
    elif ordering.is_none or ordering.scope.is_none or ordering.by.is_none:
        size = feature.room.content
        who = f"up to {size} members of a room write" if size else "several people write"
        absent: Part = next(part for part in (ordering, ordering.scope, ordering.by) if part.is_none)
        yield Violated(
            f"{who[0].upper()}{who[1:]}, and nothing says in which order the others see it.", absent
        )
    elif ordering.scope.content:
        raise Unstated(
            ordering.by,
            message=f"Order {ordering.scope} is claimed; the spec does not say `{ordering.by.dotted}`.",
        )
    else:
        raise Unstated(ordering)


def _overtaken(feature: Feature) -> Violated:
    """Messages that come by requests of their own: even those of one writer may change places."""
    ordering, publish = feature.sync.ordering, feature.fan_out.publish
    sentence = "Each message comes in a request of its own, which another may overtake"
    absent = [part for part in (ordering, ordering.scope, ordering.by) if part.is_none]
    if absent or ordering.by.has("connection"):
        first: Part = absent[0] if absent else ordering.by
        return Violated(f"{sentence}, and nothing numbers them: one writer is enough.", first, (publish,))
    raise Unstated(ordering.by, message=f"{sentence}; the spec does not say `{ordering.by.dotted}`.")


@rule
def join_without_backfill(feature: Feature) -> Outcomes:
    """What is sent while somebody joins never reaches that person."""
    sync, join, resume = feature.sync, feature.sync.join, feature.transport.resume
    if feature.only_ephemeral or feature.serves("cursors", "game", "signalling"):
        raise NotApplicable("what was before a join is worth nothing after it")
    if feature.connection.is_polling:
        raise NotApplicable("a poll fetches what is there")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    if join.is_none or join.order.has("subscribe-only"):
        absent: Part = join if join.is_none else join.order
        yield Violated("A client that joins gets only what is sent from then on.", absent)
    elif feature.merges_by("crdt", "ot", "full-state"):
        yield Passed(f"with {sync.strategy}, a join carries the state")
    elif join.order.has("snapshot", "subscribe-first"):
        yield Passed(f"a join is {join.order}")
    elif join.order.has("fetch-first"):
        if sync.ordering.by.has("sequence", "sequencer") or resume.by.has("offset", "last-event-id"):
            yield Passed("a gap between fetch and subscription shows in the numbers")
        elif sync.ordering.is_stated and resume.is_stated:
            yield Violated(
                "What is sent between the fetch and the subscription never reaches the one who joins, and no "
                "number shows it.",
                join.order,
            )
        else:
            silent: Part = resume.by if sync.ordering.is_stated else sync.ordering.by
            message = (
                f"A join fetches first; the spec does not say `{silent.dotted}`: a gap would show there."
            )
            raise Unstated(silent, message=message)
    elif feature.serves(*NEEDS_HISTORY) or sync.strategy.has("append-only"):
        raise Unstated(join.order)
    else:
        raise Undecided(join.order)


@rule
def shared_text_without_merge(feature: Feature) -> Outcomes:
    """Several people edit a text, and the last one to save wins."""
    sync = feature.sync
    texts = [part for part in sync.data if part.shape.has("text")]
    if feature.direction.has("server-to-client"):
        raise NotApplicable("readers edit nothing")
    if feature.has_one_writer:
        raise NotApplicable("one writes at a time")
    if not texts and (sync.data.is_stated or sync.strategy.has("append-only", "signal")):
        raise NotApplicable("no text is edited together")
    if not texts and feature.purpose.is_stated and not feature.serves("collaborative-editing"):
        raise NotApplicable(f"the purpose {feature.purpose} edits no text together")
    if not texts and sync.strategy.is_stated and not sync.strategy.has("crdt", "ot"):
        raise Undecided(sync.data)
    if not texts and not feature.serves("collaborative-editing"):
        raise Undecided(sync.data)
    if feature.has_one_writer is None:
        raise Undecided(feature.writers)
    if not texts:
        yield _merge(feature, None)
    for text in texts:
        yield _merge(feature, text)


def _merge(feature: Feature, text: Data | None) -> Passed | Violated:
    """How one text is kept whole."""
    strategy = feature.sync.strategy if text is None else feature.strategy_of(text)
    if text is not None and text.lock.content:
        return Passed(f"one writer at a time holds the {text.lock}")
    if not strategy.is_stated:
        raise Unstated(strategy)
    if strategy.is_none or strategy.has("last-writer-wins", "full-state"):
        editors = feature.concurrent_editors.content
        who = f"{editors} people edit" if editors else "Several people edit"
        how = (
            "nothing merges their changes"
            if strategy.is_none
            else f"with {strategy} one change replaces the other"
        )
        return Violated(f"{who} the same text, and {how}.", strategy, (text.shape,) if text else ())
    return Passed(
        f"{strategy} keeps both of two concurrent changes"
        if strategy.has("crdt", "ot")
        else f"the strategy is {strategy}"
    )
