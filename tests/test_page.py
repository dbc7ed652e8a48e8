"""The page in a real browser: what it does and asks for, for the eye, the keyboard and on paper."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from browser import ARTEFACTS, Tab, opened
from conftest import FLAWED, ROOT, RULEBOOK, SOUND, WHITEBOARD, cli
from paper import reach
from test_html import attacked

from rtreview.render import html
from rtreview.render.page import briefing
from rtreview.reviews.engine import review
from rtreview.reviews.failure_walk import State
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Report
from rtreview.rulebook.finding import Verdict
from rtreview.text import document

SIZES = {"wide": (1280, 900), "phone": (390, 844)}
VIEWS = {"wide": (1280, 900, "light"), "dark": (1280, 900, "dark"), "phone": (390, 844, "light")}
THIRTY = 30


def _many() -> bytes:
    """Thirty findings and more: the flawed chat three times, each with a connection of its own."""
    flawed = document.read(FLAWED.read_bytes())[0].content
    shared = {key: flawed.pop(key) for key in ("rtreview", "owners", "status")}
    chat = {key: value for key, value in flawed.items() if key not in ("name", "summary")}
    kinds = {f"chat-{number}": {**chat, "workload": {**chat["workload"], "connections": f"{number}0k"}}
             for number in (1, 2, 3)}  # fmt: skip
    return json.dumps({**shared, "name": "Three chats", "features": kinds}, indent=1).encode()


DESIGNS = {
    "none": SOUND.read_bytes,
    "one": (ROOT / "tests" / "corpus" / "flawed-reddit-robin.rtreview.yaml").read_bytes,
    "eight": WHITEBOARD.read_bytes,
    "thirty": _many,
}
"""Designs of very different size, by how much is found in them; that of eight has three features."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of each of the designs, as a file."""
    folder = tmp_path_factory.mktemp("pages")
    for name, source in DESIGNS.items():
        spec = folder / f"{name}.rtreview.yaml"
        spec.write_bytes(source())
        assert cli("--format", f"html={folder / name}.html", spec).exit_code in (0, 1)
    return {name: folder / f"{name}.html" for name in DESIGNS}


@pytest.fixture
def page(pages: dict[str, Path]) -> Path:
    """The page of the flawed whiteboard."""
    return pages["eight"]


@pytest.fixture
def shown(tab: Tab, page: Path) -> Any:
    """The page, opened; at the end it must have complained of nothing and asked nobody."""
    tab.page.set_viewport_size({"width": 1280, "height": 900})
    tab.page.goto(page.as_uri())
    return tab.page


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("design", DESIGNS)
def test_it_fits_and_axe_finds_no_serious_problem(
    chromium: Any, pages: dict[str, Path], design: str, view: str
) -> None:
    """Nothing is wider than the screen; contrasts, names and roles are right, also where all is open."""
    width, height, scheme = VIEWS[view]
    with opened(chromium, viewport={"width": width, "height": height}, color_scheme=scheme) as tab:
        tab.page.goto(pages[design].as_uri())
        tab.keep(f"{design}-{view}")
        tab.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.barriers() == []
        assert tab.complaints == tab.requests == []


@pytest.mark.parametrize("width", [390, 820, 1023, 1024, 1280, 1600])
def test_no_letter_of_the_picture_is_smaller_than_twelve_pixels(
    chromium: Any, pages: dict[str, Path], width: int
) -> None:
    """Whichever layout a screen gets, it is not made smaller than it was drawn."""
    with opened(chromium, viewport={"width": width, "height": 900}) as tab:
        tab.page.goto(pages["thirty"].as_uri())
        sizes = tab.page.evaluate(
            "[...document.querySelectorAll('.drawing text')].filter(one => one.checkVisibility()).map(one => "
            "one.ownerSVGElement.getScreenCTM().a * parseFloat(getComputedStyle(one).fontSize))"
        )
        assert len(sizes) > 10
        assert min(sizes) >= 11.9


