"""Changes that reach nobody who follows, and old records that reach everybody as if they were new."""

from rtreview.language.design import FLEETING, Feature
from rtreview.language.field import NotApplicable, Undecided, Unstated
from rtreview.numbers.replay import fetched_soon
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

FETCHED = "a client fetches the state at intervals"
"""What bounds how long it looks at what no message has changed."""


def _polls_for_changes(feature: Feature) -> bool:
    """Whether clients poll, and ask for what is new since the last time alone."""
    return feature.connection.is_polling and feature.transport.poll.brings.has("changes")


def _may_be_told(feature: Feature) -> None:
    """A rule about what those who follow are sent ends where nothing is sent.

    Raises:
        NotApplicable: clients only send, or ask again and again.

    """
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to clients")
    if feature.connection.is_polling:
        raise NotApplicable("each poll is answered with what is there")


@rule
def write_without_message(feature: Feature) -> Outcomes:
    """Something changes what clients follow, and no message says so."""
    announces, every = feature.fan_out.announces, feature.sync.refetch
    promise = feature.targets.staleness.content
    if not announces.is_stated:
        raise NotApplicable("nothing is said of writes that send no message")
    if announces.is_none and not every.is_none:
        raise NotApplicable("clients ask, and no write is announced to them")
    by_polls = _polls_for_changes(feature)
    if not by_polls or feature.direction.has("client-to-server"):
        _may_be_told(feature)
    if feature.serves(*FLEETING, "game"):
        raise NotApplicable("nothing is stored that something else could write")
    if feature.serves("push"):
        raise NotApplicable("a push calls somebody to an event, and nobody follows a state by it")
    if reason := _all_is_told(feature):
        yield Passed(reason)
        return
    if every.content and promise is not None and every.content <= promise:
        yield Passed(f"a client fetches the state every {every}, and what it shows may be {promise} old")
        return
    if announces.is_none:
        looks = feature.fan_out.watched_by
        if feature.connection.asks_again or looks.has("node", "connection"):
            raise NotApplicable("no write is announced, and clients or servers look by themselves")
        yield Violated(
            "No write is announced, and no client asks while it is connected: whoever follows it shows the "
            "old state until it is loaded again.",
            announces,
            (every,),
        )
        return
    if _may_be_all_there_is(feature):
        raise Undecided(feature.sync.data)
    silent = (
        "a job, another service or a hand in the database changes"
        if announces.has("own-writes")
        else "a statement over many rows, a job or a migration changes"
    )
    until = f"up to {every}" if every.content else "until it is loaded again"
    goes_by = "is found by no poll, which asks for what is new" if by_polls else "sends no message"
    yield Violated(
        f"What {silent} {goes_by}: whoever follows it shows the old state {until}.",
        announces,
        (every,) if every.is_stated else (),
        FETCHED if every.content else _added_alone(feature),
    )


def _all_is_told(feature: Feature) -> str:
    """Why no write goes past those who follow; empty where one may."""
    announces, outside = feature.fan_out.announces, feature.sync.durability.outside
    if announces.has("every-write"):
        return "each write becomes a message, whoever makes it"
    if outside.is_none and announces.has("own-writes"):
        return "nothing else writes the state"
    return "what comes from outside is merged into the live session" if outside.has("merge") else ""


def _may_be_all_there_is(feature: Feature) -> bool:
    """Whether events are published and only added, and no data is stated behind them."""
    sync = feature.sync
    is_added = sync.strategy.has("append-only") and sync.updates.has("event")
    return is_added and feature.fan_out.announces.has("own-writes") and not sync.data.is_stated


def _added_alone(feature: Feature) -> str:
    """Whether what is written is entries that are added, which seldom come past the program; else empty."""
    adds = feature.sync.strategy.has("append-only") and feature.holds_only("log")
    return "entries are added and no more" if adds else ""


