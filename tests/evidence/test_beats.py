"""Heartbeats that a program sends by its own code."""

from __future__ import annotations

import pytest
from deployments import gathered, stated

INTERVAL = "transport.heartbeat.interval"

CLIENT = """
    const EVERY = 30000;
    const socket = new WebSocket("/live");
    setInterval(() => { %s }, %s);
"""


@pytest.mark.parametrize(
    ("sent", "every", "interval"),
    [
        ('socket.send(JSON.stringify({ type: "ping" }))', "25000", "25s"),
        ("if (socket.readyState === 1) socket.send('ping')", "EVERY", "30s"),
        ('socket.send(JSON.stringify({ event: "heartbeat" }))', "10 * 1000", "10s"),
        ('socket.send(JSON.stringify({ type: "typing" }))', "25000", None),
        ("refresh()", "25000", None),
        ('socket.send("ping")', "wait()", None),
    ],
)
def test_a_client_sends_a_message_that_is_called_so(sent: str, every: str, interval: str | None) -> None:
    """By a timer whose span stands there."""
    found = stated("code", "web/live.ts", CLIENT % (sent, every))
    assert found.get(INTERVAL) == interval
    if interval:
        assert found["transport.heartbeat.layer"] == "application"
        assert found["transport.heartbeat.from"] == "client"


SERVER = """
    import asyncio
    from fastapi import FastAPI, WebSocket
    app = FastAPI()

    @app.websocket("/live")
    async def live(socket: WebSocket):
        %s
"""


@pytest.mark.parametrize(
    ("body", "interval"),
    [
        (
            'while True:\n            await socket.send_json({"type": "ping"})\n'
            "            await asyncio.sleep(20)",
            "20s",
        ),
        (
            "while True:\n            try:\n"
            "                await asyncio.wait_for(socket.receive_text(), timeout=30.0)\n"
            "            except asyncio.TimeoutError:\n"
            '                await socket.send_json({"type": "ping"})',
            "30s",
        ),
        (
            "while True:\n            await socket.send_json(prices())\n            await asyncio.sleep(1)",
            None,
        ),
        (
            "while True:\n            await asyncio.sleep(1)\n"
            '        await socket.send_json({"type": "ping"})',
            None,
        ),
        ("await asyncio.wait_for(work(), timeout=30)", None),
    ],
)
def test_a_server_of_python_sends_one_in_a_loop(body: str, interval: str | None) -> None:
    """Or where nothing came for a while; what else it sends and waits for is none."""
    assert stated("code", "api/live.py", SERVER % body).get(INTERVAL) == interval


def test_the_heartbeat_of_a_client_is_told_where_the_server_has_none() -> None:
    """A server of ASGI has its own beside it, which is answered in its own time."""
    files = {
        "compose.yml": "services: {api: {build: ./api, command: 'uvicorn main:app', ports: ['80:80']}}",
        "api/main.py": SERVER % "pass",
        "web/live.ts": CLIENT % ("socket.send('ping')", "25000"),
    }
    (way,) = gathered(files).ways
    facts = {".".join(map(str, fact.field)): fact.value for fact in way.facts}
    assert (facts[INTERVAL], facts.get("transport.heartbeat.timeout")) == ("25s", None)
