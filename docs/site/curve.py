"""The first contacts as a picture, from the numbers that stand in the page."""

from __future__ import annotations

import re

_SCORE = re.compile(
    r"^batch (\w+): +\d+% found, (\d+) of (\d+) faults .*?; (\d+) asked about, (\d+) wrong alarms",
    re.MULTILINE,
)
_STEP, _BAR, _LEFT, _TOP, _HEIGHT = 30, 22, 66, 12, 200
_BASE = _TOP + _HEIGHT


def curve(markdown: str) -> str:
    """What was found and asked about of each batch, and the wrong alarms below it; as HTML.

    Its colours are those of the text around it, so that it fits both schemes.
    """
    scores = [(name, *map(int, counts)) for name, *counts in _SCORE.findall(markdown)]
    named, found = sum(score[2] for score in scores), sum(score[1] for score in scores)
    right = _LEFT + len(scores) * _STEP
    lines = [
        f'<path d="M{_LEFT - 4} {_height(share)}H{right}"/>'
        f'<text x="{_LEFT - 8}" y="{_height(share) + 4}" text-anchor="end">{share:.0%}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    bars = [_bar(_LEFT + number * _STEP, *score) for number, score in enumerate(scores)]
    told = f"Of {named} faults in {len(scores)} batches of unseen designs {found} were found."
    return "\n".join(
        [
            '<figure class="curve">',
            f'<svg viewBox="0 0 {right} {_BASE + 40}" role="img" aria-label="{told}">',
            *lines,
            *bars,
            f'<text class="alarms" x="{_LEFT - 8}" y="{_BASE + 34}" text-anchor="end">alarms</text>',
            "</svg>",
            "<figcaption>Of the faults that owners named in each batch, the share that was",
            '<b class="found">found</b> and that was <b class="asked">asked about</b>. Below it, how many',
            "alarms were wrong.</figcaption>",
            "</figure>",
        ]
    )


def _height(share: float) -> float:
    return round(_BASE - _HEIGHT * share, 1)


def _bar(x: int, name: str, found: int, named: int, asked: int, alarms: int) -> str:
    """A batch: what was found from the ground up, what was asked about on top of it."""
    middle, low, high = x + _BAR / 2, _height(found / named), _height((found + asked) / named)
    told = f"Batch {name}: of {named} faults {found} found, {asked} asked about; {alarms} wrong alarms"
    return (
        f"<g><title>{told}</title>"
        f'<rect class="found" x="{x}" y="{low}" width="{_BAR}" height="{_BASE - low:.1f}"/>'
        f'<rect class="asked" x="{x}" y="{high}" width="{_BAR}" height="{low - high:.1f}"/>'
        f'<text x="{middle}" y="{_BASE + 16}" text-anchor="middle">{name}</text>'
        f'<text class="alarms" x="{middle}" y="{_BASE + 34}" text-anchor="middle">{alarms}</text></g>'
    )
