"""`rtreview schema`."""

from __future__ import annotations

from rtreview.commands.options import application
from rtreview.text import output
from rtreview.text.shipped import ROOT

app = application()


@app.command()
def schema() -> None:
    """Print the JSON Schema of a spec, for an editor."""
    output.write((ROOT / "schemas" / "design.schema.json").read_text("utf-8"))
