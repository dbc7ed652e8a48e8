"""What a configuration of HAProxy fixes."""

from __future__ import annotations

import pytest
from deployments import fact, fixed, only, spec_of, stations

from rtreview.evidence.deployment import Route, Station
from rtreview.quantities.quantity import Count


def proxy(text: str, name: str = "haproxy.cfg") -> Station:
    """The one station of a configuration."""
    return only("HAProxy", {name: text})


def route(
    *, defaults: str = "", front: str = "", back: str = "server a a:3000", head: str = "global"
) -> Route:
    """The one route of a frontend and its backend."""
    web = f"frontend web\nbind :80\n{front}\ndefault_backend chat"
    (only,) = proxy(f"{head}\ndefaults\n{defaults}\n{web}\nbackend chat\n{back}").routes
    return only


def idle(found: Route, kind: str) -> object:
    """Which silence ends a connection of a kind."""
    return next(
        fact.value
        for fact in found.facts
        if fact.field == ("idle_timeout",) and (not fact.kinds or kind in fact.kinds)
    )


def test_a_tunnel_has_a_timeout_of_its_own() -> None:
    """For what is upgraded, and for nothing else."""
    found = route(defaults="timeout client 30s\ntimeout server 40s\ntimeout tunnel 1h")
    assert (idle(found, "websocket"), idle(found, "sse")) == ("1h", "40s")


def test_without_one_the_smaller_of_client_and_server_ends_an_upgraded_connection() -> None:
    """Whichever side it is."""
    assert idle(route(defaults="timeout client 30s\ntimeout server 40s"), "websocket") == "30s"
    assert idle(route(defaults="timeout client 50s\ntimeout server 40s"), "websocket") == "40s"
    assert idle(route(defaults="timeout client 50s"), "websocket") == "50s"


def test_a_bare_number_is_in_milliseconds() -> None:
    """As the manual has it, whatever the one who wrote 3600 thought."""
    assert idle(route(defaults="timeout tunnel 3600"), "websocket") == "3600ms"
    assert idle(route(defaults="timeout tunnel 50000"), "websocket") == "50s"


def test_a_timeout_of_nought_and_one_that_is_unset_end_nothing() -> None:
    """The second by the default of HAProxy."""
    assert idle(route(defaults="timeout tunnel 0"), "websocket") == "none"
    found = fact(route(), "idle_timeout")
    assert (found.value, found.decided_by, found.line.text) == ("none", "default of haproxy", "backend chat")


def test_an_own_timeout_comes_before_that_of_the_defaults() -> None:
    """Of the backend for the server, of the frontend for the client."""
    found = route(
        defaults="timeout client 30s\ntimeout server 30s",
        front="timeout client 2m",
        back="timeout server 90s\nserver a a:3000",
    )
    assert idle(found, "websocket") == "90s"


def test_sections_inherit_from_the_last_defaults_or_from_those_that_they_name() -> None:
    """And `defaults` from no other unless they say so."""
    text = """
        defaults slow
            timeout tunnel 2h
        defaults quick from slow
            timeout server 10s
        defaults plain
            timeout server 20s
        listen a from quick
            server a a:1
        listen b
            server b b:1
    """
    first, second = proxy(text).routes
    assert (idle(first, "websocket"), idle(first, "sse")) == ("2h", "10s")
    assert (idle(second, "websocket"), idle(second, "sse")) == ("20s", "20s")


def test_defaults_that_inherit_from_themselves_end() -> None:
    """They have only what they say."""
    text = "defaults a from a\ntimeout server 10s\nlisten b from a\nserver b b:1"
    assert idle(proxy(text).routes[0], "sse") == "10s"


def test_below_http_every_connection_is_a_tunnel() -> None:
    """`mode tcp` knows no requests."""
    found = route(defaults="mode tcp\ntimeout client 1m\ntimeout server 1m\ntimeout tunnel 1h")
    assert [(each.value, each.kinds) for each in found.facts if each.field == ("idle_timeout",)] == [
        ("1h", frozenset())
    ]