@pytest.mark.parametrize(
    ("design", "width", "layout"),
    [("one", 500, "wide"), ("one", 390, "narrow"), ("eight", 980, "wide"), ("eight", 970, "narrow"),
     ("none", 1024, "wide"), ("thirty", 1024, "wide"), ("thirty", 1020, "narrow")],
)  # fmt: skip
def test_a_picture_stands_upright_only_where_there_is_no_room(
    chromium: Any, pages: dict[str, Path], design: str, width: int, layout: str
) -> None:
    """The fewer stations it has, the smaller the screen on which they stand beside each other."""
    with opened(chromium, viewport={"width": width, "height": 900}) as tab:
        tab.page.goto(pages[design].as_uri())
        shown = tab.page.locator(".drawing:visible")
        assert shown.count() == 1
        assert layout in str(shown.get_attribute("class")).split()
        assert shown.evaluate("one => one.getScreenCTM().a * 13") >= 11.9


@pytest.mark.slow
def test_a_page_keeps_its_budget(pages: dict[str, Path]) -> None:
    """400 KB for eight findings, 1 MB for thirty, so that it can be mailed."""
    sizes = {name: len(page.read_bytes()) for name, page in pages.items()}
    found = {name: page.read_text("utf-8").count('<section class="decision ') for name, page in pages.items()}
    assert found["none"] == 0
    assert found["one"] >= 1
    assert found["eight"] >= 8
    assert found["thirty"] >= THIRTY
    assert sizes["eight"] < 400_000
    assert sizes["thirty"] < 1_000_000


def test_a_page_of_eight_findings_is_a_few_screens(shown: Any) -> None:
    """Three, before anything is opened, also of three features: what it is, the decisions, what follows."""
    assert shown.locator(".decisions .decision").count() == 9
    assert shown.evaluate("document.documentElement.scrollHeight") <= 3 * 900
    decisions = shown.locator(".decisions").bounding_box()
    assert decisions["y"] < 900
    assert decisions["y"] + decisions["height"] < 2.2 * 900


def test_the_way_on_stays_in_view(shown: Any) -> None:
    """At the end of the page, too."""
    shown.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert shown.locator(".contents").bounding_box()["y"] == 0


@pytest.mark.parametrize("size", SIZES)
def test_however_long_the_names_are_the_page_fits(chromium: Any, tmp_path: Path, size: str) -> None:
    """A name without a place to break at is broken; in the picture it ends before its box does."""
    width, height = SIZES[size]
    spec, file = tmp_path / "long.yaml", tmp_path / "long.html"
    spec.write_bytes(attacked("unbroken" * 40))
    cli("--format", f"html={file}", spec)
    with opened(chromium, viewport={"width": width, "height": height}) as tab:
        tab.page.goto(file.as_uri())
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
        beyond = tab.page.evaluate(
            "[...document.querySelectorAll('.drawing .box text:not(.mark)')]"
            ".filter(one => one.checkVisibility()).filter(one => one.getBoundingClientRect().right"
            " > one.parentNode.querySelector('rect').getBoundingClientRect().right).length"
        )
        assert beyond == 0


def restart(page: Any) -> Any:
    """The exhibit of the restart, opened."""
    page.locator(".scenario").first.evaluate("scene => { scene.open = true }")
    return page.locator(".scenario .exhibit").first


