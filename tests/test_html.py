"""The page of a review: what stands in it, in which order, and that nothing of a spec acts in it."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import DOCUMENT, EXAMPLES, FLAWED, RULEBOOK, SOUND, WHITEBOARD, cli, reviews, simulated
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from justhtml import JustHTML

from rtreview.fix.remedy import with_proposals
from rtreview.meeting.minutes import Choice
from rtreview.render import html, picture
from rtreview.render import plot as plots
from rtreview.render.page import briefing
from rtreview.render.page.tiles import MOST_TILES
from rtreview.render.plot import GUIDES, tidy
from rtreview.render.text import entries
from rtreview.reviews.engine import review
from rtreview.reviews.failure_walk import State, walk
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Report
from rtreview.rulebook import references
from rtreview.rulebook.finding import Severity, Verdict
from rtreview.simulate.series import Curve

POLICY = Policy(RULEBOOK)

SMALL = """rtreview: 1
transport: {kind: websocket, heartbeat: {interval: 60s}, path: [aws-alb]}
features: {chat: {purpose: chat, presence: {grace: none}}, pointers: {purpose: cursors}}
"""
"""A design with faults and questions, of which nothing can be simulated."""

CHAT = {
    key: value
    for key, value in yaml.safe_load(FLAWED.read_bytes()).items()
    if key not in ("rtreview", "owners", "status", "name", "summary")
}

CHATS = json.dumps(
    {
        "rtreview": 1,
        "features": {
            name: {**CHAT, "workload": {**CHAT["workload"], "connections": connections}}
            for name, connections in {"quiet": "10k", "crowded": "30k"}.items()
        },
    }
)
"""The flawed chat twice, on connections of their own and of different size."""

ORDER = ["The design", "Decisions to take", "Questions", "Behaviour", "Headroom",
         "The failure walk", "Rules", "Assumptions", "References"]  # fmt: skip
"""The parts of a page, as a meeting walks through them."""


@lru_cache(maxsize=8)
def page_of(*sources: str | bytes, policy: Policy = POLICY) -> str:
    """The page for some texts; those of the examples are asked for again and again."""
    told = policy
    reviews = [
        with_proposals(one)
        for number, text in enumerate(sources)
        for one in review(text, f"{number}.yaml", policy=told)
    ]
    return html.render(briefing.prepare(Report(tuple(reviews), RULEBOOK), told))


@lru_cache(maxsize=8)
def parsed(page: str) -> JustHTML:
    """The page as a browser reads it; a mistake in it is an error."""
    return JustHTML(page, strict=True, sanitize=False)


def text_of(node: Any) -> str:
    """What a node says, on one line."""
    return " ".join(node.to_text().split())


@pytest.mark.slow
@pytest.mark.parametrize("example", [*EXAMPLES, DOCUMENT], ids=lambda file: file.name)
def test_a_page_is_html_of_less_than_a_megabyte_whose_links_lead_somewhere(example: Path) -> None:
    """It parses without a mistake, no id stands twice, and every link leads to a place in the page."""
    page = cli("--format", "html", example).stdout
    assert len(page.encode()) < 1_000_000
    document = parsed(page)
    ids = [one.attrs["id"] for one in document.query("[id]")]
    assert len(ids) == len(set(ids))
    links = [one.attrs["href"] for one in document.query("[href]")]
    assert links
    assert {link for link in links if link not in {f"#{one}" for one in ids}} == set()


def test_the_parts_stand_in_the_order_of_a_meeting() -> None:
    """First what matters, last what it rests on."""
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    assert [text_of(one) for one in document.query("h2")] == ORDER
    assert [text_of(one) for one in document.query("h1")] == ["Whiteboard"]


@pytest.mark.parametrize(
    ("severities", "asked", "undecided", "sentence"),
    [
        ("", 0, 0, "It has no fault that a rule looks for."),
        ("", 0, 1, "No rule finds a fault in what it states; 1 verdict is undecided."),
        (
            "",
            1,
            75,
            "No rule finds a fault in what it states; 1 question needs an answer and 75 verdicts "
            "are undecided.",
        ),
        ("e", 0, 0, "It has 1 fault that shows in an ordinary week."),
        (
            "eewi",
            2,
            0,
            "It has 2 faults that show in an ordinary week, 1 fault that shows "
            "under load or on bad networks and 1 place where there is a better way; 2 questions "
            "need an answer.",
        ),
        ("ii", 1, 0, "It has 2 places where there is a better way; 1 question needs an answer."),
        ("i", 0, 2, "It has 1 place where there is a better way; 2 verdicts are undecided."),
    ],
)
def test_the_verdict_is_one_sentence(severities: str, asked: int, undecided: int, sentence: str) -> None:
    """It counts the faults by what their severity means, the questions, and the rules that silence stops."""
    (one,) = reviews(WHITEBOARD)
    of = {"e": Severity.ERROR, "w": Severity.WARNING, "i": Severity.INFO}
    fault = next(found for found in one.findings if found.verdict is Verdict.VIOLATED)
    question = next(found for found in one.findings if found.verdict is Verdict.UNSTATED)
    issues = tuple(briefing.Issue(fault._replace(severity=of[letter])) for letter in severities)
    silent = next(each for each in one.judgements if each.verdict is Verdict.UNDECIDED)
    told = replace(
        one,
        findings=(*(each.finding for each in issues), *[question] * asked),
        judgements=(silent,) * undecided,
    )
    assert html.verdict(briefing.Brief(told, issues=issues)) == sentence


def test_a_decision_shows_the_lines_the_numbers_and_the_fix() -> None:
    """The excerpt with its marks, both sides of the comparison, why, the fix, and what it rests on."""
    document = parsed(page_of(FLAWED.read_bytes()))
    decision = document.query('section[aria-labelledby^="heartbeat-slower-than-path"]')[0]
    assert text_of(decision.query("h3")[0]) == "The path closes before the heartbeat comes"
    assert [text_of(one) for one in decision.query("mark")] == ["aws-alb", "60s"]
    assert [text_of(one) for one in decision.query(".row .number")] == ["20", "21", "22"]
    assert [text_of(one) for one in decision.query(".compared dd")] == ["60 s", "60 s"]
    change = decision.query(".change code")[0].to_text(separator="", strip=False)
    assert change == "transport.heartbeat.interval: 25s"
    assert [text_of(one) for one in decision.query(".citations .what")] == ["rule", "sharp edge", "pattern"]
    cited = [text_of(one) for one in decision.query(".citations small")]
    assert cited == ["heartbeat-slower-than-path", "websocket-proxy-timeout"]  # a pattern has no other name
    reference = RULEBOOK.sections["half-open-connection-ghost"]
    assert references.plain(reference.texts["Why"])[:40] in text_of(document.root)


def test_what_the_storm_rules_say_is_drawn_as_it_stands_and_with_the_change() -> None:
    """Both curves on one pair of axes, and the figures of both; the decision leads there."""
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    decision = document.query('section[aria-labelledby^="first-reconnect-spread"]')[0]
    (link,) = [one.attrs["href"] for one in decision.query("a") if "as it stands" in text_of(one)]
    exhibit = document.query(f'[id="{link[1:]}"] .exhibit')[0]
    keys = [text_of(one) for one in exhibit.query(".key")]
    assert keys == ["as it stands", "with all that is proposed"]
    assert [text_of(one) for one in exhibit.query(".curve-name")] == ["attempts/s", "share that is back"]
    for plot in exhibit.query("svg"):
        assert sorted(one.attrs["class"] for one in plot.query(".series")) == ["series after", "series now"]
    rows = {
        text_of(one.query("th")[0]): [text_of(cell) for cell in one.query("td")]
        for one in exhibit.query("tbody tr")
    }
    assert rows["accepts a second"] == ["1200/s", "1200/s"]
    busiest = [
        float(value.removesuffix("/s").replace(",", "")) for value in rows["attempts in the busiest second"]
    ]
    assert busiest[0] > 1200 > busiest[1]


def test_what_cannot_be_simulated_is_told_with_what_it_would_need() -> None:
    """The notices of the whiteboard have no plan for the way back: that is no storm that does not happen."""
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    untold = [text_of(one) for one in document.query(".untold li")]
    assert "Restart of notices: it would need features.notices.transport.reconnect.base" in untold
    silent = parsed(page_of("rtreview: 1\n"))
    assert "Nothing can be simulated from what the spec states." in text_of(silent.query(".behaviour")[0])


def test_a_design_with_too_many_cases_has_no_sliders_and_it_is_told() -> None:
    """Each of twenty hops compares with what the slider moves: a million ways through a rule."""
    hops = ", ".join(f"{{name: n{n}, idle_timeout: {10 + n}s}}" for n in range(20))
    sound = SOUND.read_text("utf-8")
    page = page_of(sound.replace("path: [", f"path: [{hops}, "))
    assert "Nothing can be moved here: what follows has more than 300 cases." in page
    assert page_of(sound).count("data-kernel") > page.count("data-kernel")


def test_a_question_has_room_for_its_owner_and_its_answer() -> None:
    """Each of the open questions can be answered in the page."""
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    asked = document.query("section.questions section.question")
    assert len(asked) == 2
    assert [text_of(one.query(".number")[0]) for one in asked] == ["a", "b"]
    assert all(len(one.query("textarea")) == 2 for one in asked)


def test_the_picture_marks_what_fails_where_it_fails() -> None:
    """A number leads from the station to the decision; nodes that serve two connections stand there once."""
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    wide, narrow = document.query("svg.drawing")
    assert [text_of(one) for one in wide.query(".node .name")] == ["3 nodes"]
    assert [text_of(one) for one in narrow.query(".node .name")] == ["3 nodes", "3 nodes"]
    marks = {one.attrs["href"]: text_of(one) for one in wide.query(".node a")}
    number = next(marks[link] for link in marks if link.startswith("#socket-io-no-adapter"))
    titles = [text_of(one) for one in document.query(".decisions h3")]
    assert titles[int(number) - 1] == "Socket.IO nodes do not reach each other"


def test_the_picture_marks_a_connection_only_with_what_concerns_its_features() -> None:
    """Both connections read `workload.connections`; only one has the library at fault."""
    (one,) = reviews(WHITEBOARD)
    fault = next(found for found in one.findings if found.rule == "first-reconnect-spread-too-small")
    assert fault.features == ("strokes", "cursors")
    for layout in (picture.beside, picture.below):
        boxes = layout(one.routes, [(fault, picture.Mark("1", "error", "here"))]).boxes
        clients = [bool(box.marks) for box in boxes if box.stop.role == "client"]
        assert sorted(clients) == [False, True]


def test_a_decision_of_some_features_names_them() -> None:
    """Two features with the same fault are two decisions that can be told apart."""
    feature = {"purpose": "cursors", "presence": {"cursor": {"rate": "none"}}}
    source = json.dumps({"rtreview": 1, "features": {"left": feature, "right": feature}})
    listed = [text_of(one) for one in parsed(page_of(source)).query(".decisions .subject")]
    title = "More pointer updates than anybody can see"
    assert listed == [f"{title} left", f"{title} right"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_no_box_of_a_picture_lies_on_another(example: Path) -> None:
    """In both layouts."""
    (one,) = reviews(example)
    for layout in (picture.beside, picture.below):
        boxes = layout(one.routes, []).boxes
        for box in boxes:
            others = [other for other in boxes if other is not box]
            assert not [
                other
                for other in others
                if box.x < other.x + other.width
                and other.x < box.x + box.width
                and box.y < other.y + other.height
                and other.y < box.y + box.height
            ]


BEHIND = """\
rtreview: 1
topology: {nodes: 3}
dependencies: {database: {calls: 4, rate: 5k/s}}
features:
  chat: {purpose: chat, transport: {kind: websocket, path: [nginx]}}
  board: {purpose: dashboard, transport: {kind: sse, path: [nginx]}, dependencies: {search: some}}
