"""Text of strangers on a terminal and in the log of a build: it shows what it is, and nothing in it acts."""

from __future__ import annotations

import re
import unicodedata

_JOINERS, _EMOJI = r"\u200c\u200d", r"\ufe0e\ufe0f"
# As text: it is compiled in a call that meets a sign beyond ASCII.
HIDDEN = (
    # Controls, and what ends a line (Cc, Zl, Zp); half of a surrogate pair (Cs); what XML forbids.
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff"
    # Default_Ignorable_Code_Point: fillers, marks of direction, tags, variation selectors, and those to come.
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"
    # The other signs of format (Cf), but for those that can be seen: Prepended_Concatenation_Mark.
    r"\ufff9-\ufffb\U00013430-\U0001343f]"
    # Persian is written with the joiners, and emoji with both. Behind one another they only hide something.
    rf"|(?<=[{_JOINERS}{_EMOJI}])[{_EMOJI}]|(?<=[{_JOINERS}])[{_JOINERS}]"
)
"""What is made visible, wherever it is shown, from Unicode's own properties: the one table of it."""

_COMMAND = r"^\s*:(?=:)|#(?=#\w*\[)"


def visible(text: str) -> str:
    """Text without what moves the cursor, colours the screen, turns the direction of writing or hides.

    Each such sign becomes the replacement sign: lengths stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return re.sub(HIDDEN, "\N{REPLACEMENT CHARACTER}", text)


def harmless(line: str) -> str:
    """A visible line that no log of a build takes for a command; of the same length.

    GitHub's runner obeys `::name ...::` after blanks and `##[name]` anywhere, Azure's and TeamCity's obey
    `##vso[...]` and `##teamcity[...]`: the first sign becomes the replacement sign. GitHub's compares as
    a language does, so signs without a weight do not part the others.
    """
    line = visible(line)
    if line.count(":") < 2 and line.count("#") < 2:
        return line
    weighty = [at for at, sign in enumerate(line) if sign.isascii() or not _is_weightless(sign)]
    signs = list(line)
    for found in re.finditer(_COMMAND, "".join(line[at] for at in weighty)):
        signs[weighty[found.end() - 1]] = "\N{REPLACEMENT CHARACTER}"
    return "".join(signs)


def _is_weightless(sign: str) -> bool:
    """Whether a comparison may overlook a sign: marks, format, and what is not assigned."""
    return unicodedata.category(sign)[0] in "MC"


def cells(text: str) -> int:
    """The columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.combining(sign) > 0 for sign in text)
