"""Who a client is to the server or broker: whose an id, an entry or a number is, and what is left of it."""

from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known
from rtreview.language.sections.servers import PerClient
from rtreview.language.sections.workload import MACHINES
from rtreview.quantities.quantity import Count, Duration
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

A_DAY = Duration(24 * 3600)
"""A session that nobody returns to may collect messages for so long (session-left-at-each-start)."""


@rule
def two_clients_one_identity(connection: Connection) -> Outcomes:
    """A client throws another one out that has the same id, and that one comes back and does the same."""
    transport, plan = connection.transport, connection.transport.reconnect
    duplicate, made_of = transport.on_duplicate, transport.client_id
    is_mqtt = transport.kind.has("mqtt")
    if duplicate.has("shadows"):
        yield _shadowed(connection)
        return
    if not (is_mqtt or duplicate.is_stated) and _may_shadow(connection):
        raise Unstated(duplicate)
    if not duplicate.has("replace") and not (is_mqtt and made_of.is_stated and not duplicate.is_stated):
        if made_of.has("fixed") and not (duplicate.is_stated or connection.asks_again):
            raise Undecided(duplicate)
        raise NotApplicable("no second connection is stated to end the first")
    if connection.asks_again:
        raise NotApplicable("each poll is a request of its own")
    if plan.is_none:
        raise NotApplicable("a client that is thrown out does not come back")
    if made_of.has("process", "random", "slot"):
        yield Passed(f"an id is made of what no two have: {made_of}")
        return
    stops = set(plan.ends_on.content or ()) & {"clean-close", "refused", "replaced"}
    if stops:
        yield Passed(f"a client that is thrown out stops: `{plan.ends_on.dotted}` is {plan.ends_on}")
        return
    shared, uncounted = _shared_by_tabs(connection)
    if shared is None:
        yield Passed("no two clients have the same id at once")
        return
    who, part = shared
    if uncounted and not (made_of.is_stated or is_mqtt):
        message = "The newer connection with an id ends the older; the spec does not say "
        raise Unstated(made_of, message=f"{message}`{made_of.dotted}`, which tabs of a browser may share.")
    returns = plan.strategy.has("immediate", "fixed", "exponential") and plan.strategy.default is None
    if not plan.ends_on.is_stated and not is_mqtt and not returns:
        message = f"{who}, and the newer connection ends the older; the spec does not say "
        raise Unstated(plan.ends_on, message=f"{message}`{plan.ends_on.dotted}` of one that is thrown out.")
    yield Violated(
        f"{who}: each throws the other out, which comes back and does the same, for as long as both run.",
        made_of if made_of.is_stated else duplicate,
        (part,) if part.is_stated and part is not made_of else (),
        when=_of_the_id(connection, uncounted),
    )


def _shadowed(connection: Connection) -> Passed | Violated:
    """A second connection takes the entry of the first, which stays open.

    Raises:
        NotApplicable: no connection stays open.
        Undecided: the spec does not say whether two clients have one id.

    """
    transport = connection.transport
    if connection.asks_again:
        raise NotApplicable("each poll is a request of its own")
    if transport.client_id.has("process", "random", "slot"):
        return Passed(f"an id is made of what no two have: {transport.client_id}")
    shared, when = _shared_by_tabs(connection)
    if shared is None:
        return Passed("no two clients have the same id at once")
    who, part = shared
    return Violated(
        f"{who}: the newer connection takes the entry of the older, which stays open and looks alive, and is "
        "sent nothing any more, not even the answers to what it asks.",
        transport.on_duplicate,
        (part,) if part.is_stated else (),
        when=when,
    )


