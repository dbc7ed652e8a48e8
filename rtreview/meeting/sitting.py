"""A sitting of a meeting, on a terminal or with answers piped in: a finding, a question, an answer."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta

from rtreview.language import spec
from rtreview.language.assignments import with_values
from rtreview.language.notation import NONE
from rtreview.meeting.agenda import Agenda, Item
from rtreview.meeting.meeting import Meeting, Overtaken
from rtreview.meeting.minutes import Choice, Decision, Identity, Point
from rtreview.render import text
from rtreview.reviews.report import Review
from rtreview.text import output
from rtreview.text.harmless import visible
from rtreview.text.refusal import Refused

DUE, ACCEPTED_FOR = timedelta(days=14), timedelta(days=90)
"""When something is due, and how long a risk is accepted, where nobody says otherwise."""

BACK, QUIT = "back", "quit"
LETTERS = {
    "w": Choice.ANSWER,
    "c": Choice.CHANGE,
    "a": Choice.ACCEPT,
    "k": Choice.ASK,
    "s": Choice.SKIP,
    "b": BACK,
    "q": QUIT,
}  # fmt: skip
"""What each letter means; the word is understood too."""

HELP = "?"
ANSWERING = "w  answer: what the team says to the question, who writes it into the spec, and by which day"
CHOICES = (
    "c  change: the design changes; what, who and by which day are asked next",
    "a  accept: the team lives with it; why, who and how long are written into the spec",
    "k  ask: somebody is asked, by a day",
    "s  skip: it comes again at the end",
    "b  back: to the finding before this one",
    "q  quit: the sitting ends; what is decided is kept, and the next one goes on from there",
    "Behind w, c, a and k the first answer may stand at once, as in `k Who owns the broker?`.",
)
"""What can be done about a finding, a line each; a question can be answered as well."""

INSIDE = (
    "Enter takes what stands in brackets; where nothing does, it goes back.",
    "b  back: to the choices for this finding",
    "q  quit: the sitting ends without a decision on this finding",
)
"""What can be answered to every question that a choice asks."""


_AMOUNT = re.compile(r"[0-9][0-9.,]*+\s*+[\w%/]*+")
"""A number with its unit: no answer to anything that is asked for in words."""


class _Ended(Exception):  # noqa: N818 - nothing is wrong
    """Nobody answers any more: `q`, or the end of the input."""


class _AtTheEnd(_Ended):
    """There is no more input."""


class _Unsaid(Exception):  # noqa: N818 - likewise
    """An empty answer where something has to be said: back to the choices."""


class Sitting:
    """One sitting of a meeting."""

    def __init__(self, meeting: Meeting) -> None:
        self.meeting = meeting
        self.reviews: list[Review] = []
        self.visited: set[Identity] = set()
        self.owner = ""
        self.answers: dict[str, str] = {}
        self.said = ""

    def hold(self) -> Agenda:
        """Go through what there is to decide. Each decision is kept before the next question.

        Raises:
            Refused: the spec or the minutes cannot be read.

        """
        self.reviews = self.meeting.reviews()
        now = self.meeting.agenda(self.reviews)
        _say(f"Findings: {len(now.items)}, to decide: {len(now.open)}. Minutes: {self.meeting.file}")
        if now.open:
            _say(text.EXPLAIN)
        if now.gone:
            _say(f"Decided before and not found any more: {len(now.gone)}.")
        with suppress(_Ended):
            item = now.ahead()
            while item is not None:
                back = self._treat(now, item)
                now = self._reread()
                item = now.find(back) if back else now.ahead(self.visited)
        with suppress(Refused):
            self.reviews = self.meeting.reviews()
        self._record()
        now = self.meeting.agenda(self.reviews)
        decided = f"{len(now.items) - len(now.open)} of {len(now.items)} decided."
        kept = f" Minutes: {self.meeting.file}" if self.meeting.file.exists() else ""
        _say("", f"{decided if now.items else 'There is nothing to decide.'}{kept}")
        return now

    def _reread(self) -> Agenda:
        """What there is to decide now; if one of the files has just been broken, after it is corrected."""
        while True:
            try:
                self.reviews = self.meeting.reviews()
                return self.meeting.agenda(self.reviews)
            except Refused as refused:
                _say("", f"{refused}")
                _answer("Correct it, and press Enter", " ")

    def _treat(self, now: Agenda, item: Item) -> Identity | None:
        """Show a finding, and ask until something is decided; the one before it, if somebody goes back."""
        at = now.items.index(item)
        _show(item, at, len(now.items))
        point = item.point
        begun = point is not None and point.decision.is_begun
        self.answers = {point.choice: point.text, "owner": point.owner} if point and begun else {}
        while True:
            question = "c change, a accept, k ask, s skip, b back, q quit, ? help [s]"
            keys: Sequence[str] = CHOICES
            if item.is_question:
                question, keys = f"w answer, {question}", (ANSWERING, *keys)
            word = _answer(question, "s", self._choice(item), keys)
            if word == QUIT:
                raise _Ended
            if word == BACK:
                if at:
                    return now.items[at - 1].identity
                _say("This is the first one.")
                continue
            try:
                with suppress(_Unsaid):
                    if self._decide(item, Choice(word)):
                        self.visited.add(item.identity)
                        return None
            except _AtTheEnd:
                self._keep_begun(item, Choice(word))
                raise

    def _decide(self, item: Item, choice: Choice) -> bool:
        """Ask what belongs to a choice, and keep it; not where it cannot be done."""
        day = self.meeting.policy.day
        if choice is Choice.SKIP:
            if item.point is None:
                self._keep(Decision(choice, day.isoformat()), item)
            return True
        if item.is_accepted:
            _say("It is accepted in the spec. Take the entry out there, and it is open again.")
            return False
        if choice is Choice.ACCEPT:
            return self._accept(item)
        if choice is Choice.CHANGE:
            proposed = ", ".join(text.entries(item.finding.proposed))
            content = self._ask("change", "What is changed?", proposed, _change(item))
            owner = self._owner("Who does it?", item)
        elif choice is Choice.ANSWER:
            content = self._ask(
                "answer", "What is the answer?", check=lambda said: _setting(item, said) or said
            )
            owner = self._owner("Who writes it into the spec?", item)
        else:
            content = self._ask("ask", "What is asked?", item.finding.question, _words(item))
            owner = self._owner("Who is asked?", item)
        end = self._ask("due", "By which day?", (day + DUE).isoformat(), self._day)
        self._keep(Decision(choice, day.isoformat(), content, owner, end), item)
        return True

    def _keep_begun(self, item: Item, choice: Choice) -> None:
        """Keep what was answered so far, unless a decision is there already."""
        before = item.point and item.point.decision
        if choice in self.answers and (not before or before.choice is Choice.SKIP or before.is_begun):
            owner = self.answers.get("owner", "")
            day = self.meeting.policy.day.isoformat()
            self._keep(Decision(choice, day, self.answers[choice], owner), item)

    def _accept(self, item: Item) -> bool:
        """Write an accepted risk into the spec, if it covers the finding then."""
        if reason := self.meeting.why_not(item.finding):
            _say(reason)
            return False
        content = self._ask("accept", "Why is it acceptable?", check=_words(item))
        owner = self._owner("Who stands for it?", item)
        day = self.meeting.policy.day
        default = f"until {day + ACCEPTED_FOR}"
        end = self._ask("end", "Until which day, or while which condition?", default, self._end)
        decision = Decision(Choice.ACCEPT, day.isoformat(), content, owner, end)
        try:
            together = self._accept_in_spec(item, decision)
        except Refused as refused:
            _say(f"It cannot be accepted so. {refused}")
            del self.answers["end"]
            return False
        if together:
            self._keep(decision, *together)
            _say(f"Written into {self.meeting.path}.")
        return bool(together)

    def _accept_in_spec(self, item: Item, decision: Decision) -> list[Item]:
        """What is accepted then: the item, and what its entry covers as well; nothing if nobody wants that.

        Raises:
            Refused: the entry would not cover it, or the spec cannot be written.

        """
        agreed: set[Identity] = set()
        while True:
            found = self.meeting.acceptable(item.identity, decision)
            others = {other.identity for other in found.others}
            if not others <= agreed:
                rows = [
                    f"  {other.finding.rule}, line {other.finding.place.span.line}" for other in found.others
                ]
                _say("An entry names a rule and no place. This one covers as well:", *rows)
                if _answer("Accept them together? y yes, n no [n]", "n", _yes_or_no) == "n":
                    return []
                agreed = others
            elif self.meeting.accept(found):
                return [item, *found.others]

    def _keep(self, decision: Decision, *items: Item) -> None:
        """Write a decision on findings into the minutes; if that fails, again when somebody has seen to it.

        What another meeting has decided meanwhile is shown, and replaced if somebody says so.
        """
        points = [Point.of(item.identity, item.finding, decision) for item in items]
        seen = [item.point for item in items if item.point is not None]
        while True:
            try:
                with suppress(Refused):
                    self.reviews = self.meeting.reviews()
                return self._record(*points, instead=seen)
            except Overtaken as overtaken:
                for other in overtaken.points:
                    _say(
                        "",
                        f"Another meeting has decided on `{other.rule}` meanwhile: {_told(other.decision)}.",
                    )
                if _answer("Replace that? y yes, n no [n]", "n", _yes_or_no) == "y":
                    seen += overtaken.points
                    continue
                theirs = {other.identity for other in overtaken.points}
                points = [point for point in points if point.identity not in theirs]
            except Refused as refused:
                _say(f"This is not kept yet: {refused}")
                _answer("Correct it, and press Enter", " ")

    def _record(self, *points: Point, instead: Sequence[Point] = ()) -> None:
        aside = self.meeting.record(self.reviews, *points, instead=instead)
        if aside is not None:
            _say(f"The minutes were edited by hand. That text is now in {aside}.")

    def _owner(self, question: str, item: Item) -> str:
        self.owner = self._ask("owner", question, self.owner or self.meeting.owner(item), _words(item))
        return self.owner

    def _choice(self, item: Item) -> Callable[[str], str]:
        """What is chosen; a value of what the finding is about is the change to it, or the answer."""
        reply = Choice.ANSWER if item.is_question else Choice.CHANGE
        choices = [word for word in LETTERS.values() if item.is_question or word != Choice.ANSWER]

        def choice(answer: str) -> str:
            letter, _, said = answer.partition(" ")
            word = _word(letter)
            if word in choices and (not said or word not in (Choice.SKIP, BACK, QUIT)):
                self.said = said
                return word
            if setting := _setting(item, answer):
                self.answers[reply] = setting
                return reply
            letters = f"{'w, ' * item.is_question}c, a, k, s, b, q or ?"
            raise ValueError(f"Expected {letters}, found `{answer}`.")

        return choice

    def _ask(self, name: str, question: str, default: str = "", check: Callable[[str], str] = str) -> str:
        """An answer; by default what was said before on the same finding."""
        default = self.answers.get(name, default)
        said, self.said = self.said, ""
        question = f"{question} [{default}]" if default else f"{question} (Enter: back)"
        answer = _answer(question, default, _within(check), INSIDE, said)
        self.answers[name] = answer
        return answer

    def _day(self, answer: str) -> str:
        try:
            day = date.fromisoformat(answer)
        except ValueError:
            raise ValueError(f"Expected a day such as 2027-01-31, found `{answer}`.") from None
        if day < self.meeting.policy.day:
            raise ValueError(f"Expected a day that is not over, found `{answer}`.")
        return day.isoformat()

    def _end(self, answer: str) -> str:
        word, _, rest = answer.partition(" ")
        if word == "while" or (word != "until" and set(answer) & set("<>")):
            return f"while {rest if word == 'while' else answer}"
        return f"until {self._day(rest if word == 'until' else answer)}"


def _told(decision: Decision) -> str:
    """A decision in a line."""
    said = ", ".join(part for part in (decision.owner, decision.end) if part)
    return f"{decision.choice}{f': {decision.text}' if decision.text else ''}{f' ({said})' if said else ''}"


def _show(item: Item, at: int, count: int) -> None:
    """A finding as the report has it, and what was decided about it before."""
    _say("", f"{at + 1} of {count}", "")
    width, colour, links = output.width(), output.is_colourful(), output.takes_links()
    output.write(text.render_finding(item.finding, item.review, width=width, colour=colour, links=links))
    _say("")
    if item.point is None or item.point.decision.choice is Choice.SKIP:
        return
    decision = item.point.decision
    if decision.is_begun:
        _say(f"Begun on {decision.day}: {_told(decision)}.", "")
        return
    state = "and this stands" if item.is_settled else "and it is worse now"
    if decision.choice is Choice.ACCEPT and not item.is_accepted:
        state = "and no entry in the spec covers it now"
    _say(f"Decided on {decision.day}: {_told(decision)}, {state}.", "")


def _word(answer: str) -> str:
    """The word that a letter stands for; any other answer as it is."""
    return LETTERS.get(answer.lower(), answer.lower())


def _settings(item: Item, answer: str) -> list[str]:
    """The fields of a finding, each with its new value, of which an answer is only the value, such as `25s`.

    They are those that the fix sets, or else the one that the finding points at.
    """
    finding, content, design = item.finding, item.review.document.content, item.review.design
    # A spec has no blank before a unit.
    answer = answer.replace(" ", "") if _AMOUNT.fullmatch(answer) else answer
    fitting = []
    for name in [setting.partition("=")[0] for setting in finding.proposed] or [finding.place.name]:
        notation = spec.notation_at(tuple(name.split(".")))
        is_amount = notation is not None and notation.kinds and any(map(str.isdigit, answer))
        is_word = notation is not None and answer in notation.schema().get("enum", ())
        with suppress(Refused, spec.SpecError):
            if is_amount or is_word:
                spec.read(with_values(content, [f"{name}={answer}"], design))
                fitting.append(f"{name}: {answer}")
    return fitting


def _setting(item: Item, answer: str) -> str:
    """The one field and its new value of which an answer is only the value; nothing for any other.

    Raises:
        ValueError: several fields could have it.

    """
    fitting = _settings(item, answer)
    if len(fitting) > 1:
        fields = " or ".join(f"`{setting}`" for setting in fitting)
        raise ValueError(f"`{answer}` may be the value of several fields: expected {fields}.")
    return "".join(fitting)


def _change(item: Item) -> Callable[[str], str]:
    """What is changed, in words or as a value of what the finding is about."""

    def change(answer: str) -> str:
        if not (setting := _setting(item, answer)) and _AMOUNT.fullmatch(answer):
            raise ValueError(f"Expected words, or a field and its value, found `{answer}`.")
        return setting or answer

    return change


def _words(item: Item) -> Callable[[str], str]:
    """What is said in words; of a value it is told where it can be answered."""

    def words(answer: str) -> str:
        if not _AMOUNT.fullmatch(_not_none(answer)):
            return answer
        hint = " or ".join(f"`{setting}`" for setting in _settings(item, answer))
        decide = f" To decide on {hint}, go back with b." if hint else ""
        raise ValueError(f"Expected words, found `{answer}`.{decide}")

    return words


def _within(check: Callable[[str], str]) -> Callable[[str], str]:
    """The same check, which also leaves a question that a choice asks: back to the choices, or for good."""

    def checked(answer: str) -> str:
        word = _word(answer)
        if word == BACK:
            raise _Unsaid
        if word == QUIT:
            raise _Ended
        return check(answer)

    return checked


def _yes_or_no(answer: str) -> str:
    if answer.lower() not in ("y", "yes", "n", "no"):
        raise ValueError(f"Expected y or n, found `{answer}`.")
    return answer[0].lower()


def _not_none(answer: str) -> str:
    if answer == NONE:
        raise ValueError(f"Expected some words: in a spec, `{NONE}` says that there are none.")
    return answer


def _answer(
    question: str,
    default: str = "",
    check: Callable[[str], str] = str,
    keys: Sequence[str] = (),
    said: str = "",
) -> str:
    """What somebody answers, asked for until it can be used; without line breaks and control characters.

    Where there are `keys` to explain, `?` does. What is `said` already is asked for where it cannot be used.

    Raises:
        _Ended: there is no more input, or somebody ends the sitting.
        _Unsaid: nothing was answered, and there is no default; or somebody goes back.

    """
    while True:
        if not said:
            _say(question)
            shown = visible(_line()).replace("\N{REPLACEMENT CHARACTER}", " ")
        answer, said = said or " ".join(shown.split()) or default, ""
        if not answer:
            raise _Unsaid
        if answer == HELP and keys:
            _say(*keys)
            continue
        try:
            return check(answer)
        except ValueError as error:
            _say(f"{error}")


def _line() -> str:
    """A line of the input."""
    if sys.stdin is None:
        raise _Ended
    if not sys.stdin.isatty():
        line = sys.stdin.buffer.readline()
        if not line:
            raise _AtTheEnd
        return line.decode("utf-8", "replace")
    with suppress(ImportError):
        import readline  # noqa: F401, PLC0415 - the arrow keys then work; it is not there on every system
    try:
        return input("> ")
    except UnicodeDecodeError:
        return ""
    except (EOFError, OSError):
        raise _AtTheEnd from None


def _say(*lines: str) -> None:
    """Lines on the terminal; a path stays in one piece, so that it can be copied."""
    layout = textwrap.TextWrapper(
        output.width(), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    rows = [[text.Piece(part)] for line in lines for part in layout.wrap(line) or [""]]
    output.write(text.painted(rows, colour=False))
