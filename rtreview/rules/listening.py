"""Clients that listen: whether one that hears nothing any more finds out, and its user with it."""

from rtreview.language import catalogue
from rtreview.language.design import Connection, Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.language.sections.workload import PHONES
from rtreview.numbers.liveness import beats, is_unread
from rtreview.numbers.replay import all_fetch_soon
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

REACHED = ("push", "notifications", "signalling", "commands")
"""Purposes that promise to reach a user who does not have the app open (unreachable-in-background)."""

STANDS_STILL = (
    "The app's own timer brings its connection back, and stands still while the phone sleeps: what is sent "
    "meanwhile comes when the phone is taken up."
)
NOT_REACHED = "Nothing reaches the app while it is not in front: what is sent comes when it is opened."
SENDS_NOTHING = (
    "The system suspends the app when it is not in front: it reports nothing until somebody opens it again, "
    "and what others see stands still."
)


@rule
def listener_never_gives_up(connection: Connection) -> Outcomes:
    """The end that receives the heartbeats never closes for silence, and waits on a dead connection."""
    silence = connection.transport.heartbeat.silence_timeout
    if not silence.is_none:
        raise NotApplicable("no end is said to bear silence without end")
    heartbeat = beats(connection)
    if is_unread(heartbeat):
        raise NotApplicable("neither end acts on a heartbeat that stays out: see missing-heartbeat")
    if heartbeat.from_.has("both") and not (heartbeat.timeout.is_stated or heartbeat.confirmed.is_stated):
        raise Undecided(heartbeat.timeout)
    if heartbeat.from_.has("both"):
        yield Passed("each end sends heartbeats of its own and waits for an answer")
        return
    if heartbeat.from_.has("client"):
        yield _server_keeps_the_dead(connection)
        return
    if connection.workload.has_any("browser") and heartbeat.layer.has("websocket-ping", "sse-comment"):
        raise NotApplicable("no page sees such a heartbeat: see browser-cannot-see-ping")
    if all_fetch_soon(connection):
        every = connection.features[0].sync.refetch
        yield Passed(f"a client fetches the state every {every}, whatever its connection says")
        return
    if not heartbeat.from_.is_stated and not heartbeat.interval.is_stated:
        raise Undecided(heartbeat.from_)
    if not heartbeat.from_.is_stated:
        yield Violated(
            "Whoever is sent heartbeats never closes for silence: a client goes on waiting on a dead "
            "connection, or a server holds it and shows who is gone.",
            silence,
            when="the server keeps the dead",
        )
        return
    listens = any(
        feature.direction.has("server-to-client") or feature.serves("push", "notifications")
        for feature in connection.features
    )
    often = f" every {heartbeat.interval}" if heartbeat.interval.content else ""
    yield Violated(
        f"The server sends heartbeats{often}, and a client that receives none goes on waiting: after a "
        "silent loss it stands as connected, and nothing arrives until it is started again.",
        silence,
        (heartbeat.from_,),
        "" if listens else "the client sends too",
    )


def _server_keeps_the_dead(connection: Connection) -> Passed | Violated:
    """A server that is sent heartbeats, and does nothing when they stay out.

    Raises:
        NotApplicable: nothing of the dead is shown, and nobody holds their connections.

    """
    heartbeat, age = connection.transport.heartbeat, connection.operations.connection_max_age.value
    if connection.transport.service.content:
        raise NotApplicable(f"{connection.transport.service} holds the connections")
    if connection.asks_again or connection.is_datagrams:
        raise NotApplicable("no connection stays open")
    if connection.are_few and not connection.shows_people:
        raise NotApplicable(f"{connection.counted} clients are few to hold")
    promised = [feature.targets.offline_visible_within.content for feature in connection.features]
    if age.content is not None and all(within is None or age.content <= within for within in promised):
        return Passed(f"a connection ends after {age}")
    if all(feature.presence.expires for feature in connection.features):
        return Passed("an entry of a client ends by its own ttl")
    shown = connection.shows_people
    seen = "is shown as there, and its connection is held," if shown else "is held"
    return Violated(
        f"The clients send heartbeats, and a server that receives none keeps the connection: a dead client "
        f"{seen} until TCP gives up, which it does only where something is sent.",
        heartbeat.silence_timeout,
        (heartbeat.from_,),
        when="the client sends too" if shown else "the server keeps the dead",
    )


@rule
def unreachable_in_background(feature: Feature) -> Outcomes:
    """An app on a phone is to be reached at any time, and nothing wakes it."""
    means, clients = feature.transport.background, feature.workload.clients
    is_open = not means.is_stated
    if is_open and not (feature.push.is_none and clients.content and feature.serves(*REACHED, "chat")):
        raise NotApplicable("nothing is said of an app that is not in front")
    if is_open and not feature.workload.only(*PHONES):
        raise NotApplicable("nothing is said of an app that is not in front, and not only apps connect")
    on_ios = feature.workload.has_any("ios") and set(means.content or ()) == {"service"}
    on_android = _only_apple_is_pushed_to(feature)
    if (
        means.content
        and not (on_ios or on_android)
        and ("push" in means.content or not {"timer", "screen"} & set(means.content))
    ):
        yield Passed(f"an app that is not in front is reached by {means}")
        return
    reports = feature.serves("telemetry") and feature.direction.has("client-to-server", "bidirectional")
    if feature.push.is_there and not on_android and not reports:
        yield Passed("a push service reaches it")
        return
    if not feature.purpose.is_stated:
        raise Undecided(feature.purpose)
    if not is_open and not (feature.serves(*REACHED) or reports):
        raise NotApplicable("nobody is promised to be reached with the app closed")
    if clients.content and not feature.workload.has_any(*PHONES):
        raise NotApplicable("no phone connects")
    if on_ios:
        yield Violated(
            "A foreground service keeps the connection, and iOS has none: there the app is not reached while "
            "it is not in front.",
            means,
            (clients,),
        )
        return
    if on_android:
        yield Violated(
            "The pushes go by APNs alone, which reaches no Android: there nothing wakes the app.",
            feature.push.service,
            (clients,),
        )
        return
    at = feature.push if is_open else means
    case = "nothing is said of its connection" if is_open else ""
    fate = SENDS_NOTHING if reports else STANDS_STILL if means.includes("timer") else NOT_REACHED
    yield Violated(fate, at, (feature.purpose,), when=case)


def _only_apple_is_pushed_to(feature: Feature) -> bool:
    """Whether pushes are all that wakes an app that Android phones have too, and go by APNs alone."""
    services = [catalogue.find(name) for name in feature.push.service.content or ()]
    by_apple = bool(services) and all(
        each is not None and each.has("reaches-apple-alone") for each in services
    )
    others = set(feature.transport.background.content or ()) - {"push"}
    return by_apple and not others and feature.workload.has_any("android")