@rule
def change_by_time_unseen(feature: Feature) -> Outcomes:
    """An item becomes due or expires, and those who look are not told, since nobody wrote anything."""
    parts = [part for part in feature.sync.data if part.by_time.is_there]
    every = feature.sync.refetch
    if not parts:
        raise NotApplicable("nothing is said to be changed by the clock")
    if not all(part.by_time.has("sender") for part in parts):
        _may_be_told(feature)
    for part in parts:
        name = f"`{part.name}`" if part.name.content else "what follows the clock"
        if part.by_time.has("timer", "client"):
            yield Passed(f"a change of {name} by the clock is seen: {part.by_time}")
        elif part.by_time.has("sender"):
            yield Violated(
                f"The device that began {name} ends it, by a timer of its own: while it sleeps, is closed or "
                "has no network, it goes on for all others.",
                part.by_time,
                tuple(awake for awake in (feature.transport.background,) if awake.is_stated),
            )
        elif fetched_soon(feature):
            yield Passed(f"a client fetches the state every {every}")
        else:
            until = f"up to {every}" if every.content else "until something else changes, or a reload"
            yield Violated(
                f"Nothing is written when the clock changes {name}, so no message says it: what is due, over "
                f"or gone is shown as it was {until}.",
                part.by_time,
                (every,) if every.is_stated else (),
                FETCHED if every.content else "",
            )


@rule
def left_the_list_unseen(feature: Feature) -> Outcomes:
    """An item no longer matches a client's filter, and stays in its list."""
    sent, filtered, every = feature.fan_out.left_filter, feature.fan_out.filtered, feature.sync.refetch
    to_members = feature.fan_out.audience.has("room", "user", "contacts", "everyone")
    lists = feature.holds("list") and feature.sync.updates.has("delta", "event") and not to_members
    if not sent.is_stated and not (lists and filtered.has("index", "per-connection")):
        raise NotApplicable("no filtered list is said to be followed")
    if sent.is_none:
        raise NotApplicable("an item that matches does so for ever")
    if feature.fan_out.audience.has("visible") and feature.serves("game", "cursors", "presence"):
        raise NotApplicable("what leaves is out of sight, and comes back with what it is then")
    _may_be_told(feature)
    if feature.merges_by("append-only"):
        raise NotApplicable("entries are only added")
    if feature.sync.updates.has("full-state", "signal"):
        yield Passed("each update brings the list as it is, or makes the client fetch it")
    elif not sent.is_stated:
        message = f"Clients follow a filtered list by its changes; the spec does not say `{sent.dotted}`."
        raise Unstated(sent, message=message)
    elif sent.has("removed", "item"):
        yield Passed(f"a client is sent what leaves its list: {sent}")
    else:
        until = f"up to {every}" if every.content else "until the page is loaded again"
        yield Violated(
            "A change that takes an item out of a client's filter is no match any more, so that nothing is "
            f"sent: the item stays on the screen with its old values {until}.",
            sent,
            tuple(part for part in (filtered, every) if part.content),
            FETCHED if every.content else "",
        )


@rule
def import_taken_for_new(feature: Feature) -> Outcomes:
    """Old records are imported, and take the way of new ones: people are notified, automations start."""
    bulk, push, effect = feature.fan_out.bulk, feature.push, feature.sync.effect
    if not bulk.is_there:
        raise NotApplicable("nothing is said of imports")
    if bulk.has("silent", "marked"):
        yield Passed(f"what is imported is {bulk}")
        return
    notifies = feature.serves("notifications", "push", "chat")
    pushes = push.is_there
    if not (effect.has("acts") or pushes or notifies):
        if not effect.is_stated:
            raise Undecided(effect)
        raise NotApplicable("nobody is notified, and nothing starts")
    acts = effect.has("acts")
    what = "starts automations and sends for events of years ago" if acts else "notifies people of old news"
    why = effect if acts else push if pushes else feature.purpose
    yield Violated(
        f"An import sends the same messages as what has just happened: it {what}, all at once.",
        bulk,
        (why,),
        when="" if acts else "people are notified",
    )
