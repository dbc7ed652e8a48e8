"""Paths at which known servers take connections, and the kind of transport that each of them is for.

Centrifugo: centrifugal.dev/docs/transports/overview. Action Cable: guides.rubyonrails.org,
`mount_path`; AnyCable: docs.anycable.io, `--path`. Phoenix: hexdocs.pm/phoenix/Phoenix.Endpoint.html.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rtreview.evidence.deployment import Fact, Route

_CABLE = {"/cable": "websocket"}
_PHOENIX = {"/live/websocket": "websocket", "/socket/websocket": "websocket"}

ENDPOINTS: Mapping[str, Mapping[str, str]] = {
    "centrifugo": {
        "/connection/websocket": "websocket",
        "/connection/uni_websocket": "websocket",
        "/connection/sse": "sse",
        "/connection/uni_sse": "sse",
        "/connection/http_stream": "http-stream",
        "/connection/uni_http_stream": "http-stream",
    },
    "actioncable": _CABLE,
    "anycable": _CABLE,
    "phoenix": _PHOENIX,
}
"""By what the catalogue calls the server, without its version."""

PATHS: Mapping[str, str] = {"socket.io": "/socket.io"}
"""Where a library takes connections of whatever kind (socket.io/docs/v4/server-options/#path)."""


def kinds(servers: Iterable[str], routes: Iterable[Route]) -> Iterator[Fact]:
    """The kind of transport that the paths of routes are for, where they all say one and the same."""
    known = [ENDPOINTS.get(server.partition("@")[0], {}) for server in servers]
    said = [(at[path], route) for route in routes for at in known if (path := route.prefix.rstrip("/")) in at]
    if len({kind for kind, _ in said}) == 1:
        kind, route = said[0]
        yield Fact(("transport", "kind"), kind, route.line, remark="by the path of the server")
