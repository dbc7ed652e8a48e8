"""What a service of Compose is made of: the folder that it is built from, and what configures it.

What else is mounted says nothing, and several services share it: keys, logs, uploads, pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import join, normpath
from typing import Any

from rtreview.evidence.deployment import Line, folder_path
from rtreview.evidence.readers.containers import images
from rtreview.evidence.readers.containers.project import Service, expanded, mapping

CONFIGURED_AT = (
    "/etc/nginx", "/usr/local/openresty", "/usr/local/etc/haproxy", "/etc/haproxy", "/etc/traefik",
    "/etc/caddy", "/etc/envoy", "/usr/local/apache2/conf", "/etc/apache2", "/etc/varnish",
    "/mosquitto/config", "/opt/emqx/etc", "/centrifugo",
)  # fmt: skip
"""Where images look for a folder of configuration."""

NOT_OF_PROGRAMS = frozenset(
    {"", ".", "docker", ".docker", "dockerfiles", "compose", "build", "deploy", "deployment", "infra", "ops",
     "packaging", "container", "containers", "image", "images", "ci", "dev", "prod", "production", "local"}
)  # fmt: skip
"""Folders that hold Dockerfiles, and not the programs that they are of."""

PRODUCTS = frozenset({*images.BROKERS, *images.STORES, "rabbitmq"})

_CONFIGURATION = re.compile(
    r"\.(?:conf|cfg|ya?ml|json|toml|ini|vcl|exs|template|tpl|tmpl|j2)$|(?:^|/)Caddyfile[^/]{0,40}$",
    re.IGNORECASE,
)
_KEYS = re.compile(r"cert|ssl|tls|letsencrypt|acme|log|html|passwd|secret", re.IGNORECASE)


def paths(service: Service) -> Iterator[str]:
    """The folder that a service is built from, and the configuration that it mounts."""
    home = service.text("working_dir").rstrip("/")
    for part in service.parts:
        folder = part.file.name.rpartition("/")[0]
        build = part.get("build")
        context = build.get("context", ".") if isinstance(build, dict) else build
        if isinstance(context, str) and "://" not in context and "@" not in context:
            dockerfile = mapping(build).get("dockerfile")
            if not _is_of_a_product(dockerfile):
                yield from _folder(_within(folder, _built(context, dockerfile)))
        configs = mapping(mapping(part.document.content).get("configs"))
        for entry, _ in part.entries("configs"):
            name = entry.get("source") if isinstance(entry, dict) else entry
            source = mapping(configs.get(name)).get("file") if isinstance(name, str) else ""
            yield from filter(None, [_within(folder, source)])
        for entry, _ in part.entries("volumes"):
            source, target = _mounted(entry)
            path = _within(folder, source)
            is_program = build is None and target == home != ""
            is_configuration = _CONFIGURATION.search(path) or (path and _CONFIGURATION.search(target))
            if is_configuration and not is_program:
                yield path
            elif is_program or (target.startswith(CONFIGURED_AT) and not _KEYS.search(target)):
                yield from _folder(path)


def is_of_keys(target: str) -> bool:
    """Whether a place is called after keys, logs or pages, which configure nothing."""
    return _KEYS.search(target) is not None


def mounts(service: Service) -> Iterator[tuple[bool, str, Line]]:
    """What each entry of `volumes` mounts: whether that may be of the repository, where, and the line of it.

    A variable that nobody sets may stand for a folder of it.
    """
    for part in service.parts:
        for entry, line in part.entries("volumes"):
            source, target = _mounted(entry)
            written = entry.get("source") if isinstance(entry, dict) else expanded(entry).partition(":")[0]
            yield source != "" or written == "", target, line


def _built(context: str, dockerfile: Any) -> str:
    """The folder that a build is about: of several in one context, that of the Dockerfile."""
    folder = dockerfile.rpartition("/")[0].removeprefix("./") if isinstance(dockerfile, str) else ""
    return context if NOT_OF_PROGRAMS & set(folder.split("/")) else join(expanded(context), expanded(folder))


def _is_of_a_product(dockerfile: Any) -> bool:
    """Whether a file is called after a store or a broker, `Dockerfile.redis`, so that it makes no program."""
    name = dockerfile.rpartition("/")[2] if isinstance(dockerfile, str) else ""
    words = [word for word in name.lower().split(".") if word not in ("dockerfile", "containerfile")]
    return any(word in PRODUCTS for word in words)


def _mounted(entry: Any) -> tuple[str, str]:
    """What an entry of `volumes` mounts of the repository, and where; other volumes have names."""
    if isinstance(entry, dict):
        source = expanded(entry.get("source")) if entry.get("type") == "bind" else ""
        return source, str(entry.get("target")).rstrip("/")
    source, _, target = expanded(entry).partition(":")
    return source if source.startswith(".") else "", target.partition(":")[0].rstrip("/")


def _within(folder: str, source: Any) -> str:
    """A path as the files of a deployment have it; nothing where it is none of the repository."""
    source = expanded(source) if isinstance(source, str) else ""
    return "" if not source or source.startswith(("/", "~")) else normpath(join(folder, source))


def _folder(path: str) -> Iterator[str]:
    """A folder, if it is one of the repository."""
    if path:
        yield folder_path(path)
