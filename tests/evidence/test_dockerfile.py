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
