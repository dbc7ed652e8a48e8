"""A design as it is read: once in a call, and passed on to all that looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rtreview.language import spec
from rtreview.language.building import build
from rtreview.language.design import Design
from rtreview.language.field import Fallback
from rtreview.language.section import Mistake
from rtreview.text.document import Document


class Reading(NamedTuple):
    """One design of a text: the document, the typed design that it makes, and what has no meaning in it.

    `design` is None where the document cannot be read, or is no spec. A design with `mistakes` is not
    reviewed.
    """

    document: Document
    design: Design | None = None
    mistakes: tuple[Mistake, ...] = ()

    @classmethod
    def of(cls, document: Document, fallbacks: Sequence[Fallback] = ()) -> Reading:
        """The design that a document makes; `fallbacks` count where it and its platforms are silent."""
        if document.problems:
            return cls(document)
        try:
            design = build(spec.read(document.content), fallbacks)
        except spec.SpecError as error:
            return cls(document, mistakes=tuple(error.mistakes))
        return cls(document, design, tuple(dict.fromkeys(design.mistakes)))
