"""`rtreview why`."""

from __future__ import annotations

from typing import Annotated

import typer

from rtreview.commands import call, offers
from rtreview.commands.options import Config, NoConfig, References, application, examples
from rtreview.render import text
from rtreview.reviews import why as reasons
from rtreview.text import output
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
    references: References = "",
    config: Config = None,
    no_config: NoConfig = False,
) -> None:
    configured = call.configuration([path], references, file=call.chosen(config, no_config=no_config))
    named = call.rules("why", [rule], configured)
    if len(named) > 1:
        raise Refused("why: name one rule")
    policy = call.policy(configured, select=named)
    explanations = reasons.explain(call.reviewed(path, policy), named[0], policy)
    output.write(text.render_why(explanations, width=output.width()))
