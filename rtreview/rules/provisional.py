"""What is sent before it is final."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


@rule
def provisional_taken_for_final(feature: Feature) -> Outcomes:
    """A message may still be revised or withdrawn, and its receiver cannot tell."""
    marked, effect = feature.sync.provisional, feature.sync.effect
    if not marked.is_stated and feature.serves("media") and feature.holds("log"):
        raise Undecided(marked)
    if not marked.is_there:
        raise NotApplicable("nothing is said to be sent before it is final")
    if marked.has("marked"):
        yield Passed("a message says whether it is final, or which one it replaces")
        return
    replaces = feature.is_state_valued or feature.backpressure.client.on_message.has("update")
    if replaces and not effect.has("acts", "stored"):
        yield Passed("each message replaces the one before it on the screen")
        return
    kept = effect.has("acts", "stored")
    what = (
        "a value that is withdrawn later has been stored or acted on"
        if kept
        else "what is revised stands there twice, and what is withdrawn stays"
    )
    yield Violated(
        f"What is provisional looks like what is final: {what}.",
        marked,
        (effect,) if effect.content else (),
        when="" if kept else "it is only shown",
    )
