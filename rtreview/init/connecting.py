"""The connection of a new design: its kind and path, how it is kept alive, and how clients come back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rtreview.init.cited import BACKOFF, EVENT_IDS, FRAGILE, HEARTBEAT, SSE_FIRST
from rtreview.init.draft import Statement, undecided
from rtreview.init.figures import ACCEPT_RATE, Figures, written
from rtreview.init.questions import Hop
from rtreview.language import catalogue
from rtreview.numbers.liveness import tolerant_silence
from rtreview.quantities.quantity import Duration


def statements(figures: Figures) -> Iterator[Statement]:
    """All that stands under `transport`."""
    yield _kind(figures)
    yield from _library(figures)
    if figures.kind == "sse":
        yield Statement(
            ("transport", "http_version"), 2,
            "Over HTTP/1.1 the streams of all tabs share six connections.", "sse-connection-starvation",
            "With HTTP/2 every stream of a browser travels on one connection.",
        )  # fmt: skip
    yield _path(figures)
    yield from _heartbeat(figures)
    yield from _reconnect(figures)
    yield from _resume(figures)
    if figures.kind == "sse" and (figures.kept is None or figures.answers.writers == "devices"):
        find_out = "whether an event says where it stands, for a client that returns."
        yield undecided(("transport", "event_ids"), True, find_out)
    yield undecided(
        ("access", "token_ttl"),
        "1h",
        "how long a token is valid, and `on_expiry`: what follows then.",
    )


def _kind(figures: Figures) -> Statement:
    answers, name, at = figures.answers, figures.answers.library, ("transport", "kind")
    kind = figures.kind
    if kind is None:
        find_out = "who sends. `sse` where the server alone does, `websocket` where clients do."
        return undecided(at, "sse", find_out)
    if kind == "sse":
        others = [client for client in answers.clients or () if client != "browser"]
        by_hand = (
            f" {' and '.join(others)} have no EventSource: there it is written by hand." if others else ""
        )
        return Statement(
            at, kind, f"Only the server sends: an event stream is enough.{by_hand}", SSE_FIRST,
            "A WebSocket would bring reconnection, resumption and heartbeats to write by hand, which an "
            "EventSource has. Take a WebSocket once clients send often, or frames are binary.",
        )  # fmt: skip
    if name is None and kind == "mqtt":
        return Statement(
            at, kind, "Devices report, and no proxy on the path speaks HTTP alone: MQTT.", FRAGILE,
            "Its frames are small, and its brokers have keep-alives, sessions and a last will.",
        )  # fmt: skip
    if figures.is_service or (name is not None and (kind != "websocket" or answers.writers is None)):
        return Statement(at, kind, f"Set by {name}.", SSE_FIRST, f"The protocol is that of {name}.")
    if answers.writers == "server":
        why = "People are shown" if answers.presence else f"Set by {name}" if name else "No browser connects"
        more = {
            "People are shown": ", so that clients send their presence upward.",
            "No browser connects": ", so that no EventSource would do the work of an event stream.",
        }.get(why, ".")
        return Statement(
            at, kind, f"{why}{more}", SSE_FIRST, "Otherwise an event stream would be the simpler one."
        )
    sender = "Devices send all the time" if answers.writers == "devices" else "Clients send as well"
    return Statement(
        at, kind, f"{sender}, so one channel goes both ways.", SSE_FIRST,
        "SSE comes first where the server alone sends; here a stream beside requests would be two things to "
        "keep alive. Polling is no way to be live: half its interval is the mean age of what is shown.",
    )  # fmt: skip


def _library(figures: Figures) -> Iterator[Statement]:
    name, platform = figures.answers.library, figures.platform
    if figures.has("no-transport"):
        return
    at = ("transport", "service" if figures.is_service else "library")
    if platform is None:
        find_out = "what carries the messages; naming it states what it fixes."
        yield undecided(
            at, {"sse": "sse-starlette", "mqtt": "mosquitto"}.get(figures.kind or "", "socket.io"), find_out
        )
    elif figures.is_named_for_other:
        yield undecided(at, name, f"{name} carries WebSockets. A stream needs HTTP alone; see `kind`.")
    else:
        yield Statement(at, name, "As answered; what it fixes by default counts as stated.")


def _path(figures: Figures) -> Statement:
    hops = figures.answers.path
    if hops is None:
        find_out = "which proxies lie between; the smallest idle timeout bounds the heartbeat."
        return undecided(("transport", "path"), ["cloudflare", "nginx"], find_out)
    if not hops:
        return Statement(("transport", "path"), "none", "Nothing lies between, as answered.")
    written_hops = [_hop(hop, figures) for hop in hops]
    unbuffered = [hop["name"] for hop in written_hops if isinstance(hop, dict) and "buffering" in hop]
    aged = [hop["name"] for hop in written_hops if isinstance(hop, dict) and "max_lifetime" in hop]
    sentences = ["From the client on, as answered."]
    if unbuffered:
        sentences.append(f"Turn response buffering off in {' and '.join(unbuffered)}.")
    if aged:
        sentences.append(
            f"Raise the age at which {' and '.join(aged)} ends a stream: its default ends each too often."
        )
    cites = EVENT_IDS if unbuffered else "websocket-proxy-timeout"
    return Statement(("transport", "path"), written_hops, " ".join(sentences), cites)


LIFETIMES = 6
"""A hop may not end connections faster than the nodes accept a sixth of them in its lifetime."""


def _hop(hop: Hop, figures: Figures) -> str | dict[str, Any]:
    """A hop by its name, with what has to be configured there."""
    if hop.idle_timeout:
        return {"name": hop.name, "idle_timeout": hop.idle_timeout}
    platform = catalogue.find(hop.name)
    parts = [part for _, part in platform.hop(figures.kind)] if platform else []
    own: dict[str, Any] = {}
    if any(part.buffering.has(True) for part in parts):
        own["buffering"] = False
    ages = [part.max_lifetime.content for part in parts if part.max_lifetime.content]
    fastest = figures.fastest_return
    if ages and fastest and ages[0].amount < LIFETIMES * fastest.amount:
        own["max_lifetime"] = written(Duration(3600.0 * -(-LIFETIMES * fastest.amount // 3600)))
    return {"name": hop.name, **own} if own else hop.name


def _heartbeat(figures: Figures) -> Iterator[Statement]:
    at, kind, interval = ("transport", "heartbeat"), figures.kind, figures.heartbeat
    fixed = dict(figures.fixed.get("heartbeat", {}))
    every = written(interval)
    why = f"Every {every}"
    if figures.narrowest:
        name, idle = figures.narrowest
        why += f", since {name} closes what is silent for {written(idle)}"
    elif figures.answers.path is None:
        why += "; half of the smallest idle timeout on the path, once you know it"
    if figures.answers.presence:
        why += "; presence wants 15s or less"
    usual = "15s where presence is shown, 2m for devices, else 25s"
    reason = f"At most half of the smallest idle timeout; {usual}. "
    if kind == "sse":
        silence = written(tolerant_silence(interval))
        value: Any = {
            "interval": every,
            "from": "server",
            "layer": "application",
            "silence_timeout": silence,
        }
        yield Statement(
            at, value, f"{why}.", EVENT_IDS,
            f"{reason}An event, and no comment: proxies count it, and a page can miss it.",
        )  # fmt: skip
        return
    if kind == "mqtt":
        value = {"interval": every, "from": "client", "layer": "application", "confirmed": True}
        value["timeout"] = written(interval * 0.5)
        yield Statement(at, value, f"{why}. This is the MQTT keep-alive.", HEARTBEAT, reason)
        return
    if figures.is_service and "interval" not in fixed:
        yield undecided(at, {"interval": "25s"}, f"how {figures.answers.library} finds a dead connection.")
        return
    if "interval" in fixed and not (fixed.get("layer") == "websocket-ping" and figures.with_browsers):
        if Duration.parse(fixed["interval"]) > interval:
            comment = f"{why}. The default of {figures.answers.library} is {fixed['interval']}."
            value = {"interval": every, "timeout": fixed.get("timeout", "10s")}
        else:
            comment = f"The default of {figures.answers.library}, which fits."
            value = {key: fixed[key] for key in ("interval", "timeout") if key in fixed}
        yield Statement(at, value, comment, HEARTBEAT, reason)
        return
    pings = {"websocket": "websocket-ping", "grpc-stream": "http2-ping"}.get(kind or "", "application")
    unseen = _unseen(pings, figures)
    timeout, misses = (Duration(5), 3) if figures.answers.presence else (Duration(10), 2)
    value = {"interval": every, "timeout": written(min(timeout, interval)), "misses": misses}
    value |= {"from": "server", "layer": "application" if unseen else pings, "confirmed": True}
    yield Statement(
        at, value, f"{why}. {unseen}", HEARTBEAT,
        f"{reason}The server sends it, since a hidden page may run its timers once a minute; each end closes "
        "the connection when nothing has come.",
    )  # fmt: skip


def _unseen(pings: str, figures: Figures) -> str:
    """Why a message of its own has to be the heartbeat, and not a ping; empty where a ping will do."""
    if figures.with_browsers:
        return "A message of your own: a script in a page cannot see pings."
    if pings == "http2-ping" and figures.blind_to_pings:
        return f"A message of your own: {' and '.join(figures.blind_to_pings)} counts no HTTP/2 pings."
    if figures.is_feed:
        return "A message in the stream itself: a ping proves the connection, not that data still come."
    return ""


def _reconnect(figures: Figures) -> Iterator[Statement]:
    if figures.is_service:
        name = figures.answers.library
        find_out = f"how the {name} client reconnects, where the catalogue does not know it."
        yield undecided(("transport", "reconnect"), {"strategy": "library-default"}, find_out)
        return
    fastest, spread = figures.fastest_return, figures.first_spread
    if fastest:
        why = (
            f"First attempts are spread over {written(spread)}: at {written(ACCEPT_RATE)} per node all are "
            f"back after {written(fastest.rounded)} at best, and half as much again leaves room."
        )
    else:
        why = f"First attempts are spread over {written(spread)}; with more clients per node it takes longer."
    least, most = figures.first_delays
    reason = (
        "A restart disconnects everyone at the same moment, and the first wave is the largest: the spread is "
        "that of the pattern, or 1.5 x connections / (nodes x accept rate) where that is longer. "
    )
    if figures.kind == "sse":
        yield Statement(
            ("transport", "retry"),
            written(least),
            "The shortest wait before a browser reconnects.",
            EVENT_IDS,
        )
        value: dict[str, Any] = {"strategy": "browser", "first_delay": f"{written(least)}..{written(most)}"}
        why += " Send each stream a `retry` of its own."
        cites = "sse-retry-flood"
        reason += (
            "An EventSource waits as long as `retry` says, so the server varies it from client to client."
        )
    else:
        value = {"strategy": "exponential", "first_delay": f"0s..{written(most)}"}
        value |= {"base": "500ms" if figures.answers.purpose == "game" else "1s", "cap": written(figures.cap)}
        value |= {"jitter": "full", "reset_after": "30s"}
        cites = BACKOFF
        reason += "The backoff starts over after 30s without a disconnect."
        if figures.kind != "mqtt":  # Its refusals name no delay.
            value["server_hint"] = "random"
            reason += " The server may name a longer, random delay."
        if "ends_on" in figures.fixed.get("reconnect", {}):
            value["supervised"] = True
            why += f" Watch the attempts: an error can end those of {figures.answers.library}."
    yield Statement(("transport", "reconnect"), value, why, cites, reason)


def _resume(figures: Figures) -> Iterator[Statement]:
    at, kept = ("transport", "resume"), figures.kept
    retention = written(figures.retention)
    long = "minutes for a page, hours for a phone" if figures.with_phones else "minutes are enough for a page"
    if figures.is_service:
        yield undecided(at, {"by": "session"}, f"what {figures.answers.library} replays, and for how long.")
    elif figures.answers.writers == "devices":
        yield Statement(at, "none", "Nothing is sent to the devices that they could miss.", FRAGILE)
    elif kept is None:
        yield undecided(
            at, {"by": "offset", "retention": "10m", "on_gap": "snapshot"}, "what may not be missed."
        )
    elif kept == "log" and figures.kind == "sse":
        yield Statement(
            ("transport", "event_ids"), True, "Each event says where it stands in the log.", EVENT_IDS
        )
        value = {"by": "last-event-id", "epoch": True, "retention": retention, "on_gap": "snapshot"}
        yield Statement(at, value, f"The log covers the usual absence: {long}.", EVENT_IDS)
    elif kept == "log":
        value = {"by": "offset", "epoch": True, "retention": retention, "on_gap": "snapshot"}
        reason = "An offset names its log (`epoch`), and a client whose offset is too old gets a snapshot."
        yield Statement(at, value, f"A log to replay from: {long}.", "reconnection-state-loss", reason)
    else:
        value = {"by": "snapshot"}
        comment = "A client that returns gets the current state, and misses nothing."
        yield Statement(
            at, value, comment, "reconnection-state-loss", "What was sent in between is in the state."
        )
