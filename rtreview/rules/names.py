"""Names that two share who are not the same: subscriptions of one source, environments of one broker."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


@rule
def answer_of_another_subscription(feature: Feature) -> Outcomes:
    """Subscriptions that differ are served from one source, and one gets the answer of the other."""
    fan_out, access = feature.fan_out, feature.access.checked
    shared = fan_out.shared_by
    if not shared.is_there:
        raise NotApplicable("no source is said to serve several subscriptions")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to clients")
    if fan_out.variants.has("each") and not fan_out.per_recipient.is_stated:
        raise Undecided(fan_out.per_recipient)
    if fan_out.variants.has("each") and fan_out.per_recipient.has("batched-query", "query"):
        yield Passed("subscriptions share a statement, in which each has its own variables and answer")
        return
    parts, seen = shared.content or (), [part.visible_to for part in feature.sync.data]
    if "whole" not in parts and ("query" in parts or "rights" not in parts):
        yield Violated(
            "Subscriptions to one query share a source whatever their variables or range are: the second one "
            "gets the answer to the first.",
            shared,
        )
        return
    if "rights" in parts:
        yield Passed("subscriptions of other rights have a source of their own")
        return
    owned = next((part for part in seen if part.has("owner")), None)
    if owned is not None and not access.has("each-message"):
        yield Violated(
            "Subscriptions that ask for the same share a source whoever asks, and some of it only its owner "
            "may know: one user gets what was read with the rights of another.",
            shared,
            (owned,),
        )
    elif not access.content and (
        any(part.has("group") for part in seen) or not any(part.content for part in seen)
    ):
        raise Undecided(access)
    else:
        yield Passed("who may ask for it gets the same answer")


@rule
def environments_share_names(feature: Feature) -> Outcomes:
    """Staging and production, or two tenants, use one broker, and nothing keeps their messages apart."""
    apart, effect = feature.topology.backplane.separated_by, feature.sync.effect
    consume = feature.topology.backplane.consume
    if not apart.is_stated and consume.has("competing") and effect.has("acts"):
        raise Undecided(apart)
    if not apart.is_stated:
        raise NotApplicable("nothing is said of others on the same broker")
    if apart.content:
        yield Passed(f"others on the broker are kept apart: {apart}")
        return
    yield Violated(
        "Other environments, tenants or applications use the same broker and the same names: each gets the "
        "messages of the others, and takes work from them.",
        apart,
        tuple(part for part in (consume, effect) if part.content),
    )


@rule
def late_word_meets_the_next(feature: Feature) -> Outcomes:
    """A word on a run that is over is taken for the run that followed."""
    meant, work = feature.sync.meant_for, feature.work
    if not meant.is_stated:
        follows = feature.sync.ordering.begins_again.has("run")
        if follows and (work.stop_by.has("request") or feature.holds("command")):
            raise Undecided(meant)
        raise NotApplicable("nothing is said of a message that comes after what it is about")
    if meant.has("run"):
        yield Passed("a message names what it is about, and is ignored when that is over")
        return
    if meant.has("room") and feature.workload.rooms.ends.has("when-over"):
        yield Passed("each run has a room of its own, which ends with it")
        return
    acts = feature.sync.effect.has("acts") or work.is_there or feature.holds("command")
    what = "the room and not what it is about" if meant.content else "nothing of what it is about"
    yield Violated(
        f"A message names {what}: one that is under way when a run ends is taken for the next, which it "
        "stops, approves or ends.",
        meant,
        (work.second,) if work.second.content else (),
        "" if acts else "nothing is said to act on it",
    )
