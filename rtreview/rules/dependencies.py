"""What the nodes themselves wait for: its outage, and their return to it."""

from typing import Any

from rtreview.language import catalogue
from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated
from rtreview.language.sections.servers import Dependency
from rtreview.language.sections.sync import Data
from rtreview.language.sections.transport import Reconnect
from rtreview.numbers.expression import leaves, named, term
from rtreview.numbers.fan_out import published, rate_in_room
from rtreview.numbers.reconnection import connections_per_node, final_end, is_exact
from rtreview.quantities.quantity import Count, Duration, Rate, Size, Spread
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

FEW = Count(10)
"""Up to so many nodes, a return in step is a peak that most databases take."""

STOP = Duration(1)
"""A pause of all streams that people notice (blocking-call-stalls-streams)."""

RUSH = Duration(10)
"""A return that takes longer than this is one that people wait for (blocking-call-stalls-streams)."""

A_READER = Rate(10)
"""Up to so many pieces a second, what gathers them would gather one or two (pieces-stored-one-by-one)."""

A_PIECE = Size(1024)
"""A frame of so much text is worth its envelope (each-piece-sent-alone)."""

SLOW = Duration(10)
"""A fixed delay from which on clients that fail do no harm (connect-fails-with-dependency)."""

_OCCASIONS = {
    "connect": "client that connects",
    "message": "message",
    "heartbeat": "heartbeat",
    "poll": "poll",
    "sweep": "client of a sweep",
}
_ALL = {"connect": "the calls of a node's clients that all return", "sweep": "the calls of one sweep"}


def _waits_for_something(feature: Feature) -> None:
    """End a rule where the nodes are not said to wait for anything."""
    if feature.dependencies.is_none:
        raise NotApplicable("the nodes wait for nothing")
    if not feature.dependencies.items:
        raise NotApplicable("no dependency is stated")


def _attempts_end(part: Dependency) -> tuple[str, Field[Any]] | None:
    """What ends the attempts of nodes to return to a dependency, as a clause, and where."""
    plan = part.reconnect
    if (end := final_end(plan)) is not None or plan.max_attempts.content is None:
        return end
    return f"attempt number {plan.max_attempts} is the last", plan.max_attempts


def _never_back(part: Dependency) -> Violated | None:
    """Nodes that have lost a dependency, and are stated not to return to it by themselves."""
    plan, end = part.reconnect, _attempts_end(part)
    until = "its outage lasts until a restart."
    if plan.is_none and not part.is_none:
        return Violated(f"Nodes that have lost `{part.key}` do not return to it: {until}", plan)
    if plan.resolves.has("once"):
        return Violated(
            f"Nodes look up the address of `{part.key}` once, when they start: when the name leads "
            "elsewhere, they go on trying the old address until they are restarted.",
            plan.resolves,
        )
    if end is None or plan.supervised.content:
        return None
    clause, at = end
    sentence = f"When nodes return to `{part.key}`, {clause}"
    if plan.supervised.is_stated:
        return Violated(f"{sentence}, and nothing begins them again: {until}", at, (plan.supervised,))
    if not _ends_unnoticed(part):
        return None
    cleared = f"Cleared where `{plan.supervised.dotted}` is true."
    return Violated(f"{sentence}: {until} {cleared}", at, when="whether anything begins them again is open")


def _ends_unnoticed(part: Dependency) -> bool:
    """Whether the attempts end without an error, which would end the process and so begin them again."""
    return not {"first-success", "clean-close"}.isdisjoint(part.reconnect.ends_on.content or ())


def _refused_for_a_copy(part: Dependency) -> Violated | None:
    """What needs a dependency is refused with it, though it has only a copy of what is elsewhere."""
    occasions = {"connect", "message", "poll"}.intersection(part.per.content or ())
    is_needed = part.before.has("answer", "delivery") or occasions
    if not part.holds.has("copy") or not part.when_down.has("fail") or not is_needed:
        return None
    return Violated(
        f"While `{part.key}` is down, what needs it is refused, though it has only a copy of what is "
        "elsewhere: an outage of the copy is one of the feature.",
        part.when_down,
        (part.holds,),
        when="only a copy is down",
    )


