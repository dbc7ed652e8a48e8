"""What happens after a loss: coming back at all, apart from the others, and to the right state."""

from typing import Any

from rtreview.language.design import FLEETING, Connection, Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known, stated
from rtreview.language.sections.transport import Reconnect, ReconnectWhen
from rtreview.language.sections.workload import MACHINES
from rtreview.numbers.reconnection import (
    ONE_SECOND,
    accept_capacity,
    ends_at_error,
    fastest_return,
    final_end,
    is_exact,
    longest_delay,
    reconnects,
)
from rtreview.numbers.replay import WayBack, is_live_by_decision, of_the_moment, way_back
from rtreview.quantities.quantity import Duration, Ratio, Spread
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


@rule
def missing_reconnection_logic(connection: Connection) -> Outcomes:
    """The client has no plan for the day its connection drops."""
    transport, plan = connection.transport, connection.transport.reconnect
    if ends_at_error(connection) or _names_a_library(plan):
        raise NotApplicable("nothing watches what reconnects: see reconnection-ends-unwatched")
    if connection.has_plan and not plan.is_none:
        yield _left_to_the_browser(connection) or Passed("the client has a plan to reconnect")
        return
    if connection.is_pushed:
        raise NotApplicable("a push service holds the connection to the device")
    if transport.is_none:
        raise NotApplicable("no connection is held that could be lost")
    kind = stated(transport.kind)
    if connection.asks_again:
        raise NotApplicable("the next request of a polling client is its reconnection")
    if connection.is_one_shot:
        raise NotApplicable("a one-shot stream is asked for again as a request")
    if connection.is_datagrams:
        raise NotApplicable("datagrams open no connection that could be lost")
    answers = kind == "http-stream" and all(
        feature.work.bound_to.is_stated for feature in connection.features
    )
    if plan.is_none and answers and all(f.work.bound_to.has("connection") for f in connection.features):
        raise NotApplicable("the stream answers a request, and ends with its work")
    if plan.is_none and (answers or _goes_on(connection)):
        yield Violated(
            "The work goes on when its stream is lost, and its client does not come back for the result.",
            plan,
            when="each stream answers a request",
        )
    elif plan.is_none and (shown := connection.access.reconnects_with).is_stated:
        yield Violated(
            "Nothing reconnects a client whose connection is lost: it comes back for another reason, such as "
            f"a new token (`{shown.dotted}`), and until then shows what was.",
            plan,
            (shown,),
            when="it connects again for another reason",
        )
    elif plan.is_none:
        yield _no_way_back(connection)
    elif kind == "sse" and _is_event_source(connection):
        yield Passed("an EventSource reconnects by itself")
    else:
        raise Unstated(plan.strategy if plan.is_stated and plan.default is None else plan)


def _is_event_source(connection: Connection) -> bool:
    """Whether nothing says that a stream of SSE is opened by anything but an `EventSource`.

    An app has none, and one sends no header of its own.
    """
    workload = connection.workload
    from_pages = not workload.clients.is_stated or workload.only("browser")
    return from_pages and not connection.access.token_in.has("header")


def _left_to_the_browser(connection: Connection) -> Violated | None:
    """A browser opens an `EventSource` again, and no other connection; None where it is to open that."""
    transport = connection.transport
    kinds = (transport.kind, transport.fallback, transport.upgrade_from)
    leaves = transport.reconnect.strategy.has("browser") and transport.reconnect.strategy.default is None
    others = transport.kind.has("websocket", "webtransport", "grpc-stream", "mqtt", "tcp")
    if not (leaves and others) or any(kind.has("sse") for kind in kinds) or transport.library.content:
        return None
    return Violated(
        f"The browser is to reconnect, and a browser opens no {transport.kind} connection again: after a "
        "loss nothing comes back until the page is loaded again.",
        transport.reconnect.strategy,
        (transport.kind,),
    )


def _goes_on(connection: Connection) -> bool:
    """Whether each stream of SSE shows work of its own task, which a loss does not end."""
    works = [feature.work for feature in connection.features]
    tasks = all(work.bound_to.has("task") and work.on_leave.has("continue") for work in works)
    return connection.transport.kind.has("sse") and tasks


