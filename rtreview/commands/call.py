"""What a call reviews, and how: the options of the command line, put over the configuration."""

import os
import sys
from collections.abc import Sequence
from datetime import date
from functools import partial

from rtreview.language.notation import did_you_mean
from rtreview.project import nearest
from rtreview.project.nearest import Configurations
from rtreview.project.project import Comparison, Project, review_source
from rtreview.project.settings import Settings
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Review, readable
from rtreview.rulebook import rulebook
from rtreview.rulebook.references import search
from rtreview.rulebook.rulebook import Rulebook
from rtreview.text.refusal import Refused
from rtreview.text.sources import Source
from rtreview.text.tree import DISK, Tree

MOST_RULES = 4
"""Rules that a message names."""


def configuration(
    paths: Sequence[str] | None = None, references: str = "", *, file: str | None = None
) -> Settings:
    """The settings for a call with these paths, with the one rulebook that the call has.

    Args:
        paths: what it names.
        references: a folder in place of the configured one.
        file: what `--config` names, or `--no-config` says.

    Raises:
        Unusable: the configuration or the references of the team have mistakes.
        Refused: the folder of references that is given holds none, or the file no configuration.

    """
    return nearest.load(paths or [], rulebook.load(), references, file=file)


def chosen(config: str | None, *, no_config: bool) -> str | None:
    """What `--config` and `--no-config` say together, as `configuration` takes it.

    Raises:
        Refused: they contradict each other, or name no file.

    """
    if config is None:
        return nearest.NONE if no_config else None
    if no_config:
        raise Refused("--config and --no-config contradict each other")
    if not config:
        raise Refused("--config: an empty name is no file")
    return config


def configuration_of(
    base: str, paths: Sequence[str] | None, references: str = "", *, file: str | None = None
) -> Settings:
    """The settings that are in force in a revision as it is now, however old the current branch.

    Raises:
        Unusable: as `configuration`, with the revision before the name of the file.
        Refused: as `configuration`; or git does not have the revision.

    """
    return _configurations(references, file, base, paths).of(nearest.common_folder(paths or []))


def _configurations(
    references: str, file: str | None, base: str = "", paths: Sequence[str] | None = None
) -> Configurations:
    """Those of the files as they are, or of a revision."""
    tree: Tree = DISK
    if base:
        from rtreview.text.git import Revision  # noqa: PLC0415 - most calls compare nothing

        tree = Revision(base, nearest.common_folder(paths or []), parted=False)
    return Configurations(rulebook.load(), references, file=file, tree=tree, revision=base)


def _comparison(base: str, paths: Sequence[str] | None, references: str, file: str | None) -> Comparison:
    """What a change is held against, and what it makes of the settings that are in force."""
    from rtreview.text.git import Revision  # noqa: PLC0415 - most calls compare nothing

    parted = Revision(base, nearest.common_folder(paths or []))
    before = Configurations(rulebook.load(), references, file=file, tree=parted)
    return Comparison(parted, before, _configurations(references, file), paths or ())


def project(
    paths: Sequence[str] | None,
    *,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    references: str = "",
    config: str | None = None,
    base: str = "",
    today: str = "",
    jobs: int = 0,
    with_accepted: bool = True,
    with_numbers: bool = False,
    keeps_readings: bool = False,
) -> Project:
    """The designs that a call asks for, and how it wants them reviewed.

    Raises:
        Refused: the options contradict each other or the configuration, or no path is given.
        Unusable: the configuration or the references of the team have mistakes.

    """
    configurations = _configurations(references, config, base, paths)
    folder = nearest.common_folder(paths or [])
    configured = configurations.of(folder)
    named = paths or [os.path.relpath(configured.root / path) for path in configured.paths]
    if not named:
        raise Refused("no PATH is given, and no configuration names one under `paths`")
    reviewing = partial(policy, select=select, ignore=ignore, today=today, with_accepted=with_accepted)
    reviewing(configured)
    return Project(
        named,
        folder,
        configurations,
        reviewing,
        with_numbers=with_numbers,
        jobs=jobs,
        progress=sys.stderr,
        keeps_readings=keeps_readings,
        comparison=_comparison(base, paths, references, config) if base else None,
    )


def policy(
    configured: Settings,
    *,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    today: str = "",
    with_accepted: bool = True,
) -> Policy:
    """What is configured, and what the command line says instead."""
    selected, ignored = rules("--select", select, configured), rules("--ignore", ignore, configured)
    # Who selects a rule wants it, whatever is ignored as a rule.
    ignored = ignored or (() if selected else tuple(configured.ignore))
    selected = selected or tuple(configured.select)
    required = [name for name in configured.required if name in ignored]
    if required:
        raise Refused(f"--ignore: the configuration requires `{required[0]}`")
    if selected and set(selected) <= set(ignored):
        raise Refused("--select and --ignore leave no rule to run")
    return configured.policy._replace(
        select=selected, ignore=ignored, with_accepted=with_accepted, today=_day(today)
    )


def rules(option: str, written: Sequence[str] | None, configured: Settings) -> tuple[str, ...]:
    """The ids that an option lists.

    Raises:
        Refused: it lists none, or one that no rule has.

    """
    names = tuple(name.strip() for part in written or () for name in part.split(",") if name.strip())
    if written and not names:
        raise Refused(f"{option}: it names no rule")
    if names:
        known = tuple(rule.id for rule in configured.rulebook)
        for name in names:
            if name not in known:
                hint = _readers(name, configured.rulebook) or did_you_mean(name, known)
                raise Refused(f"{option}: no rule is called `{name}`{hint}")
    return names


def _readers(name: str, rulebook: Rulebook) -> str:
    """For a message, the rules that speak of a word or read a field; nothing where none does."""
    # It makes all of the language, which only a mistake needs.
    from rtreview.rulebook import outline  # noqa: PLC0415

    spoken = [] if "." in name else search((rule.section for rule in rulebook), name.split())
    found = [section.id for section in spoken]
    for field in () if found else outline.named(name):
        found += (rule.id for rule in rulebook.readers(field.path) if rule.id not in found)
    if not found:
        return ""
    more = f" and {len(found) - MOST_RULES} more" if len(found) > MOST_RULES else ""
    named = ", ".join(f"`{rule}`" for rule in found[:MOST_RULES])
    said, command = ("is spoken of in", "rules") if spoken else ("is read by", "schema")
    return f"; it {said} {named}{more}: see `rtreview {command} {name}`"


def reviewed(path: str, asked: Policy) -> list[Review]:
    """The reviews of a file, as `readable` gives them."""
    return readable(review_source(Source(path), asked))


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(f"--today: expected a day such as 2027-01-31, found `{text}`") from None