def _is_fast_path(part: Dependency) -> bool:
    """Whether a message waits to be written down for something that only makes its way shorter."""
    return part.before.has("store") and part.holds.has("copy", "connections")


def _goes_under(part: Dependency) -> Violated | None:
    """What the outage of a dependency is stated to do to the nodes; None where they go on, or nothing is."""
    word, limit = part.when_down, part.limit
    if word.is_none:
        message = f"Nothing is decided for an outage of `{part.key}`, for which clients of the nodes wait."
        return Violated(message, word)
    if word.has("crash"):
        return Violated(
            f"While `{part.key}` is down, the process ends and is restarted: it cuts all clients, also "
            f"those that need nothing of `{part.key}`, for as long as that is down.",
            word,
        )
    if word.has("block"):
        return Violated(
            f"While `{part.key}` is down, a node that asks for it stands still: it answers no heartbeat, "
            "and loses all of its clients.",
            word,
        )
    if limit.is_none and (word.has("queue") or not word.is_stated):
        return Violated(
            f"While `{part.key}` is down, what needs it waits in the nodes' memory without a limit.",
            limit,
            (word,) if word.is_stated else (),
        )
    return _refused_for_a_copy(part)


@rule
def dependency_outage_spreads(feature: Feature) -> Outcomes:
    """A dependency is down, and the nodes go down with it."""
    _waits_for_something(feature)
    asked: list[Field[Any]] = []
    if all(_is_fast_path(part) and part.when_down.has("fail") for part in feature.dependencies):
        raise NotApplicable("the nodes go on, and write no message down (write-waits-for-fast-path)")
    for part in feature.dependencies:
        word, limit = part.when_down, part.limit
        if lost := _never_back(part):
            yield lost
        elif _attempts_end(part) is not None and not part.reconnect.supervised.is_stated:
            asked.append(part.reconnect.supervised)
        if part.is_none:
            yield Passed(f"nothing waits for `{part.key}`")
        elif broken := _goes_under(part):
            yield broken
        elif word.has("queue") and not limit.is_stated:
            message = f"While `{part.key}` is down, what needs it waits in the memory of the nodes; the spec"
            raise Unstated(limit, message=f"{message} does not say `{limit.dotted}`.")
        elif word.has("queue"):
            yield Passed(f"at most {limit} wait while `{part.key}` is down")
        elif word.content:
            yield Passed(f"while `{part.key}` is down, what needs it goes on: {word}")
        else:
            asked.append(word)
    if asked:
        raise Undecided(*asked)


@rule
def dependency_restart_unseen(feature: Feature) -> Outcomes:
    """A dependency comes back empty, and a node goes on with what it had made there."""
    _waits_for_something(feature)
    asked: list[Field[Any]] = []
    for part in feature.dependencies:
        after = part.on_return
        if after.is_none:
            yield Passed(f"nodes have made nothing in `{part.key}`")
        elif after.has("compared", "rebuilt"):
            yield Passed(f"what nodes have made in `{part.key}` is {after} when it is back")
        elif after.has("assumed") and part.when_down.has("crash"):
            yield Passed(f"a node ends with `{part.key}`, and with what it remembers of it")
        elif after.has("assumed") and part.holds.has("record"):
            yield Passed(f"what is in `{part.key}` is kept for good, and there after its restart")
        elif after.has("assumed"):
            yield Violated(
                f"When `{part.key}` was restarted, or has given up its side while it could not be reached, "
                "nodes go on with what they had made there: it is gone, each use of it fails, and new "
                "clients are led to it too, until the nodes are restarted.",
                after,
                tuple(each for each in (part.holds, part.when_down) if each.is_stated),
            )
        elif part.when_down.has("stale") and not part.holds.is_stated:
            asked.append(after)
    if asked:
        raise Undecided(*asked)
    if not any(part.on_return.is_stated for part in feature.dependencies):
        raise NotApplicable("nothing is said of what nodes have made in a dependency")