def _no_way_back(connection: Connection) -> Violated:
    """What a loss leaves, by what was lost: a socket, a path of WebRTC, or the answer to a request."""
    kind, clients = connection.transport.kind, connection.workload.connections.content
    are_servers = connection.workload.only("server")
    if kind.has("webrtc"):
        left = "when its path fails, as after a change of networks, nothing restarts ICE, and the call ends"
    elif kind.has("sse", "http-stream") and any(each.work.is_stated for each in connection.features):
        left = "what is lost of an answer is not asked for again, and its user has to ask for all of it"
    else:
        who = f"{clients} clients have" if clients else "a client has"
        left = f"after a loss {who} to be restarted by {'whatever watches it' if are_servers else 'hand'}"
    return Violated(
        f"The {kind} connection has no way back: {left}.",
        connection.transport.reconnect,
        when="only servers connect" if are_servers else _begun_again_by_its_user(connection),
    )


def _begun_again_by_its_user(connection: Connection) -> str:
    """The case in which a user, or an application, sees the loss and begins again."""
    if all(feature.sync.join.again.has("application") for feature in connection.features):
        return "it is left to the application"
    is_seen = connection.transport.loss_shown.has(True) and not connection.workload.only(*MACHINES)
    return "its user is told, and begins again" if is_seen else ""


@rule
def reconnection_ends_unwatched(connection: Connection) -> Outcomes:
    """The attempts to reconnect end by something that happens, and nobody begins them again."""
    plan = reconnects(connection)
    watch = plan.supervised
    if ends_at_error(connection):
        yield Violated(
            "An EventSource ends for good at any status but 200 and at another content type, such as the "
            "error page of a proxy during a deployment, and nothing opens another one: the page stays silent "
            "until it is loaded again.",
            plan.strategy if plan.strategy.is_stated else watch,
            (watch,) if plan.strategy.is_stated else (),
            when="the browser reconnects",
        )
        return
    if _names_a_library(plan):
        message = "A library reconnects, and nothing watches it; the spec does not say"
        raise Unstated(plan.ends_on, message=f"{message} `{plan.ends_on.dotted}`.")
    hung = _hangs(connection)
    if hung:
        yield hung
    if not (plan.ends_on.is_stated or plan.first_connect.is_stated):
        if hung:
            return
        raise NotApplicable("nothing but their number is said to end the attempts")
    end = final_end(plan)
    if end is None:
        if not hung:
            yield Passed("no close, no error and no success ends the attempts")
        return
    clause, at = end
    if watch.content:
        yield Passed("something notices that the attempts have ended, and begins them again")
    elif at is plan.first_connect and connection.workload.only("server") and not goes_on_alone(connection):
        raise NotApplicable("only servers connect, and one that fails at its start is started again")
    elif not watch.is_stated and not _is_seldom_watched(connection, at):
        message = f"{clause[0].upper()}{clause[1:]}. The spec does not say `{watch.dotted}`."
        raise Unstated(watch, message=message)
    else:
        yield _ends_for_good(plan, clause, at)


def _is_seldom_watched(connection: Connection, at: Field[Any]) -> bool:
    """Whether what ends the attempts is an accident in nearly all designs, and not the wish of anybody."""
    plan = connection.transport.reconnect
    people = bool(connection.workload.clients.content) and not connection.workload.only(*MACHINES)
    starts = at is plan.first_connect and people
    # What a library does by default somebody may well have an answer to.
    accidents = {"exception", "first-success"}.intersection(plan.ends_on.content or ())
    return at.default is None and (starts or bool(accidents))


def _hangs(connection: Connection) -> Violated | None:
    """An attempt that nothing ends but an answer; None where something does, or nothing is said of it."""
    plan = connection.transport.reconnect
    is_browser = connection.browser_decides or connection.workload.only("browser")
    if not plan.connect_timeout.is_none or plan.supervised.content or is_browser:
        return None
    return Violated(
        "An attempt has no timeout: a hop that takes the connection and never answers holds it forever, and "
        "no other attempt follows.",
        plan.connect_timeout,
        (plan.supervised,) if plan.supervised.is_stated else (),
        when="an attempt may hang",
    )


