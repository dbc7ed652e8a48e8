"""Quantities: notation, units, arithmetic, printing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rtreview
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
    notation,
)


@pytest.mark.parametrize(
    ("kind", "written", "amount"),
    [
        (Duration, "30s", 30),
        (Duration, "1m30s", 90),
        (Duration, "250ms", 0.25),
        (Duration, "7d", 604_800),
        (Duration, "2w", 1_209_600),
        (Size, "64KiB", 65_536),
        (Size, "1MB", 1_000_000),
        (Size, "300B", 300),
        (Rate, "20/s", 20),
        (Rate, "3/min", 0.05),
        (Rate, "100k/s", 100_000),
        (Bandwidth, "1Gbit/s", 125_000_000),
        (Bandwidth, "2MB/s", 2_000_000),
        (Count, "50k", 50_000),
        (Count, "2M", 2_000_000),
        (Count, "50_000", 50_000),
        (Count, "1.1k", 1100),
        (Count, 400, 400),
        (Count, "1.500k", 1500),
        (Rate, "0.125/s", 0.125),
        (Rate, "1.125/s", 1.125),
        (Rate, "1.250k/s", 1250),
        (Size, "2.048KB", 2048),
        (Duration, "1.500s", 1.5),
        (Ratio, "12.500%", 0.125),
        (Number, "1.500", 1.5),
        (Number, 1.5, 1.5),
        (Ratio, "30%", 0.3),
    ],
)
def test_each_notation_of_the_spec_is_read(kind: type[Quantity], written: object, amount: float) -> None:
    """The notation of a quantity gives its amount in the base unit."""
    assert kind.parse(written).amount == pytest.approx(amount)


@pytest.mark.parametrize(
    ("kind", "written", "said"),
    [
        (Duration, 30, "`30` has no unit: `30s`?"),
        (Duration, 0, "`0` has no unit: `0s`?"),
        (Duration, "30 sec", "`30 sec` is not a duration: `30s`?"),
        (Duration, "2 hours", "`2 hours` is not a duration: `2h`?"),
        (Duration, "1s1m", "`1s1m` is not a duration such as `30s`"),
        (Duration, "1:30", "`1:30` is not a duration such as `30s`"),
        (Duration, "-5s", "`-5s` is not a duration such as `30s`"),
        (Duration, True, "expected a duration such as `30s`"),
        (Duration, [], "expected a duration such as `30s`"),
        (Duration, "9" * 50 + "s", "expected a duration such as `30s`, and a shorter one"),
        (Size, "64kb", "`64kb` is not a size: `64KB`?"),
        (Size, 1024, "`1024` has no unit: `1024B`?"),
        (Rate, "60Hz", "`60Hz` is not a rate: `60/s`?"),
        (Size, "200 bytes", "`200 bytes` is not a size: `200B`?"),
        (Size, "2 kilobytes", "`2 kilobytes` is not a size: `2kB`?"),
        (Size, "500 pages", "`500 pages` is not a size such as `500B`"),
        (Size, "5s", "`5s` is not a size such as `64KiB`"),
        (Rate, "a/s", "`a/s` is not a rate such as `20/s`"),
        (Rate, "1/10s", "`1/10s` is not a rate: `6/min`?"),
        (Rate, "1/0s", "`1/0s` is not a rate such as `20/s`"),
        (Rate, "every 10 minutes", "`every 10 minutes` is not a rate: `6/h`?"),
        (Rate, "10/hour", "`10/hour` is not a rate: `10/h`?"),
        (Rate, "3 per lap", "`3 per lap` is not a rate such as `3/s`"),
        (Bandwidth, "10mbps", "`10mbps` is not a bandwidth: `10Mbit/s`?"),
        (Bandwidth, "10", "`10` has no unit: `10Mbit/s`?"),
        (Count, "1.5", "`1.5` is not a whole number such as `20k`"),
        (Count, "40.000", "`40.000` is 40 here: did you mean `40000`, or `40`?"),
        (Count, "12.345", "`12.345` is not a whole number: `12345`?"),
        (Count, "1.000.000", "`1.000.000` is not a whole number: `1000000`?"),
        (Rate, "40.000/s", "`40.000/s` is 40/s here: did you mean `40000/s`, or `40/s`?"),
        (Rate, "1.500/min", "`1.500/min` is 1.5/min here: did you mean `1500/min`, or `1.5/min`?"),
        (Rate, "1.000.000/s", "`1.000.000/s` is not a rate: `1000000/s`?"),
        (Size, "1.500MB", "`1.500MB` is 1.5MB here: did you mean `1500MB`, or `1.5MB`?"),
        (Size, "1.500.000B", "`1.500.000B` is not a size: `1500000B`?"),
        (Bandwidth, "1.000Mbit/s", "`1.000Mbit/s` is 1Mbit/s here: did you mean `1000Mbit/s`, or `1Mbit/s`?"),
        (Ratio, 0.3, "`0.3` has no unit: `30%`?"),
        (Ratio, 30, "`30` has no unit: `30%`?"),
        (Ratio, "130%", "`130%` is not a ratio from 0% to 100% such as `30%`"),
    ],
)
def test_a_wrong_notation_is_answered_with_the_right_one(
    kind: type[Quantity], written: object, said: str
) -> None:
    """The message proposes what the writer most likely meant."""
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        kind.parse(written)


@pytest.mark.parametrize("digit", ["\u09ea", "\uff12", "\u09ed", "\u0662", "\U0001d7d8"])
@pytest.mark.parametrize(
    ("kind", "written"),
    [
        *((Duration, "{}0s"), (Size, "{}KiB"), (Rate, "{}/s"), (Bandwidth, "{}Mbit/s"), (Count, "{}0k")),
        *((Number, "1.{}"), (Ratio, "{}0%"), (Spread, "0s..{}0s")),
    ],
)
def test_a_digit_of_another_script_is_no_number(
    kind: type[Quantity] | type[Spread], written: str, digit: str
) -> None:
    """A Bengali 4 looks like an 8: a person would read another number than counts."""
    kind.parse(written.format(4))
    with pytest.raises(ValueError, match="is not"):
        kind.parse(written.format(digit))


def test_no_pattern_reads_digits_of_other_scripts() -> None:
    r"""`\d` has them all in Python, also where a program reads the patterns of the schema."""
    for file in Path(rtreview.__path__[0]).rglob("*.py"):
        lines = file.read_text("utf-8").splitlines()
        assert not [line for line in lines if r"\d" in line], file


def test_a_random_span_may_say_that_it_is_one() -> None:
    """In words that no reader takes for a number which is not known exactly."""
    assert Spread.parse("random 0s..5s") == Spread.parse("0s..5s")
    assert re.fullmatch(Spread.pattern, "random 500ms..5s")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("5s", "`5s` is not a random span such as `0s..5s`"),
        ("5s..1s", "`5s..1s` runs backwards or is empty: such as `0s..5s`"),
        ("0..5s", "`0` has no unit: `0s`?"),
    ],
)
def test_a_random_span_has_two_bounds_in_order(written: str, said: str) -> None:
    """A span that is empty or has a bare bound is refused."""
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        Spread.parse(written)


@pytest.mark.parametrize(
    ("quantity", "printed"),
    [
        (Duration(0), "0 s"),
        (Duration(0.25), "250 ms"),
        (Duration(90), "90 s"),
        (Duration(900), "15 min"),
        (Duration(10_800), "3 h"),
        (Duration(604_800), "7 d"),
        (Duration(999 * 60), "999 min"),
        (Duration(604_800 + 6 * 60), "7 d 6 min"),
        (Duration(604_800 + 66 * 60), "7 d 1 h 6 min"),
        (Duration(1001 * 3600), "41 d 17 h"),
        (Duration(2000 * 86_400), "2000 d"),
        (Size(65_536), "64 KiB"),
        (Size(1_000_000), "1 MB"),
        (Size(1500), "1.5 kB"),
        (Size(0), "0 B"),
        (Rate(20), "20/s"),
        (Rate(0.05), "3/min"),
        (Rate(0.0001), "0.36/h"),
        (Bandwidth(125_000_000), "125 MB/s"),
        (Count(20_000), "20,000"),
        (Count(400), "400"),
        (Number(1.5), "1.5"),
        (Ratio(0.3), "30 %"),
        (Spread(Duration(0), Duration(5)), "0 s to 5 s"),
    ],
)
def test_quantities_print_for_people(quantity: Quantity, printed: str) -> None:
    """A number comes with a unit that leaves it readable."""
    assert str(quantity) == printed


@pytest.mark.parametrize(
    ("simulated", "shown"),
    [(11_928, 12_000), (2005, 2000), (59_548, 60_000), (537.5, 540), (167.95, 168), (24_290, 24_300), (0, 0)],
)
def test_a_simulated_rate_has_the_fewest_digits_within_a_hundredth(simulated: float, shown: float) -> None:
    """It is no more exact than that; what is one number elsewhere does not become two."""
    assert Rate(simulated).rounded == Rate(shown)


@pytest.mark.parametrize("minutes", [999, 1001, 10_086, 10_146, 60_060, 1_000_001])
def test_a_duration_in_several_units_is_read_as_it_is_printed(minutes: int) -> None:
    """So that it can be pasted into a spec."""
    duration = Duration(minutes * 60.0)
    assert Duration.parse(notation(duration)) == duration


def test_quantities_of_one_kind_add_and_compare() -> None:
    """Sums and differences keep the kind."""
    assert Duration(30) + Duration(30) == Duration(60)
    assert Duration(30) - Duration(10) == Duration(20)
    assert 2 * Duration(30) == Duration(60)
    assert Duration(30) < Duration(60)


def test_quantities_of_two_kinds_do_not_mix() -> None:
    """Adding seconds to bytes, or comparing them, is an error of the program."""
    with pytest.raises(TypeError):
        Duration(1) + Size(1)  # type: ignore[operator]
    with pytest.raises(TypeError):
        Duration(1) - Size(1)  # type: ignore[operator]
    with pytest.raises(TypeError):
        Duration(2) * Duration(2)  # type: ignore[operator]
    with pytest.raises(TypeError):
        assert Duration(1) < Size(1)  # type: ignore[operator]
    with pytest.raises(TypeError):
        Quantity.parse("1")
