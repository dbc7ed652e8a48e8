"""Numbers that follow from others: one formula is evaluated, printed, bounded, compared and turned."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from conftest import EXAMPLES, RULES
from hypothesis import given as for_all
from hypothesis import strategies as st

from rtreview.language import spec
from rtreview.language.building import build
from rtreview.language.design import Design
from rtreview.language.field import Field, NotApplicable, Undecided, Unknown
from rtreview.numbers.bounds import bounds
from rtreview.numbers.expression import (
    Applied,
    Constant,
    Expression,
    Function,
    assumed,
    at_least,
    end,
    evaluate,
    given,
    larger,
    leaves,
    measured,
    middle,
    named,
    smaller,
    term,
    total,
    width,
)
from rtreview.numbers.ledger import ledger
from rtreview.numbers.turning import smallest_change
from rtreview.quantities.quantity import (
    Bandwidth,
    Count,
    Duration,
    Number,
    Quantity,
    Rate,
    Ratio,
    Size,
    Spread,
)
from rtreview.reviews.engine import subjects
from rtreview.rulebook import rulebook
from rtreview.rulebook.acceptance import Risk
from rtreview.rulebook.outcome import Limit, Passed, Violated
from rtreview.text import document


def field(value: Any, *at: str | int) -> Field[Any]:
    """A stated field at a path."""
    return Field(value, at=at)


CONNECTIONS = field(Count(50_000), "workload", "connections")
NODES = field(Count(3), "topology", "nodes")
ACCEPT = field(Rate(500), "topology", "node", "accept_rate")
CAPACITY = named("capacity", term(NODES) * ACCEPT)


def test_a_sum_of_thousands_is_one_formula() -> None:
    """A pair within a pair for each would be deeper than the interpreter goes."""
    whole = total(*[term(NODES)] * 2_000)
    assert evaluate(whole) == Count(6_000)
    assert total(term(NODES), term(NODES) * 2, 1).formula == "nodes + nodes × 2 + 1"
    assert total(CAPACITY) is CAPACITY


def test_a_number_is_made_of_its_inputs() -> None:
    """And of numbers that follow themselves, and of constants."""
    needed = CONNECTIONS / CAPACITY + Duration(5)
    assert measured(needed).amount == pytest.approx(38.33, abs=0.01)
    assert [one.dotted for one in leaves(needed)] == [
        "workload.connections", "topology.nodes", "topology.node.accept_rate",
    ]  # fmt: skip
    assert evaluate(needed, {NODES.at: Count(6)}).amount == pytest.approx(21.67, abs=0.01)


def test_what_is_missing_is_named() -> None:
    """Undecided names the fields; `none` and a division by zero say that there is no such number."""
    silent = Field[Rate](at=("topology", "node", "accept_rate"))
    with pytest.raises(Undecided) as caught:
        measured(term(NODES) * silent)
    assert caught.value.parts == (silent,)
    with pytest.raises(NotApplicable, match="`a` is `none`"):
        measured(Field(is_none=True, at=("a",)))
    with pytest.raises(NotApplicable, match="with a 0 among its inputs there is no rate of beats"):
        measured(named("rate of beats", 1 / term(field(Duration(0), "interval"))))


def test_what_comes_at_no_rate_never_comes() -> None:
    """The one division by zero that has an answer."""
    assert measured(CONNECTIONS / term(field(Rate(0), "accept_rate"))) == Duration(math.inf)


def test_an_assumed_value_is_marked() -> None:
    """Where the spec is silent, and nowhere else."""
    silent = Field[Ratio](at=("topology", "node", "reject_cost"))
    typical = assumed(silent, Ratio(0.2))
    assert (typical.content, typical.default and typical.default.confidence) == (Ratio(0.2), "assumed")
    assert assumed(NODES, Count(1)) is NODES


@pytest.mark.parametrize(
    ("one", "sign", "other", "kind"),
    [
        (Count(6), "/", Rate(2), Duration(3)),
        (Count(6), "/", Duration(2), Rate(3)),
        (Rate(6), "*", Duration(2), Count(12)),
        (Rate(6), "*", Size(2), Bandwidth(12)),
        (Size(6), "/", Bandwidth(2), Duration(3)),
        (Count(6), "*", Size(2), Size(12)),
        (Ratio(0.5), "*", Count(6), Count(3)),
        (Duration(6), "/", Duration(2), Number(3)),
        (Count(6), "/", Count(2), Number(3)),
        (Count(6), "-", Number(1), Count(5)),
    ],
)
def test_the_kind_of_a_number_is_that_of_its_dimensions(
    one: Quantity, sign: str, other: Quantity, kind: Quantity
) -> None:
    """A count over a rate is a duration, and a rate of sizes is a bandwidth."""
    first, second = term(field(one, "a")), term(field(other, "b"))
    made = {"*": first * second, "/": first / second, "-": first - second}[sign]
    assert made.content == kind
    assert type(made.content) is type(kind)


@pytest.mark.parametrize(
    "mixed",
    [
        term(field(Duration(1), "a")) + Size(1),
        term(field(Duration(1), "a")) - Size(1),
        term(field(Duration(1), "a")) * Duration(1),
        smaller(Duration(1), Count(1)),
    ],
    ids=lambda mixed: mixed.formula,
)
def test_seconds_do_not_add_to_bytes(mixed: Expression[Any]) -> None:
    """A formula without a meaning is an error of the program."""
    with pytest.raises(TypeError):
        evaluate(mixed)


def test_a_formula_is_printed_with_the_names_of_fields_and_of_numbers() -> None:
    """Parentheses stand where they are needed; a number with a name is printed by it."""
    delay, jitter = field(Duration(2), "reconnect", "first_delay"), field("equal", "reconnect", "jitter")
    span = field(Spread(Duration(1), Duration(5)), "reconnect", "spread")
    half = given(term(delay) / 2, jitter, "equal jitter: {}")
    printed = {
        "(nodes - 1) × accept rate": (term(NODES) - 1) * ACCEPT,
        "connections / capacity": CONNECTIONS / CAPACITY,
        "equal jitter: first delay / 2": half,
        "connections / (equal jitter: first delay / 2)": CONNECTIONS / half,
        "connections / (first delay, of at least 1 s)": CONNECTIONS / at_least(delay, Duration(1)),
        "nodes - (nodes - 1)": term(NODES) - (term(NODES) - 1),
        "the larger of width of the spread and first delay": larger(width(span), delay),
        "end of the spread - middle of the spread": end(span) - middle(span),
        "0 s: at once": given(Duration(0), jitter, "{}: at once"),
    }
    assert [one.formula for one in printed.values()] == list(printed)


# One formula at random: what it prints is what it computes.

VALUES = {name: field(Number(value), name) for name, value in zip("abcde", (0.5, 2, 3, 7, 40), strict=True)}


def combined(inner: st.SearchStrategy[Expression[Any]]) -> st.SearchStrategy[Expression[Any]]:
    """Larger formulas of smaller ones."""
    signs = ["+", "-", "*", "/", "min", "max", "at least", "named"]

    def made(sign: str, one: Expression[Any], other: Expression[Any]) -> Expression[Any]:
        binary = {"+": one + other, "-": one - other, "*": one * other, "/": one / other}
        functions = {"min": smaller(one, other), "max": larger(one, other), "at least": at_least(one, other)}
        return {**binary, **functions, "named": one}[sign]

    return st.builds(made, st.sampled_from(signs), inner, inner)


TERMS = st.sampled_from([term(one) for one in VALUES.values()])
FORMULAS = st.recursive(TERMS | st.sampled_from([1, 2.5, 60]).map(lambda x: Constant(Number(x))), combined)

TOKENS = re.compile(r"the smaller of|the larger of|, of at least|and|[a-e]|[\d.]+|[-+×/()]")


class Printed:
    """A formula as a reader understands it, from its words alone."""

    def __init__(self, formula: str) -> None:
        self.tokens = TOKENS.findall(formula)

    def next(self, *options: str) -> str:
        """Take the next word if it is one of these."""
        return self.tokens.pop(0) if self.tokens and self.tokens[0] in options else ""

    def whole(self) -> float:
        """The number that it means."""
        if word := self.next("the smaller of", "the larger of"):
            one = self.sum()
            assert self.next("and")
            return (min if "smaller" in word else max)(one, self.sum())
        value = self.sum()
        return max(value, self.sum()) if self.next(", of at least") else value

    def sum(self) -> float:
        """Terms from left to right."""
        value = self.product()
        while sign := self.next("+", "-"):
            other = self.product()
            value = value + other if sign == "+" else max(0.0, value - other)
        return value

    def product(self) -> float:
        """Factors from left to right."""
        value = self.atom()
        while sign := self.next("×", "/"):
            value = value * self.atom() if sign == "×" else value / self.atom()
        return value

    def atom(self) -> float:
        """A name, a number, or a formula in parentheses."""
        if self.next("("):
            value = self.whole()
            assert self.next(")")
            return value
        word = self.tokens.pop(0)
        return float(VALUES[word].content.amount) if word in VALUES else float(word)


@for_all(FORMULAS)
def test_the_formula_that_is_printed_is_the_formula_that_is_computed(formula: Expression[Any]) -> None:
    """Who reads it and computes by hand comes to the same number."""
    value, printed = formula.content, Printed(formula.formula)
    try:
        expected = printed.whole()
    except ZeroDivisionError:
        assert value is None
        return
    assert not printed.tokens
    assert value is not None
    assert value.amount == pytest.approx(expected)


RANGES = {one.at: (Number(one.content.amount / 2), Number(one.content.amount * 3)) for one in VALUES.values()}


@for_all(FORMULAS, st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_bounds_contain_every_sample(formula: Expression[Any], shares: list[float]) -> None:
    """Whatever the fields hold within theirs."""
    ends = bounds(formula, RANGES)
    inside = {
        at: Number(low.amount + share * (high.amount - low.amount))
        for (at, (low, high)), share in zip(RANGES.items(), shares, strict=True)
    }
    value = evaluate(formula, inside)
    if ends is None or value is None:
        return
    assert ends[0].amount <= value.amount * (1 + 1e-9)
    assert value.amount <= ends[1].amount * (1 + 1e-9)


def test_bounds_are_met_where_a_number_goes_one_way_in_each_field() -> None:
    """More connections take longer, and more nodes shorter; without a field's content there are none."""
    needed = CONNECTIONS / CAPACITY
    within = {CONNECTIONS.at: (Count(1000), Count(3000)), NODES.at: (Count(1), Count(2))}
    assert bounds(needed, within) == (Duration(1), Duration(6))
    assert bounds(named("nodes", NODES), {}) == (Count(3), Count(3))
    assert bounds(term(NODES) * Field(at=("silent",)), {}) is None