def _ends_for_good(plan: Reconnect, clause: str, at: Field[Any]) -> Violated:
    """Attempts that end, where nothing is said to begin them again, or nothing does."""
    watch, is_clean = plan.supervised, not {"exception", "first-success"} & {*(plan.ends_on.content or ())}
    case = "only a clean close ends them" if is_clean and at is plan.ends_on else ""
    again = "nothing begins" if watch.is_stated else "nothing is said to begin"
    return Violated(
        f"{clause[0].upper()}{clause[1:]}, and {again} them again: the client stays away until somebody "
        "starts it again.",
        at,
        (watch,) if watch.is_stated else (),
        when=case if watch.is_stated else "the spec does not say what watches them",
    )


def goes_on_alone(connection: Connection) -> bool:
    """Whether what cannot connect at its start runs on with values of its own, so that nobody restarts it."""
    return any(
        feature.sync.values.at_start.has("kept", "safe", "defaults") for feature in connection.features
    )


def _names_a_library(plan: Reconnect) -> bool:
    """Whether a library is all that reconnects, nothing watches it, and nothing says what ends it."""
    says_more = plan.ends_on.is_stated or plan.first_connect.is_stated or plan.max_attempts.is_stated
    return plan.strategy.has("library-default") and plan.is_unwatched and not says_more


@rule
def refused_client_unseen(connection: Connection) -> Outcomes:
    """A client whose credentials are refused tries again forever, or gives up and nobody sees it."""
    plan, shown = reconnects(connection), connection.transport.loss_shown
    case = next((case for case in plan.when if case.if_.has("refused-credentials")), None)
    action = case.action if case else None
    ends = plan.ends_on if "refused" in (plan.ends_on.content or ()) else plan.max_attempts
    gives_up = action.has("give-up") if action is not None else ends is plan.ends_on
    if action is not None and not action.is_stated:
        raise Unstated(action)
    if action is not None and action.has("renew", "login"):
        yield Passed(f"a client that is refused does not come back with the same: {action}")
    elif action is not None and not gives_up and not ends.content:
        yield Violated(
            "A client whose credentials are refused tries again with the same: it is refused forever, and "
            "its user waits.",
            action,
            (shown,) if shown.is_stated else (),
        )
    elif action is None and not gives_up and not (ends.content and shown.is_stated):
        raise NotApplicable("nothing is said of a client that is refused or gives up")
    elif plan.supervised.content:
        yield Passed("something notices that a client has given up")
    elif shown.has(True):
        yield Passed("the user sees that the client has given up")
    elif connection.workload.only("server") and not plan.is_unwatched:
        raise NotApplicable("only servers connect, and a supervisor starts them again")
    elif connection.workload.only("server"):
        yield Violated(
            "A server that gives up as a client stays away, since nothing starts it again.",
            plan.supervised,
            (action if action is not None else ends,),
        )
    elif not shown.is_stated:
        raise Unstated(shown)
    else:
        yield Violated(
            "A client that gives up shows nothing of it: its user takes what was there last for what is.",
            shown,
            (action if action is not None else ends,),
        )


def _goes_on_by_itself(connection: Connection) -> bool:
    """Whether who was silent is back with its next datagram, to a session that the server has kept."""
    transport = connection.transport
    return transport.resume.by.has("session", "state") and transport.address_checked.has("token")


