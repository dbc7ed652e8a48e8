"""`rtreview baseline`."""

from __future__ import annotations

from collections.abc import Sequence

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
    known = project.baseline() or Baseline(project.baseline_file)
    reviews = project.reviews()
    taken = known.taken(reviews, project.policy)
    output.write(taken.text(), str(taken.file))
    age = f", the oldest since {min(entry.since for entry in taken.entries)}" if taken.entries else ""
    count = len(taken.entries)
    say(f"{taken.file}: {count} finding{'' if count == 1 else 's'}{age}")
    _end_where_unreviewed(reviews)


@app.command(help="List the known findings, the oldest first.")
def show(paths: Paths = None, config: Config = None, no_config: NoConfig = False) -> None:
    project = call.project(paths or ["."], config=call.chosen(config, no_config=no_config))
    known = project.baseline()
    if known is None:
        raise Refused(f"there is no baseline `{project.baseline_file}`: see `rtreview baseline write`")
    entries = sorted(known.entries, key=lambda entry: (entry.since, entry.identity, entry.badness))
    rows = [f"{entry.since}  {entry.severity:<8}{entry.summary}" for entry in entries]
    say(*(rows or [f"{known.file}: no findings"]))


@app.command(help="Drop the entries that hide nothing any more.")
def prune(paths: Paths = None, config: Config = None, no_config: NoConfig = False, today: Today = "") -> None:
    project = call.project(paths, config=call.chosen(config, no_config=no_config), today=today)
    known = project.baseline()
    if known is None:
        raise Refused(f"there is no baseline `{project.baseline_file}`: nothing to prune")
    reviews = project.reviews()
    pruned = known.pruned(reviews, project.policy)
    output.write(pruned.text(), str(pruned.file))
    gone = len(known.entries) - len(pruned.entries)
    say(f"{pruned.file}: {gone} obsolete, {len(pruned.entries)} kept")
    _end_where_unreviewed(reviews)


def _end_where_unreviewed(reviews: Sequence[Review]) -> None:
    """End a call on a baseline that could not look everywhere; what is known there stays."""
    broken = dict.fromkeys(review.path for review in reviews if not review.judgements)
    if broken:
        end(f"not reviewed, see `rtreview`: {', '.join(broken)}", NOT_REVIEWED)
