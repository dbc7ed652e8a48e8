"""Stations as one: what runs, with what its configuration and its program say of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePosixPath

from rtreview.evidence.deployment import HERE, Route, Station, Task, folder_path, words
from rtreview.evidence.values import host
from rtreview.text.place import SpecPath

SERVERS: tuple[SpecPath, ...] = (("transport", "library"), ("transport", "service"))
"""What a program that holds connections says of itself."""

LIBRARY: SpecPath = ("transport", "library")

KIND: SpecPath = ("transport", "kind")

CLIENT: SpecPath = ("transport", "client_library")

_OF_SOCKETS = r"wss?|web-?sockets?|sockets?(?:\.io)?|sockjs"

SOCKETS = re.compile(rf"(?:^|[^a-z])(?:{_OF_SOCKETS})(?:$|[^a-z])", re.IGNORECASE)
"""Words by which paths of WebSockets alone are called."""

STREAMED = re.compile(
    rf"(?:^|[^a-z])(?:{_OF_SOCKETS}|cable|hubs?|signalr|sse|events?|streams?|realtime|mqtt)(?:$|[^a-z])",
    re.IGNORECASE,
)
"""Words by which paths of streams are called."""

OF_PROCESSES = frozenset({"websocket", "websockets", "socketio", "sockjs"})
"""Words by which processes are called that are there for WebSockets; `ws` is a web service as well."""

OF_JOBS = frozenset(
    {"worker", "workers", "beat", "cron", "scheduler", "migrate", "migration", "migrations", "migrator"}
)
"""Words by which processes are called that work off jobs, where another one answers clients."""

OF_FOLDERS = frozenset(
    {"src", "source", "app", "apps", "packages", "package", "pkg", "cmd", "lib", "libs", "service",
     "services", "project", "projects", "code", "main", "internal"}
)  # fmt: skip
"""Words of folders that say nothing of what is in them."""

_VARIABLE = re.compile(r"\$\{\w{1,80}\}|\$[A-Z]\w{0,80}")
"""A name that is put in when a proxy starts; those of nginx itself are small."""

_BETWEEN = re.compile(r"[^a-z0-9]++")


def serves(station: Station) -> bool:
    """Whether it is said to hold real-time connections, by a library or by a call that leaves that open."""
    held = [fact for fact in station.facts if fact.field in SERVERS]
    calls = {fact.line for fact in station.facts if fact.field == KIND and not fact.is_open}
    return any(not fact.is_open or fact.line in calls for fact in held)


def may_serve(station: Station) -> bool:
    """Whether it is said to hold some, or has a dependency that could."""
    return any(fact.field in SERVERS for fact in station.facts)


def may_run(station: Station) -> bool:
    """Whether a program that holds connections could be what it runs."""
    return station.task is not Task.APART


def is_for_streams(process: Station) -> bool:
    """Whether it is said to hold connections, or one of its names is: `websocket-server`."""
    names = (*process.names, *process.known_as)
    is_called_so = any(not words(name).isdisjoint(OF_PROCESSES) for name in names)
    return serves(process) or (is_called_so and may_run(process))


def joined(stations: Sequence[Station]) -> tuple[Station, ...]:
    """What runs, and then what nothing here runs.

    What runs has a name. A configuration is of all that mount it. A program is of the one process that is
    called like its folder, or is built from it, or is the only one that could run it.
    """
    running = [station for station in stations if station.names]
    images = [station for station in stations if not station.names and station.environment]
    configurations = [
        _with_its_environment(station, running, images)
        for station in stations
        if not station.names and not _folders(station)
    ]
    programs = _programs([station for station in stations if not station.names and _folders(station)])
    shelf = _Shelf(running, configurations)
    mounted = [shelf.mounted(each) or shelf.sole(each) for each in running]
    tasks, held = _tasks(stations), {_folders(each)[0]: each.holds for each in programs if each.holds}
    configured = [
        _merged(_with_its_proxy(_tasked(each, own, tasks), held), own)
        for each, own in zip(running, mounted, strict=True)
    ]
    routes = [route for each in (*configured, *configurations) for route in each.routes]
    placed = _placed([program for program in programs if may_serve(program)], configured, routes)
    gateways = [program for program in programs if program.passes_on and not may_serve(program)]
    passing = _placed(gateways, configured, routes)
    used = {id(each) for own in mounted for each in own} | {id(each) for own in placed for each in own}
    doubted = {each.platform: each.doubts for each in running if each.platform and each.doubts}
    # It may be that of a proxy of which it is not told where its configuration comes from.
    loose = [
        each.overruled(doubted.get(each.platform, ()))
        for each in (*configurations, *programs)
        if id(each) not in used
    ]
    # Of two configurations beside an image of a proxy the one that it has is what runs.
    makers = [each for each in stations if not each.names and each.platform and _folders(each)]
    loose.sort(key=lambda each: bool(each.routes) and _is_left_out(each, makers))
    is_idle = not any(may_run(each) for each in running)
    return (
        *(
            _held_by_its_server(replace(_merged(each, own), passes_on=each.passes_on or bool(gateway)))
            for each, own, gateway in zip(configured, placed, passing, strict=True)
        ),
        # Where nothing is started here, what could be is begun with; a proxy is always begun with.
        *(
            replace(each, entrance=each.line) if each.routes or (may_serve(each) and is_idle) else each
            for each in loose
        ),
    )


def _with_its_environment(
    configuration: Station, running: Sequence[Station], images: Sequence[Station]
) -> Station:
    """A configuration with the names in it that are put in when a proxy starts, where all that read it agree.

    A service goes before the image that it runs.
    """
    written = {name for route in configuration.routes for name in route.targets if _VARIABLE.fullmatch(name)}
    if not written:
        return configuration
    readers = [each.environment for each in running if each.paths & configuration.paths]
    for image in images:
        if image.paths & configuration.paths:
            folders = set(_folders(image))
            built = [each for each in running if folders & set(_folders(each))]
            readers += [(*each.environment, *image.environment) for each in built] or [image.environment]
    values: dict[str, str] = {}
    for name in written:
        found = {_looked_up(name.strip("${}"), environment) for environment in readers}
        value = found.pop() if len(found) == 1 else ""
        values[name] = "" if "$" in value else host(value)
    routes = tuple(
        route._replace(targets=tuple(values.get(name) or name for name in route.targets))
        for route in configuration.routes
    )
    return replace(configuration, routes=routes)


def _is_left_out(configuration: Station, images: Sequence[Station]) -> bool:
    """Whether an image is built in the folder of a configuration, and has another one."""
    if any(each.paths & configuration.paths for each in images):
        return False
    folders = {folder_path(str(PurePosixPath(path).parent)) for path in configuration.paths}
    return any(
        each.platform == configuration.platform and folders & each.paths and len(each.paths) > 1
        for each in images
    )


def _looked_up(name: str, environment: Sequence[tuple[str, str]]) -> str:
    """The first value of a name; nothing where something may set it that is not read."""
    return next((value for key, value in environment if key in (name, "")), "")


def _held_by_its_server(process: Station) -> Station:
    """A process whose program takes WebSockets, and leaves open by what, with the server that starts it.

    What its environment sets goes before what that does by itself.
    """
    if any(name.startswith("UVICORN_") for name, _ in process.environment):
        process = replace(process, usual=tuple(each for each in process.usual if each.field == LIBRARY))
    server = next((fact for fact in process.usual if fact.field == LIBRARY), None)
    held = [fact for fact in process.facts if fact.field in SERVERS]
    taken = {fact.line for fact in process.facts if fact.field == KIND and fact.value == "websocket"}
    if server is None or not held or not all(fact.is_open and fact.line in taken for fact in held):
        return process
    return replace(process, facts=(server, *(fact for fact in process.facts if fact not in held)))


def _tasks(stations: Sequence[Station]) -> dict[str, Task]:
    """What the image is there for that each folder makes."""
    made = [each for each in stations if each.task and not each.names]
    return {folder: each.task for each in made for folder in _folders(each) if each.task}


def _tasked(station: Station, own: Sequence[Station], tasks: Mapping[str, Task]) -> Station:
    """A process with what it is there for by the script that it runs, else by the image of its folder."""
    of_scripts = {each.task for each in own if each.task}
    if station.task in (None, Task.OPEN) and len(of_scripts) == 1:
        return replace(station, task=of_scripts.pop())
    of_image = {tasks[folder] for folder in _folders(station) if folder in tasks}
    return replace(station, task=of_image.pop()) if station.task is None and len(of_image) == 1 else station


def _with_its_proxy(process: Station, held: Mapping[str, frozenset[str]]) -> Station:
    """A process with what configures a proxy in the image that is made from its folder."""
    own = [held[folder] for folder in _folders(process) if folder in held]
    return replace(process, holds=process.holds.union(*own)) if own else process


def _placed(
    servers: Sequence[Station], running: Sequence[Station], routes: Sequence[Route]
) -> list[list[Station]]:
    """The programs of each process. One that several could run as well is of none: it has to be asked for."""
    reached = _targets(routes)
    streamed = {name for route in routes if route.carries for name in route.targets}
    called_so = _targets([route for route in routes if STREAMED.search(route.prefix)])
    processes = [
        station for station in running if not station.routes and not station.platform and may_run(station)
    ]
    groups: dict[str, list[Station]] = {}
    for each in processes:
        groups.setdefault(each.format, []).append(each)
    found: dict[int, list[Station]] = {}
    is_only = len(servers) == 1
    for program in servers:
        placed: list[Station] = []
        for described in groups.values():
            candidates = _candidates(
                program,
                [each for each in described if not _is_another(each, program)],
                is_only=is_only,
            )
            candidates = [each for each in candidates if each.task is Task.STREAMS] or candidates
            candidates = [each for each in candidates if each.names & streamed] or candidates
            candidates = [
                each for each in candidates if _addressed(each) & reached or each.entrance
            ] or candidates
            candidates = [each for each in candidates if each.task is not Task.REQUESTS] or candidates
            candidates = [each for each in candidates if not _is_for_jobs(each)] or candidates
            if candidates and not _are_deployments(candidates):
                # The path of a stream tells which of them it is, at a name or at a port.
                candidates = [each for each in candidates if _addressed(each) & called_so] or candidates
            if candidates and _are_deployments(candidates):
                placed += candidates
        others = [each for each in processes if each.names & reached or each.entrance or each.selected_by]
        others = [each for each in others if each.names & called_so] or others
        placed += _further(program, placed, others, is_only=is_only)
        for each in placed:
            found.setdefault(id(each), []).append(program)
    return [found.get(id(station), []) for station in running]


def _targets(routes: Sequence[Route]) -> set[str]:
    """What routes lead to: names, and ports of the machine that a proxy runs on."""
    names = {name for route in routes for name in route.targets}
    here = {f":{port}" for route in routes if HERE & set(route.targets) for port in route.ports}
    return names | here


def _addressed(process: Station) -> set[str]:
    """By what routes lead to a process, if it is not for those who write it."""
    ports = () if process.is_for_development else process.ports
    return {*process.names, *(f":{port}" for port in ports)}


def _further(
    program: Station, placed: Sequence[Station], others: Sequence[Station], *, is_only: bool
) -> list[Station]:
    """The processes of further deployments that run the image of a program, one in each.

    It is the image that another deployment builds from the program. Where this is the only program here, it
    is also the one whose name has most words of the program's folder.
    """
    made = frozenset[str]().union(*(each.images for each in placed))
    published = {image for image in made if "/" in image}
    if not published and not is_only:
        return []
    taken = {_scope(each) for each in placed}
    free = [
        each
        for each in others
        if not (_scope(each) in taken or each.task is Task.REQUESTS or _folders(each))
        and not _is_another(each, program)
    ]
    found = [each for each in free if each.images & published]
    if not found and is_only:
        own = words(_folders(program)[0]) - OF_FOLDERS
        alike = [(len(own & frozenset().union(*map(words, each.known_as))), each) for each in free]
        most = max((count for count, _ in alike), default=0)
        found = [each for count, each in alike if count == most > 0]
    images = frozenset[str]().union(*(each.images for each in found))
    further: dict[tuple[str, str], list[Station]] = {}
    for each in found:
        further.setdefault(_scope(each), []).append(each)
    # Two images of one name's words leave open which of them is meant.
    return [same[0] for same in further.values() if len(same) == 1] if len(images) == 1 else []


def _is_for_jobs(process: Station) -> bool:
    """Whether it is called after the jobs that it works off."""
    return any(not words(name).isdisjoint(OF_JOBS) for name in process.names)


def _scope(station: Station) -> tuple[str, str]:
    """Its deployment; of the parts of a chart, that of the whole."""
    format_, folder = station.deployment
    return format_, re.split(r"/(?:charts|templates)(?:/|$)", folder, maxsplit=1)[0]


def _are_deployments(processes: Sequence[Station]) -> bool:
    """Whether processes are the same one, each in a deployment of its own: in another folder, by one name."""
    names = frozenset.intersection(*(each.names for each in processes))
    apart = {each.deployment for each in processes}
    return len(processes) == 1 or (bool(names) and len(apart) == len(processes))


def _is_another(process: Station, program: Station) -> bool:
    """Whether the image of a process is that of a server which a program has nothing to do with."""
    own, of_program = _servers(process), _servers(program)
    return bool(own) and not own & of_program


def _servers(station: Station) -> set[str]:
    """What holds the connections, without versions."""
    return {fact.product for fact in station.facts if fact.field in SERVERS and not fact.is_open}


def _candidates(program: Station, processes: Sequence[Station], *, is_only: bool) -> list[Station]:
    """The processes that could run a program: by its name, else by what they are built from.

    Where it is the only program here, any process whose folder nobody knows.
    """
    folder = _folders(program)[0]
    called, exact = _called_like(folder, processes), _built_from(folder, processes)
    around = [each for each in processes if any(folder.startswith(at) for at in _folders(each))]
    unknown = [each for each in processes if is_only and not _folders(each)]
    # Another project may call an image like the folder that this one builds from.
    both = [each for each in called if each in exact] or [each for each in called if each in around]
    return both or called or exact or around or unknown


def is_deployed(program: Station, stations: Sequence[Station]) -> bool:
    """Whether something here runs a program, by its folder or by the name of that."""
    folder = _folders(program)[0]
    running = [station for station in stations if station.names]
    return bool(_built_from(folder, running) or _called_like(folder, running))


def _called_like(folder: str, processes: Sequence[Station]) -> list[Station]:
    """The processes that have the name of a folder."""
    name = _bare(PurePosixPath(folder).name)
    return [each for each in processes if name and name in _all_bare(each.names, each.known_as)]


def _built_from(folder: str, processes: Sequence[Station]) -> list[Station]:
    """The processes that a folder makes."""
    return [each for each in processes if folder in _folders(each)]


@lru_cache(maxsize=10_000)
def _bare(name: str) -> str:
    """A name without what joins its words: `Shop.LiveApi` is published as `shop-live-api`."""
    return _BETWEEN.sub("", name.lower())


@lru_cache(maxsize=10_000)
def _all_bare(names: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    """All names of a process so: many programs ask for them."""
    return frozenset(map(_bare, names | others))


class _Shelf:
    """The configurations of what runs, by their paths and by the proxies that they are of."""

    def __init__(self, running: Sequence[Station], configurations: Sequence[Station]) -> None:
        self.alike = Counter(station.platform for station in running)
        self.places = {id(each): number for number, each in enumerate(configurations)}
        self.of_path: dict[str, list[Station]] = {}
        self.of_platform: dict[str, list[Station]] = {}
        for each in configurations:
            for path in each.paths:
                self.of_path.setdefault(path, []).append(each)
            if each.platform:
                self.of_platform.setdefault(each.platform, []).append(each)

    def mounted(self, station: Station) -> list[Station]:
        """What configures it: files that it mounts, and of a proxy those in a folder that it mounts."""
        folders = tuple(folder for folder in _folders(station) if folder)
        found = {id(each): each for path in station.paths for each in self.of_path.get(path, ())}
        for each in self.of_platform.get(station.platform, ()) if folders else ():
            if any(path.startswith(folders) for path in each.paths):
                found[id(each)] = each
        return sorted(found.values(), key=lambda each: self.places[id(each)])

    def sole(self, station: Station) -> list[Station]:
        """The only configuration of a kind of proxy, where one such runs: its place may be a variable.

        What mounts a file that is not here is configured by that.
        """
        if any(not path.endswith("/") for path in station.paths):
            return []
        found = self.of_platform.get(station.platform, [])
        return found if len(found) == self.alike[station.platform] == 1 and not station.routes else []


def _folders(station: Station) -> list[str]:
    """The folders that it is, or is a part of, without a `/` for the top."""
    found = [path for path in (*station.paths, station.inside) if path.endswith("/")]
    return ["" if path == "/" else path for path in found]


def _programs(described: Sequence[Station]) -> list[Station]:
    """Programs with what their code says."""
    found: dict[str, list[Station]] = {}
    for station in described:
        if not station.inside:
            found.setdefault(_folders(station)[0], []).append(station)
    whole = set(found)
    for station in described:
        if station.inside:
            (own,) = _folders(station)
            around = [folder for folder in _above(own) if folder in whole]
            found.setdefault(around[0] if around else own, []).append(station)
    return [_merged(_as_program(first), others) for first, *others in found.values()]


def _as_program(station: Station) -> Station:
    """A source file without a manifest above it stands for its folder."""
    return replace(station, paths=frozenset({station.inside}), inside="") if station.inside else station


def _above(folder: str) -> list[str]:
    """A folder and those above it, the nearest first, as paths have them."""
    own = PurePosixPath(folder)
    return ["" if str(each) == "." else f"{each}/" for each in (own, *own.parents)]


def _merged(station: Station, others: Sequence[Station]) -> Station:
    """A station with what other files say of it."""
    return replace(
        station,
        platform=next((each.platform for each in (station, *others) if each.platform), ""),
        paths=station.paths.union(*(each.paths for each in others)),
        routes=tuple(route for each in (station, *others) for route in each.routes),
        facts=tuple(fact for each in (station, *others) for fact in each.facts),
        faults=tuple(fault for each in (station, *others) for fault in each.faults),
        usual=tuple(fact for each in (station, *others) for fact in each.usual),
        passes_on=any(each.passes_on for each in (station, *others)),
        holds=station.holds.union(*(each.holds for each in others)),
    ).overruled(station.doubts)
