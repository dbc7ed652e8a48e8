"""The credentials of a connection: where they travel, and what a client shows when it returns."""

from __future__ import annotations

from rtreview.language.design import Connection
from rtreview.language.field import NotApplicable, Undecided, Unstated, known
from rtreview.language.sections.transport import Access
from rtreview.language.sections.workload import MACHINES, Session
from rtreview.numbers.reconnection import LONGEST_SESSION, reconnects
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

TICKET = Duration(5 * 60)
"""Up to this, a token that is found in a log is of no use by the time it is found (token-in-url)."""

HOUR = Duration(3600)
"""A token that lives longer is good for a session of its finder."""

SHORT = Duration(15 * 60)
"""Nearly all connections that somebody looks at stay open for longer (expiry-cuts-renewed-client)."""

HELD = ("url", "header", "message")
"""Where a token travels that the client itself holds (reconnects-with-old-token)."""


@rule
def token_in_url(connection: Connection) -> Outcomes:
    """A credential that is good for long stands in the address of the connection."""
    access = connection.access
    if not access.token_in.has("url"):
        raise NotApplicable("no token is stated to travel in the address")
    ttl = access.token_ttl
    if access.single_use.content:
        yield Passed("a token opens one connection and no second one")
    elif ttl.content is not None and ttl.content <= TICKET:
        yield Passed(f"a token is worthless after {ttl}")
    elif ttl.is_stated:
        lasts = f"good for {ttl}" if ttl.content else "good until somebody revokes it"
        hops = [hop.name.content for hop in connection.transport.path if hop.name.content]
        logs = f"the access logs of {' and '.join(hops)} and the server" if hops else "every access log"
        is_short = ttl.content is not None and ttl.content <= HOUR
        yield Violated(
            f"The token stands in the address of the connection, and so in {logs}, and is {lasts}.",
            access.token_in,
            (ttl,),
            when="it ends within the hour and no hop is named" if is_short and not hops else "",
        )
    elif access.single_use.is_stated or access.reconnects_with.has("kept"):
        yield Violated(
            "The token stands in the address of the connection, and so in every access log, and opens more "
            "than one: nothing says that it ends soon.",
            access.token_in,
            when="it ends within the hour and no hop is named",
        )
    else:
        raise Unstated(ttl)


def _outlasts(session: Session, valid: Duration | None) -> bool:
    """Whether the usual session, or one in twenty, is known to last longer than a token."""
    spans = (session.p95.content, session.typical.content)
    return valid is not None and any(span is not None and span > valid for span in spans)


@rule
def socket_open_to_other_sites(connection: Connection) -> Outcomes:
    """A page of another site opens the connection, and the browser adds the user's cookie."""
    access, kind, workload = connection.access, connection.transport.kind, connection.workload
    origin, token = access.origin, access.token_in
    if not origin.is_stated and not (token.has("cookie") and kind.has("websocket")):
        raise NotApplicable("nothing is said of connections from other sites, or of a cookie on a WebSocket")
    if origin.has("checked"):
        yield Passed("the server knows the sites from whose pages it accepts a connection")
        return
    if kind.is_stated and not kind.has("websocket", "webtransport"):
        raise NotApplicable(f"with {kind}, CORS keeps other sites from reading what comes")
    if workload.clients.content and not workload.has_any("browser"):
        raise NotApplicable("no browser holds credentials that it would add by itself")
    if token.has("header", "message", "url"):
        yield Passed(f"another site does not have the token, which travels in a {token}")
        return
    is_local = connection.transport.path.is_none
    if not token.has("cookie") and access.checked.is_none and not is_local:
        raise NotApplicable("whoever asks may have it")
    if not origin.is_stated:
        raise Unstated(origin)
    if not token.is_stated and not (is_local and access.checked.is_none):
        if not access.checked.is_there or not kind.has("websocket") or workload.only("server"):
            raise Undecided(token)
        yield Violated(
            "A page of any site opens the connection: with credentials that the browser adds by itself, a "
            "cookie, it reads and sends what that user may.",
            origin,
            (access.checked,),
            when="the spec does not say where the token travels",
        )
        return
    adds = "the browser adds the user's cookie" if token.has("cookie") else "it is on the user's network"
    yield Violated(
        f"A page of any site opens the connection, and {adds}: it reads and sends what that user may.",
        origin,
        (token,) if token.content else (access.checked,),
    )


@rule
def ticket_known_to_one_node(connection: Connection) -> Outcomes:
    """What was issued to open a connection is in the memory of one node, and the connection reaches any."""
    kept, topology, nodes = connection.access.token_kept, connection.topology, connection.holders
    if not kept.is_stated:
        raise NotApplicable("nothing says where it is looked up that a token was issued")
    if kept.is_none or kept.has("shared"):
        yield Passed(
            "a signed token is looked up nowhere" if kept.is_none else "every node knows every token"
        )
        return
    if known(nodes).amount <= 1:
        raise NotApplicable("one node knows every token")
    if connection.keepers:
        yield Passed(f"a client stays on its node by {connection.keepers[0]}")
    elif topology.routing.has("by-user"):
        yield Passed("a user's requests go to one node")
    elif topology.affinity.is_none or topology.routing.has("any"):
        yield Violated(
            "Only the node that issued a token knows it, and the connection reaches any of "
            f"{connection.spread_over}: it opens once in {nodes} times.",
            kept,
            (nodes, topology.affinity if topology.affinity.is_none else topology.routing),
        )
    else:
        raise Unstated(
            topology.affinity,
            message=f"Of {connection.spread_over} only that which issued a token knows it. The spec does not "
            f"say `{topology.affinity.dotted}`: what leads the connection there?",
        )


