"""`rtreview simulate`."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from rtreview.commands import call, offers
from rtreview.commands.ending import NOT_REVIEWED, boundary
from rtreview.commands.options import Config, NoConfig, Tint, application, examples, format_option
from rtreview.commands.outputs import Colour, outputs
from rtreview.project.project import designs
from rtreview.render.format import SIMULATIONS
from rtreview.simulate import NAMES, find
from rtreview.simulate.simulation import simulations, with_needs
from rtreview.text.sources import Source

app = application()


if TYPE_CHECKING:
    Happening = str  # mypy takes no enumeration whose members are computed
else:
    Happening = StrEnum("Happening", {name: name for name in NAMES})


@app.command(
    help="""Simulate what happens to a design, from its own numbers.

    Exit status: 0 something was simulated, 3 nothing could be.
    """,
    epilog=examples(
        ("rtreview simulate design.yaml --scenario deploy", "a deployment"),
        ("rtreview simulate design.yaml --set topology.nodes=8", "and with 8 nodes"),
    ),
)
def simulate(
    path: Annotated[
        str,
        typer.Argument(
            metavar="SPEC", help="A spec, or - for standard input.", autocompletion=offers.designs
        ),
    ],
    scenario: Annotated[
        Happening,
        typer.Option(help="What happens. Ten million clients and an hour take a fraction of a second."),
    ] = NAMES[0],
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="Compare with the design in which this is set.",
            autocompletion=offers.settings,
        ),
    ] = None,
    formats: Annotated[list[str] | None, format_option(SIMULATIONS.formats)] = None,
    config: Config = None,
    no_config: NoConfig = False,
    color: Tint = Colour.AUTO,
) -> None:
    wanted = outputs(formats, SIMULATIONS.formats, color)
    with boundary(wanted):
        policy = call.policy(call.configuration([path], file=call.chosen(config, no_config=no_config)))
        found = find(scenario)
        results = []
        for document, design in designs(Source(path), policy):
            told = simulations(found, document, design, changes or (), policy.fallbacks)
            results += with_needs(list(told), document, design, policy.fallbacks)
        tells = any(simulation.curves for simulation in results)
        wanted.write(SIMULATIONS, results)
    if not tells:
        raise typer.Exit(NOT_REVIEWED)
