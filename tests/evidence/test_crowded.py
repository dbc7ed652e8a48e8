"""Files of a deployment that once took minutes or gigabytes: an answer in seconds, and too much is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from bounds import bounded, written

MOST = 5
"""Seconds of the processor: a quiet machine needs less than 2."""

SERVER = "server { listen 80; location /ws { proxy_pass http://a; } }\n"

CROWDED = {
    "line breaks": ({"a.conf": "\n" * 1_000_000}, ""),
    "line breaks and braces": ({"nginx.conf": SERVER + "{" * 1_000_000}, "1 way"),
    "quotes that escapes keep open": ({"chart/templates/a.yaml": "kind: Service\n{{ " + '\\"' * 400_000}, ""),
}
"""Files, and what has to be told."""


@pytest.mark.slow
@pytest.mark.parametrize("case", CROWDED)
def test_a_deployment_is_answered_at_once(case: str, tmp_path: Path) -> None:
    """Whatever its files are full of."""
    files, sentence = CROWDED[case]
    written(tmp_path, files)
    assert sentence in bounded("evidence", ".", folder=tmp_path, most=MOST)
