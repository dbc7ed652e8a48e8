"""The limits that the threat model states are those of the program."""

from __future__ import annotations

import re

from conftest import ROOT

from rtreview.evidence import files
from rtreview.evidence.readers.containers import project
from rtreview.evidence.readers.hosts import render
from rtreview.evidence.readers.kubernetes import kustomize, patches
from rtreview.evidence.readers.programs import source
from rtreview.evidence.readers.proxies import haproxy, httpd, nginx, nginx_directives
from rtreview.fix.fix import MOST_AGAIN
from rtreview.language.section import MOST_MISTAKES
from rtreview.language.spec import MOST_DEPENDENCIES, MOST_ENTRIES, MOST_ITEMS
from rtreview.project import drift
from rtreview.render.page.trace import MOST_RUNS
from rtreview.reviews.corners import MOST_COMBINATIONS
from rtreview.rulebook.acceptance import MOST_COMPARED, MOST_PARTS
from rtreview.team.folder import MOST_SECTIONS
from rtreview.text import document, kept, toml
from rtreview.text.sources import MOST_PATTERNS


def test_the_table_of_limits_states_those_of_the_program() -> None:
    """In its order, and no other."""
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    stated = re.findall(r"^\| ([\d,]+) [\w ]+? \| ", text, re.MULTILINE)
    assert [int(number.replace(",", "")) for number in stated] == [
        document.MAX_BYTES,
        kept.MOST,
        document.MAX_DEPTH,
        toml.MAX_DEPTH,
        document.MAX_VALUES,
        document.MAX_DOCUMENTS,
        document.MAX_COMMENTS,
        document.MAX_REPEATED,
        MOST_ENTRIES,
        MOST_ITEMS,
        MOST_DEPENDENCIES,
        MOST_PARTS,
        MOST_COMPARED,
        MOST_COMBINATIONS,
        MOST_RUNS,
        MOST_AGAIN,
        MOST_MISTAKES,
        MOST_SECTIONS,
        MOST_PATTERNS,
        drift.MOST_TRIED,
        files.MOST_FILES,
        files.MOST_BYTES,
        nginx_directives.MOST_DIRECTIVES,
        kustomize.MOST_LINKS,
        nginx.MOST_ROUTES,
        project.MOST_SERVICES,
        source.MOST_SETTINGS,
        source.MOST_SIGNS,
    ]
    assert f"{patches.MOST_EDITS:,} places that they change, found in {patches.MOST_STEPS:,} steps" in text
    assert project.MOST_SERVICES == render.MOST_SERVICES
    assert nginx.MOST_ROUTES == haproxy.MOST_ROUTES == httpd.MOST_ROUTES
