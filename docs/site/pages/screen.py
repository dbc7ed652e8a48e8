"""What a terminal shows, as a part of a page.

In Markdown it is plain text at 80 columns. On the site it has the colours of the program, and on a phone it
is laid out as in a terminal that is as narrow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

WIDE, NARROW = 80, 46
"""Columns of a terminal, and of a phone that is held upright."""

_STYLES = {
    "1": "bold", "2": "dim",
    "31": "red", "32": "green", "33": "yellow", "34": "blue", "35": "magenta", "36": "cyan",
}  # fmt: skip
"""What the codes of a terminal mean, as site.css names it."""

_SCREEN = re.compile(r"^```screen\n(.*?)\n\x1b\n(.*?)\n```$", re.DOTALL | re.MULTILINE)
_STYLED = re.compile(r"\x1b\[([\d;]+)m(.*?)\x1b\[0m", re.DOTALL)
_NEXT = re.compile(r"\n(?:\x1b\[1m)?go on with\b")


def screen(shown: Callable[[int], str]) -> str:
    """A block of what is shown at so many columns, with the codes of its colours."""
    wide, narrow = (shown(columns).strip("\n") for columns in (WIDE, NARROW))
    return f"```screen\n{wide}\n\x1b\n{narrow}\n```"


def without_next(report: str) -> str:
    """A report without what to call next."""
    return _NEXT.split(report, maxsplit=1)[0]


def plain(text: str) -> str:
    """A text in which each screen is a block of plain text."""
    return _SCREEN.sub(lambda found: f"```text\n{_STYLED.sub(_unstyled, found[1])}\n```", text)


def coloured(text: str) -> str:
    """A text in which each screen is HTML: for a wide window, and for a phone where that is another one."""

    def blocks(found: re.Match[str]) -> str:
        wide, narrow = found.groups()
        if wide == narrow:
            return _block(wide, "screen")
        return f"{_block(wide, 'screen wide')}\n\n{_block(narrow, 'screen narrow')}"

    return _SCREEN.sub(blocks, text)


def _block(lines: str, kinds: str) -> str:
    code = _STYLED.sub(_span, escape(lines, quote=False))
    return f'<div class="highlight {kinds}"><pre><code>{code}\n</code></pre></div>'


def _span(found: re.Match[str]) -> str:
    styles = " ".join(_STYLES[code] for code in found[1].split(";"))
    return f'<span class="{styles}">{found[2]}</span>'


def _unstyled(found: re.Match[str]) -> str:
    return found[2]