def test_a_slider_moves_the_curve_the_figures_and_the_verdicts(shown: Any) -> None:
    """It begins with the design as it stands; what is proposed is one button away, and so is the way back."""
    exhibit = restart(shown)
    attempts = exhibit.locator("[data-curve='attempts/s']")
    path, verdicts = attempts.locator(".series.after .curve"), exhibit.locator(".verdicts li")
    before = path.get_attribute("d")
    decision = shown.locator("[data-rule=first-reconnect-spread-too-small]").first
    tile = shown.locator("[data-figure='attempts in the busiest second'] .value")
    stated = tile.text_content()
    assert "first-reconnect-spread-too-small: violated" in verdicts.all_text_contents()
    assert shown.locator(".supposed").is_hidden()
    assert tile.locator("xpath=../..").get_attribute("class") == "error"
    slide(exhibit, "clients", 120)
    shown.locator(".supposed", has_text="clients").wait_for()
    assert path.get_attribute("d") != before
    assert decision.get_attribute("data-what-if") == "what if: violated"
    busiest = exhibit.locator("tr", has_text="attempts in the busiest second").locator(".now").text_content()
    assert tile.text_content() == busiest != stated
    exhibit.get_by_role("button", name="As proposed").click()
    verdicts.filter(has_text="first-reconnect-spread-too-small: passed").wait_for()
    assert decision.get_attribute("data-what-if") == "what if: passed"
    assert tile.locator("xpath=../..").get_attribute("class") == "good"
    said = "getComputedStyle(document.querySelector('[data-what-if] .subject'), '::after').color"
    good = "getComputedStyle(document.querySelector('.tiles .good dd')).color"
    assert shown.evaluate(said) == shown.evaluate(good)
    shown.locator(".supposed").get_by_role("button", name="As it stands").click()
    attempts.locator(f'.series.after .curve[d="{before}"]').wait_for(state="attached")
    assert shown.locator(".supposed").is_hidden()
    assert tile.text_content() == stated
    assert decision.get_attribute("data-what-if") is None


def test_what_is_violated_stands_before_what_passes(tab: Tab, tmp_path: Path) -> None:
    """A first delay of 130 ms satisfies one rule, and is too small for another, which the book has later."""
    file = tmp_path / "page.html"
    cli("--format", f"html={file}", FLAWED)
    tab.page.goto(file.as_uri())
    exhibit = restart(tab.page)
    delay = exhibit.get_by_role("textbox", name="first delay, random up to")
    delay.fill("130 ms")
    delay.press("Tab")
    verdicts = exhibit.locator(".verdicts li")
    verdicts.filter(has_text="first-reconnect-spread-too-small").wait_for()
    assert verdicts.all_text_contents()[:2] == [
        "first-reconnect-spread-too-small: violated",
        "reconnect-without-jitter: passed",
    ]


def test_a_limit_that_is_kept_stays_green_when_a_slider_moves_a_little(
    tab: Tab, pages: dict[str, Path]
) -> None:
    """A sound design accepts as many as come: a second of random moments varies by a hundredth."""
    tab.page.goto(pages["none"].as_uri())
    tile = tab.page.locator("[data-figure='attempts in the busiest second']")
    assert tile.get_attribute("class") == "good"
    clients = tab.page.locator(".scenario .exhibit").first.get_by_role("textbox", name="clients")
    clients.fill("20,010")
    clients.press("Tab")
    tab.page.locator(".supposed", has_text="20,010").wait_for()
    assert tile.get_attribute("class") == "good"


def test_while_a_slider_moves_the_address_rests(shown: Any) -> None:
    """A browser counts its changes, and refuses them when there are too many."""
    exhibit = restart(shown)
    shown.evaluate(
        "() => { window.changes = 0; const replace = history.replaceState.bind(history); "
        "history.replaceState = (...all) => { window.changes += 1; replace(...all); }; }"
    )
    for step in range(60, 140, 8):
        slide(exhibit, "clients", step)
    shown.wait_for_url(re.compile("/workload.connections="))
    assert 1 <= shown.evaluate("window.changes") < 5


def test_one_client_more_is_no_cure(shown: Any) -> None:
    """What is moved stands beside the design as it is stated, not beside what is proposed."""
    exhibit = restart(shown)
    tile = shown.locator("[data-figure='attempts in the busiest second'] .value")
    stated = float(tile.text_content().removesuffix("/s").replace(",", ""))
    clients = exhibit.get_by_role("textbox", name="clients")
    clients.fill("12,001")
    clients.press("Tab")
    shown.locator(".supposed", has_text="12,001").wait_for()
    assert float(tile.text_content().removesuffix("/s").replace(",", "")) == pytest.approx(stated, rel=0.01)


