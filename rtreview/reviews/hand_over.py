"""What a spec goes into and a review does not: whom to ask, and who decides it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from rtreview.language.design import Design, Feature
from rtreview.language.field import Field
from rtreview.reviews.report import HandOver
from rtreview.rulebook.references import Section
from rtreview.rulebook.rulebook import Rulebook
from rtreview.text.document import Document


def hand_overs(design: Design, document: Document, rulebook: Rulebook) -> Iterator[HandOver]:
    """Each topic that the spec goes into, or delegates, in the order of the references."""
    named = {field.at: (name, field) for feature in design.features for name, field in _named(feature)}
    for section in _topics(rulebook):
        asked = section.facts["Fields"].split(", ")
        touching = [
            field for name, field in named.values() if name in asked or _speaks_of(section, field.content)
        ]
        delegation = getattr(design.spec.delegated, section.id.replace("-", "__"))
        places = [field.at for field in touching] + (
            [("delegated", section.id)] if delegation.is_stated else []
        )
        if places:
            yield HandOver(
                topic=section.id,
                title=section.title,
                ask=section.facts["Ask"],
                places=tuple(document.place(at) for at in places),
                owner=delegation.owner.content or "",
                link=delegation.link.content or "",
            )


@lru_cache(maxsize=8)  # a server reads the references of a team anew for each call
def _topics(rulebook: Rulebook) -> tuple[Section, ...]:
    return tuple(section for section in rulebook.sections.values() if section.kind == "hand-over")


def _named(feature: Feature) -> Iterator[tuple[str, Field[object]]]:
    """What the team itself states of a feature in which a topic can lie, by its name in a spec."""
    transport, backplane = feature.transport, feature.topology.backplane
    fields: list[tuple[str, Field[object]]] = [
        *((f"access.{name}", getattr(feature.access, name)) for name in feature.access.ENTRIES),
        ("transport.service", transport.service),
        ("topology.backplane.kind", backplane.kind),
        ("topology.backplane.adapter", backplane.adapter),
        *(("transport.path.name", hop.name) for hop in transport.path),
    ]
    return ((name, field) for name, field in fields if field.is_stated and field.default is None)


def _speaks_of(section: Section, content: object) -> bool:
    """Whether a name holds a word of the topic: `redis-streams-adapter` speaks of Redis."""
    return isinstance(content, str) and _words(section.facts["Words"]).search(content) is not None


@cache
def _words(listed: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, listed.split(', ')))})\b", re.IGNORECASE)
