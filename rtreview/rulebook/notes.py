"""Notes of a review that follow from no rule, as sections that can be explained like one."""

from __future__ import annotations

from pathlib import Path

from rtreview.rulebook.references import Section

_UNKNOWN_PLATFORM = """\
## unknown-platform: A name in the design is not in the catalogue

### Why

A library, a service, a broker or a hop whose name the catalogue has brings its defaults: its idle
timeout, its heartbeat, the largest message that it takes. Of any other name nothing is known, so
rules that compare with these numbers come to no verdict. The note is a warning where the name is
nearly that of a platform, and else an info.

### The fix

Correct the name if it is misspelt: `rtreview platforms` lists the catalogue. If it is your own,
state what it does: of a hop on the path by its fields, such as `{name: mobile-network,
idle_timeout: 5m}`, and `rtreview schema transport.path` shows them all; of a library in the fields
themselves, such as `transport.heartbeat` and `transport.reconnect`. Where it is open which one it
will be, `cdn`, `proxy`, `load-balancer`, `host` or `network` stands for any.
"""

NOTES = {
    "unknown-platform": Section(
        id="unknown-platform",
        kind="note",
        topic="",
        title="A name in the design is not in the catalogue",
        file=Path(__file__).name,
        line=1,
        facts={},
        content=_UNKNOWN_PLATFORM.encode(),
        is_ours=True,
    )
}
"""By their ids."""
