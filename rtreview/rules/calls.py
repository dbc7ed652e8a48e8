"""Calls of what stands behind the nodes: how long one waits for its answer, and whether it is made again."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Part, Undecided
from rtreview.language.sections.servers import Dependency
from rtreview.numbers.fan_out import ANSWERED, published
from rtreview.quantities.quantity import Count, Duration
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

ONCE_MORE = Count(2)
"""Calls that are made twice at most no more than double a load (retries-add-to-overload)."""

PATIENCE = Duration(2)
"""Up to this an answer may wait for a part that is missing (slowest-shard-holds-answer)."""


def _is_waited_for(part: Dependency) -> bool:
    """Whether a client, a message or all streams of a node are said to wait for a call of it."""
    return bool(part.per.content or part.before.content or part.blocking.content or part.pool.content)


@rule
def call_waits_without_limit(feature: Feature) -> Outcomes:
    """What a node calls accepts the call and never answers, and whoever called waits forever."""
    stated = [part for part in feature.dependencies if part.timeout.is_stated and not part.is_none]
    silent = [part for part in feature.dependencies if not part.timeout.is_stated]
    held = [part.timeout for part in silent if part.blocking.content or part.held.content]
    if not (stated or held):
        raise NotApplicable("nothing says how long a call waits for its answer")
    for part in stated:
        word, end = part.when_down, part.timeout
        if not end.is_none:
            yield Passed(f"a call of `{part.key}` ends after {end}")
            continue
        fallback = (
            f" `{word.dotted}: {word}` does not begin, since nothing has failed."
            if word.has("stale", "fail", "queue")
            else ""
        )
        yield Violated(
            f"A call of `{part.key}` waits for its answer without a limit: when that hangs instead of "
            f"failing, what waits for it, and the places that it holds, stay taken.{fallback}",
            end,
            tuple(each for each in (word, part.pool) if each.content),
            when="" if _is_waited_for(part) else "nothing says what waits for it",
        )
    if held:
        raise Undecided(*held)


@rule
def slowest_shard_holds_answer(feature: Feature) -> Outcomes:
    """An answer is made of those of all shards, and one that is slow or away holds it up for all who ask."""
    asked = [part for part in feature.dependencies if part.scatter.content]
    silent: list[Part] = []
    if not asked:
        raise NotApplicable("no call is said to ask every shard")
    for part in asked:
        end = part.timeout
        if part.before.is_none:
            yield Passed(f"no message waits for the answers of `{part.key}`")
        elif part.cache.content or part.when_down.has("stale"):
            yield Passed(f"what is known of `{part.key}` answers while a shard does not")
        elif not end.is_stated:
            silent.append(end)
        elif end.content is not None and end.content <= PATIENCE:
            yield Passed(f"a shard of `{part.key}` that does not answer is waited for {end} at most")
        elif not (part.before.content or part.per.content):
            silent.append(part.before)
        else:
            span = "without a limit" if end.is_none else f"for {end}"
            waits = part.before if part.before.content else part.per
            yield Violated(
                f"An answer needs every shard of `{part.key}`: while a single one is slow or away, each "
                f"waits {span}, and the more shards there are, the more often one is.",
                part.scatter,
                (end, waits),
            )
    if silent:
        raise Undecided(*silent)


@rule
def retries_add_to_overload(feature: Feature) -> Outcomes:
    """What answers late is called once more for each call that it has not answered."""
    stated = [part for part in feature.dependencies if part.retried.is_stated and not part.is_none]
    counted = [part for part in feature.dependencies if part.attempts.is_stated]
    silent = [part.retried for part in counted if not part.retried.is_stated]
    if not (stated or silent):
        raise NotApplicable("nothing says whether a call is made again")
    if feature.connection.are_few:
        raise NotApplicable("few clients cause the calls")
    for part in stated:
        again, most = part.retried, part.attempts
        if again.is_none:
            yield Passed(f"a call of `{part.key}` that fails is not made again")
        elif again.has("backoff"):
            yield Passed(f"a call of `{part.key}` is made again later and later")
        elif most.content is not None and most.content <= Count(1):
            yield Passed(f"a call of `{part.key}` is made once")
        else:
            often = f"{most} times" if most.content else "again and again"
            how = "at once" if again.has("at-once") else "after a pause that stays the same"
            paused = again.has("fixed") and not most.is_none
            mild = paused or (most.content is not None and most.content <= ONCE_MORE)
            yield Violated(
                f"A call of `{part.key}` that fails or is late is made {often}, each time {how}: when it "
                "is overloaded, its load is multiplied by all that it did not answer.",
                again,
                (most,) if most.is_stated else (),
                when="there is a pause, or one more call" if mild else "",
            )
    if silent:
        raise Undecided(*silent)


def _asked_for_what_passes(feature: Feature) -> list[Dependency]:
    """What a message that is worth nothing later causes a call of, where that is said of just these messages.

    Raises:
        NotApplicable: there are no such messages, or no such calls.

    """
    if not (feature.holds_only("ephemeral") or feature.serves("cursors")):
        raise NotApplicable("what is sent is worth something a moment later")
    parts = list(feature.asked_per("message"))
    of_its_own = [part for part in parts if feature.name is None or part.per.is_of_a_feature]
    if parts and not of_its_own:
        raise NotApplicable("the calls are those of the whole design, and not said of these messages")
    if not parts:
        raise NotApplicable("no message is said to cause a call")
    return of_its_own


@rule
def store_asked_for_what_passes(feature: Feature) -> Outcomes:
    """Each movement of a cursor asks the store that serves the rest."""
    calls = published(feature).content
    for part in _asked_for_what_passes(feature):
        if part.cache.content or part.holds.has("copy", "connections"):
            yield Passed(f"each message asks a copy or a list in memory: `{part.key}`")
        elif part.record.has("gathered"):
            yield Passed(f"what goes to `{part.key}` is gathered")
        elif not part.holds.is_stated or not part.before.is_stated:
            raise Undecided(part.holds if not part.holds.is_stated else part.before)
        elif part.before.is_none:
            yield Passed(f"no message waits for `{part.key}`")
        elif feature.connection.are_few or (calls is not None and calls <= ANSWERED):
            yield Passed(f"few messages ask `{part.key}`{f': {calls}' if calls is not None else ''}")
        else:
            often = f", {calls} in all" if calls is not None else ""
            yield Violated(
                f"Each message asks `{part.key}` before it goes on{often}: what is worth nothing a moment "
                f"later comes most often, and loads the store that holds the {part.holds} of the rest.",
                part.per,
                (part.before, part.holds),
            )