"""
"""Two connections to the same nodes, each with what it depends on."""


def test_the_picture_shows_what_the_nodes_depend_on() -> None:
    """Below the nodes, by name, with its numbers and what is found there; and no box lies on another."""
    (one,) = review(BEHIND, "design.yaml")
    dependencies = [stop for route in one.routes for stop in route.behind]
    assert [(stop.name, stop.facts) for stop in dependencies] == [
        ("database", ("calls 4", "answers 5000/s")),
        ("search", ()),
    ]
    document = parsed(page_of(BEHIND))
    for drawing in document.query("svg.drawing"):
        assert [text_of(name) for name in drawing.query(".dependency .name")] == ["database", "search"]
    boxes = picture.beside(one.routes, []).boxes
    node = next(box for box in boxes if box.stop.role == "node")
    behind = [box for box in boxes if box.stop.role == "dependency"]
    assert all(box.x == node.x and box.y >= node.y + node.height for box in behind)
    assert behind[1].y >= behind[0].y + behind[0].height


def test_a_picture_of_many_dependencies_names_the_first() -> None:
    """And says how many more there are."""
    names = ", ".join(f"service-{number}: some" for number in range(9))
    (one,) = review(f"rtreview: 1\ndependencies: {{{names}}}\n", "design.yaml")
    (stop,) = one.routes[0].behind
    assert stop.name == "9 dependencies"
    assert stop.facts[-1] == "and 4 more"


MQTT = """rtreview: 1
direction: client-to-server
workload: {connections: 20k, clients: [server]}
transport: {kind: mqtt, path: [nat], heartbeat: {interval: 60s}}
sync: {delivery: {guarantee: at-least-once}}
topology: {nodes: 2}
dependencies: {timescale: {calls: 1}}
"""
"""Devices that send to the two nodes of a broker."""


def stations_of(spec: str) -> list[tuple[str, str, tuple[str, ...], bool]]:
    """The stations of the only route of a design: role, name, facts, and whether it is a broker."""
    (one,) = review(spec, "design.yaml")
    return [(stop.role, stop.name, stop.facts, stop.is_broker) for stop in one.routes[0].stations]


def test_the_nodes_of_mqtt_are_a_broker_and_the_services_stand_behind_it() -> None:
    """By the name of the managed service, if there is one; and the picture draws it as a broker."""
    subscribers = ("subscriber", "services that subscribe", ("delivery at-least-once",), False)
    timescale = ("dependency", "timescale", ("calls 1",), False)
    assert stations_of(MQTT)[2:] == [("node", "broker", ("2 nodes",), True), subscribers, timescale]
    managed = stations_of(MQTT.replace("kind: mqtt", "kind: mqtt, service: emqx"))
    assert managed[2] == ("node", "emqx", ("broker", "2 nodes"), True)
    for drawing in parsed(page_of(MQTT)).query("svg.drawing"):
        (broker,) = drawing.query(".broker")
        assert len(broker.query("path")) == 1
        assert next(text_of(name) for name in drawing.query(".subscriber .name")).startswith("services that")


def test_a_hop_that_is_a_broker_has_the_nodes_behind_it() -> None:
    """The connections end there, so that no arrow says how many a node has; and nobody else subscribes."""
    spec = MQTT.replace("[nat]", "[nat, mosquitto]")
    assert stations_of(spec)[2:4] == [
        ("hop", "mosquitto", ("broker",), True),
        ("node", "2 nodes", (), False),
    ]
    (one,) = review(spec, "design.yaml")
    assert [stop.arriving for stop in one.routes[0].stops][-1] == ()
    assert [stop.role for stop in one.routes[0].behind] == ["dependency"]


def test_where_nothing_is_sent_to_a_broker_no_service_subscribes() -> None:
    """Nor where the design does not say it, or where no broker is."""
    for spec in (
        MQTT.replace("client-to-server", "server-to-client"),
        MQTT.replace("direction: client-to-server\n", ""),
        MQTT.replace("mqtt", "websocket"),
    ):
        assert "subscriber" not in [role for role, *_ in stations_of(spec)]


def test_every_rule_has_its_verdict_and_what_is_cited_a_link() -> None:
    """Those that say the same stand in one row; a rule that finds nothing has its name alone."""
    (one,) = reviews(WHITEBOARD)
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    said = [(judgement.features, judgement.verdict, judgement.reason) for judgement in one.judgements]
    assert len(document.query("section.rules tbody tr")) == len(set(said)) < len(said)
    cells = document.query("section.rules tbody td:first-child > div")
    assert sorted(map(text_of, cells)) == sorted(judgement.rule for judgement in one.judgements)
    linked = {text_of(cell) for cell in cells if cell.query("a")}
    assert linked == {finding.rule for finding in one.findings}


def test_the_references_hold_what_the_page_cites_and_nothing_else() -> None:
    """Each section once, with its text."""
    (one,) = reviews(WHITEBOARD)
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    shown = [text_of(each) for each in document.query(".reference summary code")]
    cited = {citation.id for finding in one.findings for citation in finding.cites}
    assert sorted(shown) == sorted(cited | {hand_over.topic for hand_over in one.handed_over})
    assert all(text_of(each) for each in document.query(".reference .prose"))


def test_the_numbers_at_the_top_stand_beside_their_limits() -> None:
    """A broken one has the colour of its decision and leads to it; a kept one is green; each once."""
    document = parsed(page_of(FLAWED.read_bytes()))
    tiles = {text_of(one.query("dt")[0]): one for one in document.query(".tiles > div")}
    beat = tiles["Heartbeat interval"]
    assert text_of(beat.query("dd")[0]) == "60 s must be below 60 s, the idle timeout of aws-alb"
    assert beat.attrs["class"] == "error"
    bars = [text_of(each) for each in document.query(".compared dt")]
    assert "must be below the idle timeout of aws-alb" in bars
    assert beat.query("a")[0].attrs["href"].startswith("#heartbeat-slower-than-path-")
    storm = tiles["Restart: attempts in the busiest second"]
    assert text_of(storm.query("dd")[0]) == "20,000/s 2000/s are accepted"
    sound = parsed(page_of(SOUND.read_bytes()))
    assert {one.attrs["class"] for one in sound.query(".tiles > div")} <= {"good", ""}
    assert len(sound.query(".tiles > div")) == MOST_TILES


def test_of_a_number_with_several_values_the_worst_stands_at_the_top() -> None:
    """With the features that it is of; what is the same for all names none."""
    document = parsed(page_of(CHATS))
    shown = [text_of(one.query("dt")[0]) for one in document.query(".tiles > div")]
    assert "Restart: attempts in the busiest second crowded" in shown
    assert "Heartbeat interval" in shown
    assert len(shown) == len({name.partition(" crowded")[0] for name in shown}) == MOST_TILES


@pytest.mark.parametrize("example", [WHITEBOARD, FLAWED, SOUND], ids=lambda file: file.name)
def test_a_curve_is_as_high_as_the_busiest_second_in_its_table(example: Path) -> None:
    """To the hundredth to which it is simulated, for the design as it stands and as proposed."""
    document = parsed(page_of(example.read_bytes()))
    plots = [
        (scene, figure.query("svg")[0])
        for scene in document.query(".exhibit")
        for figure in scene.query("figure")
        if figure.attrs["data-curve"] == "attempts/s"
    ]
    assert plots
    for scene, plot in plots:
        (row,) = [one for one in scene.query("tbody tr") if "busiest second" in text_of(one)]
        _, _, bottom, ceiling = map(float, plot.attrs["data-scale"].split())
        _, top = map(float, plot.attrs["data-frame"].split())
        curves = plot.query(".series .curve")
        assert len(curves) == len(row.query("td"))
        for curve, cell in zip(curves, row.query("td"), strict=True):
            heights = [float(point) for point in curve.attrs["d"][1:].split()[1::2]]
            peak = float(text_of(cell).removesuffix("/s").replace(",", ""))
            assert (bottom - min(heights)) / (bottom - ceiling) * top == pytest.approx(peak, rel=0.015)


def test_what_is_simulated_and_what_is_computed_are_one_number() -> None:
    """The tile, the figure, the evidence and the rule tell the same peak of the first attempts."""
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    first = document.query(".decisions .decision")[0]
    tile = next(one for one in document.query(".tiles > div") if "busiest second" in text_of(one))
    row = next(one for one in document.query(".exhibit tbody tr") if "busiest second" in text_of(one))
    assert text_of(first.query(".compared dd")[0]) == "12,000/s"
    assert "Restart simulated: 12,000/s in the busiest second" in text_of(first)
    assert text_of(tile.query(".value")[0]) == text_of(row.query("td")[0]) == "12,000/s"


def test_the_page_has_one_word_for_a_question_and_one_for_what_is_undecided() -> None:
    """In the verdict, the rules, and the failure walk: no rule is open, waits, or is not stated."""
    (one,) = reviews(WHITEBOARD)
    asked, undecided = one.count(Verdict.UNSTATED), one.count(Verdict.UNDECIDED)
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    said = f"{asked} questions need an answer and {undecided} verdicts are undecided."
    assert said in text_of(document.query(".verdict")[0])
    counted = text_of(document.query(".rules > details > summary")[0])
    assert counted.startswith(f"Rules {len(one.judgements)} verdicts: ")
    assert f"{asked} questions, {undecided} undecided, " in counted
    for part in (
        document.query(".rules summary"),
        document.query(".walk summary"),
        document.query(".walk td"),
    ):
        words = " ".join(map(text_of, part))
        assert "undecided" in words
        assert re.findall(r"\b(not stated|unstated|open|waits?)\b", words) == []


def test_a_warning_in_the_failure_walk_has_the_colour_of_a_warning() -> None:
    """Each violated cell is as grave as the gravest rule that it violates, and the gravest come first."""
    (one,) = reviews(FLAWED)
    severities = {
        judgement.rule: judgement.severity
        for judgement in one.judgements
        if judgement.verdict is Verdict.VIOLATED
    }
    found = {
        (row.component, cell.failure): min(
            (severities[answer.rule] for answer in cell.answers if answer.rule in severities),
            key=lambda one: one.rank,
        )
        for row in walk(one, RULEBOOK).rows
        for cell in row.cells
        if cell.state is State.VIOLATED
    }
    document = parsed(page_of(FLAWED.read_bytes()))
    shown = {
        (text_of(row.query("th")[0]), cell.attrs["data-failure"]): cell.attrs["class"]
        for row in document.query(".walk-table tbody tr")
        for cell in row.query("td.violated")
    }
    assert shown == {place: f"violated {severity}" for place, severity in found.items()}
    assert {"violated error", "violated warning"} <= set(shown.values())
    listed = [part.attrs["class"] for part in document.query(".walk-answers details.violated")]
    assert listed == sorted(listed)


def test_the_legend_explains_what_is_in_the_picture() -> None:
    """And no severity that nothing has."""
    document = parsed(page_of(FLAWED.read_bytes()))
    dots = {one.attrs["class"].removeprefix("dot ") for one in document.query(".legend .dot")}
    assert dots == {one.attrs["class"] for one in document.query(".drawing circle")}


def test_an_arrow_has_the_number_of_its_own_connection() -> None:
    """Also where several end at the same nodes."""
    document = parsed(page_of(CHATS))
    for drawing in document.query("svg.drawing"):
        numbers = " ".join(text_of(one) for one in drawing.query(".arrow .number"))
        assert re.findall(r"per node (\d+)", numbers) == ["2500", "7500"]


def test_no_mark_of_a_picture_covers_another() -> None:
    """However many stand at a station; none is left out, and the text beneath stays free."""
    (one,) = reviews(FLAWED)
    fault = one.findings[0]
    for layout in (picture.beside, picture.below):
        for most in (1, 7, 30):
            found = [(fault, picture.Mark(str(number), "error", "here")) for number in range(most)]
            boxes = [box for box in layout(one.routes, found).boxes if box.marks]
            assert boxes
            for box in boxes:
                places = [(x, y) for _, x, y in box.placed]
                assert len(places) == most
                apart = [
                    max(abs(x - other), abs(y - beside))
                    for at, (x, y) in enumerate(places)
                    for other, beside in places[at + 1 :]
                ]
                assert min(apart, default=picture.BADGE) >= picture.BADGE - 2
                text = box.y + picture.HEAD + picture.FACT * (len(box.lines) - 1) - 8
                assert all(y == box.y or text < y < box.y + box.height for _, y in places)


def test_a_name_is_broken_where_it_has_a_space_or_a_hyphen() -> None:
    """Into two lines at most."""
    (one,) = reviews(SOUND)
    named = [[line for line, is_name in box.lines if is_name] for box in picture.beside(one.routes, []).boxes]
    assert ["browser, ios,", "android"] in named
    assert ["redis-streams-", "adapter"] in named


def test_a_sound_design_shows_what_it_keeps_and_how_it_behaves() -> None:
    """Its headroom is open, the closest limit first, and so is its first scenario."""
    (one,) = reviews(SOUND)
    document = parsed(page_of(SOUND.read_bytes()))
    assert "open" in document.query(".held > details")[0].attrs
    assert "open" in document.query(".scenario")[0].attrs
    kept = [row.comparison for row in one.judgements if row.verdict is Verdict.PASSED and row.comparison]
    shares = [
        [float(part.attrs["style"].removeprefix("--share: ").removesuffix("%")) for part in each.query("div")]
        for each in document.query(".held .compared")
    ]
    assert len(shares) == len({(row.what, row.than, row.left, row.right) for row in kept})
    assert shares == sorted(shares, reverse=True)


def test_a_decision_can_get_an_owner_and_an_outcome_of_the_minutes() -> None:
    """In its row, in the words of `rtreview meeting`; only a question has an answer."""
    document = parsed(page_of(FLAWED.read_bytes()))
    words = ["to decide", *(str(choice) for choice in Choice if choice not in (Choice.ANSWER, Choice.SKIP))]
    for decision in document.query(".decisions .decision"):
        assert len(decision.query(".outcome textarea")) == 2
        assert [text_of(one) for one in decision.query(".outcome option")] == words


def test_of_a_very_long_line_only_what_stands_beside_its_marks_is_shown() -> None:
    """A design may be one line of JSON."""
    content = yaml.safe_load(FLAWED.read_bytes())
    document = parsed(page_of(json.dumps(content)))
    for row in document.query(".excerpt .row code"):
        marks = len(row.query("mark"))
        assert marks >= 1
        assert len(text_of(row)) < 300 * (marks + 1)
        assert "…" in text_of(row)


def test_each_plot_stands_in_the_page_once() -> None:
    """However many decisions it shows."""
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    plots = [
        (scene.attrs["id"], figure.attrs["data-curve"])
        for scene in document.query(".scenario")
        for figure in scene.query("figure")
    ]
    assert len(plots) == len(set(plots)) == len(document.query("svg.plot-svg")) > 0
    assert document.query(".decision svg") == []


def test_settings_of_one_section_stand_together() -> None:
    """As a spec has them, below the path that they share."""
    change = ("a.b.c=1s", "a.b.d.e=full", "f=none", "g.h=2", "g.i.j=3")
    assert entries(change) == ["a.b: {c: 1s, d: {e: full}}", "f: none", "g: {h: 2, i: {j: 3}}"]


def test_what_is_not_in_the_picture_is_named() -> None:
    """Each decision has its number there, or below it."""
    for source in (FLAWED, WHITEBOARD):
        document = parsed(page_of(source.read_bytes()))
        marked = {text_of(one) for one in document.query("svg.drawing a")}
        legend = text_of(document.query(".legend")[0])
        numbers = {text_of(one) for one in document.query(".decisions .decision > .number")}
        missing = numbers - marked
        assert all(re.search(rf"not in the picture: .*\b{number}\b", legend) for number in missing)
        assert bool(missing) == ("not in the picture" in legend)


def test_two_decisions_with_one_change_say_it_once() -> None:
    """The later one names the first."""
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    changes = [text_of(one) for one in document.query(".decisions .change")]
    again = [text for text in changes if text.startswith("as decision ")]
    assert again
    assert len(changes) - len(again) == len({text for text in changes if text not in again})


def test_what_a_design_decides_against_is_drawn_as_missing() -> None:
    """Several nodes without a backplane, in both layouts, and at the end of a broken arrow."""
    document = parsed(page_of(FLAWED.read_bytes()))
    for drawing in document.query("svg.drawing"):
        assert [text_of(one) for one in drawing.query(".missing .name")] == ["no backplane"]
        assert len(drawing.query(".arrow.broken")) == 1
        numbers = " ".join(text_of(one) for one in drawing.query(".arrow .number"))
        assert numbers == "heartbeat 60 s per node 5000"
    alone = FLAWED.read_text("utf-8").replace("nodes: 4", "nodes: 1")
    assert parsed(page_of(alone)).query(".missing") == []


def test_the_failure_walk_has_a_cell_for_each_component_and_failure() -> None:
    """None is left out, and none is empty for who hears it."""
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    cells = document.query(".walk-table tbody td")
    assert len(cells) == len(references.COMPONENTS) * len(references.FAILURES)
    assert all(text_of(cell) for cell in cells)


def test_what_the_team_accepts_stands_apart() -> None:
    """With reason, owner and end."""
    document = parsed(cli("--format", "html", "--today", "2026-11-23", DOCUMENT).stdout)
    told = text_of(document.query("section.accepted table")[0])
    assert "presence-immediate-removal, line 44 one agent sees it" in told.replace(" ,", ",")
    assert "support-tools" in told


def test_what_a_number_rests_on_and_nobody_states_is_listed() -> None:
    """Defaults of platforms and assumptions, with who says so."""
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    rows = [text_of(row) for row in document.query("section.assumptions tbody tr")]
    assert "transport.reconnect.jitter 50 % default of socket.io@4" in rows
    assert "topology.node.reject_cost 20 % assumed" in rows


def test_several_designs_share_a_page_and_their_anchors_differ() -> None:
    """Twice the same design, so that every finding is there twice."""
    page = page_of(SMALL, SMALL)
    document = parsed(page)
    ids = [one.attrs["id"] for one in document.query("[id]")]
    assert len(ids) == len(set(ids))
    assert len(document.query("article.design")) == 2
    assert text_of(document.query("h1")[0]) == "2 designs"


@pytest.mark.slow
def test_a_page_of_many_decisions_holds_each_text_once() -> None:
    """A link of each leads to it, so that the page stays light enough to be mailed."""
    shown = "transport: {kind: websocket, heartbeat: {interval: 25s}}\npurpose: chat\n"
    rooms = "".join(
        f"  f{number}: {{presence: {{grace: none}}, workload: {{rooms: {{size: {{max: {number + 2}}}}}}}}}\n"
        for number in range(25)
    )
    document = parsed(page_of(f"rtreview: 1\n{shown}features:\n{rooms}"))
    decisions = document.query("section.decisions section.decision")
    assert len(decisions) == 25
    assert all(one.query('.citations a[href="#ref-presence-immediate-removal"]') for one in decisions)
    assert len(document.query("#ref-presence-immediate-removal")) == 1


def test_the_anchor_of_a_decision_stays_when_lines_move() -> None:
    """So that it can be pasted into minutes."""
    anchors = [
        {one.attrs["id"] for one in parsed(page_of(source)).query("section.decision")}
        for source in (SMALL, f"# a comment\n\n{SMALL}")
    ]
    assert len(anchors[0]) > 1
    assert anchors[0] == anchors[1]


def test_how_a_design_stands_to_what_runs_is_one_table(drifted: Report) -> None:
    """A row for each field, with the values of the terminal; what disagrees comes first, the counts above."""
    document = parsed(html.render(briefing.prepare(drifted, POLICY)))
    (table,) = document.query(".deployed table")
    rows = [[text_of(cell) for cell in row.query("th, td")] for row in table.query("tbody tr")]
    rows = [[field.replace(" ", ""), *cells] for field, *cells in rows]
    (review, _) = drifted.reviews
    assert rows == [
        [
            each.place.name,
            each.stated,
            " ".join(filter(None, (each.runs, each.origin.replace("`", "")))),
            ", ".join(each.places),
            each.standing,
        ]
        for each in review.deployment
    ]
    assert rows[0][1:] == ["75s", "20s", "k8s/ingress.yaml:6", "disagrees"]
    assert "1 disagrees, 14 agree" in text_of(document.query(".deployed summary")[0])
    assert document.query(".deployed details[open]")


def test_a_design_without_a_deployment_has_no_such_table() -> None:
    """Nor a way to it."""
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    assert not document.query(".deployed")
    assert "As deployed" not in [text_of(link) for link in document.query(".contents a")]


def test_a_file_of_the_deployment_is_no_design(drifted: Report) -> None:
    """The head of the page counts it beside the designs."""
    document = parsed(html.render(briefing.prepare(drifted, POLICY)))
    assert [text_of(one) for one in document.query("h1")] == ["1 design and 1 file of what runs"]
    assert "This is a file of the deployment, and no design." in [
        text_of(one) for one in document.query(".verdict")
    ]


def test_what_could_not_be_reviewed_is_told() -> None:
    """A page like any other, status 3, and what is wrong at which line; also for the configuration."""
    told = cli("--format", "html", "-", stdin=b"rtreview: 1\ntransport: {kind: carrier-pigeon}\n")
    assert told.exit_code == 3
    document = parsed(told.stdout)
    assert "This design could not be reviewed." in text_of(document.root)
    assert [text_of(one) for one in document.query("mark.first")] == ["carrier-pigeon"]


def test_a_file_that_is_not_there_has_a_page_too() -> None:
    """With the reason."""
    told = cli("--format", "html", "/no/such/file.yaml")
    assert told.exit_code == 3
    assert "no such file" in text_of(parsed(told.stdout).root).lower()


def test_without_what_the_page_needs_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Wrong use, in one sentence, with a command for the interpreter that runs, be it without a pip."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.delitem(sys.modules, "rtreview.render.html", raising=False)
    for pip, command in ((None, "pip --python .venv/bin/python"), (sys, ".venv/bin/python -m pip")):
        monkeypatch.setitem(sys.modules, "pip", pip)
        told = cli("--format", "html", SOUND)
        assert (told.exit_code, told.stderr) == (
            2,
            f"rtreview: --format html needs jinja2: run `{command} install 'rtreview[report]'`, "
            "with `'.[report]'` in a clone\n",
        )


def test_the_page_asks_nobody_and_runs_its_own_scripts_only() -> None:
    """Its policy allows two scripts by their hashes, no image, no address; what it tells as data is JSON."""
    document = parsed(page_of(WHITEBOARD.read_bytes()))
    policy = document.query('meta[http-equiv="Content-Security-Policy"]')[0].attrs["content"]
    assert policy.startswith("default-src 'none';")
    assert len(re.findall(r"'sha256-[A-Za-z0-9+/=]{44}'", policy)) == 2
    scripts = document.query("script")
    assert len([one for one in scripts if "type" not in one.attrs]) == 2
    assert all(json.loads(one.to_text(strip=False)) for one in scripts if "type" in one.attrs)
    assert document.query("[src], link, iframe, object, embed, form") == []


@given(st.floats(1e-6, 1e15), st.sampled_from(["s", "B", "/s", "%", ""]))
def test_an_axis_ends_at_a_tidy_number_not_far_beyond_the_highest(most: float, unit: str) -> None:
    """Its guides are round numbers of their unit, and the curve fills at least two fifths of it."""
    end = tidy(most, unit)
    assert most <= end * (1 + 1e-9)
    assert end <= most * 2.5 * (1 + 1e-9)
    size = max((one for one in html_units(unit) if one <= end / GUIDES), default=1.0)
    assert float(f"{end / GUIDES / size:.9e}".partition("e")[0]) in (1, 1.5, 2, 2.5, 3, 5)


def html_units(unit: str) -> tuple[float, ...]:
    """The sizes of the units in which an axis is round."""
    return {"s": (1.0, 60.0, 3600.0, 86400.0), "B": tuple(1024.0**power for power in range(5))}.get(
        unit, (1.0,)
    )


SCRAPS = [
    "<script>boom()</script>",
    "</script><script>boom()</script>",
    "<img src=x onerror=boom()>",
    "</pre></section>",
    "<svg onload=boom()>",
    '"><b onmouseover=boom()>',
    "' onfocus='boom()",
    "javascript:boom()",
    "{{ 7*7 }}",
    "{% raw %}",
    "&lt;",
    "&#x3c;script&#x3e;",
    "<!--",
    "-->",
    "]]>",
    "</style>",
    "<style>*{display:none}</style>",
    "https://attacker.example/",
    "//attacker.example",
    "[x](javascript:boom())",
    "`",
    "``",
    "\u202e",
    "\u2028",
    "\x85",
    "<a href=https://attacker.example>",
    "</textarea>",
    "</title>",
    "<base href=//attacker.example>",
    "😀",
    "<",
    "=",
]
hostile = st.lists(st.one_of(st.sampled_from(SCRAPS), st.text(max_size=3)), min_size=1, max_size=5).map(
    "".join
)

OURS = {
    "html", "head", "meta", "title", "style", "body", "a", "main", "article", "header", "p", "h1", "h2",
    "h3", "h4", "h5", "dl", "div", "dt", "dd", "nav", "ol", "ul", "li", "span", "section", "svg", "g",
    "text", "path", "rect", "circle", "figure", "figcaption", "pre", "code", "mark", "details",
    "summary", "small", "label", "input", "textarea", "table", "thead", "tbody", "tr", "th", "td",
    "script", "footer", "em", "strong", "wbr", "select", "option", "defs", "linearGradient", "stop",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "http-equiv", "class", "href", "id", "aria-label",
    "aria-labelledby", "aria-hidden", "role", "style", "viewBox", "x", "y", "width", "height", "rx",
    "d", "cx", "cy", "r", "transform", "tabindex", "open", "scope", "title", "type", "autocomplete",
    "rows", "hidden", "rel", "start", "value", "offset", "stop-opacity", "readonly", "placeholder",
}  # fmt: skip


def attacked(text: str) -> bytes:
    """A design in which everything that a team names has this text, and a risk that is accepted with it."""
    content = {
        "rtreview": 1,
        "name": text,
        "summary": text,
        "owners": [text],
        "workload": {"connections": "20k", "rooms": {"size": {"max": 400}}},
        "transport": {
            "kind": "websocket",
            "path": [{"name": text, "idle_timeout": "30s"}],
            "heartbeat": {"interval": "60s", "timeout": "20s"},
            "reconnect": {"strategy": "exponential", "base": "1s", "cap": "30s", "jitter": "none"},
        },
        "topology": {"nodes": 4, "node": {"accept_rate": "100/s"}},
        "features": {text: {"presence": {"grace": "none"}}, "chat": {"purpose": "chat"}},
        "accepted": [
            {"rule": "presence-immediate-removal", "reason": text, "owner": text, "until": "2999-01-01"}
        ],
    }
    return json.dumps(content).encode()


@pytest.mark.slow
@settings(max_examples=25, phases=[Phase.generate])
@given(hostile)
def test_hostile_text_stays_text(text: str) -> None:
    """Whatever a spec says: no element, attribute, link, script or style that is not the page's own."""
    document = parsed(page_of(attacked(text)))
    for one in document.query("*"):
        assert one.name in OURS
        assert {name for name in one.attrs if not name.startswith("data-")} <= ATTRIBUTES
        assert one.attrs.get("href", "#").startswith("#")
        if one.name == "script":
            source = one.to_text(strip=False)
            assert source in html.scripts() or json.loads(source)
        assert re.fullmatch(r"(--share: [\d.]+%|max-width: [\d.]+px)", one.attrs.get("style", "--share: 0%"))
    assert len(document.query("style")) == 1


