"""Answers in pages, each of a size that an agent is given whole: hosts cut at 10 to 30 KB."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

from rtreview.text.harmless import visible
from rtreview.text.refusal import Refused

LARGEST = 8_000
"""Bytes of an answer as JSON."""

BESIDE = 2_000
"""Bytes that are kept free for what stands on every page, beside what is cut into pages."""

BOOKMARKS = 8
"""Answers of which later pages go on; an agent seldom reads more at a time."""

SHORT = (600, 200, 60, 20)
"""Characters of a text, and a third as many items of a list, in what would not fit on a page by itself."""

Part = TypeVar("Part")


class Bookmarks:
    """What the pages of the last answers are cut from, so that a page does not begin with all of the work.

    A first page is always made anew. A later one goes on with what the first was cut from.
    """

    def __init__(self) -> None:
        self._found: dict[Hashable, Any] = {}

    def continued(self, asked: Iterable[Hashable], page: int, work: Callable[[], Part]) -> Part:
        """What an answer is cut from.

        Args:
            asked: all that it depends on and may change between two pages, such as the text of a design.
            page: which page is asked for.
            work: makes it.

        """
        key = tuple(asked)
        found: Part = work() if page == 1 or key not in self._found else self._found[key]
        self._found.pop(key, None)
        self._found[key] = found
        while len(self._found) > BOOKMARKS:
            del self._found[next(iter(self._found))]
        return found


def written(answer: Any) -> str:
    """An answer as JSON on one line."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def size(answer: Any) -> int:
    """The bytes that it takes as JSON."""
    return len(written(answer).encode("utf-8", "surrogatepass"))


def page_of(parts: Sequence[Part], page: int, room: int = LARGEST - BESIDE) -> tuple[list[Part], int]:
    """The parts on a page, and how many pages there are; what is too large for one is shortened.

    Args:
        parts: all of them, in order.
        page: which one, from 1 on.
        room: bytes of a page.

    Raises:
        Refused: there is no such page.

    """
    pages: list[list[Part]] = [[]]
    left = room
    for part in (shortened(part, room) for part in parts):
        taken = size(part) + 1
        if taken > left and pages[-1]:
            pages.append([])
            left = room
        pages[-1].append(part)
        left -= taken
    if not 1 <= page <= len(pages):
        raise Refused(f"there is no page {page}: {_counted(len(pages))}")
    return pages[page - 1], len(pages)


def text_page(text: str, page: int) -> tuple[str, int]:
    """A page of a text, and how many there are; joined they are the text."""
    found, pages = page_of(pieces(text), page)
    return "".join(found), pages


def pieces(text: str) -> list[str]:
    """The lines of a text with their ends, in pieces where one is too long for a page."""
    # A sign takes six bytes at most: `\\u001f`.
    widest = (LARGEST - BESIDE) // 6 - len('{"piece":""}')
    return [
        line[at : at + widest]
        for line in text.splitlines(keepends=True)
        for at in range(0, len(line), widest)
    ]


def shortened(part: Any, room: int) -> Any:
    """A part that fits: where it does not, long texts and lists in it are cut, and end in `...`."""
    for most in SHORT:
        if size(part) <= room:
            break
        part = _cut(part, most)
    return part


def shown(answer: Any) -> Any:
    """An answer in which no sign is hidden: nobody can tell an agent what a person does not see."""
    if isinstance(answer, str):
        return "\n".join(map(visible, answer.split("\n")))
    if isinstance(answer, dict):
        return {shown(key): shown(value) for key, value in answer.items()}
    return [shown(item) for item in answer] if isinstance(answer, list | tuple) else answer


def _cut(part: Any, most: int) -> Any:
    if isinstance(part, str):
        return part if len(part) <= most else f"{part[: most - 3]}..."
    if isinstance(part, dict):
        return {key: _cut(value, most) for key, value in part.items()}
    if isinstance(part, list | tuple):
        items = [_cut(item, most) for item in part]
        count = max(most // 3, 4)
        strings = all(isinstance(item, str) for item in items)
        return [*items[:count], *(["..."] if strings else [])] if len(items) > count else items
    return part


def _counted(pages: int) -> str:
    return "there is one" if pages == 1 else f"there are {pages}"
