"""Compose: services as stations, by the Compose file reference (docs.docker.com/reference/compose-file).

Services of one image or one build whose names differ only by a number are nodes of one server; so are those
whose names differ by a word behind a hyphen, where they run the same command and listen on the same ports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from posixpath import dirname
from typing import Any, NamedTuple

from rtreview.evidence.deployment import Fact, File, Line, Override, Route, Station, Task, words
from rtreview.evidence.readers.containers import images, starts
from rtreview.evidence.readers.containers.mounts import paths
from rtreview.evidence.readers.containers.project import (
    Service,
    Stated,
    expanded,
    mapping,
    projects,
    variable,
)
from rtreview.evidence.readers.containers.signals import is_build, is_gentle
from rtreview.evidence.readers.environment import calls
from rtreview.evidence.readers.programs import commands
from rtreview.evidence.readers.proxies import traefik
from rtreview.evidence.readers.proxies.traefik import Option
from rtreview.evidence.values import PUT_IN, SECONDS, duration, is_template, octets, seconds, size
from rtreview.language import catalogue
from rtreview.text.place import SpecPath

DEFAULT = "default of docker compose"

GRACE = "10s"
"""The default of `stop_grace_period`."""

UNITS = {unit: SECONDS[unit] for unit in ("us", "ms", "s", "m", "h")}
"""A duration without one is none."""

UNREAD = frozenset(
    {"ports", "expose", "depends_on", "healthcheck", "logging", "restart", "profiles", "env_file", "user",
     "cap_add", "cap_drop", "security_opt", "devices", "dns", "secrets", "tty", "stdin_open"}
)  # fmt: skip
"""Keys of a service that say nothing of what runs in it, or of the way to it inside."""

MOST_NAMES = 10
"""Services that are named as nodes of one server."""

NO_NODES = frozenset(
    {"dev", "development", "prod", "production", "staging", "test", "tests", "local", "debug", "blue",
     "green", "canary", "stable", "old", "new", "worker", "beat", "cron", "scheduler", "migrate",
     "migrations", "init"}
)  # fmt: skip
"""Words that tell services apart which do different things, or stand in for one another."""

_NAME = re.compile(r"(?:compose|stack)[^/]{0,80}\.ya?ml$", re.IGNORECASE)
_YAML = re.compile(r"\.ya?ml$", re.IGNORECASE)
_CONTAINERS = re.compile(
    r"^ {1,8}(?:image|build|container_name|mem_limit|deploy|scale|stop_grace_period|stop_signal|ulimits):"
    r"|^ {1,8}[\w.-]{1,80}:[ \t]{1,9}\{[^}\n]{0,200}"
    r"\b(?:image|build|container_name|mem_limit|deploy|scale|stop_grace_period|stop_signal|ulimits):",
    re.MULTILINE,
)
_RESET = re.compile(r"!(?:reset|override)\b")
_TAGGED = re.compile(r"^\s{0,80}([a-z_]{1,40}):\s{0,40}$")
_LOOPBACK = re.compile(r"127\.|\[?::1|localhost")
_DIGITS = re.compile(r"[0-9]++")
_COUNT = re.compile(r"[0-9]{1,9}")


def takes(file: File) -> bool:
    """Whether it declares services as Compose has them, whatever it is called."""
    name = str(file.path)
    # A pattern that begins at a line takes ten times as long.
    if not _YAML.search(name) or "\nservices:" not in f"\n{file.text}":
        return False
    return _NAME.search(name) is not None or _CONTAINERS.search(file.text) is not None


def stations(files: Sequence[File]) -> Iterator[Station]:
    """A station for each service that makes a container, and each proxy that takes its routes from labels."""
    found = [server for services in projects(files) for server in _servers(services)]
    proxies = [server for server in found if server.platform == traefik.PLATFORM]
    routes = tuple(chain.from_iterable(map(_labelled, found)))
    builds: dict[str, set[tuple[str, ...]]] = {}
    for server in found:
        for path in server.paths if server.listens and not server.is_store else ():
            builds.setdefault(path, set()).add(_build(server.services[0]))
    resets = _resets(files)
    # Several images of one folder leave open which of them is its program.
    shared = {path for path, made in builds.items() if len(made) > 1 and path.endswith("/")}
    elsewhere = _elsewhere(found)
    for server in found:
        if server.is_store:
            yield _apart(server)
            continue
        # What a worker runs of the program of a server is not what clients reach.
        own = server.paths - (shared if server.listens else builds.keys())
        station = _station(server, own, routes if len(proxies) == 1 and server is proxies[0] else ())
        named = (elsewhere[name] for name in sorted(server.names) if name in elsewhere)
        reset = chain.from_iterable(resets.get(each.folder, ()) for each in server.services)
        yield station.overruled([*reset, *islice(named, 1)])
    if routes and len(proxies) != 1:
        # It runs elsewhere, or it cannot be told which one has the routes.
        yield Station(
            routes[0].line, traefik.PLATFORM, routes=routes, entrance=routes[0].line, is_of_one_machine=True
        )


def _elsewhere(servers: Sequence[Server]) -> dict[str, Override]:
    """The names that lead some service elsewhere than to the service of that name."""
    found: dict[str, Override] = {}
    for server in servers:
        for service in server.services:
            for name, _, line in service.pairs("extra_hosts"):
                # Of old, a colon stands between the name and the address.
                host = name.partition(":")[0].strip()
                found.setdefault(host, Override(line, "`extra_hosts`"))
    return found


def _resets(files: Sequence[File]) -> dict[str, list[Override]]:
    """What takes away, or puts in the place of all, what other files say, by the folders of the files.

    By docs.docker.com/reference/compose-file/merge; which of the lists that they are for is no matter here.
    """
    found: dict[str, list[Override]] = {}
    for file in files:
        for number, text in (
            enumerate(file.lines, 1) if "!reset" in file.text or "!override" in file.text else ()
        ):
            tag = None if text.lstrip().startswith("#") else _RESET.search(text)
            key = _TAGGED.match(text[: tag.start()]) if tag is not None else None
            if tag is not None and not (key and key[1] in UNREAD):
                why = Override(file.line(number), f"`{tag[0]}`")
                found.setdefault(dirname(file.name), []).append(why)
                break
    return found


def configurations(files: Sequence[File]) -> Iterator[str]:
    """The files that configure services, by the paths at which they are mounted."""
    for services in projects(files):
        for service in services:
            if images.known(service.text("image"), images.STORES) or service.name in images.STORES:
                continue
            yield from (path for path in paths(service) if not path.endswith("/"))


class Server(NamedTuple):
    """Services that do the same.

    Attributes:
        services: those services.
        image: the name of their image, with variables as they are where nobody sets them.
        names: what others call them.
        paths: what they are made of, and the configuration that they mount.
        listens: whether a file says that others connect to them.

    """

    services: tuple[Service, ...]
    image: str
    names: frozenset[str]
    paths: frozenset[str]
    listens: bool

    @property
    def platform(self) -> str:
        """What it is, where it is no process that clients reach."""
        return images.known(self.image, images.PROXIES) or images.known(self.image, images.BROKERS)

    @property
    def is_store(self) -> bool:
        """Whether it keeps data or looks after the others."""
        return bool(images.known(self.image, images.STORES))

    @property
    def is_hidden(self) -> bool:
        """Whether no client is to reach it."""
        return bool(images.known(self.image, images.BROKERS))


def _servers(services: Sequence[Service]) -> Iterator[Server]:
    """The services of a project, those that do the same together."""
    aliases: dict[str, set[str]] = {}
    behind: set[str] = set()
    for service in services:
        links = [str(link).partition(":") for link, _ in service.entries("links")]
        for name, _, alias in links:
            aliases.setdefault(name, set()).add(alias or name)
        if images.known(service.text("image"), images.PROXIES):
            behind |= {name for name, _, _ in links} | {name for name, _, _ in service.pairs("depends_on")}
    groups: dict[tuple[str, ...], list[Service]] = {}
    for service in services:
        if service.stated("image") or service.stated("build"):
            groups.setdefault(_kind(service), []).append(service)
    for group in groups.values():
        yield Server(
            tuple(group),
            group[0].text("image"),
            frozenset().union(*(_names(service) | aliases.get(service.name, set()) for service in group)),
            frozenset(path for service in group for path in paths(service)),
            any(service.name in behind or _ports(service) or _labels(service) for service in group),
        )


def _kind(service: Service) -> tuple[str, ...]:
    """What services have in common that do the same; for one that stands alone, its name."""
    same = (*_build(service), service.text("entrypoint"), service.text("profiles"))
    command = service.text("command")
    numbered = _DIGITS.sub("#", service.name)
    if numbered != service.name:
        return (*same, numbered, _DIGITS.sub("#", command))
    stem, _, word = service.name.rpartition("-")
    if stem and _ports(service) and word.lower() not in NO_NODES:
        return (*same, stem, command, *sorted(_ports(service)))
    return (service.name,)


def _build(service: Service) -> tuple[str, ...]:
    """What an image is made from; for one that is made elsewhere, its name."""
    context = service.text("build", "context") or service.text("build")
    dockerfile, target = service.text("build", "dockerfile"), service.text("build", "target")
    return (context, dockerfile, target) if context or dockerfile else (service.text("image"),)


def _ports(service: Service) -> set[str]:
    """The ports of the container that others reach."""
    return {_inner(port) for key in ("ports", "expose") for port, _ in service.entries(key)}


def _inner(port: Any) -> str:
    """The port of the container that an entry of `ports` or `expose` is about."""
    return str(mapping(port).get("target") if isinstance(port, dict) else port).rpartition(":")[2]


def _outer(service: Service) -> Iterator[str]:
    """The ports of the machine at which a service takes messages."""
    for port, _ in service.entries("ports"):
        if isinstance(port, dict):
            yield expanded(port.get("published", ""))
        else:
            outer = expanded(port).rpartition(":")[0]
            yield outer.rpartition(":")[2]


def _names(service: Service) -> set[str]:
    """What others call a service."""
    names = {service.name, service.text("container_name"), service.text("hostname")}
    if service.stated("deploy") is not None:
        names.add(f"tasks.{service.name}")
    for part in service.parts:
        for network in mapping(part.get("networks")).values():
            aliases = mapping(network).get("aliases")
            names |= {expanded(alias) for alias in aliases} if isinstance(aliases, list) else set()
    return names - {""}


def _station(server: Server, own: frozenset[str], routes: tuple[Route, ...]) -> Station:
    first, *_ = server.services
    facts = _facts(server) if not server.platform else ()
    if server.platform == traefik.PLATFORM and not any("traefik" in path for path in own):
        facts = traefik.static(_options(first), first.line)
    published = chain.from_iterable(map(_published, server.services))
    spoken = [word for word, _ in (*_words(first, "entrypoint"), *_words(first, "command"))]
    return Station(
        line=first.line,
        platform=server.platform,
        names=server.names,
        paths=own | commands.scripts(spoken),
        routes=routes,
        facts=tuple(facts),
        entrance=None if server.is_hidden else next(published, None),
        is_of_one_machine=True,
        task=commands.task_of(spoken),
        usual=commands.served(list(_words(first, "command"))),
        known_as=frozenset(filter(None, [images.bare(server.image)])),
        images=frozenset(filter(None, [images.unversioned(server.image)])),
        stands_alone=first.stands_alone,
        calls=tuple(calls((expanded(value), line) for _, value, line in first.pairs("environment"))),
        environment=tuple(_environment(server)),
        ports=frozenset(chain.from_iterable(map(_outer, server.services))),
        passes_on=_is_a_proxy(server),
        doubts=_doubts(server),
    )


def _is_a_proxy(server: Server) -> bool:
    """Whether an image that is made elsewhere is called a proxy: its environment says what is behind it."""
    is_made_here = any(service.stated("build") is not None for service in server.services)
    return not (is_made_here or server.platform) and "proxy" in words(images.bare(server.image))


def _environment(server: Server) -> Iterator[tuple[str, str]]:
    """Its environment; what two places set otherwise is empty, and a file may set more."""
    values: dict[str, set[str]] = {}
    for service in server.services:
        for name, value, _ in service.pairs("environment"):
            values.setdefault(name, set()).add("" if value is None else expanded(value))
    for name, found in values.items():
        yield name, found.pop() if len(found) == 1 else ""
    if any(service.stated("env_file") is not None for service in server.services):
        yield "", ""


def _doubts(server: Server) -> tuple[Override, ...]:
    """What may give a proxy another configuration than the files that it mounts."""
    if not server.platform or server.is_hidden:
        return ()
    of_traefik = server.platform == traefik.PLATFORM
    found = (starts.doubts(service, has_options=of_traefik) for service in server.services)
    return tuple(islice(chain.from_iterable(found), 1))


def _apart(server: Server) -> Station:
    """What no message ends at: how it is run is no matter."""
    published = chain.from_iterable(map(_published, server.services))
    return Station(
        line=server.services[0].line,
        names=server.names,
        entrance=next(published, None),
        is_of_one_machine=True,
        task=Task.APART,
        stands_alone=server.services[0].stands_alone,
    )


def _facts(server: Server) -> Iterator[Fact]:
    """What services fix for a process; what they do not agree on is open."""
    first, *others = server.services
    if library := images.server(server.image):
        stated = first.stated("image")
        platform = catalogue.find(library)
        field = "service" if platform is not None and platform.kind == "service" else "library"
        yield Fact(("transport", field), library, stated.line if stated else first.line)
    count = _nodes(first)
    if others:
        counts = [_nodes(service).value for service in server.services]
        names = ", ".join(service.name for service in server.services[:MOST_NAMES])
        count = Fact(
            count.field, None if None in counts else sum(counts), first.line, remark=f"services: {names}"
        )
    yield count
    for facts in zip(*map(_own, server.services), strict=True):
        known = [fact for fact in facts if fact is not None]
        if known and len({fact.value for fact in known}) == 1 and len(known) == len(facts):
            yield known[0]
        elif known:
            yield known[0]._replace(value=None, decided_by="not the same for all of these services")


def _own(service: Service) -> Iterator[Fact | None]:
    """What a service fixes for its process, field by field."""
    at: SpecPath = ("operations", "termination_grace")
    grace = _fact(at, service.stated("stop_grace_period"), _span) or Fact(at, GRACE, service.line, DEFAULT)
    signal = service.stated("stop_signal")
    if signal is not None and not is_gentle(str(signal.value)):
        (grace,) = Override(signal.line, "`stop_signal`").over([grace])
    elif signal is None and (build := _unlike_a_build(service)):
        (grace,) = Override(build, "what it is built by").over([grace])
    yield grace
    yield _fact(("operations", "rollout"), service.stated("deploy", "update_config"), _rollout)
    memory = service.stated("deploy", "resources", "limits", "memory") or service.stated("mem_limit")
    yield _fact(("topology", "node", "memory"), memory, _size)
    files = service.stated("ulimits", "nofile", "soft") or service.stated("ulimits", "nofile")
    yield _fact(("topology", "node", "file_descriptors"), files, _count)
    flags = {fact.field: fact for fact in commands.facts(list(_words(service, "command")))}
    processes = next(commands.environment(service.pairs("environment")), None)
    for field in commands.FIELDS:
        yield flags.get(field) or (processes if field == commands.PROCESSES else None)


def _unlike_a_build(service: Service) -> Line | None:
    """What a service is built by, where that is not looked at for a signal since it is not called so."""
    for part in service.parts:
        if part.get("build", "dockerfile_inline") is not None:
            return part.line("build", "dockerfile_inline")
        name = part.get("build", "dockerfile")
        if name is not None and not is_build(str(name)):
            return part.line("build", "dockerfile")
    return None


def _words(service: Service, key: str) -> Iterator[tuple[str, Line]]:
    """The words of the command that starts a service, or of its entry point."""
    part = next((part for part in service.parts if part.get(key) is not None), None)
    if part is not None and isinstance(text := part.get(key), str):
        yield from commands.spoken(text, part.line(key))
    for entry, line in part.entries(key) if part is not None else ():
        yield from commands.spoken(str(entry), line)


def _nodes(service: Service) -> Fact:
    at: SpecPath = ("topology", "nodes")
    mode = service.stated("deploy", "mode")
    if mode is not None and mode.value in ("global", "global-job"):
        return Fact(at, None, mode.line, "one on each machine")
    stated = service.stated("deploy", "replicas") or service.stated("scale")
    return _fact(at, stated, _count) or Fact(at, 1, service.line, DEFAULT)


def _fact(at: SpecPath, stated: Stated | None, read: Callable[[Any], Any]) -> Fact | None:
    """What the files fix for a field; None where they say nothing of it."""
    if stated is None:
        return None
    reason = stated.reason or variable(stated.value)
    if not reason and isinstance(stated.value, str) and is_template(stated.value):
        reason = PUT_IN
    value = None if reason else read(stated.value)
    return Fact(at, value, stated.line, "" if value is not None else reason or "no value that Compose takes")


def _span(value: Any) -> str | None:
    span = seconds(value, bare="", units=UNITS) if isinstance(value, str) else None
    return None if span is None else duration(span)


def _count(value: Any) -> int | None:
    text = str(value)
    return int(text) if not isinstance(value, bool) and _COUNT.fullmatch(text) else None


def _size(value: Any) -> str | None:
    if isinstance(value, str):
        return size(value)
    return octets(value) if isinstance(value, int) and 0 < value < 2**60 else None


def _rollout(value: Any) -> str | None:
    """One after the other, unless no limit is set on those that are replaced at once."""
    if not isinstance(value, dict):
        return None
    return "all-at-once" if value.get("parallelism", 1) == 0 else "rolling"


def _published(service: Service) -> Iterator[Line]:
    """The lines that let others in: ports that not only this machine reaches."""
    for port, line in service.entries("ports"):
        if isinstance(port, dict):
            address, is_udp = str(port.get("host_ip", "")), port.get("protocol") == "udp"
        else:
            text = expanded(port)
            address, is_udp = text if text.count(":") > 1 else "", text.endswith("/udp")
        if not is_udp and not _LOOPBACK.match(address):
            yield line
    network = service.stated("network_mode")
    if network is not None and network.value == "host":
        yield network.line


def _labelled(server: Server) -> Iterator[Route]:
    """The routes that labels give to Traefik; those of services that do the same are the same."""
    counts = [_nodes(service).value for service in server.services]
    nodes = sum(count for count in counts if count is not None)
    for service in server.services:
        if labels := _labels(service):
            yield from traefik.routes(labels, service.name, nodes)
            return


def _labels(service: Service) -> list[Option]:
    """The labels for Traefik, of a container or of a service of a swarm."""
    return [
        Option(name.lower(), expanded(value), line)
        for keys in (("labels",), ("deploy", "labels"))
        for name, value, line in service.pairs(*keys)
        if name.lower().startswith("traefik.")
    ]


def _options(service: Service) -> Iterator[Option]:
    """The options of Traefik on its command line and in its environment."""
    for part in service.parts:
        command = part.get("command")
        words = command.split() if isinstance(command, str) else command if isinstance(command, list) else []
        for number, word in enumerate(words):
            name, _, value = str(word).lstrip("-").partition("=")
            yield Option(name.lower(), value, part.line("command", number))
    for name, value, line in service.pairs("environment"):
        yield Option(name.lower().removeprefix("traefik_").replace("_", "."), value, line)
