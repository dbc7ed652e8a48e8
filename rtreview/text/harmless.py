"""Text of strangers on a terminal and in the log of a build: it shows what it is, and nothing in it acts."""

from __future__ import annotations

import re
import unicodedata

# As text: they are compiled in a call that meets what they look for.
_CONTROL = (
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_SILENT = r"[\u200c\u200d\ufe00-\ufe0f]"
_COMMAND = rf"(^(?:\s|{_SILENT})*):(?={_SILENT}*:)|#(?={_SILENT}*#(?:\w|{_SILENT})*\[)"


def visible(text: str) -> str:
    """Text without what moves the cursor, colours the screen, turns the direction of writing or hides.

    Each such sign, half of a surrogate pair, and what XML forbids becomes the replacement sign: lengths stay.
    """
    # What Python takes for printable has none of them.
    return text if text.isprintable() else re.sub(_CONTROL, "\N{REPLACEMENT CHARACTER}", text)


def harmless(line: str) -> str:
    """A visible line that no log of a build takes for a command; of the same length.

    GitHub's runner obeys `::name ...::` after blanks and `##[name]` anywhere, Azure's and TeamCity's obey
    `##vso[...]` and `##teamcity[...]`: the first sign becomes the replacement sign. GitHub's compares as
    a language does, so signs without a weight do not part the others.
    """
    line = visible(line)
    if line.count(":") < 2 and line.count("#") < 2:
        return line
    return re.sub(_COMMAND, lambda found: f"{found[1] or ''}\N{REPLACEMENT CHARACTER}", line)


def cells(text: str) -> int:
    """The columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.combining(sign) > 0 for sign in text)
