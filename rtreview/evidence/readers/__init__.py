"""A module for each format of deployment files: which files it takes, and what stations they describe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rtreview.evidence.deployment import File, Station
from rtreview.evidence.readers import (
    brokers,
    cloudformation,
    code,
    commands,
    envoy,
    hosts,
    manifests,
    nginx,
    terraform,
)


class Reader(NamedTuple):
    """A format: which files are of it, and the stations that all of them together describe."""

    name: str
    takes: Callable[[File], bool]
    stations: Callable[[Sequence[File]], Iterator[Station]]


READERS = (
    Reader("nginx", nginx.takes, nginx.stations),
    Reader("CloudFormation", cloudformation.takes, cloudformation.stations),
    Reader("Envoy", envoy.takes, envoy.stations),
    Reader("Terraform", terraform.takes, terraform.stations),
    Reader("App Engine", hosts.takes_app_engine, hosts.app_engine),
    Reader("Vercel", hosts.takes_vercel, hosts.vercel),
    Reader("manifests", manifests.takes, manifests.stations),
    Reader("brokers", brokers.takes, brokers.stations),
    Reader("commands", commands.takes, commands.stations),
    Reader("code", code.takes, code.stations),
)
"""A file is read by each that takes it."""
