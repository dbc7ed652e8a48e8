"""A Chromium for the tests of the page: the one of the machine, headless, without a network, and watched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARTEFACTS = Path(__file__).parent / "artefacts"
"""Screenshots and prints, for a person to look at; git ignores them."""

MISSING = (
    f"no browser for the tests of the page: none of {', '.join(NAMES)} is on PATH. "
    "Run `apt-get install chromium`, or set CHROMIUM to the path of one"
)

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
    "--disable-domain-reliability", "--disable-extensions", "--disable-sync", "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]  # fmt: skip
"""A browser that asks the network for nothing of its own, and finds no name in it."""

OFFLINE = ("file:", "data:", "about:", "blob:")


def executable() -> str | None:
    """The path of a browser, or None where there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def started(path: str, *flags: str) -> Iterator[Browser]:
    """The browser at a path, with more flags: Playwright never downloads one."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        yield browser
        browser.close()


@dataclass
class Tab:
    """A page in the browser, what its console complained of, and whom it asked beyond its own file."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(OFFLINE):
            self.requests.append(request.url)

    def barriers(self) -> list[str]:
        """What keeps people out of the page: what axe-core takes for serious or critical, with places."""
        from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - reads half a megabyte

        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {one['help']} ({', '.join(str(node['target']) for node in one['nodes'])})"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    def keep(self, name: str, *, full_page: bool = True) -> Path:
        """A screenshot among the artefacts."""
        file = ARTEFACTS / f"{name}.png"
        self.page.screenshot(path=file, full_page=full_page)
        return file


@contextmanager
def opened(browser: Browser, **options: Any) -> Iterator[Tab]:
    """A tab of its own; options are those of `Browser.new_context`, such as `viewport` or `color_scheme`."""
    with browser.new_context(**options) as context:
        yield Tab(context.new_page())