def _returns_in_a_crowd(connection: Connection) -> None:
    """A rule about clients that return together ends where they do not, or no server of theirs minds.

    Raises:
        NotApplicable: they do not return so.

    """
    transport, plan = connection.transport, connection.transport.reconnect
    kind = known(transport.kind)
    if connection.is_polling:
        raise NotApplicable("polling clients are spread by the time at which each began")
    if plan.is_none:
        raise NotApplicable("the client does not reconnect")
    if transport.service.content and not connection.topology.nodes.is_stated:
        raise NotApplicable(f"{transport.service} accepts the connections")
    if connection.is_datagrams and not connection.has_plan:
        raise NotApplicable("datagrams open no connection that could be lost")
    if connection.is_datagrams and _goes_on_by_itself(connection):
        raise NotApplicable("the next datagram goes on with the session, without a handshake")
    if kind == "webrtc":
        raise NotApplicable("peers restart their own path, and no server is in the way")
    if kind == "http-stream" and {"exception", "refused"}.issubset(plan.ends_on.content or ()):
        raise NotApplicable(
            "a request that fails ends the attempts; only one with an answer is followed by another"
        )
    if connection.browser_decides:
        raise NotApplicable("the browser decides the delay of an EventSource: see sse-missing-retry")
    if connection.accepted_within(ONE_SECOND):
        raise NotApplicable("the nodes accept every client within 1 s, all at once or not")
    if connection.are_few:
        raise NotApplicable(f"{connection.counted} clients are no crowd")


@rule
def reconnect_without_jitter(connection: Connection) -> Outcomes:
    """The delays are the same for every client, so that all of them return at once."""
    transport, plan = connection.transport, connection.transport.reconnect
    _returns_in_a_crowd(connection)
    if not connection.has_plan:
        raise Undecided(plan)
    for case in plan.when:
        if case.if_.has("shutdown", "overload") and (decision := _in_step(case)):
            yield Violated(f"After `{case.if_}` every client returns in step{_crowd(connection)}.", decision)
    if at := _no_delay_to_spread(plan):
        yield Violated(f"A random part of no delay is none{_crowd(connection)}.", at, (plan.jitter,))
        return
    if (found := _hardly_random(plan)) is not None:
        yield found
        return
    for random in (plan.jitter, plan.first_delay, plan.server_hint):
        if isinstance(random.content, Spread) or random.has("full", "equal", "decorrelated", "random"):
            yield Passed(f"`{random.dotted}` is {random}")
            return
    jitter = plan.jitter.content
    if isinstance(jitter, Ratio) and jitter.amount > 0:
        yield Passed(f"{jitter} of each delay is random")
    elif _asks_at_once(connection) and not (plan.jitter.is_stated or transport.poll.every.is_stated):
        raise Unstated(
            transport.poll.every,
            message="The next long poll follows at once. The spec does not say whether only after an answer "
            "(`transport.poll.every: 0s`), or after a poll that fails too.",
        )
    elif plan.strategy.has("immediate"):
        yield Violated(f"Every client reconnects immediately{_crowd(connection)}.", plan.strategy)
    elif jitter is not None or plan.jitter.is_none:
        yield Violated(
            f"No part of the delay is random{_crowd(connection)}.",
            plan.jitter,
            when="" if connection.counted.is_stated else "the number of clients is not stated",
        )
    else:
        raise Unstated(plan.jitter)


def _hardly_random(plan: Reconnect) -> Violated | None:
    """Delays whose random part is cut off by the cap; None where it is not."""
    jitter, longest = plan.jitter.content, longest_delay(plan)
    at = f" of {longest}" if longest.content else ""
    if is_exact(plan):
        return None
    if plan.cap_bounds.has("sum") and plan.strategy.has("exponential") and jitter is not None:
        return Violated(
            f"The cap cuts off the random part too: after a few attempts all wait the cap{at}, and those "
            "that failed together return together.",
            plan.cap_bounds,
            tuple(part for part in (plan.jitter, longest) if part.is_stated),
            when="it begins at the cap",
        )
    return None


def _no_delay_to_spread(plan: Reconnect) -> Field[Any] | None:
    """What says that there is no delay of which a part could be random; None where one is, or grows."""
    if plan.strategy.has("immediate") and plan.jitter.content is not None and is_exact(plan):
        return plan.strategy
    grows = plan.strategy.has("exponential", "fixed") and not plan.delays.is_stated
    is_share = plan.jitter.has("full", "equal", "decorrelated") or isinstance(plan.jitter.content, Ratio)
    is_random = isinstance(plan.first_delay.content, Spread) or plan.server_hint.content
    return plan.base if grows and is_share and not is_random and plan.base.has(Duration(0)) else None


