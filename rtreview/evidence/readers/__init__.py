"""A module for each format of deployment files: which files it takes, and what stations they describe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rtreview.evidence.deployment import File, Station, Unreadable
from rtreview.evidence.readers import kubernetes
from rtreview.evidence.readers.clouds import cloudformation, terraform
from rtreview.evidence.readers.containers import compose, dockerfile
from rtreview.evidence.readers.hosts import app_engine, fly, heroku, render, vercel
from rtreview.evidence.readers.programs import brokers, code, commands, manifests, pages, settings
from rtreview.evidence.readers.proxies import caddy, envoy, haproxy, httpd, nginx, traefik


class Reader(NamedTuple):
    """A format of files.

    Attributes:
        name: what it is called.
        takes: whether a file is of it.
        stations: what all of its files together describe, and what in them could not be read.
        parts: the files that one of its files holds, if any can.
        holds: whether a file is of it by its text alone, whatever it is called.

    """

    name: str
    takes: Callable[[File], bool]
    stations: Callable[[Sequence[File]], Iterator[Station | Unreadable]]
    parts: Callable[[File], Iterator[File]] | None = None
    holds: Callable[[File], bool] | None = None


READERS = (
    Reader("Kubernetes", kubernetes.takes, kubernetes.stations, kubernetes.parts),
    Reader("compose", compose.takes, compose.stations),
    Reader("Dockerfile", dockerfile.takes, dockerfile.stations),
    Reader("nginx", nginx.takes, nginx.stations, holds=nginx.holds),
    Reader("HAProxy", haproxy.takes, haproxy.stations, holds=haproxy.holds),
    Reader("Envoy", envoy.takes, envoy.stations),
    Reader("Traefik", traefik.takes, traefik.stations),
    Reader("Caddy", caddy.takes, caddy.stations, holds=caddy.holds),
    Reader("httpd", httpd.takes, httpd.stations),
    Reader("Terraform", terraform.takes, terraform.stations),
    Reader("CloudFormation", cloudformation.takes, cloudformation.stations),
    Reader("Fly.io", fly.takes, fly.stations),
    Reader("Render", render.takes, render.stations),
    Reader("Heroku", heroku.takes, heroku.stations),
    Reader("App Engine", app_engine.takes, app_engine.stations),
    Reader("Vercel", vercel.takes, vercel.stations),
    Reader("manifests", manifests.takes, manifests.stations),
    Reader("brokers", brokers.takes, brokers.stations),
    Reader("commands", commands.takes, commands.stations),
    Reader("settings", settings.takes, settings.stations),
    Reader("code", code.takes, code.stations),
    Reader("pages", pages.takes, pages.stations),
)
"""A file is read by each that takes it."""