def test_what_is_decided_can_be_copied_and_is_counted(shown: Any) -> None:
    """Outcome, owner, by when, and the answers, as text for the minutes."""
    first = shown.locator(".decisions .decision").first
    first.get_by_label("Outcome").select_option("change")
    first.get_by_label("Owner").fill("Ada")
    first.get_by_label("By when, or why").fill("by Friday")
    shown.get_by_label("Answer").first.fill("nobody knows yet")
    text = shown.get_by_label("What is decided, as text").input_value()
    assert text.startswith("- **change**: First attempts")
    assert "; Ada; by Friday; " in text
    assert text.endswith("nobody knows yet")
    assert shown.locator("[data-decided]").text_content() == "1 of 9"


def test_both_curves_stay_on_one_pair_of_axes(shown: Any) -> None:
    """Where what is moved needs longer axes, the design as it stands is drawn to the same scale."""
    exhibit = restart(shown)
    plot = exhibit.locator("[data-curve='attempts/s'] svg")
    top, now = plot.locator(".axis.y text").last, plot.locator(".series.now .curve")
    height = now.bounding_box()["height"]
    before = top.text_content()
    slide(exhibit, "first delay, random up to", 0)
    slide(exhibit, "clients", 160)
    exhibit.locator(".key", has_text="with what the sliders say").wait_for()
    assert float(top.text_content().removesuffix("/s").replace(",", "")) > 2 * float(
        before.removesuffix("/s").replace(",", "")
    )
    assert now.bounding_box()["height"] < height / 2


def test_a_number_can_be_typed_and_the_address_holds_what_is_moved(shown: Any, page: Path) -> None:
    """Sent to a colleague, it shows the same; what is no number is marked, and changes nothing."""
    exhibit = restart(shown)
    clients = exhibit.get_by_role("textbox", name="clients")
    clients.fill("40k")
    clients.press("Tab")
    told = exhibit.locator("tr", has_text="clients that are disconnected").locator(".now")
    told.filter(has_text="40,000").wait_for()
    shown.wait_for_url(re.compile("/workload.connections=40000"))
    address = shown.evaluate("location.hash")
    clients.fill("many")
    clients.press("Tab")
    assert clients.get_attribute("aria-invalid") == "true"
    assert "Expected a number above 0, such as 12,000." in exhibit.locator(".problem").all_text_contents()
    assert told.text_content() == "40,000"
    shown.goto("about:blank")
    shown.goto(f"{page.as_uri()}{address}")
    exhibit = shown.locator(".scenario .exhibit").first
    assert exhibit.is_visible()
    assert exhibit.get_by_role("textbox", name="clients").input_value() == "40,000"
    again = exhibit.locator("tr", has_text="clients that are disconnected").locator(".now")
    assert again.text_content() == "40,000"


def test_what_never_recovers_fades_out_and_says_so(shown: Any) -> None:
    """A cap below the herd, with twenty times the clients: refusals take the whole capacity."""
    exhibit = restart(shown)
    exhibit.get_by_role("button", name="As proposed").click()
    slide(exhibit, "clients", 200)
    never = exhibit.locator("[data-curve='share that is back'] .never")
    never.wait_for(state="attached")
    assert never.locator("text").text_content() == "never all back"
    assert never.locator("rect").count() == 1
    exhibit.locator("tr", has_text="everybody is back after").locator(".now", has_text="never").wait_for()


def test_a_cell_of_the_failure_walk_opens_its_answers_below_the_table(shown: Any) -> None:
    """The worst stand first."""
    shown.locator(".walk > details > summary").click()
    cell = shown.locator(".walk-table td.violated a").first
    place = cell.get_attribute("href")
    cell.click()
    answers = shown.locator(place)
    assert answers.locator("li").first.is_visible()
    assert answers.bounding_box()["y"] > shown.locator(".walk-table").bounding_box()["y"]
    states = shown.locator(".walk-answers .state").all_text_contents()
    order = [str(state) for state in State]
    assert [order.index(state) for state in states] == sorted(order.index(state) for state in states)


