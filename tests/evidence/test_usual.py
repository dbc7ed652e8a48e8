"""What a server does by itself that a command starts, where no flag of it says otherwise."""

from __future__ import annotations

import pytest
from deployments import gathered

from rtreview.evidence.deployment import Fact

FASTAPI = """
from fastapi import FastAPI, WebSocket
app = FastAPI()
@app.websocket("/ws")
async def live(socket: WebSocket): ...
"""
INTERVAL, TIMEOUT = ("transport", "heartbeat", "interval"), ("transport", "heartbeat", "timeout")
LIBRARY = ("transport", "library")


def found(command: str, program: str = FASTAPI, **others: str) -> dict[object, Fact]:
    """What a way to a service of Compose fixes, by its fields."""
    compose = f"""
        services:
          api:
            build: ./api
            command: {command}
            ports: ["8000:8000"]
    """
    (way,) = gathered({"compose.yml": compose, "api/main.py": program, **others}).ways
    return {fact.field: fact for fact in way.facts}


@pytest.mark.parametrize(
    ("command", "interval", "timeout"),
    [
        ("uvicorn main:app", "20s", "20s"),
        ("uvicorn main:app --port $PORT", "20s", "20s"),
        ("daphne -p 8000 main:app", "20s", "30s"),
    ],
)
def test_a_server_of_asgi_pings_by_itself(command: str, interval: str, timeout: str) -> None:
    """At the line of the command, as its default."""
    facts = found(command)
    assert (facts[INTERVAL].value, facts[TIMEOUT].value) == (interval, timeout)
    assert facts[INTERVAL].is_default
    assert facts[INTERVAL].line.text == f"command: {command}"


def test_a_flag_goes_before_what_is_usual() -> None:
    """What it leaves stays."""
    facts = found("uvicorn main:app --ws-ping-interval 5")
    assert (facts[INTERVAL].value, facts[TIMEOUT].value) == ("5s", "20s")
    assert not facts[INTERVAL].is_default


@pytest.mark.parametrize("flag", ["--ws wsproto", "--ws=none", "$ARGUMENTS"])
def test_nothing_is_usual_where_the_command_leaves_it_open(flag: str) -> None:
    """Another implementation has no pings, and a variable may say anything."""
    assert INTERVAL not in found(f"uvicorn main:app {flag}")


def test_a_server_holds_what_a_framework_takes() -> None:
    """The framework leaves its WebSockets to that; a library of its own says what it is."""
    assert found("uvicorn main:app")[LIBRARY].value == "uvicorn"
    consumer = "from channels.generic.websocket import AsyncWebsocketConsumer\n"
    assert found("daphne main:app", consumer)[LIBRARY].value == "django-channels"


def test_a_library_with_a_protocol_of_its_own_has_heartbeats_of_its_own() -> None:
    """Those of the server below come beside them."""
    program = "import socketio\nio = socketio.AsyncServer(async_mode='asgi')\n"
    assert INTERVAL not in found("uvicorn main:app", program)


def test_a_stream_of_events_has_no_pings() -> None:
    """They are of WebSockets alone."""
    program = (
        "from fastapi.responses import StreamingResponse\n"
        "def live():\n    return StreamingResponse(events(), media_type='text/event-stream')\n"
    )
    assert INTERVAL not in found("uvicorn main:app", program)


def test_the_command_of_an_image_and_of_a_container_count_too() -> None:
    """Wherever it stands."""
    dockerfile = 'FROM python\nCMD ["uvicorn", "main:app"]'
    (way,) = gathered(
        {
            "compose.yml": "services:\n  api: {build: ./api, ports: ['8000:8000']}",
            "api/main.py": FASTAPI,
            "api/Dockerfile": dockerfile,
        }
    ).ways
    assert next(fact for fact in way.facts if fact.field == INTERVAL).line.file == "api/Dockerfile"
    pod = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: api}
        spec:
          template:
            metadata: {labels: {app: api}}
            spec:
              containers:
                - name: api
                  image: acme/api
                  command: ["uvicorn", "main:app"]
                  args: ["--workers", "3", "--ws-ping-interval", "9"]
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: api}
        spec: {type: LoadBalancer, selector: {app: api}, ports: [{port: 80}]}
    """
    (way,) = gathered({"k8s/api.yaml": pod, "api/main.py": FASTAPI}).ways
    facts = {fact.field: fact for fact in way.facts}
    assert facts["topology", "node", "processes"].value == 3
    assert (facts[INTERVAL].value, facts[TIMEOUT].value) == ("9s", "20s")


def test_what_the_environment_sets_goes_before_what_is_usual() -> None:
    """Of a service, of a container, and of an image; the library is the same."""
    compose = "services:\n  api:\n    build: ./api\n    ports: ['80:80']\n"
    setting = "UVICORN_WS_PING_INTERVAL"
    of_image = f"FROM python\nENV {setting}=90\nCMD uvicorn main:app"
    for files in (
        {"compose.yml": f"{compose}    command: uvicorn main:app\n    environment: {{{setting}: 90}}"},
        {"compose.yml": compose, "api/Dockerfile": of_image},
    ):
        (way,) = gathered({**files, "api/main.py": FASTAPI}).ways
        facts = {fact.field: fact.value for fact in way.facts}
        assert (facts[LIBRARY], INTERVAL in facts) == ("uvicorn", False)
