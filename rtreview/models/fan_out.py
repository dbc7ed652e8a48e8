"""How one message becomes many."""

from __future__ import annotations

from rtreview.quantities.quantity import Bandwidth, Count, Duration, Rate, Ratio, Size


def deliveries(rate: Rate, active: Ratio, members: Count) -> Rate:
    """Deliveries in a room: active senders times their rate times the other members, s f (n - 1).

    At least one member sends.
    """
    senders = max(1.0, active.amount * members.amount)
    return rate * (senders * max(0.0, members.amount - 1))


def publish(rate: Rate, viewers: Count) -> Rate:
    """Deliveries of messages that arrive at a rate and go to every viewer: f n."""
    return rate * viewers.amount


def bytes_sent(delivered: Rate, size: Size) -> Bandwidth:
    """Payload that these deliveries send, without framing (2 to 14 bytes) and TLS (22 to 29 bytes)."""
    return Bandwidth(delivered.amount * size.amount)


def time_to_last(members: Count, send_cost: Duration) -> Duration:
    """How long one process needs to send one message to every member: n c."""
    return send_cost * members.amount


def utilisation(published: Rate, members: Count, send_cost: Duration) -> Ratio:
    """Share of its time that the one process of a room spends sending: f n c. From 1 on it falls behind."""
    return Ratio(published.amount * members.amount * send_cost.amount)


def nodes_reached(nodes: Count, members: Count) -> Count:
    """Nodes that hold at least one of n members who are spread at random: S (1 - (1 - 1/S)^n)."""
    return Count(nodes.amount * (1 - (1 - 1 / nodes.amount) ** members.amount))
