"""The page in a real browser: what it does and asks for, for the eye, the keyboard and on paper."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import ARTEFACTS, Tab, opened
from conftest import ROOT, cli
from test_html import attacked

from rtreview.reviews.engine import review
from rtreview.rulebook.finding import Verdict

WHITEBOARD = ROOT / "examples" / "whiteboard-flawed.rtreview.yaml"
SIZES = {"wide": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the flawed whiteboard, as a file."""
    file = tmp_path_factory.mktemp("page") / "report.html"
    assert cli("--format", f"html={file}", WHITEBOARD).exit_code == 1
    return file


@pytest.fixture
def shown(tab: Tab, page: Path) -> Any:
    """The page, opened; at the end it must have complained of nothing and asked nobody."""
    tab.page.set_viewport_size({"width": 1280, "height": 900})
    tab.page.goto(page.as_uri())
    return tab.page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_fits_and_axe_finds_no_serious_problem(chromium: Any, page: Path, size: str, scheme: str) -> None:
    """Nothing is wider than the screen; contrasts, names and roles are right, in both colour schemes."""
    width, height = SIZES[size]
    with opened(chromium, viewport={"width": width, "height": height}, color_scheme=scheme) as tab:
        tab.page.goto(page.as_uri())
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(tab.page).response["violations"]
        told = [
            (one["id"], one["nodes"][0]["html"][:120])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert told == []
        tab.keep(f"report-{size}-{scheme}")
        assert tab.complaints == tab.requests == []


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


def test_a_slider_moves_the_curve_the_figures_and_the_verdicts(shown: Any) -> None:
    """Jitter alone does not save the whiteboard: with it but no first delay, the peak stays too high."""
    exhibit = shown.locator(".exhibit").first
    path, verdicts = exhibit.locator("[data-curve] .series path"), exhibit.locator(".verdicts li")
    before = path.get_attribute("d")
    assert "first-reconnect-spread-too-small: passed" in verdicts.all_text_contents()
    exhibit.get_by_label("jitter").select_option(label="full")
    slide(exhibit, "first delay, random up to", 0)
    verdicts.filter(has_text="first-reconnect-spread-too-small: violated").wait_for()
    assert path.get_attribute("d") != before
    assert "reconnect-without-jitter: passed" in verdicts.all_text_contents()
    busiest = exhibit.locator("tr", has_text="attempts in the busiest second").locator(".now").text_content()
    assert float(busiest.removesuffix("/s").replace(",", "")) > 12_000
    exhibit.get_by_role("button", name="Reset").click()
    assert path.get_attribute("d") == before
    assert "first-reconnect-spread-too-small: passed" in verdicts.all_text_contents()


def slide(exhibit: Any, label: str, to: int) -> None:
    """Move a slider to a step."""
    exhibit.get_by_role("slider", name=label).evaluate(
        "(input, to) => { input.value = to; input.dispatchEvent(new Event('input')) }", to
    )


def test_longer_numbers_on_an_axis_stay_within_their_plot(shown: Any) -> None:
    """Fifty times the clients need wider words on the axis than Python left room for."""
    exhibit = shown.locator(".exhibit").first
    slide(exhibit, "first delay, random up to", 0)
    slide(exhibit, "clients", 200)
    exhibit.locator("[data-curve] .axis.y text", has_text=re.compile(r"^\d{3},000/s$")).last.wait_for()
    beyond = exhibit.locator("[data-curve] svg").evaluate(
        "plot => [...plot.querySelectorAll('.axis.y text')].filter("
        "one => one.getBoundingClientRect().left < plot.getBoundingClientRect().left - 1).length"
    )
    assert beyond == 0


def test_a_reference_has_one_size_of_letters(shown: Any) -> None:
    """Whatever its parts are called: a part of the page with the same name gives them no look."""
    sizes = shown.evaluate(
        "[...document.querySelectorAll('.reference section')].map(one => getComputedStyle(one).fontSize)"
    )
    assert len(sizes) > 100
    assert len(set(sizes)) == 1


def test_what_python_draws_the_script_draws_too(shown: Any) -> None:
    """A slider that is moved and moved back gives the curve that stood there, to a unit of the drawing."""
    exhibit = shown.locator(".exhibit").first
    read = "path => path.getAttribute('d').match(/-?[0-9.]+/g).map(Number)"
    path = exhibit.locator("[data-curve] .series path")
    before = path.evaluate(read)
    clients = exhibit.get_by_role("slider", name="clients")
    now = int(clients.input_value())
    slide(exhibit, "clients", now - 20)
    shown.wait_for_function("document.querySelector('[data-curve] .variant').textContent.includes('sliders')")
    slide(exhibit, "clients", now)
    shown.wait_for_timeout(100)
    after = path.evaluate(read)
    bottom = max(before[1::2])

    def height(points: list[float], x: float) -> float:
        return next(
            (y for at, y in zip(points[::2], points[1::2], strict=True) if at >= x and y < bottom), bottom
        )

    places = [before[0] + step * (max(before[::2]) - before[0]) / 20 for step in range(1, 20)]
    assert [height(after, x) for x in places] == pytest.approx([height(before, x) for x in places], abs=1.5)


def test_every_plot_has_sliders_where_one_can_be_moved(shown: Any) -> None:
    """Each exhibit that begins with numbers offers them, and the first move of each changes something."""
    panels = shown.locator(".what-if:visible")
    assert panels.count() >= 3
    for panel in panels.all():
        assert panel.locator("input[type=range], select").count() > 0


def test_without_javascript_both_plots_stand_and_everything_can_be_read(chromium: Any, page: Path) -> None:
    """The sliders are not there; two curves, the figures, and each finding and question are."""
    (flawed,) = review(WHITEBOARD.read_bytes())
    decisions = [each for each in flawed.findings if each.verdict in (Verdict.VIOLATED, Verdict.UNSTATED)]
    with opened(chromium, java_script_enabled=False) as tab:
        tab.page.goto(page.as_uri())
        exhibit = tab.page.locator(".decision .exhibit").first
        assert exhibit.locator(".series path").count() == 2
        assert tab.page.locator(".what-if:visible").count() == 0
        assert tab.page.locator(".now").count() == 0
        assert tab.page.locator(".decision:visible").count() == len(decisions)
        tab.page.locator("summary", has_text="Every client returns at the same moment").first.click()
        assert tab.page.get_by_text(
            "A node restarts, every client that it held reconnects"
        ).first.is_visible()


def test_an_anchor_opens_what_it_leads_to(shown: Any, page: Path) -> None:
    """A link to a rule opens its section; a pasted anchor shows its decision."""
    shown.locator(".decision .kicker a").first.click()
    assert shown.locator("#ref-first-reconnect-spread-too-small").is_visible()
    shown.goto("about:blank")
    anchor = re.search(r'id="(list-replaced-whole-\w+)"', page.read_text("utf-8"))
    assert anchor
    shown.goto(f"{page.as_uri()}#{anchor[1]}")
    assert shown.locator(f"#{anchor[1]}").bounding_box()["y"] < 900


def test_the_keyboard_reaches_everything_that_can_be_used(shown: Any) -> None:
    """Each link, button, field and summary of the first decisions gets the focus by Tab, in their order."""
    wanted = shown.evaluate(
        "[...document.querySelectorAll('.decisions a, .decisions button:enabled, .decisions input, "
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


def test_on_paper_no_table_is_cut(chromium: Any, page: Path) -> None:
    """A4 without sliders: what is wider than the sheet would be cut."""
    with opened(chromium, viewport={"width": 680, "height": 1000}) as tab:
        tab.page.goto(page.as_uri())
        tab.page.emulate_media(media="print")
        sheet = 180 / 25.4 * 96
        cut = tab.page.evaluate(
            "most => [...document.querySelectorAll('table, svg, pre, figure')].filter(one => "
            "one.checkVisibility() && one.getBoundingClientRect().right > most + 1)"
            ".map(one => one.outerHTML.slice(0, 80))",
            sheet,
        )
        assert cut == []
        assert tab.page.locator(".what-if:visible, .steps:visible, .now:visible").count() == 0
        file = ARTEFACTS / "report.pdf"
        tab.page.pdf(path=file, prefer_css_page_size=True)
    assert file.read_bytes().startswith(b"%PDF")
    assert 10 <= len(re.findall(rb"/Type\s*/Page\b", file.read_bytes())) <= 25


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
