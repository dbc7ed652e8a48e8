"""Debian's Chromium for the tests of the page: headless, without a network, and watched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARTEFACTS = ROOT / "tests" / "artefacts"
"""Where screenshots are kept for a person to look at; git ignores it."""

MISSING = (
    f"no browser: none of {', '.join(NAMES)} is on PATH and CHROMIUM names none "
    "(`apt-get install chromium`, or set CHROMIUM to its path)"
)

QUIET = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
    "--disable-domain-reliability", "--disable-extensions", "--disable-sync", "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]  # fmt: skip
"""Nothing of its own goes to the network, and no name would lead anywhere."""

OFFLINE = ("file:", "data:", "about:", "blob:")


def executable() -> str | None:
    """The path of a browser, or None where there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@dataclass
class Tab:
    """A page of the browser, and what it did that it should not have done."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, file: Path) -> None:
        """Show a file of this machine."""
        self.page.goto(file.as_uri())

    def save(self, name: str, **options: Any) -> Path:
        """A screenshot among the artefacts."""
        ARTEFACTS.mkdir(exist_ok=True)
        file = ARTEFACTS / f"{name}.png"
        self.page.screenshot(path=file, **options)
        return file


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One browser for all tests; they are skipped where there is none."""
    path = executable()
    if path is None:
        pytest.skip(MISSING)
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as playwright:
        # Never one that Playwright would have to download.
        started = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield started
        started.close()


@contextmanager
def watched(browser: Any, **options: Any) -> Iterator[Tab]:
    """A tab of its own; options such as `viewport`, `color_scheme` or `java_script_enabled`."""
    context = browser.new_context(offline=True, **options)
    tab = Tab(context.new_page())

    def asked(request: Any) -> None:
        if not request.url.startswith(OFFLINE):
            tab.requests.append(request.url)

    tab.page.on("request", asked)
    tab.page.on("pageerror", lambda error: tab.complaints.append(f"{error}"))
    tab.page.on(
        "console", lambda said: tab.complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    try:
        yield tab
    finally:
        context.close()


@pytest.fixture
def tab(browser: Any) -> Iterator[Tab]:
    """A tab of which, when the test is over, nothing is to be complained."""
    with watched(browser) as made:
        yield made
    assert made.complaints == []
    assert made.requests == []