def test_bounds_are_unknown_where_nobody_says_which_way_a_model_goes() -> None:
    """Unless its inputs are exact."""
    wave = Function("wave", "wave of {}", lambda one: Number(math.sin(one.amount)), (0,))
    assert bounds(wave(CONNECTIONS), {CONNECTIONS.at: (Count(1), Count(9))}) is None
    exact = bounds(wave(CONNECTIONS), {})
    assert exact is not None
    assert exact[0] == exact[1]


@cache
def designs() -> tuple[Design, ...]:
    """The examples, and what each rule is tested with."""
    files = [*EXAMPLES, *sorted(RULES.glob("*/*.yaml"))]
    documents = [one for file in files for one in document.read(file.read_bytes()) if not one.problems]
    return tuple(build(spec.read(one.content)) for one in documents)


@cache
def numbers() -> tuple[Expression[Any], ...]:
    """The numbers of these designs: those of the ledger, and those that rules compare."""
    return tuple(_numbers())


def _numbers() -> Iterator[Expression[Any]]:
    for design in designs():
        yield from (one for _, _, one, _ in ledger(design) if one)
        for rule in rulebook.load():
            if rule.subject is Risk:
                continue
            for subject in subjects(rule, design):
                try:
                    for outcome in rule.check(subject):
                        if isinstance(outcome, Limit):
                            sides = (outcome.left, outcome.right)
                            yield from (one for one in sides if isinstance(one, Expression))
                except (Unknown, NotApplicable):
                    continue


