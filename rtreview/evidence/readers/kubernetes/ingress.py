"""Entrances of a cluster: an Ingress, and a Service that a cloud puts a balancer before.

Annotations count only for the controller that the class of the Ingress names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain, islice

from rtreview.evidence.deployment import UNLESS, Fact, Fault, Override, Rival, Route, Station, together
from rtreview.evidence.readers.kubernetes import google, ignored, traefik
from rtreview.evidence.readers.kubernetes.controllers import (
    AFFINITY,
    BALANCERS,
    BUFFERING,
    CONFIGURATION,
    CONTROLLERS,
    F5,
    GKE,
    IDLE,
    INGRESS_NGINX,
    TRAEFIK,
    Controller,
    annotated,
)
from rtreview.evidence.readers.kubernetes.expression import Expression
from rtreview.evidence.readers.kubernetes.part import Part, fact, valued
from rtreview.evidence.readers.kubernetes.readings import Unclear, whole
from rtreview.evidence.readers.kubernetes.resource import Cluster, Resource
from rtreview.evidence.readers.kubernetes.services import (
    PLAIN,
    backend_of,
    distinct,
    entrances,
    prefix,
    service,
    target,
)

UNKNOWN = "kubernetes"
"""What an entrance is that nobody knows more of."""

CLASS = "kubernetes.io/ingress.class"
"""The annotation that named the class before `spec.ingressClassName` did."""

BYPASSED = "service-affinity-bypassed"

CONFIGURED = "the ConfigMap of the controller"

MOST_PATTERNS = 100
"""Paths of a cluster that are patterns; of more, any may take all."""

HARMLESS = (
    "more_", "add_header", "proxy_set_header", "proxy_hide_header", "proxy_http_version", "proxy_pass_header",
    "proxy_cache", "proxy_cookie", "proxy_redirect", "proxy_ssl", "proxy_buffer_size", "proxy_buffers",
    "proxy_busy", "proxy_next_upstream", "gzip", "brotli", "client_", "expires", "limit_r", "limit_c",
    "allow", "deny", "satisfy", "access_log", "error_log", "log_", "auth_", "ssl_", "charset",
    "sub_filter", "default_type", "keepalive", "server_tokens", "modsecurity", "etag",
    "large_client",
)  # fmt: skip
"""How directives of nginx begin that set no timeout and lead no message elsewhere."""

PLAIN_ONES = frozenset({"set", "set_real_ip_from", "if", "return"})
"""Directives of which the same holds, whose names others begin with."""

HOLDING = ("proxy_cache", "gzip", "brotli", "sub_filter")
"""How directives begin that may hold a response back."""

LEADING = ("ssl-passthrough", "permanent-redirect", "temporal-redirect", "canary")
"""Annotations of ingress-nginx by which nothing else of the Ingress counts, unless they are `false`."""

PROTOCOLS = frozenset({"HTTP", "HTTPS", "AUTO_HTTP", "GRPC", "GRPCS"})
"""Values of `backend-protocol` with which the timeouts of ingress-nginx hold."""

SHORT = 3600
"""Seconds that a cookie has to live, so that it keeps a client."""

_DIRECTIVE = re.compile(
    r"""(?:^|[;{}])[^\S\n]*+(?:([a-z_]{1,60})|["']([a-z_]{1,60})["'](?=\s++[^\s:]))""", re.MULTILINE
)
_RETURN = re.compile(r"[{}]|\b(return)\b")
_OWN = re.compile(r"""\bset\s++["']?\$(?:proxy|pass|service|namespace|ingress|location|best|balancer|host)""")
"""Variables by which ingress-nginx itself chooses where a message goes."""

CHART = Expression("", ("Values", "ingress-nginx", "controller", "config"))
"""Where the values of a chart that depends on that of ingress-nginx have what becomes its ConfigMap."""


def stations(cluster: Cluster) -> Iterator[Station]:
    """A hop for each Ingress and for each Service that has a balancer; both are entrances."""
    maps = [each for each in cluster.of("ConfigMap") if CONFIGURATION.fullmatch(each.name)]
    charts = [found for chart in cluster.charts.values() for found in chart.find(CHART)]
    configurations = [*(each.part.at("data") for each in maps), *map(valued, charts)]
    # Of several, each may be that of another cluster.
    configuration = configurations[0] if len(configurations) == 1 else None
    snippets = list(_snippets(configuration.pairs())) if configuration is not None else []
    # One that may set anything is enough, and else one of those that set the same.
    of_all = tuple(sorted(snippets, key=lambda each: len(each.fields))[:1])
    found = [_Entrance(cluster, ingress, configuration, of_all) for ingress in entrances(cluster, "Ingress")]
    patterns = list(islice(chain.from_iterable(each.patterns() for each in found), MOST_PATTERNS + 1))
    if len(patterns) > MOST_PATTERNS:
        patterns = [patterns[-1]._replace(prefix="")]
    yield from (entrance.station(patterns) for entrance in found)
    for each in cluster.of("Service"):
        if each.at("spec", "type").text == "LoadBalancer":
            yield _balanced(each)


def _snippets(pairs: Iterable[tuple[str, Part]]) -> Iterator[Override]:
    """What is written by hand into the configuration of nginx, and may set something."""
    for key, part in pairs:
        if key.endswith(("-snippet", "-snippets")):
            names = [plain or quoted for plain, quoted in _DIRECTIVE.findall(part.text)]
            is_harmless = all(name in PLAIN_ONES or name.startswith(HARMLESS) for name in names)
            what = f"`{key.rpartition('/')[2]}`"
            if part.why_open or not is_harmless or _OWN.search(part.text) or _returns(part.text):
                yield Override(part.line, what)
            elif any(name.startswith(HOLDING) for name in names):
                yield Override(part.line, what, frozenset({BUFFERING}))


def _returns(text: str) -> bool:
    """Whether a snippet answers all requests by itself: it does so in no block."""
    depth = 0
    for found in _RETURN.finditer(text):
        depth += (found[0] == "{") - (found[0] == "}")
        if depth == 0 and found[1]:
            return True
    return False


class _Entrance:
    """An Ingress, and the controller that serves it as far as its class tells."""

    def __init__(
        self, cluster: Cluster, ingress: Resource, configuration: Part | None, of_all: tuple[Override, ...]
    ) -> None:
        self.cluster = cluster
        self.of_all = of_all
        self.ingress = ingress
        self.configuration = configuration
        now = ingress.at("spec", "ingressClassName")
        self.named = now if now.is_there else ingress.annotation(CLASS)
        self.annotations = dict(ingress.annotations())
        self.shown = [
            each for each in CONTROLLERS if any(key.startswith(each.annotations) for key in self.annotations)
        ]
        self.controller = self._controller()

    @cached_property
    def _declared(self) -> Resource | None:
        """The IngressClass that its class names, if the files have it."""
        return self.cluster.near(self.ingress, "IngressClass", self._class)

    @property
    def _class(self) -> str:
        return "" if self.named.why_open else self.named.text

    def _controller(self) -> Controller | None:
        """The one that the class names."""
        declared = self._declared
        if declared is not None:
            controller = declared.part.at("spec", "controller").text
            return next((each for each in CONTROLLERS if each.controller == controller), None)
        words = {self._class, *re.split("[-_./]", self._class)}
        found = next((each for each in CONTROLLERS if each.classes & words), None)
        # Both controllers of nginx take the class `nginx` by default.
        if found is INGRESS_NGINX and F5 in self.shown and INGRESS_NGINX not in self.shown:
            return F5
        return found

    def patterns(self) -> Iterator[Rival]:
        """Its paths that ingress-nginx takes for patterns; then the longer text goes before the shorter."""
        keys = ("use-regex", "rewrite-target")
        if self.controller is not INGRESS_NGINX or not any(
            self._at(INGRESS_NGINX, key).is_there for key in keys
        ):
            return
        for rule in self.ingress.at("spec", "rules").items():
            for path in rule.at("http", "paths").items():
                text = path.at("path").text
                if not PLAIN.fullmatch(text):
                    yield Rival(f"~* ^{text}", Override(path.at("path").line, "a path that is a pattern"))

    def _snippets(self) -> Iterator[Override]:
        """What it, or the ConfigMap of its controller, writes into the configuration of nginx by hand."""
        if self.controller not in (INGRESS_NGINX, F5):
            return
        yield from _snippets(self.annotations.items())
        if self.controller is not INGRESS_NGINX:
            return
        for key in LEADING:
            past = self._at(INGRESS_NGINX, key)
            if past.is_there and past.text != "false":
                yield Override(past.line, f"`{key}`")
        spoken = self._at(INGRESS_NGINX, "backend-protocol")
        if spoken.is_there and spoken.text not in PROTOCOLS:
            yield Override(spoken.line, "`backend-protocol`")
        for key in self._unkept():
            part = self._configured(self._at(INGRESS_NGINX, key), key)[1]
            yield Override(part.line, f"`{key}`", frozenset({AFFINITY}))
        yield from self.of_all

    def _unkept(self) -> Iterator[str]:
        """Annotations by which a cookie may keep nobody: it is of another path or host, or ends soon."""
        key = "service-upstream"
        if self._configured(self._at(INGRESS_NGINX, key), key)[1].text not in ("", "false"):
            yield key
        path = self._at(INGRESS_NGINX, "session-cookie-path")
        is_around = path.text == "/" or all(route.prefix.startswith(path.text) for route in self._routes())
        if path.is_there and (path.why_open or not is_around):
            yield "session-cookie-path"
        if self._at(INGRESS_NGINX, "session-cookie-domain").is_there:
            yield "session-cookie-domain"
        for key in ("session-cookie-max-age", "session-cookie-expires"):
            age = self._at(INGRESS_NGINX, key)
            number = whole(age.text)
            if age.is_there and (age.why_open or isinstance(number, Unclear) or number < SHORT):
                yield key

    def station(self, patterns: Sequence[Rival] = ()) -> Station:
        """The hop, among others whose paths are patterns."""
        facts: list[Fact] = []
        if self.controller is not None:
            platform = self.controller.platform
            facts += self._facts(self.controller)
        else:
            platform = self.shown[0].platform if len(self.shown) == 1 else UNKNOWN
            line = (self.named if self.named.is_there else self.ingress.part.at("kind")).line
            facts += (Fact(("name",), None, line, self.why), *self._doubtful())
        return Station(
            line=self.ingress.line,
            platform=platform,
            routes=tuple(_among(patterns, each) for each in distinct(self._routes())),
            facts=tuple(facts),
            entrance=self.ingress.line,
            faults=tuple(ignored.faults(self.annotations, self.controller, is_sure=self._is_sure())),
        ).overruled(self._snippets())

    @property
    def why(self) -> str:
        """Why it is not known which controller serves it."""
        why = f"the class `{self.named.text}` is not known" if self.named.text else "no class is named"
        return f"which controller serves the Ingress: {self.named.why_open or why}"

    def _is_sure(self) -> bool:
        """Whether the files fix which controller serves it: two go by the class `nginx`."""
        is_literal = self.named.is_there and not (self.named.why_open or self.named.decided_by)
        is_shared = self.controller in (INGRESS_NGINX, F5) and self.named.text not in F5.classes
        return is_literal and (self._is_declared_near() or not is_shared)

    def _is_declared_near(self) -> bool:
        """Whether the IngressClass stands in its folder or one around: another may be of another cluster."""
        if self._declared is None:
            return False
        folders = [each.file.name.split("/")[:-1] for each in (self.ingress, self._declared)]
        short, long = sorted(folders, key=len)
        return long[: len(short)] == short

    def _doubtful(self) -> Iterator[Fact]:
        """What the annotations would say, if their controller serves the Ingress."""
        for controller in self.shown:
            for setting in controller.settings:
                part = self._at(controller, setting.key)
                if part.is_there:
                    yield Fact(setting.field, None, part.line, self.why, setting.kinds)
            if controller.affinity is not None:
                yield from self._open(controller.affinity(partial(self._at, controller), ""))

    def _open(self, facts: Iterable[Fact]) -> Iterator[Fact]:
        """What is written, of which nobody knows whether it counts."""
        yield from (each._replace(value=None, decided_by=self.why) for each in facts if not each.is_default)

    def _at(self, controller: Controller, key: str) -> Part:
        return annotated(self.ingress, controller.annotations, key)

    def _facts(self, controller: Controller) -> Iterator[Fact]:
        of = controller.platform
        for setting in controller.settings:
            part = self._at(controller, setting.key)
            if controller is INGRESS_NGINX:
                of, part = self._configured(part, setting.key)
            yield from fact(
                setting.field, part, setting.reads, default=setting.default, of=of, kinds=setting.kinds
            )
        if controller.affinity is not None:
            yield from controller.affinity(partial(self._at, controller), controller.platform)

    def _configured(self, part: Part, key: str) -> tuple[str, Part]:
        """An annotation of ingress-nginx, else what its ConfigMap says; and whose the default is."""
        of = INGRESS_NGINX.platform
        if self.configuration is None:
            return f"{of}, {UNLESS}{CONFIGURED} says otherwise", part
        stated = self.configuration.at(key)
        if part.is_there or not stated.is_there:
            return of, part
        return of, replace(stated, decided_by=together(CONFIGURED, stated.decided_by))

    def _routes(self) -> Iterator[Route]:
        spec = self.ingress.part.at("spec")
        for rule in spec.at("rules").items():
            for path in rule.at("http", "paths").items():
                where = path.at("path")
                for each in (where, *where.others):
                    yield self._route(
                        prefix(each), where if where.is_there else path, backend_of(path.at("backend"))
                    )
        for key in ("defaultBackend", "backend"):
            backend = backend_of(spec.at(key))
            if backend.is_there:
                yield self._route("", backend, backend)

    def _route(self, path: str, where: Part, backend: Part) -> Route:
        name = target(self.cluster, self.ingress, backend)
        facts: list[Fact] = []
        carries = frozenset[str]()
        if self.controller is F5:
            upgraded = self.ingress.annotation("nginx.org/websocket-services")
            if backend.text in [each.strip() for each in upgraded.text.split(",")] and backend.text:
                carries = frozenset({"websocket"})
            sticky = self.ingress.annotation("nginx.com/sticky-cookie-services")
            if f"serviceName={backend.text} " in sticky.text:
                facts.append(Fact(AFFINITY, "cookie", sticky.line, sticky.decided_by))
        elif self.controller is GKE:
            found = service(self.cluster, self.ingress, backend)
            facts += google.backend(self.cluster, self.ingress, found, where)
        elif self.controller in (TRAEFIK, None) and (found := service(self.cluster, self.ingress, backend)):
            asked = traefik.annotated(found)
            facts += asked if self.controller else self._open(asked)
        faults = tuple(self._bypassed(backend))
        return Route(path, where.line, tuple(facts), (name,) if name else (), carries, faults)

    def _bypassed(self, backend: Part) -> Iterator[Fault]:
        """The affinity of a Service, which ingress-nginx passes by: it sends to the pods themselves."""
        found = service(self.cluster, self.ingress, backend)
        kept = found.at("spec", "sessionAffinity") if found is not None else None
        own = ("affinity", "upstream-hash-by", "service-upstream", "load-balance", "configuration-snippet")
        if (
            self.controller is INGRESS_NGINX
            and F5 not in self.shown
            and not (self.named.why_open or self.named.decided_by)
            and kept is not None
            and kept.text == "ClientIP"
            and not (kept.why_open or kept.decided_by)
            and not any(self._at(INGRESS_NGINX, key).is_there for key in own)
            and not (self.configuration and self.configuration.at("service-upstream").is_there)
        ):
            yield Fault(
                BYPASSED,
                AFFINITY,
                kept.line,
                f"Ingress-nginx sends to the pods and not to the Service, so `{kept.line.text}` has no "
                f"effect on clients of the Ingress at {self.ingress.line.file}:{self.ingress.line.number}.",
                least_nodes=2,
            )


def _among(patterns: Sequence[Rival], route: Route) -> Route:
    """A route with the patterns that go before it where they match."""
    length = len(route.prefix) + len("~* ^")
    rivals = (each for each in patterns if each.override.line != route.line)
    return route._replace(
        rivals=tuple(each for each in rivals if not each.prefix or len(each.prefix) >= length)
    )


def _balanced(of: Resource) -> Station:
    """The balancer that a cloud puts before a Service."""
    spec = of.part.at("spec")
    kind = spec.at("loadBalancerClass").text
    found = next(
        (
            balancer
            for balancer, shown in BALANCERS
            if kind in balancer.classes
            or (
                not kind
                and any(_shows(of.annotation(balancer.annotations + key), shown[key]) for key in shown)
            )
        ),
        None,
    )
    facts: list[Fact] = []
    if found is None:
        why = "the cloud decides which balancer it puts here"
        facts.append(Fact(("name",), None, spec.at("type").line, why))
    else:
        for setting in found.settings:
            if setting.field == IDLE and _is_of_datagrams(of):
                continue
            part = annotated(of, found.annotations, setting.key)
            facts += fact(setting.field, part, setting.reads, default=setting.default, of=found.platform)
        if found.affinity is not None:
            facts += found.affinity(lambda key: annotated(of, found.annotations, key), found.platform)
    name = f"{of.name}.{of.namespace}" if of.namespace else of.name
    line = spec.at("type").line
    return Station(
        line=line,
        platform=found.platform if found else UNKNOWN,
        routes=(Route("", line, (), (name,)),),
        facts=tuple(facts),
        entrance=line,
    )


def _is_of_datagrams(service: Resource) -> bool:
    """Whether all its ports are of UDP, so that no connection of TCP can be idle."""
    protocols = {port.at("protocol").text for port in service.part.at("spec", "ports").items()}
    return protocols == {"UDP"}


def _shows(annotation: Part, texts: tuple[str, ...]) -> bool:
    return annotation.is_there and (not texts or annotation.text in texts)
