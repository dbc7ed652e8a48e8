"""How libraries write the interval of their own heartbeat."""

from __future__ import annotations

import re
from typing import NamedTuple


class Pulse(NamedTuple):
    """How a library writes the interval of its own heartbeat, and which streams it keeps open."""

    setting: re.Pattern[str]
    kind: str


PULSES = {
    "socket.io": Pulse(re.compile(r"\bpingInterval\b"), "websocket"),
    "python-socketio": Pulse(re.compile(r"\bping_interval\b"), "websocket"),
    "websockets": Pulse(re.compile(r"\bping_interval\b"), "websocket"),
    "sse-starlette": Pulse(re.compile(r"\bping\b"), "sse"),
}
"""Libraries whose server alone sends heartbeats. Of others a client may send some too."""
