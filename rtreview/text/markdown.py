"""Specs in Markdown: those in fences that open with `yaml rtreview`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rtreview.text.place import BREAK

MARKDOWN = (".md", ".markdown")
"""How the names of files end that hold specs in fences."""

# As text: they are compiled in a call that reads Markdown.
_FENCE = r"[ \t]*(?P<mark>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)"
_INFO = r"[ \t]*ya?ml[ \t]+rtreview(?:[ \t].*)?"


def has_spec(markdown: bytes) -> bool:
    """Whether a spec begins in this Markdown, be it readable or not."""
    if b"rtreview" not in markdown:
        return False
    return any(True for _ in fences(markdown.decode("utf-8-sig", "replace")))


def fences(markdown: str) -> Iterator[tuple[int, str]]:
    """The content of each `yaml rtreview` fence, and how many lines stand above it."""
    block: list[str] | None = None
    mark, above = "", 0
    for number, line in enumerate(BREAK.split(markdown)):
        fence = re.fullmatch(_FENCE, line)
        if not mark and fence:
            mark = fence["mark"]
            above = number + 1
            block = [] if re.fullmatch(_INFO, fence["info"]) else None
        elif fence and fence["mark"].startswith(mark) and not fence["info"].strip():
            if block is not None:
                yield above, "\n".join(block)
            mark, block = "", None
        elif block is not None:
            block.append(line)
    if block is not None:
        yield above, "\n".join(block)
