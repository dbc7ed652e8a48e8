"""`rtreview schema`."""

from __future__ import annotations

from typing import Annotated

import typer

from rtreview.commands import call, offers
from rtreview.commands.options import References, application, examples
from rtreview.language.notation import did_you_mean
from rtreview.text import output
from rtreview.text.refusal import Refused
from rtreview.text.shipped import ROOT

app = application()


@app.command(
    help="Tell what a field means, or print the JSON Schema of a spec.",
    epilog=examples(
        ("rtreview schema transport.heartbeat.interval", "what it means, word by word"),
        ("rtreview schema --tree", "all fields"),
    ),
)
def schema(
    field: Annotated[
        str,
        typer.Argument(
            help="A field or section, such as transport.heartbeat.",
            show_default=False,
            autocompletion=offers.fields,
        ),
    ] = "",
    tree: Annotated[
        bool,
        typer.Option("--tree", help="All fields, or those of a section, each with what may stand there."),
    ] = False,
    references: References = "",
) -> None:
    if not field and not tree:
        output.write((ROOT / "schemas" / "design.schema.json").read_text("utf-8"))
        return
    from rtreview.language.spec import Spec  # noqa: PLC0415 - likewise
    from rtreview.language.tree import branches  # noqa: PLC0415 - likewise
    from rtreview.render import outline  # noqa: PLC0415 - who asks for the schema needs no outline of it

    width = output.width()
    if not field:
        output.write(outline.tree(width))
        return
    found = outline.named(field)
    if not found:
        names = tuple({name for branch in branches(Spec) for name in (branch.name, branch.key)})
        raise Refused(f"no field is called `{field}`{did_you_mean(field, names) or ': see --tree'}")
    if tree:
        output.write("".join(outline.tree(width, branch) for branch in found))
    elif len(found) > 1:
        output.write(outline.several(field, found, width))
    else:
        rulebook = call.configuration(references=references).rulebook
        output.write(outline.page(found[0], rulebook, width))
