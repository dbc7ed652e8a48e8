"""What literals in programs come to."""

from __future__ import annotations

import pytest

from rtreview.evidence.readers.programs import literals


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("16 * 1024 * 1024", 16 * 2**20),
        ("60_000", 60_000),
        ("1 << 20", 2**20),
        ("2**20", 2**20),
        ("1e6", 1_000_000),
        ("0x10", 16),
        ("25_000L", 25_000),
        ("(60 * 9) / 10", 54),
    ],
)
def test_a_sum_of_numbers_is_worked_out(text: str, value: float) -> None:
    """As each of the languages writes it."""
    assert literals.number(text) == value


@pytest.mark.parametrize(
    "text", ["", "x", "size()", "1(2)", "9**9**9", "1 << 9999", "1 / 0", "1e999", "(" * 99, "1" * 500, "1 +"]
)
def test_what_is_no_sum_has_no_value(text: str) -> None:
    """Nothing is called, and nothing grows without end."""
    assert literals.number(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("TimeSpan.FromSeconds(15)", "15s"),
        ("Duration.ofMinutes(2)", "2m"),
        ("15.seconds", "15s"),
        ("(60 * time.Second) * 9 / 10", "54s"),
        (":timer.seconds(30)", "30s"),
        ("25000", "25s"),
    ],
)
def test_a_span_has_the_unit_that_it_names(text: str, value: str) -> None:
    """And that of the library where it names none."""
    assert literals.milliseconds(text) == value


@pytest.mark.parametrize("text", ["(0-8)**0.5", "((0-8)**0.5)*2", "1e308*10", "(0-2)**(1/3)", "9**0.5**0.5"])
def test_only_finite_real_numbers_are_numbers(text: str) -> None:
    """Python makes a complex one of a root of less than nothing."""
    assert isinstance(literals.number(text), float | None)
    for reading in (literals.count, literals.amount, literals.milliseconds, literals.span):
        reading(text)


def test_a_variable_is_named_with_what_holds_without_it() -> None:
    """The base of a number is no such value."""
    why = literals.why_open
    assert why("parseInt(process.env.PING) || 25000") == "the variable PING decides, and 25000 without it"
    assert why("int(os.getenv('PING', '25'))") == "the variable PING decides, and 25 without it"
    assert why("Number(process.env.PING) || 25000") == "the variable PING decides, and 25000 without it"
    assert why('Env.get_integer("PING", 25)') == "the variable PING decides, and 25 without it"
    assert why('env.int("PING", default=25)') == "the variable PING decides, and 25 without it"
    assert why('getEnvInt("PING", 25)') == "the variable PING decides, and 25 without it"
    assert why('System.getenv("PING")?.toLong() ?: 25') == "the variable PING decides, and 25 without it"
    assert why("parseInt(process.env.PING, 10)") == "the variable PING decides"
    assert why("settings.ping") == "`settings.ping` is computed"
