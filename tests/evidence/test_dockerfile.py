"""What a Dockerfile says of a proxy that it builds."""

from __future__ import annotations

import pytest
from deployments import gathered, stations

from rtreview.evidence.deployment import Task


def test_a_proxy_is_built_with_its_configuration() -> None:
    """In its last stage, from its own folder or from the root."""
    text = """
        FROM node:22 AS pages
        COPY site.conf .
        FROM --platform=linux/amd64 nginx:1.29-alpine
        COPY --from=pages /dist /usr/share/nginx/html
        COPY --chown=nginx ./chat.conf /etc/nginx/conf.d/default.conf
        COPY index.html /usr/share/nginx/html/
    """
    (station,) = stations("Dockerfile", {"proxy/Dockerfile": text})
    assert station.platform == "nginx"
    assert station.paths == {"proxy/", "proxy/chat.conf", "chat.conf"}
    assert station.line.text == "FROM --platform=linux/amd64 nginx:1.29-alpine"


def test_another_image_is_none_of_its_business() -> None:
    """What it runs, its program says."""
    assert not stations("Dockerfile", {"Dockerfile": "FROM nginx AS x\nFROM node:22\nCOPY server.conf ."})


RAILS = """
    FROM ruby:3.3
    COPY .docker/site.conf /etc/nginx/sites-enabled/
    COPY . .
    CMD ["./start"]
"""
SITE = """
    server {
        listen 80;
        location /cable {
            proxy_pass http://127.0.0.1:3000;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_read_timeout 90s;
        }
    }
"""
CHANNEL = "class NewsChannel < ApplicationCable::Channel\nend"


@pytest.mark.parametrize(
    "compose", ["{build: .}", "{build: ., ports: ['80:80']}"], ids=["inside", "published"]
)
def test_a_proxy_in_the_image_of_a_program_leads_to_it(compose: str) -> None:
    """Its own machine is that of the process which the image runs."""
    said = gathered(
        {
            "Dockerfile": RAILS,
            ".docker/site.conf": SITE,
            "compose.yml": f"services: {{site: {compose}, jobs: {{build: ., command: sidekiq}}}}",
            "Gemfile": "gem 'rails'",
            "app/channels/news_channel.rb": CHANNEL,
        }
    )
    (way,) = said.ways
    assert (way.hops, way.called) == (("nginx",), "site (actioncable)")


def test_a_proxy_that_the_image_of_a_program_lacks_leads_nowhere() -> None:
    """Nobody knows on which machine it runs."""
    said = gathered(
        {
            "Dockerfile": RAILS.replace("/etc/nginx/sites-enabled/", "examples/"),
            ".docker/site.conf": SITE,
            "compose.yml": "services: {site: {build: .}, jobs: {build: ., command: sidekiq}}",
            "app/channels/news_channel.rb": CHANNEL,
        }
    )
    assert [way.lost for way in said.ways] == ["127.0.0.1"]


@pytest.mark.parametrize(
    "text", ["FROM", "COPY", "FROM nginx\nCOPY\nADD --from=x a.conf b\nCOPY " + "a.conf " * 999]
)
def test_any_shape_is_read_as_far_as_it_goes(text: str) -> None:
    """And never an error."""
    assert len(stations("Dockerfile", {"Dockerfile": text})) <= 1


def test_no_stream_ends_in_an_image_that_is_a_proxy() -> None:
    """It serves files, or what it leads to runs elsewhere."""
    text = "FROM nginx:alpine\nCOPY --from=pages /dist /usr/share/nginx/html"
    (station,) = stations("Dockerfile", {"pages/Dockerfile": text})
    assert station.task is Task.APART
    (other,) = stations("Dockerfile", {"pages/Dockerfile.edge": text})
    assert other.task is None


EDGE = """
    FROM nginx:alpine
    COPY site.conf.template /etc/nginx/templates/default.conf.template
    ENV PAGES=/dist \\
        LIVE_HOST=live
"""
TEMPLATE = """
    server {
        listen 8080;
        location /ws {
            proxy_pass http://${LIVE_HOST}:4000;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_read_timeout 90s;
        }
    }
"""
LIVE = "import { WebSocketServer } from 'ws';\nconst live = new WebSocketServer({ port: 4000 });"


def edge(compose: str, **others: str) -> dict[str, str]:
    """A proxy whose configuration has a variable, and what it may lead to."""
    return {
        "edge/Dockerfile": EDGE,
        "edge/site.conf.template": TEMPLATE,
        "live/package.json": '{"dependencies": {"ws": "^8.0.0"}}',
        "live/index.js": LIVE,
        "compose.yml": "services:\n  live: {build: ./live}\n  other: {build: ./live}\n  edge:\n" + compose,
        **others,
    }


@pytest.mark.parametrize(
    ("compose", "leads_to"),
    [
        ("    {build: ./edge, ports: ['80:8080']}", "live"),
        ("    {build: ./edge, ports: ['80:8080'], environment: {LIVE_HOST: other}}", "other"),
        ("    {build: ./edge, ports: ['80:8080'], environment: ['LIVE_HOST=http://other:9000/']}", "other"),
        ("    {build: ./edge, ports: ['80:8080'], environment: {LIVE_HOST: '${HOST}'}}", "${LIVE_HOST}"),
        ("    {build: ./edge, ports: ['80:8080'], env_file: .env}", "${LIVE_HOST}"),
        (
            "    {image: nginx, volumes: ['./edge/site.conf.template:/etc/nginx/templates/a.template'],"
            " environment: {LIVE_HOST: other}, ports: ['80:8080']}",
            "${LIVE_HOST}",
        ),
    ],
    ids=["image", "service", "address", "variable", "file", "two that differ"],
)
def test_a_name_in_a_template_is_that_of_the_environment(compose: str, leads_to: str) -> None:
    """Of the service, else of the image; where something else may set it, or two do, it is open."""
    targets = {passage.route.targets[0] for way in gathered(edge(compose)).ways for passage in way.passages}
    assert targets == {leads_to}


def test_of_two_configurations_the_image_has_the_one_that_it_copies() -> None:
    """The other may be of another deployment."""
    compose = "    {build: ./edge, ports: ['80:8080']}"
    plain = TEMPLATE.replace("${LIVE_HOST}", "live")
    files = edge(compose, **{"edge/nginx.conf": plain})
    (way,) = gathered(files).ways
    assert way.passages[0].route.line.file == "edge/site.conf.template"


def test_what_two_files_set_otherwise_leads_nowhere() -> None:
    """Either may be the one that is used."""
    compose = "    {build: ./edge, ports: ['80:8080'], environment: {LIVE_HOST: live}}"
    files = edge(compose, **{"compose.override.yml": "services: {edge: {environment: {LIVE_HOST: other}}}"})
    (way,) = gathered(files).ways
    assert way.lost == "${LIVE_HOST}"
