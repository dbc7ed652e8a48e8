"""`rtreview platforms`."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

import typer

from rtreview.commands import offers
from rtreview.commands.options import application, examples
from rtreview.language import catalogue
from rtreview.language.notation import did_you_mean
from rtreview.text import output
from rtreview.text.refusal import Refused

app = application()


@app.command(
    help="List the platforms of the catalogue, or print one of them.",
    epilog=examples(
        ("rtreview platforms", "all of them"), ("rtreview platforms aws-alb", "one with its sources")
    ),
)
def platforms(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="An id or an alias.", autocompletion=offers.platforms)
    ] = "",
) -> None:
    if not name:
        every = catalogue.load()
        width = max(len(platform.id) for platform in every)
        kinds = groupby(every, key=lambda platform: platform.kind)
        blocks = (
            f"{kind}\n" + "".join(f"  {platform.id:<{width}}  {platform.name}\n" for platform in members)
            for kind, members in kinds
        )
        output.write("\n".join(blocks))
        return
    platform = catalogue.find(name)
    if platform is None:
        hint = did_you_mean(name, catalogue.names()) or ": see `rtreview platforms`"
        raise Refused(f"no platform is called `{name}`{hint}")
    output.write((catalogue.FOLDER / f"{platform.id}.yaml").read_text("utf-8"))
