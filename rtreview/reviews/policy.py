"""What a team has decided about its reviews, apart from any one design."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from rtreview.language.field import Fallback
from rtreview.rulebook.finding import Severity
from rtreview.rulebook.rulebook import Rulebook


class Policy(NamedTuple):
    """How designs are reviewed.

    Args:
        rulebook: the rules, and the references that speak for them.
        select: run these rules only; all of them where it is empty.
        ignore: leave these out.
        severity: severities in place of those of the references, by rule.
        required: rules that nobody can accept away.
        fallbacks: limits of the house, and what it assumes, in the order in which they are asked.
        with_accepted: whether accepted risks are set apart.
        today: the day on which acceptances are looked at; None for that of the clock.

    """

    rulebook: Rulebook
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = {}
    required: tuple[str, ...] = ()
    fallbacks: tuple[Fallback, ...] = ()
    with_accepted: bool = True
    today: date | None = None

    @property
    def day(self) -> date:
        """The day on which acceptances are looked at."""
        return self.today or date.today()

    def runs(self, rule: str) -> bool:
        """Whether a rule is asked for."""
        return (not self.select or rule in self.select) and rule not in self.ignore
