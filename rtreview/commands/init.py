"""`rtreview init`."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from rtreview.commands.ending import say
from rtreview.commands.options import application, examples
from rtreview.init import beginning
from rtreview.rulebook import rulebook
from rtreview.text import output
from rtreview.text.refusal import Refused

app = application()


def _answer(question: str) -> Any:
    """An option that answers a question; `init/questions.py` has the questions."""
    return typer.Option(metavar="ANSWER", help=question, show_default=False)


@app.command(
    help="""Write the first spec of a design, from ten questions. `?` means don't know, `back` goes back.

    Every choice follows a pattern and names it in a comment; what nobody knows stays open. Without a
    terminal, standard input has an answer a line; an empty one takes what is usual.
    """,
    epilog=examples(
        ("rtreview init", "asks in the terminal"),
        ("rtreview init --defaults --purpose chat chat.yaml", "asks nothing"),
    ),
)
def init(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="Where to write it, or - for standard output.")
    ] = "design.rtreview.yaml",
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Ask nothing: what is not answered below is as usual.")
    ] = False,
    template: Annotated[
        str, typer.Option("--template", metavar="NAME", help="Begin with an example, such as team-chat.")
    ] = "",
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="PATH",
            help="Begin with what runs: folders and files of a deployment, an AsyncAPI document among them.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Tell why each choice was made.")] = False,
    purpose: Annotated[str, _answer("What is built: chat, dashboard, game, ...")] = "",
    writers: Annotated[str, _answer("Who sends: server, devices, one, or many.")] = "",
    connections: Annotated[str, _answer("Open at the peak, 20k.")] = "",
    room: Annotated[str, _answer("Members of the largest room, document or match.")] = "",
    clients: Annotated[str, _answer("What connects: browser, ios, android, device, ...")] = "",
    path: Annotated[str, _answer("Proxies and host, from the client on: cloudflare,heroku.")] = "",
    library: Annotated[str, _answer("Library or service that carries the messages.")] = "",
    nodes: Annotated[str, _answer("Servers that hold the connections.")] = "",
    offline: Annotated[str, _answer("How long people work without a connection, or none.")] = "",
    presence: Annotated[str, _answer("Whether users see who is online: yes or no.")] = "",
) -> None:
    options = {"purpose": purpose, "writers": writers, "connections": connections, "room": room}
    options |= {"clients": clients, "path": path, "library": library, "nodes": nodes}
    options |= {"offline": offline, "presence": presence}
    answers = {name: answer for name, answer in options.items() if answer.strip()}
    if not file:
        raise Refused("FILE is empty: name a file, or - for standard output")
    if file != "-" and not force and os.path.lexists(file):
        raise Refused(f"`{file}` exists already: --force overwrites it")
    if bool(template) + bool(source) + bool(answers or defaults) > 1:
        raise Refused("a design begins with answers, with --template or with --from: with one of them")
    if template:
        begun = beginning.from_template(template)
    elif source:
        begun = beginning.from_files(source, str(Path(file).parent))
    else:
        begun = beginning.from_answers(answers, asks=not defaults)
    output.write(begun.text, "" if file == "-" else file)
    reasons = beginning.explanation(begun.statements, rulebook.load().sections) if explain else ""
    if file == "-":
        sys.stderr.write(reasons)
    else:
        output.write(reasons)
        say(*beginning.summary(begun, file))
