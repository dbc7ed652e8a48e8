"""What the ledger says of a return by arithmetic, held against the simulation of the same spec.

The arithmetic counts first attempts alone and says how soon everybody can be back, so it is a bound of what
is simulated. It is equal where nobody is refused. Where a storm recovers and where it never does, both agree.
Of waves in lock-step it says nothing: they leave pauses that a mean does not know.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rtreview.language.design import Connection
from rtreview.language.field import NotApplicable
from rtreview.models.reconnection import Recovery, simulate
from rtreview.numbers import reconnection
from rtreview.numbers.expression import Expression
from rtreview.reviews.reading import Reading
from rtreview.simulate.reader import Reader
from rtreview.simulate.storm import storm
from rtreview.text.document import Text

SPEC = """rtreview: 1
workload: {{connections: {clients}}}
transport:
  kind: websocket
  reconnect:
    {{strategy: exponential, base: {base}ms, cap: {cap}ms, factor: {factor}, jitter: {jitter}{first}}}
topology: {{nodes: {nodes}, node: {{accept_rate: {rate}/s, reject_cost: {cost:.6f}ms}}}}
"""

WHOLE = ("full", "equal", "decorrelated")
"""Jitter that spreads so much of each delay that no pause is left between two waves."""

WAVES = ("none", "10%", "50%", "0s..3s")

CAPS = {"decorrelated": (10, 30), "10%": (3, 10, 30), "50%": (3, 10, 30)}
"""Caps in shares of the base that clip no first delay; of decorrelated ones the mean is measured for such."""

SURE = 1.25
"""From how many times the capacity on a load is no matter of the round trip, or of the first second."""


class Return(NamedTuple):
    """A return of all clients, by arithmetic and simulated."""

    clients: float
    peak: float
    capacity: float
    refusals: float
    back: float
    spread: float
    latest: float
    found: Recovery


def returned(source: str) -> Return:
    """Both, of one spec."""
    (document,) = Text.of(source.encode(), "design.yaml").documents
    design = Reading.of(document).design
    assert design
    (connection,) = design.connections

    def amount(number: Callable[[Connection], Expression[Any]]) -> float:
        found: float = number(connection).content.amount
        return found

    return Return(
        connection.workload.connections.content.amount,
        amount(reconnection.peak_of_first_attempts),
        amount(reconnection.accept_capacity),
        amount(reconnection.rejection_load),
        amount(reconnection.back_after_restart),
        amount(reconnection.first_attempt_spread),
        amount(reconnection.longest_first_delay),
        simulate(storm("restart", Reader(), connection)),
    )


@st.composite
def specs(draw: st.DrawFn, jitters: tuple[str, ...] = (*WHOLE, *WAVES)) -> str:
    """Storms that everybody can be back from in a third of a second to three minutes, at the best."""
    clients = draw(st.sampled_from([2000, 20_000, 300_000]))
    nodes, rate_of_all = draw(st.sampled_from([1, 3, 12])), clients / 10 ** draw(st.floats(-0.5, 2.2))
    rate = max(1, round(rate_of_all / nodes))
    base = draw(st.sampled_from([1000, 2000, 5000]))
    jitter = draw(st.sampled_from(jitters))
    # Of clients that return in step there is no number.
    spreads = ["0s..5s", "0s..60s", *([] if jitter == "none" else [""])]
    spread = draw(st.sampled_from(spreads))
    return SPEC.format(
        clients=clients,
        nodes=nodes,
        rate=rate,
        base=base,
        cap=base * draw(st.sampled_from(CAPS.get(jitter, (1, 3, 10, 30)))),
        factor=draw(st.sampled_from([1.1, 1.5, 2])),
        jitter=jitter,
        first=f", first_delay: {spread}" if spread else "",
        cost=1000 / rate * draw(st.sampled_from([0.05, 0.2, 0.5])),
    )


@given(specs())
@settings(max_examples=20)
def test_arithmetic_is_a_bound_of_the_simulation(source: str) -> None:
    """No busiest second is below the peak of first attempts, and nobody is back sooner than at the best."""
    both = returned(source)
    assert both.found.peak.amount >= 0.97 * both.peak
    if math.isfinite(both.back):
        # Everybody is back when fewer than a thousandth is away.
        assert both.found.all_back.amount >= 0.98 * both.back - 0.1


@given(specs())
@settings(max_examples=12)
def test_where_nobody_is_refused_both_say_the_same(source: str) -> None:
    """First attempts that fit: one of each client, as many in a second, and back with the last of them."""
    both = returned(source)
    assume(both.peak <= both.capacity)
    assert both.found.each.amount == pytest.approx(1, abs=0.01)
    assert both.found.peak.amount == pytest.approx(both.peak, rel=0.12)
    assert both.back == pytest.approx(max(both.spread, both.clients / both.capacity))
    assert both.found.all_back.amount == pytest.approx(both.latest, rel=0.02, abs=0.15)


@given(specs(WHOLE))
@settings(max_examples=20)
def test_both_know_whether_a_storm_recovers(source: str) -> None:
    """Where jitter spreads the whole delay, refusals that take all or leave a fifth decide in both."""
    both = returned(source)
    if both.refusals <= both.capacity / SURE or both.peak <= both.capacity:
        assert math.isfinite(both.back)
        assert both.found.ending == "back"
    elif both.refusals >= SURE * both.capacity and both.peak >= SURE * both.capacity:
        assert math.isinf(both.back)
        assert both.found.ending == "refusals take the whole capacity"


def test_of_waves_in_lock_step_no_formula_tells_when_everybody_is_back() -> None:
    """A bound of them would look better than the same plan with jitter, which is back far sooner."""
    waves = SPEC.format(
        clients=20_000, nodes=1, rate=1000, base=1000, cap=30_000, factor=2, jitter="none", first="", cost=0.2
    )
    with pytest.raises(NotApplicable, match="only a simulation tells the end"):
        returned(waves)
