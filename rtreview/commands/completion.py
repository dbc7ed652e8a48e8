"""`rtreview completion`, and what a shell is offered where a word is typed."""

from enum import StrEnum
from typing import Annotated

import typer

from rtreview.commands.offers import VARIABLE
from rtreview.commands.options import application, examples
from rtreview.text import output

app = application()

BASH = """\
_rtreview_completion() {
    # Bash ends a word at = and begins another behind it; here they are one.
    local IFS=$'\\n'
    local words="${COMP_WORDS[*]:0:COMP_CWORD+1}"
    words=${words//$'\\n'=/=} words=${words//=$'\\n'/=}
    local word=${words##*$'\\n'} before=${words//[^$'\\n']}
    COMPREPLY=( $( env COMP_WORDS="$words" COMP_CWORD=${#before} {variable}=complete_bash "$1" ) )
    if [[ $COMP_WORDBREAKS == *=* ]]; then
        COMPREPLY=( "${COMPREPLY[@]#"${word%"${word##*=}"}"}" )
    fi
    if [[ ${COMPREPLY-} == *= ]]; then
        compopt -o nospace
    fi
}

complete -o default -F _rtreview_completion rtreview
"""
"""In place of typer's, by which nothing behind a = is completed."""


class Shell(StrEnum):
    """A shell that typer writes a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


@app.command(
    help="""Print the script by which a shell completes what you type.

    That is commands, options, designs, ids, platforms, fields and their values.
    """,
    epilog=examples(
        ('eval "$(rtreview completion bash)"', "in ~/.bashrc"),
        ("rtreview completion zsh > ~/.zfunc/_rtreview", "a folder of $fpath"),
    ),
)
def completion(shell: Annotated[Shell, typer.Argument(help="The shell.", show_default=False)]) -> None:
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # noqa: PLC0415 - once

    script = get_completion_script(prog_name="rtreview", complete_var=VARIABLE, shell=shell.value)
    output.write(BASH.replace("{variable}", VARIABLE) if shell is Shell.BASH else f"{script}\n")