def _asks_at_once(connection: Connection) -> bool:
    """Whether a long poll is said to follow the last one immediately."""
    transport = connection.transport
    return transport.kind.has("long-polling") and transport.reconnect.strategy.has("immediate")


def _in_step(case: ReconnectWhen) -> Field[Any] | None:
    """The decision by which all clients do the same in a situation; None where none is stated."""
    jitter = case.jitter.content
    if isinstance(case.first_delay.content, Spread) or (jitter is not None and jitter != Ratio(0)):
        return None
    if case.jitter.is_stated:
        return case.jitter
    return case.strategy if case.strategy.has("immediate") else None


def _crowd(connection: Connection) -> str:
    """How many come at once, and how long the nodes need for them."""
    clients = connection.workload.connections.content
    if clients is None:
        return ", so clients that drop together return together"
    capacity, needed = accept_capacity(connection), fastest_return(connection)
    if capacity.content is None:
        return f": {clients} clients that drop together return at the same moment"
    last = f"at {capacity} the last is let in after {needed} at the earliest"
    return f": {clients} clients return at the same moment; {last}"


@rule
def reconnect_without_resume(feature: Feature) -> Outcomes:
    """A client that returns does not get what it missed."""
    sync, resume = feature.sync, feature.transport.resume
    kind = feature.transport.kind
    if feature.connection.looks_each_time:
        raise NotApplicable("each poll fetches what is new")
    told = _told_and_not_fetched(feature)
    if kind.has("sse") and not (resume.is_none or resume.without.has("live") or told):
        raise NotApplicable("SSE resumes by event id: see sse-missing-event-id")
    if feature.connection.is_one_shot:
        raise NotApplicable("a one-shot stream is asked for again as a request")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    if feature.connection.is_datagrams and not (resume.is_stated or sync.join.is_stated):
        raise NotApplicable("datagrams open no connection that begins again")
    if left := _in_no_room(feature) or told:
        yield left
        return
    known(kind)
    _is_worth_bringing(feature)
    back = way_back(feature)
    if reason := back.known():
        yield Passed(reason)
    elif found := _weakest_way_back(feature, back):
        yield found
    elif passing := _for_who_is_there(feature):
        yield passing
    elif feature.pushes_alone and not (resume.is_stated or sync.join.is_stated):
        # What is stated of the transport is the way to the push service, which keeps what a device misses.
        raise Undecided(resume)
    elif not resume.is_none and back.bars is not resume.retention:
        raise Unstated(resume.by if resume.is_stated else resume)
    elif beside := _brings_nothing(feature):
        away = feature.workload.outage.typical.content
        lost = f"in the usual {away} of an outage" if away else "while it was away"
        kept = "" if resume.is_none else ", and nothing is kept that it could name"
        yield Violated(
            f"A client that returns never sees what was sent {lost}{kept}.",
            resume if resume.is_none else resume.retention,
            (beside,),
            when=_of_what_is_live(feature),
        )
    else:
        raise Unstated(sync.join.order)


def _is_worth_bringing(feature: Feature) -> None:
    """End the rule where what was missed is not to come later, or is fetched.

    Raises:
        NotApplicable: it is worth nothing then.
        Undecided: nothing says whether it is fetched, or whether one who was away is still in the room.

    """
    hop, again = feature.passes_on_as_push, feature.sync.join.again
    if (hint := feature.hint_hangs_on) is not None and not hop:
        if feature.transport.resume.is_none:
            message = "A client that returns is given nothing of what it missed; the spec does not say"
            message = f"{message} `{hint.dotted}`."
            raise Unstated(hint, message=message, when="a client may do better")
        raise Undecided(hint)
    if (feature.is_fleeting and not hop) or feature.serves(*FLEETING):
        if not again.is_stated and _may_be_put_out(feature):
            raise Undecided(again)
        raise NotApplicable("what was missed is worth nothing a moment later")
    if feature.holds_only("command", "ephemeral"):
        raise NotApplicable("a command that was missed is not to be carried out late")
    if feature.serves("console") and feature.work.bound_to.has("connection"):
        raise NotApplicable("what runs ends with its connection (work-bound-to-connection)")


