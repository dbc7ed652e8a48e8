"""What pages say of the client that they load."""

from __future__ import annotations

import pytest
from deployments import gathered, stated, stations


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("https://cdn.socket.io/4.5.4/socket.io.min.js", "socket.io@4"),
        ("https://cdn.socket.io/socket.io-2.4.0.js", "socket.io@2"),
        ("https://cdnjs.cloudflare.com/ajax/libs/socket.io/4.0.1/socket.io.js", "socket.io@4"),
        ("https://cdn.jsdelivr.net/npm/socket.io-client@4/dist/socket.io.js", "socket.io@4"),
        ("https://unpkg.com/@microsoft/signalr@8.0.0/dist/browser/signalr.js", "signalr"),
        ("https://cdnjs.cloudflare.com/ajax/libs/microsoft-signalr/8.0.0/signalr.min.js", "signalr"),
        ("https://cdn.jsdelivr.net/npm/@stomp/stompjs@7.0.0/bundles/stomp.umd.min.js", "@stomp/stompjs@7"),
        ("https://js.pusher.com/8.2.0/pusher.min.js", "pusher-js"),
        ("/socket.io/socket.io.js", "socket.io"),
    ],
)
def test_the_address_of_a_script_names_a_client(address: str, client: str) -> None:
    """With its major version, where the name has one; what the server serves is of the server's version."""
    text = f'<head>\n<script defer src="{address}"></script>\n</head>'
    assert stated("pages", "web/index.html", text) == {"transport.client_library": client}


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.jsdelivr.net/npm/vue@3"></script>',
        '<script src="/js/socket.io.js"></script>',
        '<!--\n<script src="/socket.io/socket.io.js"></script>\n-->\n<script>run()</script>',
        "<p>https://cdn.socket.io/4.5.4/socket.io.min.js</p><script>run()</script>",
        '<script src="https://cdn.socket.io/1.7.4/socket.io.min.js"></script>',
    ],
)
def test_other_scripts_say_nothing(text: str) -> None:
    """Nor does a comment, an address that is no script, or a version that nobody knows here."""
    assert not stations("pages", {"web/index.html": text})


def test_a_page_without_a_manifest_is_the_client_of_what_runs() -> None:
    """It lies in a folder of its own, beside the server."""
    (way,) = gathered(
        {
            "compose.yml": "services: {chat: {build: ./chat, ports: ['80:80']}}",
            "chat/package.json": '{"dependencies": {"socket.io": "^4.7.0"}}',
            "web/index.html": '<script src="https://cdn.socket.io/4.7.0/socket.io.js"></script>',
        }
    ).ways
    named = [fact.line.file for fact in way.facts if fact.field == ("transport", "client_library")]
    assert named == ["web/index.html"]