@rule
def reconnects_with_old_token(connection: Connection) -> Outcomes:
    """A client returns by itself, with the credentials of its first time."""
    access, ttl, session = connection.access, connection.access.token_ttl, connection.workload.session
    shows = access.reconnects_with
    if not (shows.is_stated or ttl.content or access.single_use.content):
        raise NotApplicable("no token that could be old is stated")
    if connection.asks_again:
        raise NotApplicable("every poll presents its token again")
    if shows.has("fresh"):
        yield Passed("the client asks for credentials before each attempt")
        return
    plan = reconnects(connection)
    if access.token_in.has("cookie") and not (shows.is_stated or ttl.content):
        raise NotApplicable("a browser sends the cookie that it has by then")
    if connection.browser_decides and not shows.is_stated:
        raise NotApplicable("an EventSource returns to the address that it has: see eventsource-reuses-token")
    renews = any(
        case.if_.has("refused-credentials") and case.action.has("renew", "login") for case in plan.when
    )
    if renews:
        yield Passed("a client that is refused gets new credentials")
        return
    once = bool(access.single_use.content)
    is_long = ttl.content is not None and ttl.content > LONGEST_SESSION
    runs_on = shows.has("kept") and connection.workload.only(*MACHINES)
    if not once and (ttl.is_none or (is_long and not runs_on)):
        raise NotApplicable("a token of more than a day outlives the connections")
    outlasts, lasting = _outlasts(session, ttl.content), session.p95.content
    if not once and None not in (lasting, ttl.content) and lasting <= ttl.content:  # type: ignore[operator]
        yield Passed(f"95 % of sessions end within {lasting}, and a token lasts {ttl}")
    elif shows.has("kept"):
        found = _returns_with_old(access, once=once)
        yield found._replace(when="it ends after days") if is_long and not once else found
    elif once or (outlasts and access.token_in.has(*HELD)):
        raise Unstated(shows)
    else:
        raise Undecided(shows)


def _returns_with_old(access: Access, *, once: bool) -> Violated:
    """A client that keeps a token which ends, or which opens one connection only."""
    shows, ttl = access.reconnects_with, access.token_ttl
    ends, case = "ends some day", "the spec does not say when the token ends"
    if once:
        ends, case = "opens no second connection", "a token opens one connection only"
    elif ttl.content:
        ends, case = f"ends after {ttl}", ""
    elif access.on_expiry.content:
        ends, case = f"ends (`{access.on_expiry.dotted}: {access.on_expiry}`)", ""
    cause = access.single_use if once else ttl
    return Violated(
        f"A client reconnects with what it had the first time, and that {ends}: from then on every attempt "
        "is refused, or let in as nobody.",
        shows,
        (cause,) if cause.is_stated else (),
        when=case,
    )


@rule
def renewed_by_each_caller(connection: Connection) -> Outcomes:
    """Everything that meets a refusal renews the token for itself."""
    by = connection.access.renewed_by
    if not by.is_stated and connection.access.on_expiry.has("refresh"):
        raise Undecided(by)
    if not by.is_stated:
        raise NotApplicable("nothing is said of who renews a token")
    if by.has("single"):
        yield Passed("one place renews the token, and all others wait for it")
        return
    yield Violated(
        "Each caller that meets an ended token renews it for itself: one expiry causes as many renewals as "
        "there are callers, and where a renewal ends the token before, they throw one another out.",
        by,
        (connection.access.token_ttl,) if connection.access.token_ttl.content else (),
    )


@rule
def expiry_cuts_renewed_client(connection: Connection) -> Outcomes:
    """A connection ends with its first token, although its client has a new one."""
    access, session = connection.access, connection.workload.session
    ttl = access.token_ttl
    if not access.on_expiry.has("reconnect"):
        raise NotApplicable("no connection is stated to end with its token")
    if connection.asks_again:
        raise NotApplicable("every poll presents its token again")
    if ttl.content is None:
        raise Undecided(ttl)
    if ttl.content > HOUR:
        yield Passed(f"a connection ends once in {ttl}")
    elif session.p95.content is not None and session.p95.content <= ttl.content:
        yield Passed(f"95 % of sessions end within {session.p95}, before the token does")
    elif session.typical.content is None and session.p95.content is None and ttl.content > SHORT:
        raise Undecided(session.p95)
    else:
        longer = "sessions last longer" if session.is_stated else "few sessions are that short"
        yield Violated(
            f"Each connection is ended every {ttl}, by the expiry of the token that it began with, and "
            f"{longer}.",
            access.on_expiry,
            (ttl,),
        )