def test_a_connect_timeout_a_check_and_a_comment_are_no_facts() -> None:
    """Nor is what another section says."""
    found = route(
        defaults="timeout connect 5s\ntimeout check 6s # timeout server 9s\ntimeout client-fin 7s",
        back="option httpchk\nserver a a:1\npeers others\ntimeout server 3s",
    )
    assert {each.value for each in found.facts if each.field == ("idle_timeout",)} == {"none"}


def test_a_template_leaves_what_it_puts_in_open() -> None:
    """A value, a line that stands there only sometimes, and an absence where more is put in."""
    assert idle(route(defaults="timeout tunnel {{ tunnel }}"), "websocket") is None
    assert idle(route(defaults='timeout tunnel "${TUNNEL}"'), "websocket") is None
    assert idle(route(defaults="{% if long %}\ntimeout tunnel 1h\n{% endif %}"), "websocket") is None
    assert idle(route(defaults="{{ more_defaults }}"), "websocket") is None
    assert idle(route(defaults="{% set x = 1 %}\ntimeout tunnel 1h"), "websocket") == "1h"


def test_a_part_of_a_configuration_leaves_absences_open() -> None:
    """Its defaults stand in another file."""
    (station,) = stations("HAProxy", {"haproxy/chat.cfg": "listen chat\nbind :80\nserver a a:1"})
    assert idle(station.routes[0], "websocket") is None


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        ("balance source", "address-hash"),
        ("balance hash src", "address-hash"),
        ("balance leastconn", "none"),
        ("balance hdr(X-Room)", None),
        ("", "none"),
        ("cookie node insert indirect", "none"),
        ("cookie node insert dynamic", "cookie"),
        ("stick-table type ip size 1m\nstick on src", "address-hash"),
        ("stick-table type string size 1m\nstick on req.cook(sid)", None),
    ],
)
def test_a_backend_says_how_clients_are_kept(lines: str, value: str | None) -> None:
    """A cookie needs a value for each server, or `dynamic`."""
    assert fixed(route(back=f"{lines}\nserver a a:1\nserver b b:1").facts)["affinity"] == value


def test_a_cookie_comes_before_the_balance() -> None:
    """Where each server has its value."""
    back = "balance leastconn\ncookie node prefix\nserver a a:1 cookie a\nserver b b:1 cookie b"
    found = fact(route(back=back), "affinity")
    assert (found.value, found.line.text) == ("cookie", "cookie node prefix")


def test_servers_that_take_connections_are_nodes() -> None:
    """Not those that wait for the failure of others; slots for the addresses of a name may stay empty."""
    found = route(back="server a a:1\nserver b b:1\nserver c c:1 backup\nserver d d:1 disabled")
    assert fixed(found.facts)["topology.nodes"] == 2
    assert found.targets == ("a", "b", "c", "d")
    slots = fact(route(back="server-template chat 1-9 chat.local:3000"), "topology.nodes")
    assert (slots.value, slots.decided_by) == (None, "as many as `chat.local` has addresses, at most 1-9")
    assert fixed(route(back="{% for x in y %}\nserver a a:1\n{% endfor %}").facts)["topology.nodes"] is None


def test_the_smallest_limit_of_clients_holds() -> None:
    """Of the frontend, and of the whole process; each server has its own."""
    found = fixed(
        route(
            head="global\nmaxconn 5000", front="maxconn 4000", back="default-server maxconn 90\nserver a a:1"
        ).facts
    )
    assert (found["max_connections"], found["topology.node.max_connections"]) == (4000, 90)
    assert fixed(route(head="global\nmaxconn 3000", front="maxconn 4000").facts)["max_connections"] == 3000


def test_an_old_process_may_go_on_for_so_long() -> None:
    """Without a unit it is in milliseconds too."""
    text = "global\nhard-stop-after {}\nlisten a\nserver a a:1"
    assert fixed(proxy(text.format("10m")).facts) == {"drain": "10m"}
    assert fixed(proxy(text.format("30000")).facts) == {"drain": "30s"}


def test_the_next_hop_learns_the_address_of_the_client() -> None:
    """By a header, wherever it is asked for."""
    assert fixed(route(back="option forwardfor\nserver a a:1").facts)["passes_address"] is True
    assert "passes_address" not in fixed(route().facts)


