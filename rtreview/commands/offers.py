"""What a shell is offered for a word that is being typed: designs, ids, platforms, fields and values.

Where nothing is offered, a shell offers its own files.
"""

import os
import re
import shlex
from collections.abc import Iterable, Iterator

VARIABLE = "_RTREVIEW_COMPLETE"
"""Set by the script of a shell where it asks what could stand at the cursor."""


def answer_shells() -> None:
    """Let typer answer where a shell asks."""
    if VARIABLE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]  # noqa: PLC0415 - for shells

        completion_init()


def rules(incomplete: str) -> list[tuple[str, str]]:
    """Rules with their titles; of a list with commas, the last one."""
    from rtreview.rulebook import rulebook  # noqa: PLC0415 - only a shell asks for them

    before, comma, begun = incomplete.rpartition(",")
    sections = rulebook.load().sections.items()
    named = ((name, section.title) for name, section in sections if section.kind == "validation")
    return [(f"{before}{comma}{name}", title) for name, title in _begun(named, begun)]


def sections(incomplete: str) -> list[tuple[str, str]]:
    """What `explain` can print, with titles."""
    from rtreview.rulebook import rulebook  # noqa: PLC0415 - likewise

    named = ((name, section.title) for name, section in rulebook.load().sections.items())
    return list(_begun(named, incomplete))


def platforms(incomplete: str) -> list[tuple[str, str]]:
    """Platforms of the catalogue, with their names."""
    from rtreview.language import catalogue  # noqa: PLC0415 - likewise

    return list(_begun(((platform.id, platform.name) for platform in catalogue.load()), incomplete))


def fields(incomplete: str) -> list[tuple[str, str]]:
    """Fields and sections of the language, with what they mean."""
    from rtreview.language.spec import Spec  # noqa: PLC0415 - likewise
    from rtreview.language.tree import branches  # noqa: PLC0415 - likewise

    named = ((branch.name, branch.entry.description) for branch in branches(Spec))
    return list(_begun(named, incomplete))


def settings(incomplete: str) -> list[tuple[str, str]]:
    """Fields that `--set` can set, with what they mean; behind the `=` of one, the words that it takes."""
    from rtreview.language import tree  # noqa: PLC0415 - likewise
    from rtreview.language.spec import Spec  # noqa: PLC0415 - likewise

    field, is_set, word = incomplete.partition("=")
    if not is_set:
        named = ((f"{branch.name}=", branch.entry.description) for branch in tree.settable(Spec))
        return list(_begun(named, incomplete))
    words = next((branch.words for branch in tree.settable(Spec) if branch.name == field), {})
    return [(f"{field}={value}", meaning) for value, meaning in _begun(words.items(), word)]


def designs(incomplete: str) -> list[str]:
    """Files in the folder that is typed which hold a design, be they called so or not."""
    folder, slash, begun = incomplete.rpartition("/")
    try:
        with os.scandir(os.path.expanduser(folder + slash) or ".") as entries:  # noqa: PTH111 - a `Path` has no `/`
            files = sorted((entry.name, entry.path) for entry in entries if entry.is_file())
    except OSError:
        return []
    # A shell knows best how it quotes, and a list with such a name in it would be split.
    plain = ((name, path) for name, path in files if name.startswith(begun) and shlex.quote(name) == name)
    return [f"{folder}{slash}{name}" for name, path in plain if _holds_design(path)]


def _holds_design(path: str) -> bool:
    from rtreview.text.markdown import MARKDOWN, has_spec  # noqa: PLC0415 - likewise
    from rtreview.text.sources import Source, read  # noqa: PLC0415 - likewise

    if path.lower().endswith(MARKDOWN):
        return has_spec(read(Source(path)).content)
    is_yaml = path.lower().endswith((".yaml", ".yml"))
    return is_yaml and bool(re.search(rb"^rtreview[ \t]*:", read(Source(path)).content, re.MULTILINE))


def _begun(named: Iterable[tuple[str, str]], incomplete: str) -> Iterator[tuple[str, str]]:
    return ((name, text) for name, text in named if name.startswith(incomplete))