def slide(exhibit: Any, label: str, to: int) -> None:
    """Move a slider to a step, and wait for the frame in which the page follows."""
    exhibit.get_by_role("slider", name=label).evaluate(
        "(input, to) => { input.value = to; input.dispatchEvent(new Event('input'));"
        " return new Promise(done => requestAnimationFrame(() => done(true))) }",
        to,
    )


def test_longer_numbers_on_an_axis_stay_within_their_plot(shown: Any) -> None:
    """Fifty times the clients need wider words on the axis than Python left room for."""
    exhibit = restart(shown)
    slide(exhibit, "first delay, random up to", 0)
    slide(exhibit, "clients", 200)
    exhibit.locator("[data-curve] .axis.y text", has_text=re.compile(r"^\d{3},000/s$")).last.wait_for()
    beyond = exhibit.locator("[data-curve] svg").first.evaluate(
        "plot => [...plot.querySelectorAll('.axis.y text')].filter("
        "one => one.getBoundingClientRect().left < plot.getBoundingClientRect().left - 1).length"
    )
    assert beyond == 0


ON_A_CURVE = """() => [...document.querySelectorAll('.plot-svg')].flatMap(plot =>
  [...plot.querySelectorAll(':is(.level, .moment, .never) text')].filter(word => {
    const { left, right, top, bottom, height } = word.getBoundingClientRect();
    return [...plot.querySelectorAll('.curve')].some(path =>
      Array.from({ length: 601 }, (_, at) => path.getPointAtLength((path.getTotalLength() * at) / 600)
        .matrixTransform(path.getScreenCTM()))
        .some(({ x, y }) => x > left && x < right && y > top + height / 8 && y < bottom - height / 8));
  }).map(word => `${word.textContent} in ${plot.getAttribute('aria-label')}`))"""
"""The words of the plots that a curve runs through, as the browser lays out both: above and below a line of
letters an eighth of it is empty."""


@pytest.mark.parametrize("view", [*VIEWS, "print"])
@pytest.mark.parametrize("design", ["none", "eight", "thirty"])
def test_no_curve_runs_through_a_word(chromium: Any, pages: dict[str, Path], design: str, view: str) -> None:
    """Neither as the page is drawn, nor on a phone or on paper, where its letters are larger."""
    width, height, scheme = VIEWS.get(view, (680, 1000, "light"))
    with opened(chromium, viewport={"width": width, "height": height}, color_scheme=scheme) as tab:
        tab.page.goto(pages[design].as_uri())
        tab.page.emulate_media(media="print" if view == "print" else "screen")
        tab.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        assert tab.page.locator(".plot-svg :is(.moment, .level) text:visible").count() > 0
        assert tab.page.evaluate(ON_A_CURVE) == []


@pytest.mark.parametrize("clients", [0, 60, 120, 200])
def test_no_curve_runs_through_a_word_while_a_slider_moves(shown: Any, clients: int) -> None:
    """The words step aside as the curves move; the plot keeps its place."""
    exhibit = restart(shown)
    for delay in (0, 80, 200):
        slide(exhibit, "clients", clients)
        slide(exhibit, "first delay, random up to", delay)
        exhibit.locator(".key", has_text="with what the sliders say").wait_for()
        assert shown.evaluate(ON_A_CURVE) == []


def test_a_reference_has_one_size_of_letters(shown: Any) -> None:
    """Whatever its parts are called: a part of the page with the same name gives them no look."""
    sizes = shown.evaluate(
        "[...document.querySelectorAll('.reference section')].map(one => getComputedStyle(one).fontSize)"
    )
    assert len(sizes) > 50
    assert len(set(sizes)) == 1


