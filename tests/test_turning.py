"""Where a verdict turns that one missing number leaves open."""

from __future__ import annotations

import json
import re

import pytest
from conftest import RULEBOOK, RULES, cli
from test_rules import TODAY

from rtreview.language.assignments import with_values
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.rulebook.acceptance import Risk
from rtreview.rulebook.finding import Judgement, Verdict
from rtreview.text.refusal import Refused

QUESTION = """rtreview: 1
transport: {kind: websocket, heartbeat: {interval: 25s}, path: [{name: ours}]}
"""


def judged(rule: str, spec: str) -> list[Judgement]:
    """What a rule says of a design, with the numbers."""
    policy = Policy(RULEBOOK, select=(rule,), today=TODAY)
    return [
        judgement
        for found in engine.review(spec, policy=policy, with_numbers=True)
        for judgement in found.judgements
    ]


def beside(turns_at: str) -> tuple[str, str]:
    """A value with which a design fails, and one with which it does not, a tenth away from the turn."""
    found = re.fullmatch(r"(?:(?P<more>more|less) than )?(?P<turn>.*?)(?: or (?P<or>more|less))?", turns_at)
    assert found
    turn = found["turn"].replace(",", "").replace(" min", "m").replace(" ", "")
    number, unit = re.fullmatch(r"([\d.]+)(.*)", turn).groups()  # type: ignore[union-attr]
    apart = max(0.1 * float(number), 1.0 if not unit else 0.0)
    up = (found["more"] or found["or"]) == "more"

    def moved(by: float) -> str:
        amount = float(number) + by
        return f"{round(amount) if not unit else round(amount, 9)}{unit}"

    return moved(apart if up else -apart), moved(-apart if up else apart)


@pytest.mark.slow
@pytest.mark.parametrize("rule", [rule.id for rule in RULEBOOK if rule.subject is not Risk])
def test_a_design_fails_on_the_side_that_is_told(rule: str) -> None:
    """With the number stated a tenth beyond the turn it does, and a tenth before not; or with a word."""
    policy = Policy(RULEBOOK, select=(rule,), today=TODAY)
    source = (RULES / rule / "unstated.yaml").read_bytes()
    for found in engine.review(source, policy=policy, with_numbers=True):
        for judgement in found.judgements:
            if not judgement.turns_at:
                continue
            (field,) = judgement.missing
            words = re.findall(r"`([^`]+)`", judgement.turns_at)
            verdicts = []
            for value in words or beside(judgement.turns_at):
                try:
                    changed = with_values(found.document.content, [f"{field}={value}"], found.design)
                except Refused as refused:
                    pytest.fail(str(refused))
                stated = {one.verdict for one in judged(rule, json.dumps(changed))}
                verdicts.append(Verdict.VIOLATED in stated)
            expected = [True] * len(words) or [True, False]
            assert verdicts == expected, f"{found.name}: {field} {judgement.turns_at}"


def test_why_says_with_what_an_open_design_fails(spec: object) -> None:
    """A number is missing, and the sentence says which side of which value is the wrong one."""
    file = spec(QUESTION)  # type: ignore[operator]
    told = cli("why", "heartbeat-slower-than-path", file).stdout
    assert "with 25 s or less for `transport.path[0].idle_timeout` it fails" in " ".join(told.split())


def test_why_says_with_which_word_an_open_design_fails(spec: object) -> None:
    """Where not each of them fails; and what is so with that word comes true."""
    text = (
        "rtreview: 1\npurpose: feed\ndirection: bidirectional\n"
        "sync: {strategy: last-writer-wins, clock: client-wall, data: [{name: bid, shape: register}]}\n"
    )
    file = spec(text)  # type: ignore[operator]
    told = " ".join(cli("why", "wall-clock-conflict-resolution", file).stdout.split())
    assert "turns with `many` for `writers` it fails" in told
    for word, verdict in (("many", "violated"), ("one", "not applicable")):
        file = spec(f"{text}writers: {word}\n")  # type: ignore[operator]
        assert f" is {verdict} (" in cli("why", "wall-clock-conflict-resolution", file).stdout


def test_numbers_say_where_what_is_undecided_turns(spec: object) -> None:
    """Beside the name of the rule; a plain review does not spend the time."""
    file = spec(QUESTION)  # type: ignore[operator]
    with_numbers = " ".join(cli("review", "--numbers", "--verbose", file).stdout.split())
    assert "heartbeat-slower-than-path (fails with 25 s or less)" in with_numbers
    assert "fails with" not in cli("review", file).stdout
