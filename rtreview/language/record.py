"""What rtreview keeps for itself as JSON: models of pydantic, and what is wrong with a text, with its place.

People edit these files, and git merges them. pydantic takes longer to load than a review: what imports this
module is itself loaded only where there is such a file.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from rtreview.language.notation import did_you_mean, shown
from rtreview.text import document
from rtreview.text.place import Span, SpecPath, dotted

_KINDS = {
    "string": "a string",
    "tuple": "a list",
    "model": "a mapping",
    "float": "a number",
    "finite": "a number",
    "int": "a whole number",
}
"""What was expected, by the first word of an error of pydantic."""


class Record(BaseModel):
    """A part of such a file."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


R = TypeVar("R", bound=Record)


class Mistake(ValueError):  # noqa: N818 - a sentence for a person
    """Why a text holds no record: a sentence, the path that is wrong, and where it stands in the text."""

    def __init__(self, message: str, at: SpecPath, span: Span) -> None:
        super().__init__(message)
        self.at = at
        self.span = span


def read(kind: type[R], source: bytes, whole: str) -> R:
    """The record that a JSON text holds; `whole` is what people call the text, such as `the baseline`.

    Raises:
        Mistake: the first that there is.

    """
    try:
        content = json.loads(source.decode("utf-8"), parse_int=_whole_number)
    except (ValueError, RecursionError) as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        raise Mistake("the file is not JSON", (), Span(line, column, line, column + 1)) from None
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    at, is_unknown = first["loc"], first["type"] == "extra_forbidden"
    span = document.read(source)[0].span(at, key=is_unknown)
    rows: type = get_args(kind.model_fields[str(at[0])].annotation)[0] if len(at) > 1 else str
    if not issubclass(rows, Record):
        raise Mistake(_sentence(dotted(at), first), at, span)
    hint = did_you_mean(at[-1], tuple(rows.model_fields)) if is_unknown else ""
    sentence = _sentence(dotted(at[2:]), first)
    raise Mistake(f"entry {int(at[1]) + 1} of {whole}: {sentence}{hint}", at, span)


def _whole_number(digits: str) -> float:
    """A number; one beyond all floats is infinite, so that it is refused at its place, as `Infinity` is."""
    return int(digits) if len(digits) < sys.float_info.max_10_exp else float(digits)


def _sentence(name: str, error: Any) -> str:
    """What is wrong with a field, or with a whole record, which has no name."""
    kind, found = error["type"], shown(error["input"])
    if kind in ("missing", "extra_forbidden"):
        return f"{shown(name)} {'is missing' if kind == 'missing' else 'is no field'}"
    if kind == "value_error":
        reason = str(error["ctx"]["error"])
    elif kind in ("enum", "literal_error"):
        options = tuple(re.findall("'(.*?)'", error["ctx"]["expected"]))
        reason = f"{found} is not one of {', '.join(options)}{did_you_mean(error['input'], options)}"
    else:
        reason = f"expected {_KINDS[kind.partition('_')[0]]}, found {found}"
    return f"`{name}`: {reason}" if name else reason