def test_conditions_choose_a_backend() -> None:
    """By the beginning of a path, the header of an upgrade or of an event stream, in any spelling."""
    text = """
        frontend web
            bind :80
            acl is_chat path_beg /chat /talk
            acl is_socket hdr(Upgrade) -i websocket
            acl is_site hdr(host) -i chat.example.org
            use_backend chat if is_chat is_site !is_socket
            use_backend sockets if is_socket or { path -m beg /ws }
            use_backend events if { req.hdr(accept) -m sub text/event-stream }
            use_backend exact if { path /live }
            use_backend files if { path_end -i .png }
            default_backend site
        backend chat
            server a chat:1
        backend sockets
            server a sockets:1
    """
    found = [(route.prefix, set(route.carries), route.targets[0]) for route in proxy(text).routes]
    assert found == [
        ("/chat", set(), "chat"),
        ("/talk", set(), "chat"),
        ("", {"websocket"}, "sockets"),
        ("/ws", set(), "sockets"),
        ("", {"sse"}, "events"),
        ("= /live", set(), "exact"),
        (r"~ \.png$", set(), "files"),
        ("", set(), "site"),
    ]


def test_a_backend_that_is_not_there_leaves_its_timeouts_open() -> None:
    """It may stand in another file."""
    text = "frontend a\nbind :80\ntimeout client 5s\ndefault_backend gone"
    assert fact(proxy(text).routes[0], "idle_timeout").is_open


def test_addresses_lead_to_hosts() -> None:
    """Without ports, and in any family."""
    back = 'server a ipv4@chat:1\nserver b [2001:db8::1]:2\nserver c "chat.default.svc:3000"'
    assert route(back=back).targets == ("chat", "2001:db8::1", "chat.default.svc")


def test_what_listens_to_others_publishes_it() -> None:
    """Statistics pass nothing on, and a socket of this machine is for this machine."""
    text = """
        listen stats
            bind :8404
            stats enable
        frontend web
            bind 127.0.0.1:81
            bind *:80
            default_backend chat
        backend chat
            server a a:1
    """
    station = proxy(text)
    assert station.entrance is not None
    assert station.entrance.text == "bind *:80"


def test_every_value_is_one_that_a_spec_may_have() -> None:
    """As it stands."""
    text = """
        global
            hard-stop-after 90s
            maxconn 9000
        listen a
            timeout client 1500
            timeout server 0
            option forwardfor
            balance source
            server a a:1 maxconn 80
            server b b:1 maxconn 80
    """
    assert spec_of([proxy(text)]).topology.node.max_connections.content == Count(80)


def test_a_file_that_only_looks_like_one_is_none() -> None:
    """By its sections."""
    assert not stations(
        "HAProxy", {"setup.cfg": "[metadata]\nname = chat\n", "haproxy/values.yaml": "backend x"}
    )


@pytest.mark.parametrize(
    "text",
    [
        'listen a\n"',
        "listen\nlisten a\nserver\nserver a\ntimeout\ntimeout client\nbind\nacl\nuse_backend\nserver b b",
        "defaults from\nlisten a from\nserver a a\ncookie\nbalance\nstick on\nserver-template a\nmaxconn "
        + "9" * 99,
        "frontend a\nacl x path_beg"
        + " /a" * 999
        + "\nuse_backend b if"
        + " x" * 999
        + "\nuse_backend b if { { !{",
        "{% endif %}\nlisten a\n{{{{{{\nserver a 'a",
    ],
)
def test_a_broken_file_is_read_as_far_as_it_goes(text: str) -> None:
    """And never an error."""
    assert len(stations("HAProxy", {"haproxy.cfg": text})) <= 1


def test_what_ends_a_block_of_handlebars_opens_none() -> None:
    """A `/` before the word ends it, so that what stands behind is there in any case."""
    found = route(defaults="timeout tunnel 75s", front="{{#if a}}\nmaxconn 5\n{{/if}}")
    idle_ = next(fact for fact in found.facts if fact.field == ("idle_timeout",))
    assert idle_.is_sure
