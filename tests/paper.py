"""How far down each sheet of a printed page reaches: reads the PDF that Chromium writes, and no other."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

A4 = 841.89
"""Height of a sheet, in points."""

MARGIN = 14 / 25.4 * 72
"""The border of a sheet, as the page's style sheet has it, in points."""

_PAGE = re.compile(rb"/Type /Page\b.*?/Contents (\d+) 0 R", re.DOTALL)
_TOKENS = re.compile(rb"(?<![\w.])(q|Q|BT|cm|Tm|Td)(?!\w)|(-?\d*\.?\d+)|[A-Za-z'\"*]+")

Matrix = tuple[float, float, float, float, float, float]


def reach(file: Path) -> list[float]:
    """The part of each sheet, without its borders, that lies above its last line of text: 1 is a full one."""
    pdf = file.read_bytes()
    return [
        min(1.0, max(0.0, (A4 - MARGIN - lowest) / (A4 - 2 * MARGIN)))
        for lowest in (min(_lines(_stream(pdf, int(number))), default=A4) for number in _PAGE.findall(pdf))
    ]


def _stream(pdf: bytes, number: int) -> bytes:
    found = re.search(rb"\n%d 0 obj\s*<<(.*?)>>\s*stream\r?\n(.*?)\nendstream" % number, pdf, re.DOTALL)
    assert found
    return zlib.decompress(found[2]) if b"FlateDecode" in found[1] else found[2]


def _lines(content: bytes) -> list[float]:
    """The height above the lower border of a sheet at which each line of text stands, in points."""
    heights: list[float] = []
    numbers: list[float] = []
    matrices: list[Matrix] = [(1, 0, 0, 1, 0, 0)]
    for found in _TOKENS.finditer(content):
        word, number = found[1], found[2]
        if number is not None:
            numbers.append(float(number))
            continue
        if word == b"q":
            matrices.append(matrices[-1])
        elif word == b"Q":
            matrices.pop()
        elif word == b"cm":
            matrices[-1] = _times(numbers[-6:], matrices[-1])
        elif word == b"Tm":
            heights.append(_times(numbers[-6:], matrices[-1])[5])
        numbers = []
    return heights


def _times(inner: list[float], outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)