@rule
def write_waits_for_fast_path(feature: Feature) -> Outcomes:
    """A message is not written down, since what only makes its way shorter is down."""
    _waits_for_something(feature)
    outbox, asked = feature.sync.delivery.outbox, list[Field[Any]]()
    again = outbox.kept.content or feature.sync.delivery.retry_for.content
    for part in feature.dependencies:
        word, early = part.when_down, _is_fast_path(part)
        if early and word.has("fail", "block", "crash"):
            what = "a copy of what is elsewhere" if part.holds.has("copy") else "only who is connected"
            yield Violated(
                f"A message waits for `{part.key}` before it is written down, and that has {what}: in its "
                "outage messages are lost, also for those who would fetch them later.",
                part.before,
                (word, part.holds),
                "its sender sends it again" if again and not outbox.on_refused.has("drop") else "",
            )
        elif early and not word.is_stated:
            message = f"A message waits for `{part.key}` before it is written down; the spec does not say"
            raise Unstated(word, message=f"{message} `{word.dotted}`.")
        elif part.before.content and not part.before.has("store"):
            yield Passed(f"a message is written down without `{part.key}`")
        elif early and word.has("stale"):
            yield Passed(f"a message is written down also while `{part.key}` is down")
        elif early:
            asked.append(word)
        elif part.before.has("store") and not part.holds.is_stated:
            asked.append(part.holds)
        elif part.before.has("store") and part.holds.has("record", "permissions"):
            yield Passed(f"what is written waits for `{part.key}` with reason: it holds the {part.holds}")
        elif part.holds.has("copy", "connections") and "message" in (part.per.content or ()):
            asked.append(part.before)
    if asked:
        raise Undecided(*asked)
    if not any(part.before.content for part in feature.dependencies):
        raise NotApplicable("no message is said to wait for what only makes its way shorter")


@rule
def pieces_stored_one_by_one(feature: Feature) -> Outcomes:
    """The pieces of an answer, or the steps of a progress, go to a store by a request each."""
    _waits_for_something(feature)
    bundled = feature.backpressure.bundled
    # What is written for several messages at once is no call for each.
    asked = [part for part in feature.asked_per("message") if not part.record.has("gathered")]
    is_answer = feature.sync.updates.has("delta") and feature.work.bound_to.is_stated
    if not (is_answer or _replaced(feature)):
        raise NotApplicable("no work is said to send its result in pieces")
    if not asked:
        raise NotApplicable("no message causes a call")
    if bundled.content:
        yield Passed(f"what comes within {bundled} goes out as one message")
        return
    if not bundled.is_none:
        raise Undecided(bundled)
    pieces = rate_in_room(feature).content
    if pieces is not None and pieces <= A_READER:
        yield Passed(f"a piece of work sends {pieces}")
        return
    part = asked[0]
    if published(feature).content is not None and part.rate.content:
        yield Limit(
            f"the rate of calls of `{part.key}`",
            named("pieces of all work", published(feature)),
            "half of what it answers",
            named("half of its calls", term(part.rate) / 2),
            or_equal=True,
            at=bundled,
            propose=(),
        )
        return
    yield _stored_one_by_one(feature, part)


def _replaced(feature: Feature) -> str:
    """The name of a value whose current state is all that is needed, and which each message holds anew."""
    if not feature.sync.updates.has("state-value"):
        return ""
    parts = (part for part in feature.sync.data if part.needed.has("current"))
    return next((f"`{part.name}`" if part.name.content else "a value" for part in parts), "")


def _stored_one_by_one(feature: Feature, part: Dependency) -> Violated:
    """Pieces or steps that are written one at a time, and whether anything shows that."""
    bundled, applies = feature.backpressure.bundled, feature.backpressure.client.applies
    is_gathered = applies.is_stated and not applies.includes("each")
    unseen = ", though the page gathers them before it draws" if is_gathered else ""
    beside = (part.per, *((applies,) if is_gathered else ()))
    when = "" if is_gathered else "nothing says that the page gathers them"
    if value := _replaced(feature):
        message = (
            f"Each change of {value} is a call of `{part.key}` and a message by itself{unseen}, although the "
            "current one is all that is needed: what makes a thousand steps waits for a thousand writes."
        )
        return Violated(message, bundled, beside, when)
    return Violated(
        f"Each piece of an answer is a call of `{part.key}` by itself{unseen}: its load is that of the "
        "pieces of all work that runs, and grows with the speed at which they are made.",
        bundled,
        beside,
        when,
    )


