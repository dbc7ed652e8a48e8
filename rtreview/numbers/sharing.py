"""What several features ask of the nodes that they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from rtreview.language.design import Connection, Feature
from rtreview.language.field import Bounded, NotApplicable, Unknown
from rtreview.numbers.expression import Expression, Measure, compare, evaluate, leaves, lifted, named, total

Subject = TypeVar("Subject", Connection, Feature)


class Together(NamedTuple, Generic[Subject]):
    """What several connections or features ask of the same nodes, of which each alone gets what it asks.

    `names` are the features, and `shares` what each of them asks, in words.
    """

    subjects: tuple[Subject, ...]
    names: str
    shares: str
    asked: Expression[Any]


def together(
    subject: Subject,
    asked: Callable[[Subject], Measure],
    most: Callable[[Subject], Measure],
    *,
    or_equal: bool = True,
) -> Together[Subject] | None:
    """What a connection or feature and the others on its nodes ask; None where no other is known to ask.

    None too where one alone asks for more than there is: that is found of this one.

    Args:
        subject: one of them; all of them get the same answer, of very many the first alone.
        asked: what one asks. One of which that is not known, or which asks nothing, is left out.
        most: what the nodes have, for all of them: the same fields for each.
        or_equal: whether one that asks for as much as there is gets it.

    """
    everyone = subject.on_its_nodes if subject.speaks_for_its_nodes else ()
    if len(everyone) < 2 or subject not in everyone:
        return None
    limit = most(subject)
    of_limit = {field.at for field in leaves(limit)}
    parts: dict[Subject, Expression[Any]] = {}
    for each in everyone:
        try:
            part, same = lifted(asked(each)), {field.at for field in leaves(most(each))} == of_limit
        except (NotApplicable, Unknown):
            continue
        if same and evaluate(part) is not None:
            parts[each] = named(_listed(_quoted(each)), part)
    if subject not in parts or len(parts) < 2 or evaluate(limit) is None:
        return None
    sign = "at most" if or_equal else "below"
    # Of a number within bounds one end may be too much alone, and what lies between only together.
    is_exact = not any(isinstance(field, Bounded) for part in parts.values() for field in leaves(part))
    if is_exact and not all(compare(sign, part, limit) for part in parts.values()):
        return None
    return Together(
        tuple(parts),
        _listed([name for each in parts for name in _quoted(each)]),
        _listed([f"{part} of {_listed(_quoted(each))}" for each, part in parts.items()]),
        total(*parts.values()),
    )


def _quoted(subject: Connection | Feature) -> list[str]:
    return [f"`{name}`" for name in subject.names]


def _listed(words: Sequence[str]) -> str:
    """Some words as a list in a sentence."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