def test_what_python_draws_the_script_draws_too(shown: Any) -> None:
    """A slider that is moved and moved back gives the curve that stood there, to a unit of the drawing."""
    exhibit = restart(shown)
    read = "path => path.getAttribute('d').match(/-?[0-9.]+/g).map(Number)"
    path = exhibit.locator("[data-curve='share that is back'] .series.after .curve")
    before = path.evaluate(read)
    exhibit.get_by_role("button", name="As proposed").click()
    exhibit.locator(".key", has_text="with what the sliders say").wait_for()
    after = path.evaluate(read)

    def height(points: list[float], x: float) -> float:
        """The height at a place, on the straight line between two points."""
        for (begin, start), (to, end) in pairwise(zip(points[::2], points[1::2], strict=True)):
            if begin <= x < to:
                return start + (end - start) * (x - begin) / (to - begin)
        return points[-1]

    places = [before[0] + step * (max(before[::2]) - before[0]) / 20 for step in range(1, 20)]
    assert [height(after, x) for x in places] == pytest.approx([height(before, x) for x in places], abs=1.5)


def test_every_plot_has_sliders_where_one_can_be_moved(shown: Any) -> None:
    """Each exhibit that begins with numbers offers them, and the first move of each changes something."""
    shown.evaluate("document.querySelectorAll('.scenario').forEach(scene => { scene.open = true })")
    panels = shown.locator(".what-if:visible")
    assert panels.count() == 1
    shown.evaluate("document.querySelector('.others').open = true")
    assert panels.count() >= 2
    for panel in panels.all():
        assert panel.locator("input[type=range], select").count() > 0


def test_without_javascript_both_plots_stand_and_everything_can_be_read(chromium: Any, page: Path) -> None:
    """The sliders are not there; two curves, the figures, and each finding and question are."""
    (flawed,) = review(WHITEBOARD.read_bytes())
    decisions = [each for each in flawed.findings if each.verdict in (Verdict.VIOLATED, Verdict.UNSTATED)]
    with opened(chromium, java_script_enabled=False) as tab:
        tab.page.goto(page.as_uri())
        tab.page.locator(".scenario > summary").first.click()
        exhibit = tab.page.locator(".scenario .exhibit").first
        assert exhibit.locator("figure").first.locator(".series .curve:visible").count() == 2
        assert tab.page.locator(".what-if:visible").count() == 0
        assert tab.page.locator(".figures .now").count() == 0
        assert tab.page.locator(".decision:visible").count() == len(decisions)
        tab.page.locator(".appendix > details > summary").click()
        tab.page.locator("summary", has_text="Every client returns at the same moment").first.click()
        assert tab.page.get_by_text(
            "A node restarts, every client that it held reconnects"
        ).first.is_visible()


def test_an_anchor_opens_what_it_leads_to(shown: Any, page: Path) -> None:
    """A link to a rule opens its section; a pasted anchor shows its decision."""
    shown.locator(".decision .grounds summary").first.click()
    shown.locator(".decision .citations a").first.click()
    assert shown.locator("#ref-first-reconnect-spread-too-small").is_visible()
    shown.goto("about:blank")
    anchor = re.search(r'id="(list-replaced-whole-\w+)"', page.read_text("utf-8"))
    assert anchor
    shown.goto(f"{page.as_uri()}#{anchor[1]}")
    assert shown.locator(f"#{anchor[1]}").bounding_box()["y"] < 900
    assert shown.locator(f"#{anchor[1]} .excerpt").is_visible()


def test_the_keyboard_reaches_everything_that_can_be_used(shown: Any) -> None:
    """Each link, button, field and summary of the first decisions gets the focus by Tab, in their order."""
    wanted = shown.evaluate(
        "[...document.querySelectorAll('.decisions a, .decisions button:enabled, .decisions textarea, "
        ".decisions select, .decisions summary')].filter(one => one.checkVisibility()).length"
    )
    shown.evaluate("document.querySelector('.decisions').setAttribute('tabindex', -1)")
    shown.evaluate("document.querySelector('.decisions').focus()")
    reached = 0
    while reached <= wanted:
        shown.keyboard.press("Tab")
        if not shown.evaluate("document.activeElement.closest('.decisions') !== null"):
            break
        reached += 1
    assert reached == wanted
    assert shown.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_an_answer_is_kept_in_the_browser(shown: Any) -> None:
    """What somebody types stands there after a reload."""
    answer = shown.get_by_label("Answer").first
    answer.fill("nobody knows yet")
    shown.reload()
    assert shown.get_by_label("Answer").first.input_value() == "nobody knows yet"
    assert shown.locator(".keeping", has_text="kept by this browser alone").is_visible()