def _for_who_is_there(feature: Feature) -> Violated | None:
    """What is sent once, to who is subscribed at that moment, and kept for nobody; None without all three."""
    delivery, join, resume = feature.sync.delivery, feature.sync.join, feature.transport.resume
    is_once = delivery.guarantee.has("at-most-once") and delivery.retain.is_none
    if resume.is_stated or not is_once or not join.order.has("subscribe-only"):
        return None
    hop = feature.passes_on_as_push
    who = "The server that pushes" if hop else "A client that returns"
    end = ": nothing is pushed for it, and no phone wakes" if hop else ""
    fetched = "an app fetches it when it is opened" if hop and feature.push.missed.has("fetched") else ""
    return Violated(
        f"{who} gets what is sent while it is subscribed, and what was sent while it was away is kept for "
        f"nobody{end}.",
        delivery.retain,
        (delivery.guarantee, join.order),
        when=fetched or _of_what_is_live(feature),
    )


def _of_what_is_live(feature: Feature) -> str:
    """The case of messages that are worth less to one who was away."""
    if is_live_by_decision(feature):
        return "no more than what is live is promised"
    return of_the_moment(feature) or _of_a_view(feature)


def _of_a_view(feature: Feature) -> str:
    """The case of messages that renew what a page shows, of which a dependency keeps the record."""
    is_kept = any(dependency.holds.has("record") for dependency in feature.dependencies)
    return "what is shown is kept elsewhere" if is_kept and feature.sync.effect.has("shown") else ""


def _session_ends(feature: Feature) -> bool:
    """Whether the session of a client that is away is stated to end, and no snapshot begins another."""
    resume = feature.transport.resume
    if not resume.by.has("session") or resume.on_gap.has("snapshot") or resume.retention.is_none:
        return False
    return resume.retention.is_stated or resume.on_gap.is_stated


def _may_be_put_out(feature: Feature) -> bool:
    """Whether one who is away may be in the room no more, whatever its messages are worth later."""
    if _session_ends(feature):
        return not _outlasts_outages(feature)
    presence, resume = feature.presence, feature.transport.resume
    ends = presence.ends.content is not None and {*presence.ends.content} & {
        "disconnect",
        "expiry",
        "node-down",
    }
    calls = feature.serves("signalling") and not feature.transport.reconnect.is_none
    return bool(calls and ends and not resume.by.content and not feature.transport.kind.has("webrtc"))


def _outlasts_outages(feature: Feature) -> bool:
    """Whether a session is kept for longer than clients are away."""
    kept, outage = feature.transport.resume.retention.content, feature.workload.outage
    return kept is not None and outage.p99.content is not None and outage.p99.content <= kept


def _in_no_room(feature: Feature) -> Violated | None:
    """Being in a room is lost with the connection or its session, however little messages are worth later."""
    resume, join = feature.transport.resume, feature.sync.join
    again, is_left = join.again, join.again.has("application") and not join.fetch.has("each-time")
    if feature.transport.reconnect.is_none:
        # Who connects again begins from the start, which joins.
        return None
    if not (join.ends_with_connection or is_left) or (
        resume.by.has("session") and not _session_ends(feature)
    ):
        return None
    if is_left:
        return Violated(
            "After a return the client is in no room until the application joins them again: one that does "
            "not know of it shows a connection that stands, and nothing arrives on it.",
            again,
            when="it is left to the application",
        )
    if not resume.by.has("session"):
        return Violated(
            "After a return nobody joins the rooms again: the connection stands, and nothing arrives on it.",
            again,
        )
    case = "the client is told" if resume.on_gap.has("error") else ""
    return Violated(
        "A client that returns when its session has ended is in no room any more, and nobody joins them "
        "again: the connection stands, and nothing arrives on it.",
        again,
        tuple(part for part in (resume.retention, resume.on_gap) if part.is_stated),
        when="the session outlasts the outages" if _outlasts_outages(feature) else case,
    )


