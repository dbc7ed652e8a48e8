"""What is run in the container of a proxy instead of the command of its image, or beside it.

It may write another configuration before the proxy reads it, or have it read another. Words are known that do
neither: those that start the proxy with what is mounted, wait, ask or reload. Any other may.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rtreview.evidence.deployment import Override
from rtreview.evidence.readers.containers.mounts import CONFIGURED_AT, is_of_keys, mounts
from rtreview.evidence.readers.containers.project import Service, mapping

PROXIES = frozenset(
    {"nginx", "nginx-debug", "openresty", "haproxy", "caddy", "envoy", "httpd", "httpd-foreground",
     "apache2-foreground"}
)  # fmt: skip
"""Programs that read a configuration."""

OTHERS = frozenset(
    {"sh", "bash", "ash", "/bin/sh", "/bin/bash", "/bin/ash", "docker-entrypoint.sh", "/docker-entrypoint.sh",
     "tini", "dumb-init", "sleep", "wait", "trap", "exit", "curl", "wget", "nc", "test", "pgrep", "pidof",
     "kill", "grep", "[", "rm"}
)  # fmt: skip
"""Programs that start others, wait or ask."""

PLAIN = frozenset(
    {"run", "caddyfile", "daemon", "off", "reload", "quit", "CMD", "CMD-SHELL", "NONE", "exec", "while", "do",
     "done", "if", "then", "fi", ":", "!", "true", "TERM", "INT", "localhost", "127.0.0.1", "]", "$!", "$$!",
     "${!}", "$${!}"}
)  # fmt: skip
"""Words that name no file and no program."""

USUAL = frozenset(
    {"/etc/nginx/nginx.conf", "/usr/local/etc/haproxy/haproxy.cfg", "/usr/local/etc/haproxy",
     "/etc/haproxy/haproxy.cfg", "/etc/caddy/Caddyfile", "/etc/envoy/envoy.yaml"}
)  # fmt: skip
"""Where proxies look for their configuration by themselves."""

LEADING = frozenset({"-c", "-f", "-p", "--config"})
"""Options of proxies before a path."""

LONGEST = 2000
"""Signs of a command that are looked at; a longer one may do anything."""

_SILENT = re.compile(r"[0-9&]?>[ ]{0,4}(?:/dev/null|&[0-9])")
_BETWEEN = re.compile(r"(?:[\s;&()'\",]|\|\|)++")
_OF_KEYS = re.compile(r"(?:/etc/nginx/(?:ssl|certs?|tls)|/etc/letsencrypt|/etc/ssl|/var/log)/[\w-]{1,80}")
_OPTION = re.compile(r"-[A-Za-z]|-db|-DFOREGROUND|--[a-z][a-z-]{0,40}")
_WORD = re.compile(
    r"-{1,2}\w[\w-]{0,40}(?:=[\w.:-]{1,80})?|[0-9]{1,9}[smhd]?|https?://[\w.:-]{1,200}(?:/[\w./-]{0,200})?"
)


def is_plain(command: object, mounted: frozenset[str] = frozenset()) -> bool:
    """Whether a command, a text or a list of words, leaves the configuration of a proxy as it is mounted."""
    text = " ".join(map(str, command)) if isinstance(command, list) else str(command)
    if len(text) > LONGEST:
        return False
    program = before = ""
    for word in filter(None, _BETWEEN.split(_SILENT.sub(" ", text))):
        if word in PROXIES | OTHERS:
            program, before = word, ""
            continue
        if program in PROXIES:
            is_known = word.rstrip("/") in USUAL | mounted or _OPTION.fullmatch(word) is not None
            is_known = is_known or (word in PLAIN and before not in LEADING)
        else:
            is_sought = program in ("[", "test", "rm") and _OF_KEYS.fullmatch(word) is not None
            is_known = is_sought or word in PLAIN or _WORD.fullmatch(word) is not None
        if not is_known:
            return False
        before = word
    return True


def doubts(service: Service, *, has_options: bool = False) -> Iterator[Override]:
    """What may give the proxy of a service another configuration than the files that it mounts.

    Args:
        service: the service.
        has_options: whether its command consists of its options, and is read.

    """
    mounted = frozenset(target for _, target, _ in mounts(service))
    for part in service.parts:
        for key in ("entrypoint",) if has_options else ("entrypoint", "command"):
            if part.get(key) is not None and not is_plain(part.get(key), mounted):
                yield Override(part.line(key), f"`{key}`")
        check = part.get("healthcheck", "test")
        if check is not None and not is_plain(check, mounted):
            yield Override(part.line("healthcheck", "test"), "`healthcheck`")
        if part.get("post_start") is not None:
            yield Override(part.line("post_start"), "`post_start`")
        configs = mapping(mapping(part.document.content).get("configs"))
        for entry, line in part.entries("configs"):
            name = entry.get("source") if isinstance(entry, dict) else entry
            if not (isinstance(name, str) and mapping(configs.get(name)).get("file")):
                yield Override(line, "a configuration that no file holds")
    for may_be_read, target, line in mounts(service):
        if not may_be_read and target.startswith(CONFIGURED_AT) and not is_of_keys(target):
            yield Override(line, "what is mounted")
