"""`rtreview schema`."""

from typing import Annotated

import typer

from rtreview.commands import call, offers
from rtreview.commands.ending import boundary
from rtreview.commands.options import References, application, examples, format_option
from rtreview.commands.outputs import outputs
from rtreview.language.notation import did_you_mean
from rtreview.render.format import OUTLINES
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
    formats: Annotated[list[str] | None, format_option(OUTLINES.formats)] = None,
    references: References = "",
) -> None:
    wanted = outputs(formats, OUTLINES.formats)
    if not field and not tree:
        for file in wanted.files.values():
            output.write((ROOT / "schemas" / "design.schema.json").read_text("utf-8"), file)
        return
    from rtreview.language import catalogue  # noqa: PLC0415 - who asks for the schema needs no outline of it
    from rtreview.language.spec import Spec  # noqa: PLC0415 - likewise
    from rtreview.language.tree import branches  # noqa: PLC0415 - likewise
    from rtreview.rulebook.outline import Outline, named  # noqa: PLC0415 - likewise

    found = named(field) if field else []
    if field and not found:
        names = tuple({name for branch in branches(Spec) for name in (branch.name, branch.key)})
        hint = catalogue.family(field) or did_you_mean(field, names) or ": see --tree"
        raise Refused(f"no field is called `{field}`{hint}")
    with boundary(wanted):
        rulebook = call.configuration(references=references).rulebook
    wanted.write(OUTLINES, Outline(field, found, rulebook, is_tree=tree))
