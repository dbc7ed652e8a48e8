"""Builds the site into `build/site`: `make docs`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path

from pages import llms, pages
from pages.commands import printed
from pages.examples import design_of, examples, name_of, review_of
from pages.links import assets
from pages.page import ROOT
from search import index

HERE = Path(__file__).parent


def write(folder: Path) -> None:
    """All pages as Markdown, with what they link to, below a folder."""
    for page in pages().values():
        file = folder / page.path
        file.parent.mkdir(parents=True, exist_ok=True)
        head = f"---\ndescription: {json.dumps(escape(page.summary))}\n---\n\n"
        file.write_text(f"{head}{page.source}", "utf-8")
    for name in assets():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, file)
    for example in examples():
        report = folder.resolve() / review_of(example)
        printed("--format", f"html={report}", "--format", "text", design_of(example))
    shutil.copytree(HERE / "assets", folder / "assets")
    (folder / "llms.txt").write_text(llms(), "utf-8")


def build(folder: Path) -> int:
    """Build the site into `site` below a folder; the exit status, which is 1 where a link leads nowhere."""
    for name in ("pages", "theme", "site"):
        shutil.rmtree(folder / name, ignore_errors=True)
    write(folder / "pages")
    shutil.copytree(HERE / "theme", folder / "theme")
    shutil.copy(HERE / "zensical.toml", folder)
    zensical = Path(sys.executable).with_name("zensical")
    words = [zensical, "build", "--strict", "--config-file", folder / "zensical.toml"]
    done = subprocess.run(list(map(str, words)), check=False, capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        return done.returncode
    finish(folder / "site")
    return 0


def finish(site: Path) -> None:
    """What the generator has no setting for: Markdown beside pages, the place in the menu, the search."""
    for page in pages().values():
        (site / page.path).write_text(page.markdown, "utf-8")
        if page.shelf:
            file = site / page.address
            entry = f'<a href="../{page.shelf}.html" class="md-nav__link'
            marked = (
                f'<a aria-current="true" href="../{page.shelf}.html" class="md-nav__link md-nav__link--active'
            )
            file.write_text(file.read_text("utf-8").replace(entry, marked), "utf-8")
    for example in examples():
        file = site / review_of(example)
        design = f'<a href="{name_of(example)}.html">Example</a>'
        way = f'<nav class="cover"><a href="../index.html">rtreview</a> / {design}</nav>'
        file.write_text(file.read_text("utf-8").replace("<main", f"{way}\n<main", 1), "utf-8")
    (site / "sitemap.xml").unlink()  # it is empty without the address of a site
    search_by_page(site)


def search_by_page(site: Path) -> None:
    """Put our index in place of the generator's: once for a server, and once for pages opened as files."""
    file = site / "search.json"
    text = index()
    file.write_text(text, "utf-8")
    file.with_suffix(".js").write_text(f"var __index = {text}", "utf-8")


if __name__ == "__main__":
    sys.exit(build(ROOT / "build"))
