"""`rtreview config`."""

from __future__ import annotations

from rtreview.commands import call
from rtreview.commands.ending import say
from rtreview.commands.options import Paths, application, examples

app = application()


@app.command(
    epilog=examples(
        ("rtreview config", "for the current folder"),
        ("rtreview config docs/designs/", "for designs elsewhere"),
    )
)
def config(paths: Paths = None) -> None:
    """Print the settings in force, and where each comes from."""
    configured = call.configuration(paths)
    rows = list(configured.listed())
    name, value = (max(len(row[column]) for row in rows) for column in (0, 1))
    say(f"root  {configured.root}", "")
    say(*(f"{row.name:<{name}}  {row.value:<{value}}  {row.origin}" for row in rows))
