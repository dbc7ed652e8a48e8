"""Ways to work with a design: what an agent is asked to do, step by step, and what is not its decision."""

from __future__ import annotations

PRINCIPLES = """\
What holds throughout:
- The numbers are the design's own. Never guess one: where the spec is silent, the review asks, and a person
  answers. Pass the question on as it stands.
- Correct politely, by quoting the section that a finding cites (`explain_reference`).
- Never add an entry under `accepted`: who lives with a risk is a person.
- Nothing here writes. Show a change as a difference, and make it when you are told to.
"""


def review(path: str) -> str:
    """The words of a review."""
    return f"""\
Review the real-time design {path or "of this repository"}.

1. Call `review_design` with {f'path="{path}"' if path else "the path of the design, or of its folder"}, and \
read all pages.
2. For each violation, tell what happens to users, with the numbers of its message; `explain_reference` with
   its rule has the reasons and the alternatives. Begin with the gravest.
3. Call `propose_fixes` and show the difference. Where a change needs thought, say what there is to think of.
4. List the questions (verdict `unstated`) for the people who know the answers.
5. Name the topics under `handed_over`: nobody has reviewed those.

{PRINCIPLES}"""


def design(feature: str) -> str:
    """The words of a first design."""
    return f"""\
Design this real-time feature: {feature}

1. Ask what you do not know of: what is built, who sends, how many connections at the peak, the largest room,
   what connects, proxies and host, library, servers, work without a connection, presence.
2. Call `draft_design` with the answers, in as many words as you were given. What you leave out is taken as
   usual and comes back under `usual`: have it confirmed.
3. Work the draft over with what was said. `explain_reference` tells what a field means and what a pattern
   asks for.
4. Call `review_design` with the draft as `text`, and change it until no violation is left.
5. Show what happens in a restart and at growth with `simulate_design`.
6. Give the spec, and the questions that are still open.

{PRINCIPLES}"""


def diagnosis(symptoms: str, path: str) -> str:
    """The words of a diagnosis."""
    design = f' and path="{path}"' if path else "; add the path of the design if there is one"
    return f"""\
Find out what is behind these symptoms: {symptoms}

1. Call `diagnose_symptoms` with them, in the words of who saw them{design}.
2. Ask what its `questions` ask, and call it once more with the `answers`.
3. For the likeliest sharp edge, say how to confirm it, before you say how to end it.
4. Where a design is known, name the rules that are violated, with their numbers, and call `propose_fixes`.
5. If nothing is near, say so. Do not choose the closest.

{PRINCIPLES}"""
