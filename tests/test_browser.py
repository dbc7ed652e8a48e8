"""The test bed of the page: what it would notice, and what it says where there is no browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import browser
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FAULTY = """<!doctype html><title>A page</title><img src="https://example.org/a.png">
<script>console.error("said"); throw new Error("thrown")</script>"""


def test_a_page_that_asks_the_network_or_fails_is_noticed(chromium: Browser, tmp_path: Path) -> None:
    """Requests, errors on the console, exceptions, and an image without a text instead."""
    file = tmp_path / "page.html"
    file.write_text(FAULTY, "utf-8")
    with browser.opened(chromium) as tab:
        tab.page.goto(file.as_uri())
        assert tab.requests == ["https://example.org/a.png"]
        told = " ".join(tab.complaints)
        assert "said" in told
        assert "thrown" in told
        assert "ERR_NAME_NOT_RESOLVED" in told
        assert {one.partition(":")[0] for one in tab.barriers()} == {"image-alt", "html-has-lang"}


def test_a_page_of_no_fault_is_left_alone(tab: browser.Tab) -> None:
    """The same means find nothing in a sound page."""
    tab.page.set_content('<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1></main>')
    assert tab.barriers() == []


def test_a_screenshot_is_kept(tab: browser.Tab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among the artefacts, as an image."""
    monkeypatch.setattr(browser, "ARTEFACTS", tmp_path / "artefacts")
    tab.page.set_content("<h1>A page</h1>")
    assert tab.keep("a-page").read_bytes().startswith(b"\x89PNG")


def test_where_there_is_no_browser_none_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing on PATH and nothing named; what is named comes first."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.executable() is None
    monkeypatch.setenv("CHROMIUM", "/opt/chrome")
    assert browser.executable() == "/opt/chrome"