def scaled(content: Any, factor: float) -> Any:
    """More of a value."""
    if isinstance(content, Ratio):
        return Ratio(min(1.0, content.amount * factor))
    if isinstance(content, Spread):
        return Spread(content.least, content.most * factor)
    return content * factor if isinstance(content, Quantity) else None


def walk(expression: Expression[Any]) -> Iterator[Expression[Any]]:
    """The expression, and all that it is made of."""
    yield expression
    for part in expression.parts:
        yield from walk(part)


@pytest.mark.slow
def test_each_function_goes_the_way_that_it_says() -> None:
    """Sampled where designs use it, by making each argument larger alone."""
    seen: dict[str, set[int]] = {}
    sampled = set()
    for number in numbers():
        for part in walk(number):
            # Of nothing is there a part over 0.
            if not isinstance(part, Applied) or evaluate(part) is None:
                continue
            values = [evaluate(argument) for argument in part.arguments]
            # Rules compare the same numbers of the same design.
            sample = part.function, *values
            if None in values or sample in sampled:
                continue
            sampled.add(sample)
            for at, way in enumerate(part.function.directions):
                seen.setdefault(part.function.name, set()).add(at)
                for factor in (1.1, 2, 30):
                    more = scaled(values[at], factor)
                    if more is None:
                        continue
                    now = part.function.compute(*values).amount
                    then = part.function.compute(*values[:at], more, *values[at + 1 :]).amount
                    assert way in (1, -1), part.formula
                    assert then == now or (then - now) * way > -1e-9 * now, (part.formula, at, factor)
    models = {"back", "false offline", "false offline at once", "whole minutes", "until giving up", "p95"}
    assert seen.keys() >= models | {"+", "-", "*", "/", "min", "max", "width", "middle", "end"}


