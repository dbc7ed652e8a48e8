"""What travels in datagrams: whether it gets through and fits, and how much of it one client takes."""

from rtreview.language.design import Connection, Feature
from rtreview.language.field import NotApplicable, Undecided, Unstated
from rtreview.language.sections.workload import MACHINES
from rtreview.numbers.expression import Measure
from rtreview.quantities.quantity import Count, Size
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

DATAGRAMS = ("webrtc", "webtransport", "udp")
"""Kinds that travel in UDP."""

IN_STREAMS = ("tcp", "websocket", "grpc-stream", "http-stream", "sse", "long-polling", "polling")
"""What carries a message of any size, beside datagrams (too-large-for-one-message)."""

A_DATAGRAM = Size(1400)
"""What a datagram carries on nearly every path: 1,500 B of Ethernet less headers and tunnels (RFC 8085)."""

A_CHANNEL_MESSAGE = Size(256 * 1024)
"""The largest message of a data channel in today's browsers (max-message-size, RFC 8841)."""

A_MESH = Count(6)
"""Up to this many members each can send its camera to each other one (media-of-everyone)."""

A_SCREEN = Count(16)
"""Up to this many streams a client can take and decode (media-of-everyone)."""


@rule
def closed_network_no_path(connection: Connection) -> Outcomes:
    """Datagrams are all that there is, and some networks let none through."""
    transport = connection.transport
    kind, relay, fallback = transport.kind, transport.relay, transport.fallback
    if not kind.has(*DATAGRAMS):
        raise NotApplicable("nothing is said to travel in datagrams")
    if connection.workload.only(*MACHINES):
        raise NotApplicable("only machines connect, whose network is known")
    if transport.path.is_none:
        raise NotApplicable("nothing lies on the path")
    if transport.service.content:
        raise NotApplicable(f"{transport.service} brings its relays")
    if fallback.content and not fallback.has(*DATAGRAMS):
        yield Passed(f"where no datagram gets through, {fallback} is used")
    elif "tls" in (relay.content or ()):
        yield Passed(f"a relay is reached over {relay}")
    elif "tcp" in (relay.content or ()):
        yield Violated(
            "The relay is reached over TCP, and not over TLS on port 443: networks that let out nothing but "
            "the web leave their users out.",
            relay,
            (kind,),
            when="a relay takes TCP",
        )
    elif not relay.is_stated and (kind.has("webrtc") or not fallback.is_stated):
        raise Undecided(relay if kind.has("webrtc") else fallback)
    else:
        ways = [part for part in (fallback, relay) if part.is_stated]
        has_relay = "its relay is reached by datagrams too" if relay.content else "there is no other way"
        yield Violated(
            f"A {kind} connection travels in datagrams, which guest, office and hotel networks drop, and "
            f"{has_relay}: their users cannot take part.",
            ways[0],
            (kind,),
        )


@rule
def too_large_for_one_message(feature: Feature) -> Outcomes:
    """The state, or a message, is larger than what the transport carries at once."""
    transport, delivery, sync = feature.transport, feature.sync.delivery, feature.sync
    pieces, largest, kind = delivery.chunked, transport.max_message, transport.kind
    state = sync.snapshot.size
    fetched = sync.join.order.has("subscribe-first", "fetch-first", "fetch-then-replay")
    has_state = state.is_there and not fetched
    if not (has_state or kind.has("udp")):
        raise NotApplicable("no state travels in one message, and no datagram")
    if pieces.content:
        yield Passed("what is larger is sent in pieces, or by another way")
        return
    if largest.content is None and not kind.has("webrtc", "udp"):
        raise NotApplicable(f"nothing is said to limit a message of {kind.content or 'this transport'}")
    limit: Measure = largest
    than, is_stated = "the largest message", True
    if kind.has("udp") and (largest.content is None or largest.content > A_DATAGRAM):
        limit, than, is_stated = A_DATAGRAM, "what one datagram carries", False
    elif largest.content is None:
        limit, than, is_stated = A_CHANNEL_MESSAGE, "the largest message of a data channel", False
    sizes = feature.workload.messages.size
    usual = sizes.max if sizes.max.is_stated else sizes.typical
    said = [(state, "the whole state")] if has_state else []
    if kind.has("udp") and not is_stated:
        said += [(size, "the largest message") for size in (largest, usual) if size.is_stated][:1]
    if not said:
        raise Undecided(state)
    for size, what in said:
        verdict = Limit(what, size, than, limit, or_equal=True, propose=()).judge()
        beside = kind.includes(*IN_STREAMS) or transport.fallback.has(*IN_STREAMS)
        if isinstance(verdict, Violated) and beside and not is_stated:
            # Which of the two carries what is large is open.
            raise Undecided(kind if pieces.is_stated else pieces)
        if isinstance(verdict, Violated) and not (is_stated or pieces.is_stated):
            if size is not state and delivery.channel.reliable.content:
                raise Undecided(pieces)
            raise Unstated(pieces, message=f"{verdict.message} The spec does not say `{pieces.dotted}`.")
        yield verdict


@rule
def media_of_everyone(feature: Feature) -> Outcomes:
    """Each member sends to, or is sent the streams of, all others."""
    members, streams = feature.room.content, feature.fan_out.streams
    if not feature.serves("media"):
        raise NotApplicable("no sound or pictures are sent")
    is_mesh = feature.sync.topology.has("peer-to-peer")
    if streams.content is not None and streams.content <= (A_MESH if is_mesh else A_SCREEN):
        yield Passed(f"a client is sent {streams} streams at most")
        return
    if not is_mesh and feature.has_one_writer:
        raise NotApplicable("there is one source, and a server sends it on")
    if members is None and streams.is_none and not feature.room.is_vague and not is_mesh:
        yield Violated(
            "Each client is sent the streams of all who are in the room, however many they are."
            f" Cleared where `{feature.room.dotted}` is at most {A_SCREEN}.",
            streams,
            when="the number of members is not stated",
        )
        return
    if members is None:
        raise Undecided(feature.room)
    if members <= (A_MESH if is_mesh else A_SCREEN):
        yield Passed(f"a room has at most {members} members")
    elif is_mesh:
        others = members.amount - 1
        often = min(others, streams.content.amount) if streams.content is not None else others
        yield Violated(
            f"Media travels from peer to peer in rooms of {members}: each is sent {often:.0f} times by its "
            "source, and uplink and encoder end at a handful.",
            feature.sync.topology,
            (feature.room,),
        )
    elif streams.is_none or streams.content is not None:
        most = f"up to {streams}" if streams.content is not None else "all"
        yield Violated(
            f"In a room of {members} each client is sent the streams of {most}: a phone can neither take nor "
            "decode them.",
            streams,
            (feature.room,),
        )
    else:
        raise Undecided(streams)