def _told_and_not_fetched(feature: Feature) -> Violated | None:
    """A signal that was missed, where a client that returns waits for the next one before it fetches."""
    sync, resume, fetch = feature.sync, feature.transport.resume, feature.sync.join.fetch
    refused = sync.join.is_none and sync.refetch.is_none and resume.is_none
    if not sync.updates.has("signal") or not (fetch.has("once") or refused) or feature.serves(*FLEETING):
        return None
    if feature.renewals or resume.by.content or sync.ordering.on_gap.content or feature.only_ephemeral:
        return None
    if feature.transport.event_ids.content and not resume.is_none:
        return None
    return Violated(
        "A client fetches at its start and at each signal, and not when it returns: a change whose signal it "
        "missed is not on it until the next one.",
        sync.refetch if refused else fetch,
        (sync.updates, *((resume,) if resume.is_none else ())),
        when="a client may do better",
    )


def _weakest_way_back(feature: Feature, back: WayBack) -> Violated | None:
    """A way to return that is stated, and brings nothing of what was missed, whatever others do."""
    join, resume, applied = feature.sync.join, feature.transport.resume, feature.sync.snapshot.applied
    if back.bars is applied and not (_brings_nothing(feature) or join.order.has("snapshot")):
        raise Undecided(join.fetch)
    if back.bars is feature.sync.snapshot.holds:
        return Violated(
            "A client that returns is given the state, which holds a part of what is sent: the rest of what "
            "was sent while it was away never reaches it.",
            back.bars,
            tuple(part for part in (resume.by, join.order) if part.has("snapshot"))[:1],
            when="a part of it comes",
        )
    if back.bars in (feature.sync.snapshot.every, feature.sync.refetch):
        return Violated(
            f"A client that returns goes on with what it has until the whole state comes, every {back.bars}, "
            "which is later than what is shown may be old.",
            back.bars,
            (feature.targets.staleness,),
            when="the state comes later",
        )
    if back.bars is applied:
        return Violated(
            "A client that returns is given the state and passes over it: what was sent while it was away "
            "never reaches it.",
            applied,
            tuple(part for part in (resume.by, join.order) if part.has("snapshot"))[:1],
        )
    if (empty := feature.empty_session) is not None and back.bars is empty:
        if not join.is_stated:
            raise Unstated(join.order)
        if beside := _brings_nothing(feature):
            holds = "who it is and no more" if empty is resume.keeps else "nothing of what is sent meanwhile"
            return Violated(
                f"The session of a client that returns holds {holds}: what was sent while it was "
                "away never reaches it.",
                empty,
                (beside,),
                when=_of_what_is_live(feature),
            )
    if resume.without.has("live"):
        # Whoever reads a log by a program names where it begins, and leaves that out for the end of it.
        names_start = join.order.has("from-position") or (resume.by.has("time") and feature.replays)
        chooses = names_start and feature.workload.only("server")
        return Violated(
            "A client may return without a position that the server knows, and then gets only what is sent "
            "from then on: what was sent while it was away never reaches it.",
            resume.without,
            (resume.by,) if resume.by.is_stated else (),
            when="a program chooses where it begins" if chooses else "a client may do better",
        )
    if _fetches_once(feature):
        return Violated(
            "A client fetches the state once, and nothing is said to bring it what was sent while it was "
            "away: it goes on with what it has.",
            join.fetch,
            when="no resume is stated",
        )
    if back.bars is resume.retention and not join.is_stated:
        return Violated(
            f"A client that returns names where it was ({resume.by}), and nothing is kept from there on: "
            "what was sent while it was away never reaches it, unless a join brings it.",
            resume.retention,
            (resume.by,),
            when="nothing is said of a join",
        )
    return None


def _fetches_once(feature: Feature) -> bool:
    """Whether the one fetch is all that is said, and no word points at another way to what was missed."""
    sync, transport = feature.sync, feature.transport
    if transport.resume.is_stated or not sync.join.fetch.has("once"):
        return False
    names_position = sync.join.order.has("from-position", "fetch-then-replay", "snapshot")
    told = sync.ordering.on_gap.content or transport.event_ids.content or sync.refetch.content
    is_kept = sync.delivery.retain.content or feature.topology.state.replay.content
    if sync.snapshot.source.has("sender"):
        # What is fetched is one thing, and what members send to those who join or lack it another.
        return False
    return not (names_position or transport.reconnect.is_none or told or is_kept)


