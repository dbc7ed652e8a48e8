"""A spec becomes a design: what features share is joined, and what platforms fix fills what is silent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rtreview.language import catalogue
from rtreview.language.design import FACTS, SHARED, Connection, Design, Feature
from rtreview.language.field import Fallback, Field
from rtreview.language.notation import did_you_mean
from rtreview.language.section import Mistake, Named, Section, Sections, silent
from rtreview.language.sections.push import Push
from rtreview.language.sections.servers import Topology
from rtreview.language.sections.sync import Sync
from rtreview.language.sections.transport import Heartbeat, Hop, Hops, Reconnect, Transport
from rtreview.language.spec import FeatureSpec, Spec
from rtreview.text.place import SpecPath


def build(written: Spec, fallbacks: Sequence[Fallback] = ()) -> Design:
    """Join what is shared, and fill in what named platforms, and then the fallbacks, say where it is silent.

    What is wrong is a `Mistake`.
    """
    builder = _Builder(written, fallbacks)
    features = tuple(builder.features())
    connections = tuple(connection for connection in builder.connections if connection.features)
    by_topology: dict[SpecPath, list[Connection]] = {}
    for connection in connections:
        connection.beside = tuple(other for other in connections if other is not connection)
        if connection.topology.nodes.is_stated:
            by_topology.setdefault(connection.topology.nodes.at, []).append(connection)
    for group in by_topology.values():
        for connection in group:
            connection.of_its_topology = tuple(group)
    return Design(
        spec=written,
        features=features,
        connections=connections,
        unknown_platforms=tuple(builder.unknown),
        mistakes=tuple(builder.mistakes),
    )


def _is_silent(part: Section | Named[Any]) -> bool:
    """Whether a feature leaves a part to the design."""
    return part is silent(type(part)) if isinstance(part, Section) else not part.is_stated


def _of_plan(defaults: Transport, plan: Reconnect) -> Transport:
    """The defaults without their list of delays where the spec states another plan, which no list can be.

    A list ends with its last delay. Whoever says that the attempts go on, or grow from a base, has replaced
    it, and what else it fixed, such as its jitter, says nothing of what is there instead.
    """
    own = defaults.reconnect
    if not own.delays.content:
        return defaults
    goes_on = plan.max_attempts.is_stated and plan.max_attempts.content != own.max_attempts.content
    grows = plan.base.is_stated or plan.factor.is_stated or plan.strategy.has("exponential", "fixed")
    if goes_on or grows:
        return defaults.with_parts(reconnect=silent(Reconnect))
    return defaults


def _of_kind(defaults: Transport, kind: str | None) -> Transport:
    """What a platform fixes for that kind of transport: WebSocket pings are no heartbeat of another one."""
    if kind in (None, "websocket") or not defaults.heartbeat.layer.has("websocket-ping"):
        return defaults
    return defaults.with_parts(heartbeat=silent(Heartbeat))


def _as_fixed(hop: Hop, platform: catalogue.Platform | None, kind: str | None) -> Hop:
    """A hop with what a platform fixes for that kind of transport."""
    if platform is None:
        return hop
    origin = platform.origin(hop.name.at)
    return hop.bind(hop.at, [Fallback(defaults, origin, inside) for inside, defaults in platform.hop(kind)])


def _known_as(path: Sections[Hop], kind: str | None) -> Iterator[tuple[tuple[int, str], Hop]]:
    """What each hop of several names is by each of them, by its number and that name."""
    for number, hop in enumerate(path):
        listed = hop.name.within.others if hop.name.within is not None and hop.name.within.each else ()
        for name in listed:
            named = hop.with_parts(name=Field(name, at=hop.name.at, default=hop.name.default))
            yield (number, name), _as_fixed(named, catalogue.find(name), kind)


class _Builder:
    def __init__(self, written: Spec, fallbacks: Sequence[Fallback]) -> None:
        self.spec = written
        self.fallbacks = fallbacks
        self.named = written.features.items
        self.connections: list[Connection] = []
        self.unknown: list[Field[str]] = []
        self.mistakes: list[Mistake] = []
        self.of_feature: dict[str, Connection] = {}
        self.lost: set[SpecPath] = set()
        self.shared: dict[tuple[str, Connection], Any] = {}

    def features(self) -> Iterator[Feature]:
        shared = self._connection(self.spec.transport, ("transport",))
        if self.spec.transport.shared_with.is_stated:
            at = ("transport", "shared_with")
            message = "only the transport of a feature can be shared with another feature"
            self.mistakes.append(Mistake(at, message, on_key=True))
        if not self.named:
            yield self._feature(None, self.spec, (), shared)
            return
        for name, own in self.named.items():
            yield self._feature(name, own, ("features", name), self._connection_of(name, shared))

    def _connection_of(self, name: str, shared: Connection) -> Connection:
        """The feature's own connection, the one of the feature that it names, or the design's."""
        own = self.named[name].transport
        other = own.shared_with.content
        if other is None:
            return self._own_connection(name, shared)
        beside = [part for part in own.ENTRIES if part != "shared_with" and getattr(own, part).is_stated]
        if beside:
            message = f"the connection of `{other}` is used, so that `{beside[0]}` has no meaning here"
            place: SpecPath = ("features", name, "transport", beside[0])
            self.mistakes.append(Mistake(place, message, on_key=True))
        asked = {name}
        while other in self.named and other not in asked:
            asked.add(other)
            name, other = other, self.named[other].transport.shared_with.content
            if other is None:
                return self._own_connection(name, shared)
        self._names_no_connection(name, other)
        return shared

    def _names_no_connection(self, name: str, other: str) -> None:
        """A feature shares the connection of another that is not there, or that shares it back."""
        at = ("features", name, "transport", "shared_with")
        if at not in self.lost:
            self.lost.add(at)
            hint = did_you_mean(other, tuple(feature for feature in self.named if feature != name))
            reason = "shares its connection with itself" if other in self.named else "names no feature"
            self.mistakes.append(Mistake(at, f"`{other}` {reason}{hint}"))

    def _own_connection(self, name: str, shared: Connection) -> Connection:
        """The connection of a feature that names no other one: the design's where it says nothing of it."""
        own = self.named[name].transport
        if own is silent(Transport):
            return shared
        if name not in self.of_feature:
            at: SpecPath = ("features", name, "transport")
            # A design that names a platform may leave its kind to that.
            has_kind = shared.transport.kind.is_stated or bool(shared.platforms)
            is_another = own.kind.is_stated and own.kind.content != shared.transport.kind.content
            if not (has_kind and is_another):
                own = own.bind(at).inherit(self.spec.transport.bind(("transport",)))
            self.of_feature[name] = self._connection(own, at)
        return self.of_feature[name]

    def _connection(self, section: Transport, at: SpecPath) -> Connection:
        bound = section.bind(at)
        platforms: list[tuple[catalogue.Platform, SpecPath]] = []
        fallbacks: list[Fallback] = []
        named = [
            (platform, name)
            for name in (bound.library, bound.client_library, bound.service)
            for platform in self._libraries(name)
        ]
        known = (platform.defaults.transport.kind for platform, _ in named)
        kind = next((stated.content for stated in (bound.kind, *known) if stated.content), None)
        for platform, name in named:
            if all(platform is not other for other, _ in platforms):
                platforms.append((platform, name.at))
                defaults = _of_plan(_of_kind(platform.defaults.transport, kind), bound.reconnect)
                fallbacks.append(Fallback(defaults, platform.origin(name.at), ("transport",)))
                bound = section.bind(at, fallbacks)
        if self.fallbacks:
            fallbacks += [fallback.part("transport", "transport") for fallback in self.fallbacks]
            bound = section.bind(at, fallbacks)
        path = bound.path.asking(lambda hop: self._hop(hop, bound.kind.content))
        known_as = dict(_known_as(path, bound.kind.content))
        connection = Connection(bound.with_parts(path=Hops(path, known_as)), tuple(platforms))
        self.connections.append(connection)
        return connection

    def _libraries(self, name: Field[str]) -> list[catalogue.Platform]:
        """What a field names, and then the library on which that rests, as Azure SignalR Service on SignalR.

        Of several names it is what rests on one library: of others nobody knows which one counts.
        """
        listed = name.within.ends if name.within is not None and name.within.each else (name.content,)
        look_up = self._platform if len(listed) == 1 else self._platform_or_slip
        found = [look_up(Field(each, at=name.at, default=name.default)) for each in listed]
        platforms = [platform for platform in found if platform is not None]
        rested = [catalogue.find(platform.defaults.transport.library) or platform for platform in platforms]
        if len(platforms) < len(listed) or len({platform.id for platform in rested}) > 1:
            return []
        return list({platform.id: platform for platform in (*platforms, *rested)}.values())

    def _hop(self, hop: Hop, kind: str | None) -> Hop:
        """The hop with what the platform of its name fixes."""
        bare = not any(getattr(hop, name).is_stated for name in Hop.ENTRIES if name != "name")
        platform = self._platform(hop.name, must_exist=bare and not hop.name.has(*catalogue.ON_A_PATH))
        return _as_fixed(hop, platform, kind)

    def _pushed(self, push: Push, at: SpecPath) -> list[Fallback]:
        """What the push services that a section names fix."""
        at = (*at, "service")
        found = [self._platform(Field(name, at=at)) for name in push.service.content or ()]
        return [
            Fallback(platform.defaults.push, platform.origin(at), ("push",))
            for platform in found
            if platform is not None
        ]

    def _platform(self, name: Field[str], *, must_exist: bool = True) -> catalogue.Platform | None:
        if name.content is None or name.default is not None:
            return None
        platform = catalogue.find(name.content)
        if platform is None and must_exist:
            self.unknown.append(name)
        return platform

    def _platform_or_slip(self, name: Field[str]) -> catalogue.Platform | None:
        """The platform of a name that may be anything, and is only unknown where it comes close to one."""
        return self._platform(name, must_exist=bool(catalogue.suggestion(name.content or "")))

    def _feature(self, name: str | None, own: FeatureSpec, at: SpecPath, connection: Connection) -> Feature:
        sections: dict[str, Any] = {}
        for part in SHARED:
            section, ground = getattr(own, part), getattr(self.spec, part)
            if _is_silent(section):
                sections[part] = self._left_to_design(part, connection)
                continue
            place: SpecPath = (*at, part)
            if name is not None and not _is_silent(ground):
                section = section.bind(place).inherit(ground.bind((part,)))
            sections[part] = self._filled(section, place, connection)
        for part in FACTS:
            fact, design = getattr(own, part), getattr(self.spec, part)
            use_own = fact.is_stated or not design.is_stated
            sections[part] = fact.bind((*at, part)) if use_own else design.bind((part,))
        feature = Feature(name=name, connection=connection, at=at, **sections)
        connection.features.append(feature)
        return feature

    def _left_to_design(self, part: str, connection: Connection) -> Any:
        """A part of the design, one for all features of a connection that say nothing of it."""
        if (part, connection) not in self.shared:
            self.shared[part, connection] = self._filled(getattr(self.spec, part), (part,), connection)
        return self.shared[part, connection]

    def _filled(self, section: Any, place: SpecPath, connection: Connection) -> Any:
        """A part with what the platforms of its connection, and then the fallbacks, say in its silence."""
        name = str(place[-1])
        fallbacks = [
            *(Fallback(platform.defaults, platform.origin(at)) for platform, at in connection.platforms),
            *self.fallbacks,
        ]
        found = [fallback.part(name, name) for fallback in fallbacks]
        if isinstance(section, Push):
            found = [*self._pushed(section, place), *found]
        bound = section.bind(place, [other for other in found if other.values.is_stated])
        self._mention(bound)
        return bound

    def _mention(self, section: Any) -> None:
        """What a section names beside the transport, where rules ask the catalogue what it does.

        A backplane and what keeps a document are called by anything, so that only a slip is one of these.
        """
        if isinstance(section, Topology):
            backplane = section.backplane
            self._platform(backplane.adapter, must_exist=backplane.in_process is None)
            self._platform_or_slip(backplane.kind)
        if isinstance(section, Sync):
            self._platform_or_slip(section.library)
