"""What the search finds: an entry for each page and each field, and none for a heading of a page.

The index of the generator has an entry for each heading, most of which say "Bad" or "Passes", and the text of
thousands of test cases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

from pages import pages
from pages.page import TITLES, TYPED, Page

from rtreview.rulebook.references import plain

KINDS = {
    "": "Guide",
    "rules": "Rule",
    "sharp-edges": "Sharp edge",
    "patterns": "Pattern",
    "platforms": "Platform",
    "scenarios": "Scenario",
    "fields": "Section",
    "commands": "Command",
    "examples": "Example",
}
"""What a page of a shelf is; an entry begins with it."""

SEPARATOR = r"""[\s\-_,:!=\[\]()\\"'`/]+|\.(?!\d)"""
"""What stands between two words: that of the generator, and an apostrophe."""

PLACES = {"fields": "Field", "commands": "Option"}
"""What a place in a page of a shelf is."""

_CODE = re.compile(r"^(````?)[a-z]*$.*?^\1$", re.DOTALL | re.MULTILINE)
_FOLDED = re.compile(r"^<details.*^</details>$", re.DOTALL | re.MULTILINE)
_MARKS = re.compile(r"^[#>|*-]+ ?|\{ [.#].*? \}|<.*?>|\*\*|`", re.MULTILINE)


def index() -> str:
    """The index as the search of the generator reads it."""
    items = [item for page in pages().values() for item in _items(page)]
    return json.dumps(
        {"config": {"lang": ["en"], "separator": SEPARATOR}, "items": items},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _items(page: Page) -> Iterator[dict[str, Any]]:
    kind = KINDS[page.shelf]
    id_ = f" ({page.id})" if page.shelf in TYPED else ""
    yield _item(page.address, f"{kind}: {plain(page.title)}{id_}", _words(page))
    for place in page.places:
        yield _item(f"{page.address}#{place.anchor}", f"{PLACES[page.shelf]}: {place.title}", place.words)


def _item(address: str, title: str, text: str) -> dict[str, Any]:
    return {
        "location": address,
        "level": 1,
        "title": escape(title, quote=False),
        "text": f"<p>{escape(text, quote=False)}</p>",
        "path": [],
        "tags": [],
    }


def _words(page: Page) -> str:
    """The sentences of a page without code, and without what is folded; of a list, what it lists."""
    if page.places or page.path.removesuffix(".md") in TITLES:
        return page.summary
    body = page.markdown.partition("\n{ .trail }\n")[2] or page.markdown.partition("\n")[2]
    return plain(_MARKS.sub("", _FOLDED.sub("", _CODE.sub("", body))))
