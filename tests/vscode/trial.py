"""The extension in a real editor: VS Code as code-server has it, in the browser of the machine; `make trial`.

What is seen is compared, and a picture of each step is kept in `tests/artefacts/` to be looked at.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import browser  # noqa: E402 - found by the line above

if TYPE_CHECKING:
    from playwright.sync_api import Page

FLAWED = ROOT / "examples" / "team-chat-flawed.rtreview.yaml"
PICTURES = browser.ARTEFACTS
REACHES_EDITOR = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
"""A browser that finds this machine, and no other."""

SETTINGS = {
    "security.workspace.trust.enabled": False,
    "workbench.startupEditor": "none",
    "telemetry.telemetryLevel": "off",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "editor.minimap.enabled": False,
}


def main() -> None:
    """Hover over the heartbeat that is too slow, mend it by two key presses, and complete a platform."""
    chromium = browser.executable()
    if chromium is None:
        sys.exit("trial: no browser is there; CHROMIUM names one")
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as address,
        browser.started(chromium, REACHES_EDITOR) as started,
    ):
        page = started.new_page(viewport={"width": 1300, "height": 850})
        page.goto(address, timeout=60_000)
        page.wait_for_selector(".monaco-workbench", timeout=60_000)
        tried(page)
    print(f"the extension works; the pictures are in {PICTURES.relative_to(ROOT)}/")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of an editor that has the extension and a folder with one flawed design."""
    work, kept = folder / "work", folder / "data"
    work.mkdir()
    shutil.copy(FLAWED, work)
    for name, settings in (("User", SETTINGS), ("Machine", {"rtreview.path": str(program(folder))})):
        (kept / name).mkdir(parents=True)
        (kept / name / "settings.json").write_text(json.dumps(settings), "utf-8")
    words = [*os.environ.get("CODE_SERVER", "code-server").split(), "--user-data-dir", str(kept)]
    words += ["--extensions-dir", str(folder / "extensions"), "--config", str(folder / "config.yaml")]
    subprocess.run([*words, "--install-extension", str(ROOT / "dist" / "rtreview.vsix")], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = ["--auth", "none", "--disable-telemetry", "--disable-update-check"]
    editor = subprocess.Popen([*words, *quiet, "--bind-addr", f"127.0.0.1:{port}", str(work)])
    try:
        for _ in range(100):
            with socket.socket() as reached:
                if reached.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.3)
        yield f"http://127.0.0.1:{port}/?folder={work}"
    finally:
        editor.terminate()
        editor.wait()


def program(folder: Path) -> Path:
    """What the extension starts: this checkout, by this Python."""
    script = folder / "rtreview"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m rtreview "$@"\n', "utf-8")
    script.chmod(0o755)
    return script


def tried(page: Page) -> None:
    """Each step, with what has to be seen then."""
    typed(page, "Control+P", FLAWED.name)
    seen(page, "restart simulated", "1-findings")
    seen(page, "idle timeout 60 s", "1-findings")
    typed(page, "Control+G", "22:26")
    page.keyboard.press("Control+K")
    page.keyboard.press("Control+I")
    seen(page, "is not below 60 s, the idle timeout of aws-alb", "2-hover")
    seen(page, "Time between two heartbeats", "2-hover")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+.")
    seen(page, "Set transport.heartbeat.interval: 25s", "3-fix")
    page.keyboard.press("Enter")
    seen(page, "interval: 25s, timeout: 20s", "4-mended")
    typed(page, "Control+G", "20:10")
    page.keyboard.press("Control+Space")
    seen(page, "apache-httpd", "5-completion")


def typed(page: Page, opens: str, words: str) -> None:
    """Something typed into what a key opens."""
    page.keyboard.press(opens)
    page.locator(".quick-input-widget input").first.wait_for()
    page.keyboard.type(words)
    page.locator(".quick-input-list .monaco-list-row").first.wait_for()
    time.sleep(2)
    page.keyboard.press("Enter")
    time.sleep(1)


def seen(page: Page, words: str, picture: str) -> None:
    """See that some words come up, and take a picture then."""
    try:
        # An editor draws a blank as one that does not break.
        page.wait_for_function(
            "words => document.body.innerText.replaceAll('\\u00a0', ' ').includes(words)",
            arg=words, timeout=20_000,
        )  # fmt: skip
    finally:
        page.screenshot(path=PICTURES / f"vscode-{picture}.png")


if __name__ == "__main__":
    main()