@rule
def each_piece_sent_alone(feature: Feature) -> Outcomes:
    """The pieces of an answer, such as its tokens, go out in a frame each."""
    bundled, updates = feature.backpressure.bundled, feature.sync.updates
    is_answer = feature.serves("console") and feature.work.is_stated
    value = _sent_at_each_change(feature)
    in_pieces = is_answer and updates.has("delta", "full-state")
    if not (in_pieces or value is not None) or feature.direction.has("client-to-server"):
        raise NotApplicable("no work is said to send its result in pieces")
    if bundled.content:
        yield Passed(f"what comes within {bundled} goes out as one message")
        return
    if not bundled.is_none:
        raise Undecided(bundled)
    if any(feature.asked_per("message")):
        raise NotApplicable("each piece is a call: see pieces-stored-one-by-one")
    size, pieces = feature.workload.messages.size.typical.content, rate_in_room(feature).content
    if size is not None and size >= A_PIECE and not updates.has("full-state"):
        yield Passed(f"a piece has {size}")
        return
    if pieces is not None and pieces <= A_READER:
        yield Passed(f"a piece of work sends {pieces}")
        return
    if value is not None:
        often = f"at {pieces}" if pieces is not None else "however fast it changes"
        yield Violated(
            f"Each new value is a message by itself, {often}, though the current one is all that is needed.",
            bundled,
            (value.needed, value.rate),
            when="" if pieces is not None else "how often a piece comes is open",
        )
        return
    often = f"at {pieces}" if pieces is not None else "however fast they come"
    holds = "all that was written so far" if updates.has("full-state") else "a few bytes of text"
    yield Violated(
        f"Each piece that the work yields is a frame by itself, {often}: {holds} with an envelope around it, "
        "a write at the server and a task in the page.",
        bundled,
        (updates,),
        when="" if pieces is not None else "how often a piece comes is open",
    )


def _sent_at_each_change(feature: Feature) -> Data | None:
    """What is sent whenever it changes and needed as it is now, such as the progress of a job."""
    if not feature.sync.updates.has("state-value") or feature.serves("game", "cursors"):
        return None
    current = (part for part in feature.sync.data if part.needed.has("current"))
    return next((part for part in current if part.rate.is_none), None)


@rule
def blocking_call_stalls_streams(feature: Feature) -> Outcomes:
    """A call holds the loop that serves all streams of a node, so that each of them waits for it."""
    _waits_for_something(feature)
    for part in feature.dependencies:
        if not part.blocking.content:
            if part.blocking.is_stated:
                yield Passed(f"no stream waits for a call of `{part.key}`")
            continue
        if part.per.is_none:
            yield Passed(f"nothing that clients do causes a call of `{part.key}`")
        elif not part.per.content:
            yield Violated(
                f"A call of `{part.key}` holds the loop that serves all streams: all of the node wait when "
                f"`{part.key}` is slow. Cleared where `{part.per.dotted}: none` says that nothing of clients "
                "causes one.",
                part.blocking,
                (part.call_time,) if part.call_time.content else (),
                when="the spec does not count the calls",
            )
        for occasion in part.per.content or ():
            limit = _held(feature, part, occasion)
            if all(leaf.content is not None for leaf in leaves(limit.left, limit.right)):
                yield limit
                continue
            takes = part.call_time.content
            wait = f"for {takes}, and longer" if takes else "for as long as it takes, and for longer"
            yield Violated(
                f"Each {_OCCASIONS[occasion]} calls `{part.key}` in the loop that serves all streams: all of "
                f"the node wait {wait} when `{part.key}` is slow.",
                part.blocking,
                (part.per, part.call_time) if takes else (part.per,),
                when="the spec does not count the calls",
            )
    if not any(part.blocking.is_stated for part in feature.dependencies):
        raise NotApplicable("no call is said to block")


