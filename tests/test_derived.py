"""Numbers that follow from others, and the single change that turns a verdict."""

from __future__ import annotations

import pytest

from rtreview.derived import Derived, assumed, evaluate, leaves, measured, smallest_change
from rtreview.language.field import Field, NotApplicable, Undecided
from rtreview.quantities.quantity import Count, Duration, Quantity, Rate, Ratio, Spread
from rtreview.rulebook.outcome import Limit, Passed, Violated


def field(value: object, *at: str | int) -> Field[object]:
    """A stated field at a path."""
    return Field(value, at=at)


CONNECTIONS = field(Count(50_000), "workload", "connections")
NODES = field(Count(3), "topology", "nodes")
ACCEPT = field(Rate(500), "topology", "node", "accept_rate")
CAPACITY = Derived(lambda nodes, rate: rate * nodes.amount, NODES, ACCEPT, name="capacity", formula="n × r")


def test_a_number_is_made_of_its_inputs() -> None:
    """And of numbers that are derived themselves, and of constants."""
    needed = Derived(
        lambda clients, rate, spare: Duration(clients.amount / rate.amount) + spare,
        CONNECTIONS, CAPACITY, Duration(5), name="time", formula="N / C + 5 s",
    )  # fmt: skip
    assert measured(needed).amount == pytest.approx(38.33, abs=0.01)
    assert [one.dotted for one in leaves(needed)] == [
        "workload.connections", "topology.nodes", "topology.node.accept_rate",
    ]  # fmt: skip
    assert evaluate(needed, {NODES.at: Count(6)}).amount == pytest.approx(21.67, abs=0.01)


def test_what_is_missing_is_named() -> None:
    """Undecided names the fields; `none` and a division by zero say that there is no such number."""
    silent = Field[Rate](at=("topology", "node", "accept_rate"))
    with pytest.raises(Undecided) as caught:
        measured(Derived(lambda a, b: a, NODES, silent, name="x", formula="x"))
    assert caught.value.parts == (silent,)
    with pytest.raises(NotApplicable, match="`a` is `none`"):
        measured(Field(is_none=True, at=("a",)))
    with pytest.raises(NotApplicable, match="with a 0 among its inputs there is no period"):
        measured(Derived(lambda r: Duration(1 / r.amount), field(Rate(0), "r"), name="period", formula="1/r"))


def test_an_assumed_value_is_marked() -> None:
    """Where the spec is silent, and nowhere else."""
    silent = Field[Ratio](at=("topology", "node", "reject_cost"))
    typical = assumed(silent, Ratio(0.2))
    assert (typical.content, typical.default and typical.default.confidence) == (Ratio(0.2), "assumed")
    assert assumed(NODES, Count(1)) is NODES


def test_a_comparison_shows_both_sides_the_formula_and_the_smallest_change() -> None:
    """A load above the capacity: which field has to move least, and how far."""
    cap = field(Duration(5), "transport", "reconnect", "cap")
    load = Derived(
        lambda n, c: Rate(0.2 * n.amount / c.amount), CONNECTIONS, cap, name="load", formula="0.2 N / cap"
    )
    verdict = Limit("the load", load, "the accept capacity", CAPACITY).judge()
    assert isinstance(verdict, Violated)
    assert verdict.message == (
        "The load of 2000/s (0.2 N / cap) is not below 1500/s, the accept capacity (n × r). Smallest single "
        "change: `transport.reconnect.cap: 6.7s` instead of `5s`."
    )
    assert verdict.at is CONNECTIONS
    assert verdict.comparison is not None
    assert verdict.comparison.headroom == pytest.approx(-500)
    assert verdict.comparison.change == ("transport.reconnect.cap", "6.7s")


def test_a_comparison_that_holds_shows_its_headroom() -> None:
    """In the unit of what is compared."""
    limit = Limit("the load", field(Rate(1200), "a"), "the capacity", CAPACITY)
    verdict = limit.judge()
    assert isinstance(verdict, Passed)
    assert verdict.reason == "the load of 1200/s is below 1500/s, the capacity (n × r), 300/s of headroom"


@pytest.mark.parametrize(("or_equal", "value"), [(True, Duration(60)), (False, Duration(59))])
def test_the_point_where_it_turns_is_on_the_passing_side(value: Duration, *, or_equal: bool) -> None:
    """At the limit itself where equality passes, else below it."""
    interval, limit = field(Duration(90), "interval"), Duration(60)

    def holds(changed: object) -> bool:
        now: Quantity = evaluate(interval, changed)  # type: ignore[arg-type]
        return now <= limit if or_equal else now < limit

    change = smallest_change(holds, interval)
    assert change is not None
    assert change.value == value


def test_only_what_the_team_chooses_is_proposed() -> None:
    """Nobody answers a finding by having fewer users."""
    small = field(Duration(1), "transport", "x")
    load = Derived(lambda n, d: Rate(n.amount / d.amount), CONNECTIONS, small, name="load", formula="N / d")
    change = smallest_change(lambda changed: evaluate(load, changed) <= Rate(40_000), load)
    assert change is not None
    assert (change.field.dotted, change.value) == ("transport.x", Duration(1.3))


def test_a_random_span_changes_at_its_far_end() -> None:
    """`0s..2s` becomes `0s..10s`."""
    span = field(Spread(Duration(0), Duration(2)), "first_delay")
    width = Derived(lambda one: one.most - one.least, span, name="spread", formula="width")
    change = smallest_change(lambda changed: evaluate(width, changed) >= Duration(10), width)
    assert change is not None
    assert str(change.value) == "0 s to 10 s"


def test_where_no_single_change_helps_it_says_so() -> None:
    """A word cannot be scaled."""
    word = field("full", "jitter")
    made = Derived(lambda _: Rate(2), word, name="x", formula="x")
    verdict = Limit("x", made, "y", Rate(1), at=word).judge()
    assert isinstance(verdict, Violated)
    assert verdict.message.endswith("No single change of the design's own numbers clears it.")


def test_an_assumption_is_said_in_the_message() -> None:
    """And the finding is known to rest on it."""
    cost = assumed(Field[Ratio](at=("reject_cost",)), Ratio(0.2))
    load = Derived(lambda n, r: Rate(n.amount * r.amount), CONNECTIONS, cost, name="load", formula="N r")
    verdict = Limit("the load", load, "the capacity", CAPACITY).judge()
    assert isinstance(verdict, Violated)
    assert verdict.is_assumed
    assert "(`reject_cost` is assumed to be 20 %)" in verdict.message


def test_nobody_is_told_to_buy_ten_times_the_servers() -> None:
    """Where only many more nodes would help, another design is needed and no number proposed."""
    small = Derived(lambda nodes: Rate(nodes.amount), NODES, name="capacity", formula="nodes")
    assert smallest_change(lambda changed: evaluate(small, changed) >= Rate(30), small) is None
    change = smallest_change(lambda changed: evaluate(small, changed) >= Rate(5), small)
    assert change is not None
    assert change.value == Count(5)