@pytest.mark.slow
def test_each_number_has_a_formula_and_fields() -> None:
    """Nothing is compared that nobody could look up or change."""
    for number in numbers():
        assert number.formula, number
        assert list(leaves(number)) or isinstance(number, Constant), number.formula


# Comparisons, and where they turn.


def test_a_comparison_shows_both_sides_the_formula_and_the_smallest_change() -> None:
    """A load above the capacity: which field has to move least, and how far."""
    cap = field(Duration(5), "transport", "reconnect", "cap")
    load = named("load", 0.2 * term(CONNECTIONS) / cap)
    verdict = Limit("the load", load, "the accept capacity", CAPACITY).judge()
    assert isinstance(verdict, Violated)
    assert verdict.message == (
        "The load of 2000/s (0.2 × connections / cap) is not below 1500/s, the accept capacity (nodes × "
        "accept rate). Smallest single change: `transport.reconnect.cap: 6.7s` instead of `5s`."
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
    assert verdict.reason == (
        "the load of 1200/s is below 1500/s, the capacity (nodes × accept rate), 300/s of headroom"
    )


def test_numbers_are_compared_by_their_values() -> None:
    """In the units of both; what is not known leaves it undecided."""
    assert Rate(1000) < CAPACITY
    assert term(NODES) * ACCEPT <= CAPACITY
    assert Rate(1500) == CAPACITY
    assert term(NODES).amount < 4
    with pytest.raises(Undecided):
        assert term(Field[Rate](at=("silent",))) > CAPACITY
    with pytest.raises(TypeError):
        assert Duration(1) > CAPACITY


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
    load = term(CONNECTIONS) / small
    change = smallest_change(lambda changed: evaluate(load, changed) <= Rate(40_000), load)
    assert change is not None
    assert (change.field.dotted, change.value) == ("transport.x", Duration(1.3))


def test_a_random_span_changes_at_its_far_end() -> None:
    """`0s..2s` becomes `0s..10s`."""
    span = field(Spread(Duration(0), Duration(2)), "first_delay")
    change = smallest_change(lambda changed: evaluate(width(span), changed) >= Duration(10), width(span))
    assert change is not None
    assert str(change.value) == "0 s to 10 s"


def test_where_no_single_change_helps_it_says_so() -> None:
    """A word cannot be scaled."""
    word = field("full", "jitter")
    verdict = Limit("x", named("x", given(Rate(2), word)), "y", Rate(1), at=word).judge()
    assert isinstance(verdict, Violated)
    assert verdict.message.endswith("No single change of the design's own numbers clears it.")


def test_more_servers_than_are_proposed_are_still_said_to_help() -> None:
    """Four times the nodes are another design, and no reason to say that nothing helps."""
    nodes = Field(Count(6), at=("topology", "nodes"))
    sent = named("capacity", term(nodes) * Rate(50_000))
    verdict = Limit("x", named("load", Rate(1_194_000)), "y", sent, or_equal=True, at=nodes).judge()
    assert isinstance(verdict, Violated)
    assert verdict.message.endswith(
        "No single change of the design's own numbers clears it short of `topology.nodes: 24` instead of `6`."
    )
    assert verdict.comparison is not None
    assert verdict.comparison.change is None


def test_an_assumption_is_said_in_the_message() -> None:
    """And the finding is known to rest on it."""
    cost = assumed(Field[Ratio](at=("reject_cost",)), Ratio(0.2))
    load = named("load", term(CONNECTIONS) / Duration(1) * cost)
    verdict = Limit("the load", load, "the capacity", CAPACITY).judge()
    assert isinstance(verdict, Violated)
    assert verdict.is_assumed
    assert "(`reject_cost` is assumed to be 20 %)" in verdict.message


def test_nobody_is_told_to_buy_ten_times_the_servers() -> None:
    """Where only many more nodes would help, another design is needed and no number proposed."""
    small = NODES / term(field(Duration(1), "workload", "second"))
    assert smallest_change(lambda changed: evaluate(small, changed) >= Rate(30), small) is None
    change = smallest_change(lambda changed: evaluate(small, changed) >= Rate(5), small)
    assert change is not None
    assert change.value == Count(5)
