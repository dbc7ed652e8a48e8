"""`rtreview evidence` and `init --from`: from folders to facts, and to a spec that is true line by line."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from conftest import RULEBOOK, Repository, as_json, cli, reviews

from rtreview.evidence import evidence, files
from rtreview.project import project
from rtreview.reviews.engine import review
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Standing
from rtreview.rulebook.finding import Severity
from rtreview.text import sources
from rtreview.text.git import Revision
from rtreview.text.sources import Source

POLICY = Policy(RULEBOOK)

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
    told = as_json("evidence", "evidence", ".")
    (fact,) = told["ways"][0]["facts"]
    assert (fact["field"], fact["value"], fact["line"]) == ("transport.path[0].idle_timeout", "20s", 7)


def test_what_a_reader_cannot_read_is_told(deployment: Path) -> None:
    """With its line, beside what could be read."""
    (deployment / "ingress.yaml").write_text("kind: Ingress\nspec:\n  rules: [}\n", "utf-8")
    told = as_json("evidence", "evidence", ".")
    (unread,) = told["unread"]
    assert unread["file"] == "ingress.yaml"
    assert unread["reason"].startswith("line 3: from here on it is no YAML")
    assert len(told["ways"]) == 1


def test_what_two_files_fix_alike_is_told_once_with_both_places(whole: Path) -> None:
    """And counted as one fact."""
    before = cli("evidence", ".").stdout
    assert "15 facts" in " ".join(before.split())
    program = (whole / "server" / "src" / "index.js").read_text("utf-8")
    (whole / "server" / "src" / "other.js").write_text(program, "utf-8")
    after = cli("evidence", ".").stdout
    assert "15 facts" in " ".join(after.split())
    assert after.partition("Set aside")[0].count("transport.heartbeat.interval: 30s") == 1
    assert "server/src/index.js:8" in after
    assert "server/src/other.js:8" in after
    way, _ = as_json("evidence", "evidence", ".")["ways"]
    (row,) = [row for row in way["facts"] if row["field"] == "transport.heartbeat.interval"]
    assert row["also"] == [{"file": "server/src/other.js", "line": 8}]


def test_a_folder_in_which_nothing_travels_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a sentence; a path that is not there ends with 3."""
    monkeypatch.chdir(tmp_path)
    told = cli("evidence", ".")
    assert (told.exit_code, "no way of messages" in told.stdout) == (0, True)
    for path in ("nowhere", "./nowhere", "no//where"):
        assert cli("evidence", path).exit_code == 3


def test_a_spec_that_begins_from_files_states_what_they_fix(deployment: Path) -> None:
    """Each line under the one that it comes from, and nothing in it without a meaning."""
    written = cli("init", "--from", ".", "-").stdout
    assert "# From nginx/site.conf:7, `proxy_read_timeout 20s;`." in written
    (reviewed,) = review(written)
    assert not reviewed.unreviewed
    (hop,) = reviewed.reading.design.features[0].transport.path
    assert (hop.name.content, str(hop.idle_timeout)) == ("nginx", "20 s")


SENDS = """\
from fastapi.responses import StreamingResponse
def events():
    return StreamingResponse(stream(), media_type="text/event-stream")
"""

STARLETTE = """\
from sse_starlette.sse import EventSourceResponse
def events():
    return EventSourceResponse(stream(), ping=15)
"""

UVICORN = """\
FROM python:3.13
CMD ["uvicorn", "main:app", "--ws-ping-interval", "20", "--ws-ping-timeout", "30", "--ws-max-size", "65536"]
"""