def _held(feature: Feature, part: Dependency, occasion: str) -> Limit:
    """What calls of one occasion take of the loop of a node, against what leaves it to its streams."""
    connection, topology = feature.connection, feature.topology
    clients, takes = connections_per_node(connection), term(part.call_time)
    if occasion in ("sweep", "connect"):
        most, than = (STOP, "the time of a stop") if occasion == "sweep" else (RUSH, "the time of a return")
        what = f"the time for which {_ALL[occasion]} hold the loop"
        return Limit(what, named("calls one by one", clients * takes), than, most, at=part.blocking)
    if occasion == "message":
        rate = named("messages at one node", published(feature) / topology.nodes)
    elif occasion == "poll":
        rate = named("polls at one node", clients / connection.transport.poll.every)
    else:
        rate = named("heartbeats at one node", clients / connection.transport.heartbeat.interval)
    half = named("calls in half of a loop's time", 1 / takes / 2)
    what = f"the rate of calls of `{part.key}`"
    return Limit(what, rate, "what half of the loop's time answers", half, or_equal=True, at=part.blocking)


def _stays_the_same(plan: Reconnect, nodes: Field[Count]) -> bool:
    """Whether many nodes are stated to return at a pace that stays the same, and no part of it is random."""
    spreads = (
        plan.jitter.is_stated or isinstance(plan.first_delay.content, Spread) or plan.server_hint.content
    )
    many = nodes.content is not None and nodes.content > FEW
    return plan.strategy.has("fixed") and many and not spreads


@rule
def dependency_reconnect_without_jitter(feature: Feature) -> Outcomes:
    """All nodes return to a dependency at the same moment."""
    _waits_for_something(feature)
    nodes = feature.topology.nodes
    if nodes.has(Count(1)):
        raise NotApplicable("one node returns alone")
    asked: list[Field[Any]] = []
    for part in feature.dependencies:
        plan = part.reconnect
        if plan.is_none:
            yield Passed(f"nothing returns to `{part.key}`")
        elif is_exact(plan) or _stays_the_same(plan, nodes):
            at = plan.jitter if plan.jitter.is_stated else plan.strategy
            count = nodes.content
            who = f"the {count} nodes" if count else "all nodes"
            case = "" if count and count > FEW else "there are few nodes, or they are not counted"
            yield Violated(
                f"When `{part.key}` comes back, {who} return to it at the same moment, with all that waited.",
                at,
                (nodes,) if count else (),
                when=case if is_exact(plan) else "whether a part of the delay is random is open",
            )
        elif not plan.jitter.is_stated and not isinstance(plan.first_delay.content, Spread):
            asked.append(plan.jitter)
        else:
            yield Passed(f"the nodes return to `{part.key}` apart from one another")
    if asked:
        raise Undecided(*asked)


@rule
def connect_fails_with_dependency(feature: Feature) -> Outcomes:
    """A dependency is down, each connection fails for it, and clients come back as fast as they can."""
    _waits_for_something(feature)
    needed = [
        part
        for part in feature.dependencies
        if part.per.content and "connect" in part.per.content and part.when_down.has("fail", "crash")
    ]
    if not needed:
        raise NotApplicable("no connection is said to fail with a dependency")
    connection, plan = feature.connection, feature.transport.reconnect
    if connection.asks_again or connection.are_few or plan.is_none:
        raise NotApplicable("no crowd of clients returns by itself")
    part, hint = needed[0], plan.server_hint
    if hint.content:
        yield Passed("a client that is refused is told how long to wait")
        return
    base = plan.base.content
    at: Field[Any] = plan.strategy
    if plan.strategy.has("immediate"):
        how, at = "at once", plan.strategy
    elif plan.strategy.has("fixed") and base is not None and base < SLOW:
        how, at = f"every {base}", plan.base
    elif plan.strategy.has("exponential") and plan.reset_after.has("open", Duration(0)):
        how, at = "from the shortest delay on, since the connection was open for a moment", plan.reset_after
    elif plan.strategy.has("exponential") and plan.reset_after.is_stated:
        yield Passed("clients that fail come back slower and slower")
        return
    elif plan.strategy.has("fixed") and base is not None:
        yield Passed(f"clients that fail come back {base} later")
        return
    else:
        steady = {"exponential": plan.reset_after, "fixed": plan.base}
        raise Undecided(steady.get(f"{plan.strategy}", plan.strategy))
    yield Violated(
        f"While `{part.key}` is down, each connection that opens fails for it, and its client returns {how}: "
        "what it is to recover under is many times the usual load.",
        part.when_down,
        (at, part.per),
        "" if plan.strategy.has("immediate") else "each waits for a moment",
    )


