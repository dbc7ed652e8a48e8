"""What the settings of libraries come to in a spec, by what is written."""

from __future__ import annotations

from collections.abc import Callable

from rtreview.evidence.readers.programs.literals import NONE


def words(text: str) -> tuple[str, ...]:
    """The words in quotes of a list; none where it is no list of such."""
    inner = text.strip().removeprefix("[").removesuffix("]").strip(" ,\n")
    parts = [part.strip() for part in inner.split(",")]
    is_list = text.strip()[:1] == "[" and all(part[:1] in "\"'" and part[:1] == part[-1:] for part in parts)
    return tuple(part.strip("\"'") for part in parts) if is_list else ()


def socket_io_kind(text: str) -> str | None:
    """The transport that a list of transports of Socket.IO ends at: the WebSocket, where it is among them."""
    return {("websocket",): "websocket", ("polling",): "long-polling", _BOTH: "websocket"}.get(
        _transports(text)
    )


def socket_io_fallback(text: str) -> str | None:
    """What is left where that is not possible."""
    return {("websocket",): NONE, ("polling",): NONE, _BOTH: "long-polling"}.get(_transports(text))


_BOTH = ("polling", "websocket")


def _transports(text: str) -> tuple[str, ...]:
    return tuple(sorted(words(text)))


_SOCKJS = {"xhr-streaming": "http-stream", "iframe-eventsource": "sse", "eventsource": "sse",
           "xhr-polling": "long-polling", "jsonp-polling": "long-polling"}  # fmt: skip
"""Transports of SockJS beside the WebSocket, by the kinds of a spec."""


def sockjs_kind(text: str) -> str | None:
    """The transport that SockJS tries first, where it is the WebSocket."""
    return "websocket" if "websocket" in words(text) else None


def sockjs_fallback(text: str) -> str | None:
    """What is left without it, where all of the others are of one kind."""
    others = [_SOCKJS.get(word) for word in words(text) if word != "websocket"]
    if "websocket" not in words(text) or len(set(others)) > 1:
        return None
    return others[0] if others else NONE


_SIGNALR = {"WebSockets": "websocket", "ServerSentEvents": "sse", "LongPolling": "long-polling"}
"""Transports of SignalR, by the kinds of a spec."""


def signalr_kind(text: str) -> str | None:
    """The only transport that a client of SignalR is allowed; None where it has a choice."""
    owner, _, name = text.rpartition(".")
    return _SIGNALR.get(name) if owner.rpartition(".")[2] == "HttpTransportType" else None


def signalr_fallback(text: str) -> str | None:
    """What is left without it: nothing."""
    return NONE if signalr_kind(text) else None


def says(value: str) -> Callable[[str], str]:
    """What is so by the setting alone, whatever it is set to."""
    return lambda _: value


def session(text: str) -> str | None:
    """How clients resume, where there is a recovery of their sessions."""
    return "session" if text[:1] == "{" else None


def overflow(text: str) -> str | None:
    """What Bun and uWebSockets do where `closeOnBackpressureLimit` is set."""
    return {"true": "disconnect", "false": "drop-newest"}.get(text)


def pings(text: str) -> str | None:
    """The layer of a heartbeat that the server has by a switch."""
    return {"true": "websocket-ping"}.get(text)


def negated(text: str) -> bool | None:
    """Whether something is on that a switch turns off."""
    return {"true": False, "false": True}.get(text)


def deflate(text: str) -> bool | None:
    """Whether messages are compressed, by the name of the method."""
    return {"None": False, '"deflate"': True, "'deflate'": True}.get(text)


_BACKENDS = {"channels_redis": "redis", "channels_postgres": "postgresql", "channels_rabbitmq": "rabbitmq"}
"""Packages of channel layers of Django, and what each keeps its messages in."""


def backend(text: str) -> str | None:
    """The package of the backend of a channel layer of Django, `channels_redis.core.RedisChannelLayer`."""
    package = text.strip("\"'").split(".")[0]
    return package if package in _BACKENDS else None


def layer(text: str) -> str | None:
    """What a channel layer of Django keeps its messages in."""
    if text.strip("\"'") == "channels.layers.InMemoryChannelLayer":
        return NONE
    return _BACKENDS.get(backend(text) or "")


def queue(text: str) -> str | None:
    """What joins the nodes, by the address of a message queue."""
    scheme = text.strip("\"'").partition("://")[0]
    return {"redis": "redis", "rediss": "redis", "amqp": "rabbitmq", "kafka": "kafka"}.get(scheme)


def ratio(text: str) -> str | None:
    """A share between 0 and 1, in percent."""
    try:
        share = float(text)
    except ValueError:
        return None
    return f"{share * 100:g}%" if 0 <= share <= 1 else None


def _is_on(text: str) -> bool | None:
    """Whether a transport of Phoenix is on; a list of its settings turns it on."""
    return {"true": True, "false": False}.get(text, True if text[:1] == "[" else None)


def phoenix_kind(text: str) -> str | None:
    """Without the WebSocket long polling is all that a socket can have."""
    is_on = _is_on(text)
    return None if is_on is None else "websocket" if is_on else "long-polling"


def phoenix_fallback(text: str) -> str | None:
    """What is left beside the WebSocket of Phoenix."""
    is_on = _is_on(text)
    return None if is_on is None else "long-polling" if is_on else NONE


def first_of_java(text: str) -> str:
    """The first number of `new long[] {10000, 20000}`."""
    return text.partition("{")[2].partition(",")[0]