def _of_the_id(connection: Connection, uncounted: str) -> str:
    """The case of clients that may not meet, or of one that may stop when it is thrown out."""
    made_of, plan = connection.transport.client_id, connection.transport.reconnect
    if made_of.has("host"):
        return "two on one host may be rare"
    if made_of.has("user", "device") and connection.transport.connections_per.has("room", "subscription"):
        return "an id may hold in one room alone"
    if made_of.has("fixed") and not connection.counted.is_stated:
        # A bridge to a broker has one id, and is one client.
        return "the number of clients is not stated"
    is_open = not (plan.ends_on.is_stated or connection.transport.kind.has("mqtt"))
    return uncounted or ("the spec does not say what one does that is thrown out" if is_open else "")


def _shared_by_tabs(connection: Connection) -> tuple[tuple[str, Part] | None, str]:
    """Which clients have the same id at once, and the case of browsers, whose tabs nobody counts.

    Raises:
        Undecided: the spec does not say whether two have, and no browser connects.

    """
    try:
        return _shared(connection), ""
    except Undecided:
        if not connection.workload.has_any("browser"):
            raise
        return ("Tabs of one browser have the same id", connection.workload.clients), "tabs are not counted"


def _may_shadow(connection: Connection) -> bool:
    """Whether tabs of a browser are stated to name themselves alike on connections that stay open."""
    transport, workload = connection.transport, connection.workload
    tabs = workload.tabs_per_user.content
    one = transport.shared_by_tabs.content or (tabs is not None and tabs.amount <= 1)
    stays_open = transport.kind.is_stated and not (connection.asks_again or connection.is_datagrams)
    shares = transport.client_id.has("device", "user") and workload.has_any("browser")
    return shares and stays_open and not one


@rule
def limit_turns_clients_round(feature: Feature) -> Outcomes:
    """One connection too many closes the oldest, which comes back and closes the next."""
    operations, plan, workload = feature.operations, feature.transport.reconnect, feature.workload
    if not operations.over_limit.is_there:
        raise NotApplicable("nothing says what a connection beyond a limit meets")
    if not operations.over_limit.has("oldest-closed"):
        yield Passed(f"a connection beyond the limit closes no other: {operations.over_limit}")
        return
    if feature.connection.asks_again or plan.is_none:
        raise NotApplicable("a client that is closed does not come back by itself")
    if stops := set(plan.ends_on.content or ()) & {"clean-close", "refused", "replaced"}:
        yield Passed(f"a client that is closed stops: {', '.join(sorted(stops))}")
        return
    limit = operations.max_per_user.content
    devices, tabs = workload.devices_per_user.content, workload.tabs_per_user.content
    if limit and devices and tabs and devices.amount * tabs.amount <= limit.amount:
        yield Passed(f"nobody is said to have more connections than the {limit} of the limit")
        return
    if not plan.ends_on.is_stated:
        message = "A connection beyond the limit closes the oldest one; the spec does not say "
        raise Unstated(plan.ends_on, message=f"{message}`{plan.ends_on.dotted}` of a client that is closed.")
    yield Violated(
        "A connection beyond the limit closes the oldest one, whose client comes back as one more and closes "
        "the next: they turn one another out for as long as all of them run.",
        operations.over_limit,
        (operations.max_per_user,) if limit else (),
    )


def _shared(connection: Connection) -> tuple[str, Part] | None:
    """Which clients have the same id at once, and where that is stated; None where none have.

    Raises:
        Undecided: the spec does not say whether two have.

    """
    made_of, workload = connection.transport.client_id, connection.workload
    if made_of.has("fixed"):
        if workload.connections.has(Count(1)):
            return None
        return "All clients have the same id", made_of
    if made_of.has("host"):
        if connection.operations.rollout.has("all-at-once"):
            return None
        return "Two processes of one host, as in a rolling deploy, have the same id", made_of
    per = connection.transport.connections_per
    if made_of.has("user", "device") and per.has("room", "subscription"):
        return f"The connections of one client, one for each {per}, have the same id", per
    tabs, devices = workload.tabs_per_user, workload.devices_per_user
    if connection.transport.shared_by_tabs.content:
        tabs = Field(Count(1))  # type: ignore[arg-type]
    counts = (tabs,) if made_of.has("device") else (tabs, devices)
    for count in counts:
        if count.content is not None and count.content.amount > 1:
            what = "Tabs" if count is workload.tabs_per_user else "Devices"
            of = "device" if made_of.has("device") else "user"
            return f"{what} of one {of} have the same id", count
    if made_of.has("device") and not connection.workload.may_have("browser"):
        return None
    missing = [count for count in counts if count.content is None]
    if missing:
        raise Undecided(*missing)
    return None


