"""`rtreview evidence` and `init --from`: from folders to facts, and to a spec that is true line by line."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from conftest import ROOT, cli

from rtreview.evidence import files
from rtreview.reviews.engine import review

SITE = """\
server {
    listen 443 ssl;
    location /ws {
        proxy_pass http://chat:3000;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_read_timeout 20s;
    }
}
"""


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a proxy, which is the working folder."""
    (tmp_path / "nginx").mkdir()
    (tmp_path / "nginx" / "site.conf").write_text(SITE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_fact_has_its_field_its_value_and_its_line(deployment: Path) -> None:
    """As a person reads it."""
    told = cli("evidence", ".")
    assert "/ws: nginx > chat" in told.stdout
    assert "transport.path[nginx].idle_timeout: 20s" in told.stdout
    assert "nginx/site.conf:7  proxy_read_timeout 20s;" in told.stdout


def test_the_same_is_there_as_json(deployment: Path) -> None:
    """By its schema."""
    told = json.loads(cli("evidence", ".", "--format", "json").stdout)
    jsonschema.validate(told, json.loads((ROOT / "schemas" / "evidence.schema.json").read_text("utf-8")))
    (fact,) = told["ways"][0]["facts"]
    assert (fact["field"], fact["value"], fact["line"]) == ("transport.path[0].idle_timeout", "20s", 7)


def test_a_folder_in_which_nothing_travels_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a sentence; a path that is not there ends with 3."""
    monkeypatch.chdir(tmp_path)
    told = cli("evidence", ".")
    assert (told.exit_code, "no way of messages" in told.stdout) == (0, True)
    assert cli("evidence", "nowhere").exit_code == 3


def test_a_spec_that_begins_from_files_states_what_they_fix(deployment: Path) -> None:
    """Each line under the one that it comes from, and nothing in it without a meaning."""
    written = cli("init", "--from", ".", "-").stdout
    assert "# From nginx/site.conf:7, `proxy_read_timeout 20s;`." in written
    (reviewed,) = review(written)
    assert not reviewed.unreviewed
    (hop,) = reviewed.reading.design.features[0].transport.path
    assert (hop.name.content, str(hop.idle_timeout)) == ("nginx", "20 s")


def test_a_link_is_not_followed_out_of_the_folder(
    deployment: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It may lead to a secret of the machine."""
    outside = tmp_path_factory.mktemp("outside") / "secret.conf"
    outside.write_text(SITE, "utf-8")
    (deployment / "nginx" / "linked.conf").symlink_to(outside)
    assert [file.name for file in files.find(["."]).read] == ["nginx/site.conf"]


def test_what_is_no_text_or_too_large_is_told_where_it_matters(deployment: Path) -> None:
    """A picture is not; a manifest is."""
    (deployment / "logo.png").write_bytes(b"\x89PNG\0\0")
    (deployment / "values.yaml").write_bytes(b"a: 1\n" * 300_000)
    assert [unread.name for unread in files.find(["."]).unread] == ["values.yaml"]