def test_what_a_team_writes_can_be_read() -> None:
    """An attack is shown as it is written, not left out."""
    text = "<script>boom()</script> & {{ 7*7 }} <b>"
    document = parsed(page_of(json.dumps({"rtreview": 1, "name": text, "summary": text})))
    assert text_of(document.query("h1")[0]) == text
    assert text_of(document.query(".summary")[0]) == text


WAVES = """rtreview: 1
workload: {connections: 60k}
transport:
  kind: websocket
  reconnect: {strategy: exponential, base: 1s, cap: 30s, jitter: none}
topology: {nodes: 6, node: {max_connections: 12k, accept_rate: 500/s}}
"""


def test_what_the_page_assumes_is_listed_and_counted_once() -> None:
    """What a scenario assumes as well as what the ledger does."""
    grounds = text_of(parsed(page_of(WAVES)).query("section.assumptions")[0])
    assert "Assumptions 3 values that the spec does not state " in grounds
    assert "topology.node.reject_cost" in grounds
    assert "transport.reconnect.factor" in grounds
    assert "operations.rollout" in grounds


def test_two_curves_with_two_limits_have_a_line_each() -> None:
    """And each says whose it is; one that both have is drawn once."""
    one, other = (storm_of(WAVES.replace("500/s", f"{rate}/s")) for rate in (500, 1000))
    words = [text_of(word) for word in drawn(one, other).query(".level text")]
    assert words == ["accepted 6000/s as proposed", "accepted 3000/s as it stands"]
    words = [text_of(word) for word in drawn(one, one).query(".level text")]
    assert words == ["accepted 3000/s"]


def drawn(*variants: Curve) -> JustHTML:
    """A plot of some variants of one curve."""
    return parsed(
        f"<!doctype html><title>plot</title><body>{plots.plot(variants, is_changed=len(variants) > 1)}</body>"
    )


def storm_of(spec: str) -> Curve:
    """The attempts after a restart."""
    (one,) = simulated(spec)
    return one.curves[0]


def test_times_on_an_axis_have_one_unit() -> None:
    """`2.5 min, 5 min`, and not `150 s, 5 min`."""
    for width in (0.1, 3.0, 120.0, 600.0, 9000.0, 1e5, 1e6):
        curve = Curve("back", "%", "time", "s", ((0.0, 0.0), (width, 1.0)))
        words = drawn(curve).query(".axis.x text")
        units = {text_of(word).partition(" ")[2] for word in words} - {""}
        assert len(units) == 1, (width, units)


def test_a_limit_that_is_used_up_is_not_green() -> None:
    """It is kept, and nothing is left of it."""
    kept = parsed(page_of(WAVES)).query(".held .compared > .used-up")
    assert [text_of(bar) for bar in kept] == ["the load of each remaining node 12,000"]