def test_a_design_keeps_its_own_answers(tab: Tab, tmp_path: Path) -> None:
    """Another design whose page takes the same place has none of them; a new review of the first has all."""
    source, file = WHITEBOARD.read_text("utf-8"), tmp_path / "page.html"
    spec = tmp_path / "design.yaml"

    def owner_of(text: str) -> Any:
        spec.write_text(text, "utf-8")
        cli("--format", f"html={file}", spec)
        tab.page.goto("about:blank")
        tab.page.goto(file.as_uri())
        return tab.page.locator("[data-rule=shared-text-without-merge]").get_by_label("Owner")

    owner_of(source).fill("Ada")
    assert owner_of(source.replace("name: Whiteboard", "name: Blackboard")).input_value() == ""
    assert owner_of(f"# a comment\n{source.replace('12k', '13k')}").input_value() == "Ada"


@pytest.mark.slow
@pytest.mark.parametrize("design", [*DESIGNS, "text-editor-flawed", "trading-feed-flawed", "fleet-telemetry"])
def test_no_sheet_of_a_print_is_half_empty(
    chromium: Any, pages: dict[str, Path], tmp_path: Path, design: str
) -> None:
    """Letters grow as far as the sheets have room that are needed anyway; none is added, none is blank."""
    source = pages.get(design, tmp_path / f"{design}.html")
    if not source.exists():
        cli("--format", f"html={source}", ROOT / "examples" / f"{design}.rtreview.yaml")
    file = tmp_path / "page.pdf"
    sheets = []
    for is_fitted in (True, False):
        with opened(chromium, java_script_enabled=is_fitted) as tab:
            tab.page.goto(source.as_uri())
            tab.page.pdf(path=file, prefer_css_page_size=True)
            sheets.append(reach(file))
    fitted, small = sheets
    assert min(fitted) > 0.5
    assert len(fitted) == len(small)
    assert sum(fitted) >= sum(small)


@pytest.mark.parametrize(("design", "sheets"), {"none": 3, "one": 3, "eight": 5, "thirty": 14}.items())
def test_on_paper_nothing_is_cut_and_it_is_a_few_sheets(
    chromium: Any, pages: dict[str, Path], design: str, sheets: int
) -> None:
    """A4 without sliders; where and why stand there for what is an error or a warning."""
    with opened(chromium, viewport={"width": 680, "height": 1000}) as tab:
        tab.page.goto(pages[design].as_uri())
        tab.page.emulate_media(media="print")
        sheet = 180 / 25.4 * 96
        cut = tab.page.evaluate(
            "most => [...document.querySelectorAll('table, svg, pre, figure')].filter(one => "
            "one.checkVisibility() && one.getBoundingClientRect().right > most + 1)"
            ".map(one => one.outerHTML.slice(0, 80))",
            sheet,
        )
        assert cut == []
        assert tab.page.locator(".what-if:visible, .contents:visible, .figures .now:visible").count() == 0
        grave = tab.page.locator(".decisions .decision:is(.error, .warning)")
        printed = tab.page.locator(".decision .excerpt:visible").count()
        assert printed == grave.locator(".excerpt:visible").count() == grave.count()
        file = ARTEFACTS / f"{design}.pdf"
        tab.page.pdf(path=file, prefer_css_page_size=True)
    assert file.read_bytes().startswith(b"%PDF")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", file.read_bytes())) <= sheets


