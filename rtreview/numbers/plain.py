"""Expressions as JSON: what the page evaluates by itself."""

from __future__ import annotations

from typing import Any

from rtreview.numbers.expression import AMOUNT, Applied, Comparison, Constant, Given, Named, Term, Variable
from rtreview.quantities.quantity import Quantity


def to_json(value: Any) -> Any:
    """An expression, a comparison or a quantity for the page, in base units."""
    match value:
        case Comparison(sign, left, right):
            return {"op": sign, "of": [to_json(left), to_json(right)]}
        case Variable(field=field, end=end):
            return {"field": field} if end is None else {"field": field, "end": end}
        case Term(field=field):
            return {"field": field.dotted}
        case Named(body=body) | Given(body=body):
            return to_json(body)
        case Applied(function=function, arguments=arguments):
            if function is AMOUNT:
                return to_json(arguments[0])
            return {"op": function.name, "of": [to_json(part) for part in arguments]}
        case Constant(quantity=quantity):
            return quantity.amount
    return value.amount if isinstance(value, Quantity) else value