@rule
def session_left_at_each_start(connection: Connection) -> Outcomes:
    """A client has a new id at each start, and the server keeps a session for each of them."""
    made_of, resume = connection.transport.client_id, connection.transport.resume
    if not made_of.has("random"):
        raise NotApplicable("no id is stated to be new at each start")
    if not resume.by.has("session"):
        raise NotApplicable("the server is not said to keep a session of a client")
    kept = [feature.sync.delivery.guarantee for feature in connection.features if _is_owed(feature)]
    span = resume.retention.content
    if span is not None and (kept or span > A_DAY):
        yield Violated(
            "A client that starts again has another id: what the server kept for it under the old one is "
            f"never sent, and waits for {resume.retention} for nobody.",
            made_of,
            (resume.by, kept[0] if kept else resume.retention),
            when="it ends some day",
        )
        return
    if span is not None:
        yield Passed(f"a session that nobody returns to ends after {resume.retention}")
        return
    if not resume.retention.is_none:
        message = "Each start leaves a session behind that nobody can return to; the spec does not say "
        raise Unstated(resume.retention, message=f"{message}`{resume.retention.dotted}`.")
    yield Violated(
        "Each start leaves a session behind that nobody can return to, and none ever ends: it is kept and "
        "collects messages.",
        made_of,
        (resume.retention,),
    )


def _is_owed(feature: Feature) -> bool:
    """Whether a client is promised what was sent while it was away, and joining does not bring it."""
    promised = feature.sync.delivery.guarantee.has("at-least-once", "exactly-once")
    goes_up = feature.direction.has("client-to-server")
    return promised and not (goes_up or feature.is_momentary or feature.rejoin_brings_history)


def _are_machines(feature: Feature) -> bool:
    """Whether all clients are machines that keep their names, and are used by nobody in turn."""
    return feature.workload.only(*MACHINES) and not feature.transport.client_id.has("random", "process")


@rule
def kept_for_each_client_ever(feature: Feature) -> Outcomes:
    """Servers keep something for each client that was ever there, and cannot part with it."""
    kept = feature.topology.per_client
    if (store := _fills_up(feature)) is not None:
        yield store
    if not kept.is_there:
        if store is not None:
            return
        raise NotApplicable("nothing is said to be kept for each client that was ever there")
    if _are_machines(feature) and not kept.when_gone.has("stuck"):
        raise NotApplicable("the clients are machines that keep their names")
    if _are_machines(feature) and kept.removed.is_none:
        raise NotApplicable(
            "no entry is removed, and there are no more than machines, which keep their names"
        )
    yield _of_each(kept)


def _of_each(kept: PerClient) -> Passed | Violated:
    """Whether entries of clients end, and whether a client outlives its own."""
    removed, gone = kept.removed, kept.when_gone
    if gone.has("stuck") and not removed.is_stated:
        return Violated(
            "A client that returns and whose entry is gone is stuck, and nothing says that entries stay: a "
            "clean-up, or the loss of the store, takes every client that comes back.",
            gone,
            when="what removes an entry is open",
        )
    if kept.whose.has("user") and not (gone.has("stuck") and removed.content):
        return Passed("there are no more entries than users")
    if removed.is_none:
        needed = " None can be: a client whose entry is gone is stuck." if gone.has("stuck") else ""
        return Violated(
            f"Each new browser, device or installation adds an entry, and none is ever removed.{needed} "
            "What is kept grows with all who were ever there.",
            removed,
            tuple(part for part in (gone, kept.whose) if part.is_stated),
        )
    ways = known(removed)
    if set(ways) == {"sign-out"} and not kept.whose.has("user"):
        return Violated(
            "An entry is removed when its client signs out, and most never do: a browser is cleared, an app "
            "deleted, a device lost, and their entries stay.",
            removed,
            when="some are removed",
        )
    if known(gone) == "stuck":
        return Violated(
            f"An entry is removed ({removed}), and a client that returns afterwards is stuck.",
            gone,
            (removed,),
            when="a client returns to nothing",
        )
    return Passed(f"an entry that is not used is removed ({removed}), and a client without one is {gone}")