def _brings_nothing(feature: Feature) -> Part | None:
    """The decision by which one who joins again gets nothing of what was sent before; None without one."""
    join = feature.sync.join
    if join.fetches_once_at_most:
        return join.fetch
    if join.is_none:
        return join
    if join.order.has("from-position") and (ended := feature.log_ended):
        return ended
    return join.order if join.order.has("subscribe-only") else None


def _speaks_to_nobody(feature: Feature) -> Violated | None:
    """Work that goes on without its reader, while what is kept for readers ends with the reader."""
    work, resume, sync = feature.work, feature.transport.resume, feature.sync
    backplane, ends = feature.topology.backplane, feature.workload.rooms.ends
    if not work.on_leave.has("continue") or feature.direction.has("client-to-server"):
        return None
    if feature.connection.is_polling or feature.pushes_alone:
        return None
    is_own = backplane.readers.has("per-client") and backplane.consumer.lasts.has("ephemeral")
    if not (is_own or ends.includes("when-empty")):
        return None
    keeps_none = resume.is_none or resume.retention.has(Duration(0))
    kept = sync.history.retention.is_stated and not feature.keeps_nothing
    if not keeps_none or kept or resume.max_messages.content or feature.rejoin_brings_history:
        return None
    stored = bool(sync.durability.kept_in.content)
    return Violated(
        "The work goes on when its reader is gone, and what is kept for readers ends with the reader: one "
        "that lost its connection finds nothing of a run that still works.",
        backplane.consumer.lasts if is_own else ends,
        (work.on_leave, resume if resume.is_none else resume.retention),
        when="its result is stored" if stored else "",
    )


@rule
def work_bound_to_connection(feature: Feature) -> Outcomes:
    """A run that takes minutes ends with the connection that asked for it."""
    work, outage = feature.work, feature.workload.outage.typical
    if not work.is_there:
        raise NotApplicable("no client is said to wait for work of the server")
    if work.repeat.has("cheap"):
        raise NotApplicable("it is cheap to repeat, so a client asks again")
    if isinstance(work.on_leave.content, Duration) and not work.bound_to.has("connection"):
        if not outage.is_stated:
            raise Undecided(message=f"it would need `{outage.dotted}`")
        yield Limit("the usual outage", outage, "the time for which work waits for its client", work.on_leave)
        return
    if work.bound_to.has("connection") and work.on_leave.has("continue"):
        raise NotApplicable("it goes on, though nobody can fetch it, as stopped-work-goes-on tells")
    ends = work.bound_to if work.bound_to.has("connection") else work.on_leave
    if ends is work.on_leave and not ends.has("cancel"):
        if unheard := _speaks_to_nobody(feature):
            yield unheard
            return
        if ends.has("continue") or work.bound_to.is_stated:
            yield Passed("a lost connection does not end the work")
            return
        raise Undecided(work.bound_to)
    if not feature.is_costly:
        lasts = known(work.lasts)
        yield Passed(f"it takes {lasts}, and is asked for again")
        return
    if resumed := _resumes_what_it_stopped(feature):
        yield resumed
        return
    takes = f" takes {work.lasts} and" if work.lasts.content else ""
    yield Violated(
        f"Work that{takes} is not cheap to repeat ends with its connection: a tunnel, a reload or a deploy "
        "loses it.",
        ends,
        tuple(part for part in (work.lasts, work.repeat) if part.content),
    )


def _resumes_what_it_stopped(feature: Feature) -> Violated | None:
    """A stop and a loss are one signal, and a client is said to come back for what a stop has ended."""
    work, by = feature.work, feature.transport.resume.by
    if not work.stop_by.has("disconnect") or not work.on_leave.has("cancel") or not by.content:
        return None
    return Violated(
        f"A stop is told by the end of the connection, as every loss is: a client that returns to resume by "
        f"{by} finds work that its own loss has cancelled.",
        work.stop_by,
        (work.on_leave, by),
        when="a stop looks like a loss, and a client resumes",
    )