@pytest.mark.parametrize("media", ["screen", "print"])
def test_the_heads_stand_above_their_columns(chromium: Any, pages: dict[str, Path], media: str) -> None:
    """Also on paper, where the columns are narrower."""
    with opened(chromium, viewport={"width": 1200, "height": 1000}) as tab:
        tab.page.goto(pages["eight"].as_uri())
        tab.page.emulate_media(media=media)
        head = tab.page.locator(".heads span").last.bounding_box()
        outcome = tab.page.locator(".decision .outcome").first.bounding_box()
        assert head["x"] == pytest.approx(outcome["x"], abs=1)


@pytest.fixture
def deployed(drifted: Report, tmp_path: Path) -> Path:
    """The page of a design that disagrees with what runs."""
    file = tmp_path / "deployed.html"
    file.write_text(html.render(briefing.prepare(drifted, Policy(RULEBOOK))), "utf-8")
    return file


@pytest.mark.parametrize("view", VIEWS)
def test_how_a_design_stands_to_what_runs_fits_the_screen(chromium: Any, deployed: Path, view: str) -> None:
    """Columns beside each other; on a phone a field above what is said of it, with the heads in front."""
    width, height, scheme = VIEWS[view]
    with opened(chromium, viewport={"width": width, "height": height}, color_scheme=scheme) as tab:
        tab.page.goto(deployed.as_uri())
        tab.keep(f"deployed-{view}")
        first = tab.page.locator(".deployed tbody tr").first
        design, files = (first.locator(f"td:nth-child({number})").bounding_box() for number in (2, 3))
        is_stacked = files["y"] > design["y"]
        assert is_stacked == (view == "phone")
        assert tab.page.locator(".deployed thead").is_visible() != is_stacked
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.barriers() == []
        assert tab.complaints == tab.requests == []
    assert len(deployed.read_bytes()) < 400_000


def test_how_a_design_stands_to_what_runs_is_printed_whole(chromium: Any, deployed: Path) -> None:
    """Also where it is folded; no row is cut in two or reaches over the sheet."""
    with opened(chromium, viewport={"width": 680, "height": 1000}) as tab:
        tab.page.goto(deployed.as_uri())
        tab.page.evaluate("document.querySelector('.deployed details').open = false")
        assert tab.page.locator(".deployed tbody tr:visible").count() == 0
        tab.page.emulate_media(media="print")
        rows = tab.page.locator(".deployed tbody tr:visible")
        assert rows.count() == 15
        assert rows.first.evaluate("row => getComputedStyle(row).breakInside") == "avoid"
        sheet = 180 / 25.4 * 96
        assert tab.page.locator(".deployed table").bounding_box()["width"] <= sheet + 1


def test_hostile_text_does_nothing_in_a_browser(tab: Tab, tmp_path: Path) -> None:
    """Every payload at once, in every field that a team names: no script runs, no window opens."""
    text = (
        "</script><script>window.hit=1</script><img src=x onerror=window.hit=1><svg onload=window.hit=1>"
        '"><b onmouseover=window.hit=1>javascript:window.hit=1 {{ 7*7 }} </style></textarea></title>'
    )
    spec = tmp_path / "attack.yaml"
    spec.write_bytes(attacked(text))
    file = tmp_path / "attack.html"
    cli("--format", f"html={file}", spec)
    tab.page.goto(file.as_uri())
    assert tab.page.evaluate("window.hit") is None
    assert tab.page.locator("h1").text_content() == text
    assert tab.page.locator("main img, main iframe, b").count() == 0


def test_a_script_that_is_not_the_page_s_own_is_refused_by_its_policy(
    chromium: Any, page: Path, tmp_path: Path
) -> None:
    """Even if one got in: the browser runs by hash only."""
    file = tmp_path / "broken.html"
    file.write_text(
        page.read_text("utf-8").replace("</main>", "<script>window.hit=1</script></main>"), "utf-8"
    )
    with opened(chromium) as tab:
        tab.page.goto(file.as_uri())
        assert tab.page.evaluate("window.hit") is None
        assert any("Content Security Policy" in one for one in tab.complaints)
