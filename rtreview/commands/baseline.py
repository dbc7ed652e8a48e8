"""`rtreview baseline`."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rtreview.commands import call
from rtreview.commands.ending import NOT_REVIEWED, end, say
from rtreview.commands.options import Config, NoConfig, Paths, Today, application, examples
from rtreview.history.baseline import Baseline
from rtreview.reviews.report import Review
from rtreview.text import output
from rtreview.text.refusal import Refused

app = application(
    no_args_is_help=True,
    help="Set today's findings apart, so that only new ones count.",
    epilog=examples(
        ("rtreview baseline write docs/", "takes up what is found today"),
        ("rtreview baseline prune docs/", "drops what hides nothing any more"),
    ),
)


@app.callback()
def _group() -> None: ...


@app.command(help="Take up everything that is found now; what is known already keeps its day.")
def write(paths: Paths = None, config: Config = None, no_config: NoConfig = False, today: Today = "") -> None:
    project = call.project(paths, config=call.chosen(config, no_config=no_config), today=today)
    reviews = project.reviews()
    written: dict[Path, Baseline] = {}
    for part, numbers in project.parted(reviews).items():
        known = part.baseline()
        if known or numbers:
            known = known or Baseline(part.baseline_file)
            taken = known.taken([reviews[number] for number in numbers], part.policy)
            output.write(taken.text(), str(taken.file))
            written[taken.file] = taken
    for taken in written.values():
        age = f", the oldest since {min(entry.since for entry in taken.entries)}" if taken.entries else ""
        count = len(taken.entries)
        say(f"{taken.file}: {count} finding{'' if count == 1 else 's'}{age}")
    _end_where_unreviewed(reviews)


@app.command(help="List the known findings, the oldest first.")
def show(paths: Paths = None, config: Config = None, no_config: NoConfig = False) -> None:
    project = call.project(paths or ["."], config=call.chosen(config, no_config=no_config))
    found = {part.baseline_file: part.baseline() for part in (project, *project.inner)}
    kept = [known for known in found.values() if known]
    if not kept:
        raise Refused(f"there is no baseline `{project.baseline_file}`: see `rtreview baseline write`")
    for known in kept:
        entries = sorted(known.entries, key=lambda entry: (entry.since, entry.identity, entry.badness))
        rows = [f"{entry.since}  {entry.severity:<8}{entry.summary}" for entry in entries]
        say(*(rows or [f"{known.file}: no findings"]))


@app.command(help="Drop the entries that hide nothing any more.")
def prune(paths: Paths = None, config: Config = None, no_config: NoConfig = False, today: Today = "") -> None:
    project = call.project(paths, config=call.chosen(config, no_config=no_config), today=today)
    reviews = project.reviews()
    gone: Counter[Path] = Counter()
    kept: dict[Path, int] = {}
    for part, numbers in project.parted(reviews).items():
        known = part.baseline()
        if known:
            pruned = known.pruned([reviews[number] for number in numbers], part.policy)
            output.write(pruned.text(), str(pruned.file))
            gone[pruned.file] += len(known.entries) - len(pruned.entries)
            kept[pruned.file] = len(pruned.entries)
    if not kept:
        raise Refused(f"there is no baseline `{project.baseline_file}`: nothing to prune")
    say(*(f"{file}: {gone[file]} obsolete, {count} kept" for file, count in kept.items()))
    _end_where_unreviewed(reviews)


def _end_where_unreviewed(reviews: Sequence[Review]) -> None:
    """End a call on a baseline that could not look everywhere; what is known there stays."""
    broken = dict.fromkeys(review.path for review in reviews if review.is_broken)
    if broken:
        end(f"not reviewed, see `rtreview`: {', '.join(broken)}", NOT_REVIEWED)
