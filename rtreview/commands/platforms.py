"""`rtreview platforms`."""

from typing import Annotated

import typer

from rtreview.commands import offers
from rtreview.commands.options import application, examples, format_option
from rtreview.commands.outputs import outputs
from rtreview.language import catalogue
from rtreview.language.notation import did_you_mean
from rtreview.render.format import PLATFORMS, Context
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
    formats: Annotated[list[str] | None, format_option(PLATFORMS.formats)] = None,
) -> None:
    wanted = outputs(formats, PLATFORMS.formats)
    if not name:
        wanted.write(PLATFORMS, catalogue.load())
        return
    platform = catalogue.find(name)
    if platform is None:
        hint = catalogue.family(name) or did_you_mean(name, catalogue.names()) or ": see `rtreview platforms`"
        raise Refused(f"no platform is called `{name}`{hint}")
    wanted.write(PLATFORMS, [platform], Context(is_verbose=True))
