"""`rtreview lsp`."""

from typing import Annotated

import typer

from rtreview.commands.options import application, examples
from rtreview.rulebook import rulebook
from rtreview.text.refusal import lacking

app = application()


@app.command(
    help="""Serve an editor over the Language Server Protocol.

    It speaks over standard input and output, reviews what is open while it is typed, and writes
    nothing. It needs the extra `lsp`.
    """,
    epilog=examples(
        ("rtreview lsp", "what an editor starts"),
        ("rtreview lsp --stdio", "the same, as some editors call it"),
    ),
)
def lsp(
    stdio: Annotated[
        bool, typer.Option("--stdio", help="What many editors add; there is no other way.")
    ] = False,
) -> None:
    del stdio
    try:
        from rtreview.editors.server import serve  # noqa: PLC0415 - its packages are an extra
    except ModuleNotFoundError as missing:
        raise lacking("rtreview lsp", missing, "lsp") from None
    serve(rulebook.load())
