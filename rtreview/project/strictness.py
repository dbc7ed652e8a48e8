"""Where one configuration lets more pass than another.

It is asked of a configuration below another, which may be stricter and never milder, and of what a change
makes of the one by which it is reviewed. Of a limit of the house nobody can tell which value is the milder,
so any other counts as milder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from rtreview.project.settings import Settings
from rtreview.rulebook.finding import Severity

if TYPE_CHECKING:
    from rtreview.rulebook.rulebook import Rule

RULE = "loosened-review"
"""What a finding goes by that tells of it."""

MOST_NAMES = 3
"""Rules or patterns that are named one by one."""


class Loosening(NamedTuple):
    """A setting, and what it does now that lets more pass: `no longer runs ...`."""

    setting: str
    what: str


def loosened(before: Settings, after: Settings) -> Iterator[Loosening]:
    """Each way in which settings are, or may be, milder than others."""
    yield from _paths(before, after)
    yield from _patterns("include", after.include, before.include, "no longer includes")
    yield from _patterns("exclude", before.exclude, after.exclude, "excludes")
    yield from _rules(before, after)
    if lost := [rule for rule in before.required if rule not in after.required]:
        yield Loosening("required", f"no longer requires {named(lost)}")
    yield from _severities(before, after)
    yield from _conditions(before, after)
    if _rank(after.fail_on) < _rank(before.fail_on):
        yield Loosening("fail-on", f"lowers `fail-on` from {before.fail_on} to {after.fail_on}")
    if after.baseline != before.baseline:
        yield Loosening("baseline", f"keeps its known findings in another file, `{after.baseline}`")
    if after.accept_in_same_change and not before.accept_in_same_change:
        yield Loosening("accept-in-same-change", "lets a change accept what it brings itself")
    site = after.rulebook.docs_url
    if site and site != before.rulebook.docs_url:
        yield Loosening("docs-url", f"leads the links of reports to `{site}`")
    yield from _fallbacks(before, after)


def named(names: Sequence[str]) -> str:
    """A few names, and how many more there are."""
    more = len(names) - MOST_NAMES
    listed = [f"`{name}`" for name in names[:MOST_NAMES]]
    if more > 0:
        return f"{', '.join(listed)} and {more:,} more"
    return " and ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)


def _rank(fail_on: str) -> int:
    """How much fails: nothing for `never`."""
    return -1 if fail_on == "never" else Severity(fail_on).rank


def _paths(before: Settings, after: Settings) -> Iterator[Loosening]:
    """What was looked at and is not any more; where no path is configured, that is everything."""
    folders = [_normal(path) for path in after.paths]
    lost = [
        path
        for path in before.paths or (".",)
        if folders and not any(_normal(path).is_relative_to(folder) for folder in folders)
    ]
    if lost:
        whole = "the whole repository" if lost == ["."] else named(lost)
        yield Loosening("paths", f"no longer looks at {whole}, only at {named(after.paths)}")


def _normal(path: str) -> PurePath:
    return PurePath(os.path.normpath(path))


def _patterns(setting: str, fewer: Sequence[str], more: Sequence[str], verb: str) -> Iterator[Loosening]:
    """What more patterns name than fewer; `!` takes back, so that one of those is missed where it is gone."""
    added = [pattern for pattern in more if not _takes_back(pattern) and pattern not in fewer]
    dropped = [pattern for pattern in fewer if _takes_back(pattern) and pattern not in more]
    common = [
        [pattern for pattern in side if pattern in other] for side, other in ((fewer, more), (more, fewer))
    ]
    if added or dropped:
        yield Loosening(
            setting, f"{verb} {named([*added, *(pattern.removeprefix('!') for pattern in dropped)])}"
        )
    elif common[0] != common[1] and any(map(_takes_back, common[0])):
        yield Loosening(setting, f"has the patterns of `{setting}` in another order")


def _takes_back(pattern: str) -> bool:
    return pattern.startswith("!")


def _rules(before: Settings, after: Settings) -> Iterator[Loosening]:
    """The rules that do not run any more, by what switches them off."""
    known = {rule.id for rule in after.rulebook}
    lost = [rule.id for rule in before.rulebook if before.runs(rule.id)]
    lost = [rule for rule in lost if rule not in known or not after.runs(rule)]
    gone = [rule for rule in lost if rule not in known]
    ignored = [rule for rule in lost if rule in known and rule in after.ignore]
    left = [rule for rule in lost if rule not in gone and rule not in ignored]
    if gone:
        yield Loosening("references", f"drops the rule {named(gone)}")
    if ignored:
        yield Loosening("ignore", f"ignores {named(ignored)}")
    if left:
        yield Loosening("select", f"no longer selects {named(left)}")


def _pairs(before: Settings, after: Settings) -> Iterator[tuple[Rule, Rule]]:
    """Each rule as it was and as it is."""
    now = {rule.id: rule for rule in after.rulebook}
    return ((rule, now[rule.id]) for rule in before.rulebook if rule.id in now)


def _severities(before: Settings, after: Settings) -> Iterator[Loosening]:
    """The rules that are milder in one of their cases, by what makes them so."""
    milder: dict[bool, list[tuple[str, str]]] = {}
    for was, rule in _pairs(before, after):
        for case, severity in _levels(was, before).items():
            now = _levels(rule, after).get(case, severity)
            if now.rank > severity.rank:
                is_configured = rule.id in after.severity or rule.id in before.severity
                name = f"severity.{rule.id}" if rule.id in after.severity else "severity"
                change = f"`{rule.id}` from {severity} to {now}"
                milder.setdefault(is_configured, []).append((name if is_configured else "references", change))
                break
    for changes in milder.values():
        more = len(changes) - MOST_NAMES
        listed = ", ".join(change for _, change in changes[:MOST_NAMES])
        yield Loosening(changes[0][0], f"lowers {listed}{f' and {more:,} more' if more > 0 else ''}")


def _levels(rule: Rule, settings: Settings) -> dict[str, Severity]:
    """The severity of each case of a rule."""
    level = settings.severity.get(rule.id)
    return dict.fromkeys(rule.severities, level) if level else rule.severities


def _conditions(before: Settings, after: Settings) -> Iterator[Loosening]:
    """The rules of a team that require something else; nobody can tell whether it is less."""
    others = [
        rule.id
        for was, rule in _pairs(before, after)
        if (was.section.texts.get("Rule"), was.section.stands_alone)
        != (rule.section.texts.get("Rule"), rule.section.stands_alone)
    ]
    if others:
        yield Loosening("references", f"changes the condition of {named(others)}")


def _fallbacks(before: Settings, after: Settings) -> Iterator[Loosening]:
    """The limits of the house, and what it assumes, with other values."""
    was, now = (
        {one.name: one.value for one in side.configured if one.name.partition(".")[0] in ("limits", "assume")}
        for side in (before, after)
    )
    for name in sorted(was.keys() | now.keys()):
        if name not in now:
            yield Loosening(name, f"no longer states `{name}`, which was {was[name]}")
        elif name not in was:
            yield Loosening(name, f"states `{name}` as {now[name]} where a design is silent")
        elif was[name] != now[name]:
            yield Loosening(name, f"changes `{name}` from {was[name]} to {now[name]}")