def streaming(folder: Path, program: str, requirements: str, inner: str = "") -> str:
    """The spec of a program of Python behind nginx, which uvicorn runs with its flags for WebSockets."""
    for name, text in {
        "compose.yaml": MOUNTS.format("./nginx/site.conf").replace("nginx\n", "nginx:1.29\n")
        + "  chat: {build: ./server}\n",
        "nginx/site.conf": f"server {{ location /events {{ proxy_pass http://chat:8000; {inner} }} }}\n",
        "server/Dockerfile": UVICORN,
        "server/requirements.txt": requirements,
        "server/main.py": program,
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return cli("init", "--from", ".", "-").stdout


@pytest.mark.parametrize(
    ("program", "requirements"), [(SENDS, "fastapi==0.115.0\n"), (STARLETTE, "sse-starlette==2.1.0\n")]
)
def test_no_field_of_websockets_is_stated_for_a_stream_of_events(
    deployment: Path, program: str, requirements: str
) -> None:
    """Neither their pings nor how much a client may send: it sends nothing on it."""
    (reviewed,) = review(streaming(deployment, program, requirements))
    (feature,) = reviewed.reading.design.features
    assert feature.transport.kind.content == "sse"
    assert not feature.transport.heartbeat.timeout.is_stated
    assert not feature.backpressure.inbound.max_message.is_stated
    interval = feature.transport.heartbeat.interval
    assert (not interval.is_stated) if program is SENDS else (str(interval) == "15 s")
    assert "--ws-ping" not in cli("evidence", ".").stdout


def test_fields_of_websockets_are_stated_where_another_library_is_there_too(deployment: Path) -> None:
    """Then nobody knows which of them the way is for."""
    spec = streaming(deployment, SENDS, "fastapi==0.115.0\npython-socketio==5.11.0\n")
    assert "--ws-ping-interval" in spec


def test_an_upgrade_before_a_program_that_sends_events_makes_it_no_websocket(deployment: Path) -> None:
    """People copy those lines: the program says what it is."""
    upgrade = "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"
    spec = streaming(deployment, STARLETTE, "sse-starlette==2.1.0\n", upgrade)
    assert "kind: websocket" not in spec
    assert "\n  kind: sse" in spec


def test_a_timeout_of_zero_is_left_open_in_a_spec_that_begins_from_files(deployment: Path) -> None:
    """A design cannot hold with it."""
    (deployment / "nginx" / "site.conf").write_text(SITE.replace("20s", "0"), "utf-8")
    written = cli("init", "--from", ".", "-").stdout
    assert "immediate timeout" in " ".join(written.replace("#", " ").split())
    (reviewed,) = review(written)
    assert not reviewed.unreviewed


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


def test_a_message_is_followed_from_the_ingress_to_the_process(whole: Path) -> None:
    """Through a Service, a proxy whose configuration is in a ConfigMap, and another Service."""
    (way,) = evidence.gather(["."]).ways
    assert (way.prefix, way.hops, way.called) == (
        "/socket.io/",
        ("ingress-nginx", "nginx"),
        "chat (socket.io@4)",
    )
    stated = {
        way.named(fact.field): (fact.value, f"{fact.line.file}:{fact.line.number}") for fact in way.facts
    }
    assert stated == {
        "transport.path[ingress-nginx].idle_timeout": ("75s", "k8s/ingress.yaml:6"),
        "transport.path[ingress-nginx].affinity": ("cookie", "k8s/ingress.yaml:7"),
        "transport.path[ingress-nginx].drain": ("4m", "k8s/ingress.yaml:5"),
        "transport.path[nginx].idle_timeout": ("2m", "k8s/edge.yaml:16"),
        "topology.nodes": ("2..6", "k8s/chat.yaml:29"),
        "topology.node.memory": ("1GiB", "k8s/chat.yaml:13"),
        "topology.backplane.kind": ("redis", "server/src/index.js:7"),
        "topology.backplane.adapter": ("redis-adapter", "server/src/index.js:7"),
        "operations.autoscale_on": ("cpu", "k8s/chat.yaml:32"),
        "operations.termination_grace": ("45s", "k8s/chat.yaml:9"),
        "operations.rollout": ("rolling", "k8s/chat.yaml:4"),
        "transport.library": ("socket.io@4", "server/package.json:5"),
        "transport.heartbeat.interval": ("30s", "server/src/index.js:8"),
        "transport.heartbeat.timeout": ("20s", "server/src/index.js:9"),
        "backpressure.inbound.max_message": ("64KiB", "server/src/index.js:10"),
    }


def test_a_spec_that_begins_from_what_runs_agrees_with_it(whole: Path) -> None:
    """In one go, and until a line of the deployment is lowered: that fails, at this line."""
    assert cli("init", "--from", ".", "docs.rtreview.yaml").exit_code == 0
    (review,) = reviews(whole / "docs.rtreview.yaml")
    assert not review.unreviewed
    first, *others = project.review_source(Source("docs.rtreview.yaml"), POLICY)
    assert not others
    assert {each.standing for each in first.deployment} == {Standing.AGREES}
    ingress = whole / "k8s" / "ingress.yaml"
    ingress.write_text(ingress.read_text("utf-8").replace('"75"', '"20"'), "utf-8")
    _, found = project.review_source(Source("docs.rtreview.yaml"), POLICY)
    (finding,) = found.findings
    assert (found.path, finding.place.span.line, finding.severity) == ("k8s/ingress.yaml", 6, Severity.ERROR)
    assert "heartbeat-slower-than-path" in finding.message


def test_a_wider_range_of_nodes_than_the_design_has_is_told(whole: Path) -> None:
    """A narrower one lies in it."""
    assert cli("init", "--from", ".", "docs.rtreview.yaml").exit_code == 0
    scaler = whole / "k8s" / "chat.yaml"
    text = scaler.read_text("utf-8")
    scaler.write_text(text.replace("maxReplicas: 6", "maxReplicas: 3"), "utf-8")
    assert len(project.review_source(Source("docs.rtreview.yaml"), POLICY)) == 1
    scaler.write_text(text.replace("maxReplicas: 6", "maxReplicas: 30"), "utf-8")
    _, found = project.review_source(Source("docs.rtreview.yaml"), POLICY)
    assert "2..30, and the design states 2..6" in found.findings[0].message


def test_on_one_machine_it_is_being_developed_where_a_cluster_runs_it_too(whole: Path) -> None:
    """It is told so, with what it fixes. Without the cluster the same file says how it runs."""
    said = evidence.gather(["."])
    assert [way.line.file for way in said.further] == ["compose.yaml"]
    why = "one machine is taken for the desk of a developer where k8s/chat.yaml runs the program too"
    assert said.further[0].set_aside == why
    assert why in " ".join(cli("evidence", ".").stdout.split())
    *_, way = as_json("evidence", "evidence", ".")["ways"]
    assert (way["set_aside"], bool(way["facts"])) == (why, True)
    shutil.rmtree(whole / "k8s")
    (way,) = evidence.gather(["."]).ways
    assert (way.hops, way.line.file) == (("nginx",), "compose.yaml")


def test_an_entrance_that_was_set_aside_is_told_in_one_line(whole: Path) -> None:
    """With the reason; a further deployment is told as a way of its own, and not once more."""
    before = cli("evidence", ".").stdout
    assert "set aside: " not in before
    tools = "services:\n  board:\n    image: grafana/grafana\n    ports: ['80:80']\n"
    (whole / "tools.yml").write_text(tools, "utf-8")
    why = "nothing says that a stream comes this way"
    assert f"\nset aside: tools.yml, since {why}\n" in cli("evidence", ".").stdout
    (aside,) = as_json("evidence", "evidence", ".")["set_aside"]
    assert (aside["file"], aside["reason"]) == ("tools.yml", why)


@pytest.mark.parametrize("folder", [".github/helm", ".deploy", ".docker", ".k8s", ".platform", ".nginx"])
def test_a_folder_that_is_hidden_by_convention_is_looked_at(deployment: Path, folder: str) -> None:
    """People keep there what deploys a program; at the top and below."""
    for place in (deployment / folder, deployment / "server" / folder):
        place.mkdir(parents=True)
        (place / "site.conf").write_text(SITE, "utf-8")
    names = {file.name for file in files.find(["."]).read}
    assert {f"{folder}/site.conf", f"server/{folder}/site.conf"} <= names


@pytest.mark.parametrize(
    "folder", [".git/", ".venv/", ".cache/", ".terraform/", ".github/workflows/", ".k8s/.cache/", "."]
)
def test_what_else_is_hidden_is_left_out(deployment: Path, folder: str) -> None:
    """It is of tools, or of nobody."""
    place = deployment / f"{folder}site.conf"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(SITE, "utf-8")
    assert [file.name for file in files.find(["."]).read] == ["nginx/site.conf"]


MOUNTS = """\
services:
  proxy:
    image: nginx
    ports: ["80:80"]
    volumes: ["{}:/etc/nginx/conf.d/default.conf"]
"""


@pytest.mark.parametrize("name", [".front.nginx", "front/.conf/nginx", "made/front.conf.template"])
def test_a_file_that_is_mounted_is_read_however_it_is_called(deployment: Path, name: str) -> None:
    """Though it is hidden, or git ignores it."""
    (deployment / ".gitignore").write_text("made/\n", "utf-8")
    (deployment / name).parent.mkdir(parents=True, exist_ok=True)
    (deployment / name).write_text(SITE.replace("/ws", "/live"), "utf-8")
    (deployment / "compose.yaml").write_text(MOUNTS.format(f"./{name}"), "utf-8")

    assert any(way.prefix == "/live" and way.hops == ("nginx",) for way in evidence.gather(["."]).ways)


def test_a_mounted_file_is_not_read_outside_of_the_folder(
    deployment: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Not by its path, nor behind a link."""
    outside = tmp_path_factory.mktemp("outside") / "secret.conf"
    outside.write_text(SITE, "utf-8")
    (deployment / ".linked.conf").symlink_to(outside)
    (deployment / "compose.yaml").write_text(MOUNTS.format("./.linked.conf"), "utf-8")
    (deployment / "compose.other.yaml").write_text(
        MOUNTS.format(f"../{outside.parent.name}/secret.conf"), "utf-8"
    )
    assert {file.name for file in files.find(["."]).read} == {
        "compose.yaml", "compose.other.yaml", "nginx/site.conf",
    }  # fmt: skip


def test_a_search_for_designs_leaves_all_hidden_folders_out(deployment: Path) -> None:
    """Whatever a search for a deployment looks at."""
    (deployment / ".github").mkdir()
    (deployment / ".github" / "chat.rtreview.yaml").write_text("rtreview: 1\n", "utf-8")
    assert "no spec in this directory" in next(iter(sources.find(["."]))).problem


@pytest.mark.slow
def test_a_revision_has_the_same_files_as_the_disk(repository: Repository) -> None:
    """What is hidden is left out of both, but for some folders and what is mounted."""
    for name in ("nginx/site.conf", ".k8s/site.conf", ".cache/site.conf", ".site.conf", ".front.nginx"):
        repository.write(name, SITE)
    repository.write("compose.yaml", MOUNTS.format("./.front.nginx"))
    repository.commit()
    before = {file.name for file in files.find(["."], Revision("main", Path())).read}
    assert before == {file.name for file in files.find(["."]).read}
    assert before == {"nginx/site.conf", ".k8s/site.conf", ".front.nginx", "compose.yaml"}


def test_a_named_file_that_is_too_large_is_not_read(deployment: Path) -> None:
    """However its path is typed."""
    (deployment / "nginx" / "big.conf").write_text("#" * 2**20 + "\n", "utf-8")
    for path in ("nginx/big.conf", "./nginx/big.conf", "nginx//big.conf"):
        told = cli("evidence", path)
        assert told.exit_code == 3
        assert "nginx/big.conf: the file is larger than 1 MiB" in " ".join(told.stdout.split())


def test_nobody_waits_for_a_pipe(deployment: Path) -> None:
    """Nobody may ever write to it."""
    os.mkfifo(deployment / "pipe")
    told = cli("evidence", "pipe")
    assert (told.exit_code, "pipe: it is no plain file" in told.stdout) == (3, True)
    assert cli("evidence", ".").exit_code == 0