def _fills_up(feature: Feature) -> Violated | None:
    """A store from which nothing is removed: one of who is connected, or one with an end.

    A copy may be dropped, and a past is kept by decision.
    """
    is_past = feature.sync.history.retention.is_stated
    for part in feature.dependencies:
        if part.removed.is_none and part.holds.has("connections"):
            return Violated(
                f"Nothing removes from `{part.key}` who has left: it grows with all who were ever connected, "
                "and leads what is sent to them to where nobody is.",
                part.removed,
                (part.holds,),
            )
        is_full = part.removed.is_none and part.capacity.content is not None
        if is_full and not is_past and not part.holds.has("copy"):
            return Violated(
                f"`{part.key}` holds {part.capacity} at most, and nothing removes from it what nobody needs "
                "any more: it fills up with all that was ever there, and then takes nothing from anybody.",
                part.removed,
                (part.capacity,),
            )
    return None


@rule
def number_of_another_user(feature: Feature) -> Outcomes:
    """After a change of user, a client holds the number or the data of one against those of another."""
    kept, change = feature.topology.per_client, feature.sync.offline.user_change
    here, there = kept.whose, kept.whose_at_client
    if not there.is_stated and not change.is_stated:
        raise NotApplicable("nothing is said of whose a number is at the client, or of a change of user")
    if _are_machines(feature):
        raise NotApplicable("nobody signs in on the clients")
    if change.has("cleared", "separate"):
        yield Passed(f"at a change of user, what a client keeps is {change}")
        return
    is_mixed = here.has("user", "user-and-client") and there.has("client")
    if is_mixed:
        each = "user" if here.has("user") else "user on each client"
        yield Violated(
            f"The servers keep the number for each {each}, and the client one for whoever uses it: after "
            "a change of user it compares the number of one with that of another, and waits forever or "
            "takes an old one for a new one.",
            there,
            (here, *((change,) if change.is_stated else ())),
            when="" if change.is_stated else "no change of user is described",
        )
    elif change.has("kept") and feature.fan_out.audience.has("everyone"):
        yield Passed("all users get the same")
    elif change.has("kept"):
        yield Violated(
            "What a client keeps of one user stays when another signs in: it is shown to that one, or sent "
            "in that one's name.",
            change,
            when="no number is compared",
        )
    elif there.has("user", "user-and-client") and here.has("user", "user-and-client"):
        yield Passed("both ends tell the users apart")
    else:
        raise Undecided(change)


@rule
def number_given_to_the_next(connection: Connection) -> Outcomes:
    """What was meant for one who left reaches the one who has that number now."""
    made_of = connection.transport.client_id
    if not made_of.has("slot"):
        raise NotApplicable("no client is said to have the number of a place that is given to the next")
    takeovers = [feature.presence.takeover for feature in connection.features]
    if all(takeover.content for takeover in takeovers):
        yield Passed("a generation number tells the old connection of a place from the new one")
        return
    if connection.workload.connections.has(Count(1)):
        raise NotApplicable("one client alone connects")
    is_open = any(not takeover.is_stated for takeover in takeovers)
    yield Violated(
        "A client is known by the number of its place, and the next one gets that number: a late message, a "
        "close or a timeout of the one who left is carried out on the one who came.",
        made_of,
        () if is_open else tuple(takeovers[:1]),
        when="nothing is said of a generation number" if is_open else "",
    )
