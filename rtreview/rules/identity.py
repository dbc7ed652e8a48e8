"""Who a client is to the server or broker: one id for two of them, or a new one at each start."""

from rtreview.language.design import Connection
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated
from rtreview.quantities.quantity import Count
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


@rule
def two_clients_one_identity(connection: Connection) -> Outcomes:
    """A client throws another one out that has the same id, and that one comes back and does the same."""
    transport, plan = connection.transport, connection.transport.reconnect
    duplicate, made_of = transport.on_duplicate, transport.client_id
    is_mqtt = transport.kind.has("mqtt")
    if not duplicate.has("replace") and not (is_mqtt and made_of.is_stated and not duplicate.is_stated):
        raise NotApplicable("no second connection is stated to end the first")
    if connection.asks_again:
        raise NotApplicable("each poll is a request of its own")
    if plan.is_none:
        raise NotApplicable("a client that is thrown out does not come back")
    if made_of.has("process", "random"):
        yield Passed(f"an id is made of what no two have: {made_of}")
        return
    stops = set(plan.ends_on.content or ()) & {"clean-close", "refused", "replaced"}
    if stops:
        yield Passed(f"a client that is thrown out stops: `{plan.ends_on.dotted}` is {plan.ends_on}")
        return
    shared = _shared(connection)
    if shared is None:
        yield Passed("no two clients have the same id at once")
        return
    who, part = shared
    if not plan.ends_on.is_stated and not is_mqtt:
        message = f"{who}, and the newer connection ends the older; the spec does not say "
        raise Unstated(plan.ends_on, message=f"{message}`{plan.ends_on.dotted}` of one that is thrown out.")
    yield Violated(
        f"{who}: each throws the other out, which comes back and does the same, for as long as both run.",
        made_of if made_of.is_stated else duplicate,
        (part,) if part.is_stated and part is not made_of else (),
        when="two on one host may be rare" if made_of.has("host") else "",
    )


def _shared(connection: Connection) -> tuple[str, Part] | None:
    """Which clients have the same id at once, and where that is stated; None where none have.

    Raises:
        Undecided: the spec does not say whether two have.

    """
    made_of, workload = connection.transport.client_id, connection.workload
    if made_of.has("fixed"):
        if workload.connections.has(Count(1)):
            return None
        return "All clients have the same id", made_of
    if made_of.has("host"):
        if connection.operations.rollout.has("all-at-once"):
            return None
        return "Two processes of one host, as in a rolling deploy, have the same id", made_of
    tabs, devices = workload.tabs_per_user, workload.devices_per_user
    if connection.transport.shared_by_tabs.content:
        tabs = Field(Count(1))  # type: ignore[arg-type]
    counts = (tabs,) if made_of.has("device") else (tabs, devices)
    for count in counts:
        if count.content is not None and count.content.amount > 1:
            what = "Tabs" if count is workload.tabs_per_user else "Devices"
            of = "device" if made_of.has("device") else "user"
            return f"{what} of one {of} have the same id", count
    browsers = connection.workload.clients.content
    if made_of.has("device") and browsers is not None and "browser" not in browsers:
        return None
    missing = [count for count in counts if count.content is None]
    if missing:
        raise Undecided(*missing)
    return None


@rule
def session_left_at_each_start(connection: Connection) -> Outcomes:
    """A client has a new id at each start, and the server keeps a session for each of them."""
    made_of, resume = connection.transport.client_id, connection.transport.resume
    if not made_of.has("random"):
        raise NotApplicable("no id is stated to be new at each start")
    if not resume.by.has("session"):
        raise NotApplicable("the server is not said to keep a session of a client")
    if resume.retention.content:
        yield Passed(f"a session that nobody returns to ends after {resume.retention}")
        return
    if not resume.retention.is_none:
        message = "Each start leaves a session behind that nobody can return to; the spec does not say "
        raise Unstated(resume.retention, message=f"{message}`{resume.retention.dotted}`.")
    yield Violated(
        "Each start leaves a session behind that nobody can return to, and none ever ends: it is kept and "
        "collects messages.",
        made_of,
        (resume.retention,),
    )