@rule
def pool_held_by_streams(feature: Feature) -> Outcomes:
    """Each open stream keeps a connection of a pool, and when they are all taken everything else waits."""
    _waits_for_something(feature)
    clients = feature.workload.connections
    streams = feature.transport.kind.has("sse", "http-stream", "long-polling")
    asked: list[Field[Any]] = []
    unpooled: list[Field[Any]] = []
    for part in feature.dependencies:
        if part.held.has("call"):
            yield Passed(f"a connection to `{part.key}` is given back after each call")
        elif part.held.has("connection") and not part.pool.is_stated and _reads_for_one(feature, part):
            yield Passed(f"a connection to `{part.key}` is opened to read for one client, and is of no pool")
        elif part.held.has("connection"):
            if part.pool.content is not None and clients.content is not None:
                yield Limit(
                    "the number of streams that each keep a connection of the pool",
                    clients, "its size", part.pool,
                    or_equal=True, at=part.held,
                    note="What else asks for one waits, until streams end.",
                )  # fmt: skip
                continue
            if feature.connection.are_few:
                yield Passed(f"{feature.connection.counted} clients are a household")
            elif not part.pool.is_stated and _speaks_for_one(part):
                unpooled.append(part.pool)
            else:
                yield _keeps_one(part)
        elif part.held.is_stated or part.pool.content is None or clients.content is None:
            continue
        elif (
            streams
            and part.per.content
            and "connect" in part.per.content
            and clients.content > part.pool.content
        ):
            asked.append(part.held)
    if asked:
        pool = f"Each stream asks `{asked[0].at[-2]}`, whose pool is smaller than the streams are many; "
        raise Unstated(*asked, message=f"{pool}the spec does not say `{asked[0].dotted}`.")
    if unpooled:
        raise Undecided(*unpooled)
    if not any(part.held.content for part in feature.dependencies):
        raise NotApplicable("nothing is said of how long a client holds what it uses")


def _keeps_one(part: Dependency) -> Violated:
    """A connection of a pool that each open one of a client keeps."""
    return Violated(
        f"Each open connection of a client keeps one to `{part.key}`: as many clients as the pool has "
        "connections, and every other request waits.",
        part.held,
        (part.pool,) if part.pool.is_stated else (),
        when="" if part.pool.is_stated else "how large the pool is, is open",
    )


def _speaks_for_one(part: Dependency) -> bool:
    """Whether it is the far end behind a gateway: a client's messages go through it, and nothing lies there.

    What is opened for one client may be of no pool. A store has one, and so has what is known to have few
    connections.
    """
    goes_through = {"connect", "message"} <= {*(part.per.content or ())} and part.before.has("delivery")
    return goes_through and not (part.holds.is_stated or _has_few_connections(part.key))


def _reads_for_one(feature: Feature, part: Dependency) -> bool:
    """Whether what a client holds is its own reader at the backplane (backplane-reader-per-client).

    Of one that has few connections it is the pool that counts.
    """
    backplane = feature.topology.backplane
    if not (backplane.kind.content and part.key in backplane.kind.content):
        return False
    return backplane.readers.has("per-client") and not _has_few_connections(backplane.kind.content)


def _has_few_connections(name: str) -> bool:
    """Whether a platform is known to have few connections."""
    platform = catalogue.find(name)
    return platform is not None and platform.has("few-connections")
