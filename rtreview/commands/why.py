"""`rtreview why`."""

from typing import Annotated

import typer

from rtreview.commands import call, offers
from rtreview.commands.ending import boundary
from rtreview.commands.options import Config, NoConfig, References, application, examples, format_option
from rtreview.commands.outputs import outputs
from rtreview.render.format import EXPLANATIONS
from rtreview.reviews import why as reasons
from rtreview.text.refusal import Refused

app = application()


@app.command(
    help="""Tell what a rule says of a design, and what would change it.

    It also tells what the rule has read, and where that stands.
    """,
    epilog=examples(
        ("rtreview why missing-heartbeat design.yaml", "why it fires, or passes"),
        ("rtreview why missing-heartbeat docs/chat.md", "of a spec in a document"),
    ),
)
def why(
    rule: Annotated[
        str, typer.Argument(metavar="RULE", help="The id of a rule.", autocompletion=offers.rules)
    ],
    path: Annotated[
        str,
        typer.Argument(
            metavar="SPEC", help="A spec, or - for standard input.", autocompletion=offers.designs
        ),
    ],
    formats: Annotated[list[str] | None, format_option(EXPLANATIONS.formats)] = None,
    references: References = "",
    config: Config = None,
    no_config: NoConfig = False,
) -> None:
    wanted = outputs(formats, EXPLANATIONS.formats)
    with boundary(wanted):
        configured = call.configuration([path], references, file=call.chosen(config, no_config=no_config))
        named = call.rules("why", [rule], configured)
        if len(named) > 1:
            raise Refused("why: name one rule")
        policy = call.policy(configured, select=named)
        wanted.write(EXPLANATIONS, reasons.explain(call.reviewed(path, policy), named[0], policy))
