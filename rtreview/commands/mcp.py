"""`rtreview mcp`."""

from typing import Annotated

import typer

from rtreview.commands.options import application, examples
from rtreview.rulebook import rulebook
from rtreview.text.refusal import lacking

app = application()


@app.command(
    help="""Serve designs and references to a coding agent.

    It speaks the Model Context Protocol over standard input and output, reads designs below one folder,
    and writes nothing. It needs the extra `mcp`.
    """,
    epilog=examples(
        ("rtreview mcp --root .", "what a host of agents starts"),
        ("rtreview mcp --root docs/designs", "and no design beside these"),
    ),
)
def mcp(
    root: Annotated[
        str, typer.Option("--root", metavar="DIR", help="The folder below which designs are read.")
    ] = ".",
) -> None:
    try:
        from rtreview.agents.server import serve  # noqa: PLC0415 - its packages are an extra
    except ModuleNotFoundError as missing:
        raise lacking("rtreview mcp", missing, "mcp") from None
    serve(root, rulebook.load())
