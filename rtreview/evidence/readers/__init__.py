"""A module for each format of deployment files: which files it takes, and what stations they describe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rtreview.evidence.deployment import File, Station
from rtreview.evidence.readers import (
    caddy,
    compose,
    dockerfile,
    fly,
    haproxy,
    heroku,
    httpd,
    nginx,
    render,
    traefik,
)


class Reader(NamedTuple):
    """A format: which files are of it, and the stations that all of them together describe."""

    name: str
    takes: Callable[[File], bool]
    stations: Callable[[Sequence[File]], Iterator[Station]]


READERS = (
    Reader("caddy", caddy.takes, caddy.stations),
    Reader("compose", compose.takes, compose.stations),
    Reader("dockerfile", dockerfile.takes, dockerfile.stations),
    Reader("fly", fly.takes, fly.stations),
    Reader("haproxy", haproxy.takes, haproxy.stations),
    Reader("heroku", heroku.takes, heroku.stations),
    Reader("httpd", httpd.takes, httpd.stations),
    Reader("nginx", nginx.takes, nginx.stations),
    Reader("render", render.takes, render.stations),
    Reader("traefik", traefik.takes, traefik.stations),
)
"""A file is read by each that takes it."""
