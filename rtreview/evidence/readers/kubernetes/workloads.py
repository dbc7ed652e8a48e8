"""Workloads of Kubernetes: how many pods there are, how they are replaced, and how they end.

Only what a Service selects is on the way of a message; who that is is said by its names. Sources:
kubernetes.io/docs/reference/kubernetes-api (defaults of `apps/v1`, `autoscaling/v2`, `core/v1`),
kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle (grace),
keda.sh/docs/latest/reference/scaledobject-spec,
argo-rollouts.readthedocs.io/en/stable/features/specification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from rtreview.evidence.deployment import Fact, Line, Override, Route, Station, Task, together
from rtreview.evidence.readers.containers import images
from rtreview.evidence.readers.containers.signals import is_gentle
from rtreview.evidence.readers.containers.starts import is_plain
from rtreview.evidence.readers.environment import calls
from rtreview.evidence.readers.kubernetes import doubts, openshift, traefik
from rtreview.evidence.readers.kubernetes.held import Held
from rtreview.evidence.readers.kubernetes.helm import NOT_HELD
from rtreview.evidence.readers.kubernetes.part import Part, fact
from rtreview.evidence.readers.kubernetes.readings import memory, seconds, whole, word
from rtreview.evidence.readers.kubernetes.resource import TARGETS, Cluster, Resource
from rtreview.evidence.readers.kubernetes.services import backends, names
from rtreview.evidence.readers.programs import commands
from rtreview.evidence.readers.programs.commands import PROCESSES, READ, WORKERS
from rtreview.evidence.values import duration
from rtreview.language import catalogue
from rtreview.text.place import SpecPath

PLATFORM = "kubernetes"

MOST_SELECTIONS = 200
"""Services that may select one workload: many of one label are those of variants."""

ENDPOINTS = ("EndpointSlice", "Endpoints")

MOST_OTHERS = 200
"""Of what may get a share."""

MOST_SCALERS = 20
"""Scalers of one workload."""

WORKLOADS = ("Deployment", "StatefulSet", "Rollout")

OTHERS = (
    *("DaemonSet", "ReplicaSet", "ReplicationController", "Pod", "Job", "CloneSet", "AdvancedStatefulSet"),
    *("DeploymentConfig", "EndpointSlice", "Endpoints"),
)
"""What may get a share of the messages of a Service beside a workload, and is not looked into."""

SCALERS = {
    "HorizontalPodAutoscaler": ("minReplicas", 1, "maxReplicas", None),
    "ScaledObject": ("minReplicaCount", 0, "maxReplicaCount", 100),
}
"""What scales workloads: the key of the least, its default, that of the most, its default."""

OWN = (*WORKLOADS, *SCALERS)
"""Whose annotations are looked at here."""

PROBES = (("livenessProbe",), ("readinessProbe",), ("startupProbe",))

STRATEGIES = {
    "Deployment": (("strategy", "type"), {"RollingUpdate": "rolling", "Recreate": "all-at-once"}),
    "StatefulSet": (("updateStrategy", "type"), {"RollingUpdate": "rolling"}),
}
"""How a version is replaced: the key, and what its words mean. What is not stated is `RollingUpdate`."""

GRACE = "30s"
SESSION = 10_800
"""Seconds: `sessionAffinityConfig.clientIP.timeoutSeconds`."""

_SLEEP = re.compile(r"(?:^|[\s;&/])sleep[ ]{1,4}([0-9]{1,6})s?(?:$|[\s;&])")


def stations(cluster: Cluster) -> Iterator[Station]:
    """A process for each workload: what calls it, what it mounts, and how it is run."""
    links = _Links(cluster)
    for resource in cluster.of(*WORKLOADS):
        workload = _Workload(links, resource)
        yield workload.station().overruled([*links.beside(workload.selections), *links.doubts(resource)])


class _Selection(NamedTuple):
    """A Service, the labels that it selects pods by, and what it says of them."""

    service: Resource
    labels: frozenset[tuple[str, str]]
    facts: tuple[Fact, ...]


class _Links:
    """What leads to workloads: scalers, Services by a label that they select, and files that they mount."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.scalers: dict[Resource, list[Resource]] = {}
        self.selections: dict[tuple[str, str], list[_Selection]] = {}
        for scaler in cluster.of(*SCALERS):
            target = scaler.part.at("spec", "scaleTargetRef")
            kind = target.at("kind").text or "Deployment"
            scaled = cluster.near(scaler, kind, scaler.named(target.at("name")))
            if scaled is not None and NOT_HELD not in scaler.part.at("kind").decided_by:
                self.scalers.setdefault(scaled, []).append(scaler)
        self.doubted: dict[Resource, dict[frozenset[SpecPath], Override]] = {}
        others = (each for kind, found in cluster.kinds.items() if kind not in SCALERS for each in found)
        for other in others:
            self._about(other)
        routes = cluster.of("Ingress", "HTTPRoute", *traefik.KINDS, openshift.KIND)
        passed = {(each.chart, each.named(name)) for each in routes for name in backends(each)}
        # A template of a chart may be off, and what it writes for its labels is not worked out.
        self.others = [
            (other, cluster.labels(other, other.part.at(*_labelled(other))))
            for other in cluster.of(*OTHERS)
            if not _is_of_an_installation(other)
        ]
        for service in cluster.of("Service"):
            if service.at("spec", "type").text == "ExternalName":
                continue
            labels = cluster.labels(service, service.part.at("spec", "selector"))
            facts = () if (service.chart, service.name) in passed else tuple(_affinity(service))
            if labels:
                self.selections.setdefault(min(labels), []).append(_Selection(service, labels, facts))
        self.shared: dict[Resource, Resource | None] = {}
        self.held = Held(cluster)

    def _about(self, other: Resource) -> None:
        """What a resource that is no scaler known here may do to the workload that it names."""
        for key in TARGETS:
            target = other.part.at("spec", key)
            kind, name = target.at("kind").text, other.named(target.at("name"))
            meant = self.cluster.near(other, kind, name) if kind in WORKLOADS else None
            if meant is not None and (why := doubts.of_others(other)):
                self.doubted.setdefault(meant, {})[why.fields] = why

    def doubts(self, workload: Resource) -> list[Override]:
        """What may have something else run than a workload says, and its scalers."""
        scalers = self.scalers.get(workload, ())[:MOST_SCALERS]
        own = [*doubts.of_resource(workload), *doubts.of_operators(workload)]
        of_scalers = [why for scaler in scalers for why in doubts.of_scaler(scaler)]
        return [*own, *of_scalers, *self.doubted.get(workload, {}).values()]

    def selecting(self, workload: Resource) -> list[_Selection]:
        """The Services that select its pods."""
        labels = self.cluster.labels(workload, workload.part.at("spec", "template", "metadata", "labels"))
        return [
            each
            for label in sorted(labels)
            for each in self.selections.get(label, ())[:MOST_SELECTIONS]
            if each.labels <= labels
            and each.service.chart == workload.chart
            and len({each.service.namespace, workload.namespace} - {""}) < 2
            and self._is_of_its_variant(each.service, workload)
        ]

    def beside(self, selections: Sequence[_Selection]) -> Iterator[Override]:
        """What else some Services lead to, beside a workload that all of them select."""
        for each in selections[:MOST_SELECTIONS]:
            service = each.service
            # Many workloads of one label have the same Services.
            if service not in self.shared:
                self.shared[service] = next(self._sharing(each), None)
            if other := self.shared[service]:
                yield Override(other.line, "what gets a share of the messages")
                return

    def _sharing(self, selection: _Selection) -> Iterator[Resource]:
        """What a Service leads to that is no workload."""
        service = selection.service
        for other, labels in self.others[:MOST_OTHERS]:
            is_near = other.chart == service.chart and self._is_of_its_variant(service, other)
            is_apart = len({service.namespace, other.namespace} - {""}) > 1
            is_led_to = selection.labels <= labels or (
                other.kind in ENDPOINTS and _service_of(other) == service.written
            )
            if is_led_to and is_near and not is_apart:
                yield other

    def _is_of_its_variant(self, service: Resource, workload: Resource) -> bool:
        """Whether none of the same name stands nearer to a workload, as in another variant of the whole."""
        if service.chart:
            return True
        return self.cluster.near(workload, "Service", service.name, service.namespace) is service


def _is_of_an_installation(other: Resource) -> bool:
    """Whether Helm runs it when it tests or changes a release, and ends it then."""
    hooks = {word.strip() for word in other.annotation("helm.sh/hook").text.split(",")}
    is_test = hooks <= {"test", "test-success", "test-failure"}
    return bool(other.chart) and hooks != {""} and (is_test or other.kind == "Job")


def _labelled(other: Resource) -> tuple[str, ...]:
    """Where the labels of the pods stand; of one pod they are its own."""
    own = ("metadata", "labels")
    return own if other.kind in ("Pod", *ENDPOINTS) else ("spec", "template", *own)


def _service_of(other: Resource) -> str:
    """The Service whose addresses are written by hand."""
    label = other.part.at("metadata", "labels", "kubernetes.io/service-name")
    return other.written if other.kind == "Endpoints" else label.text


class _Workload:
    """A workload with what changes, scales, selects and configures it."""

    def __init__(self, links: _Links, workload: Resource) -> None:
        self.links = links
        self.workload = workload
        self.pod = workload.part.at("spec", "template", "spec")
        self.containers = list(self.pod.at("containers").items())
        self.selections = links.selecting(workload)
        self.services = [each.service for each in self.selections]

    def station(self) -> Station:
        """The process, or the proxy: how many of one there are is no matter of what is behind it."""
        opened = (each.at("spec", "type") for each in self.services)
        entrance = next((part.line for part in opened if part.text == "NodePort"), None)
        names_ = frozenset().union(*map(names, self.services))
        controller, proxy = self._runs(images.CONTROLLERS), self._runs(images.PROXIES)
        paths = frozenset(self._mounted())
        if controller and not paths:
            # Where its routes lead is said by the resources that it serves, and there ways begin.
            return Station(self.workload.line, controller, names_, routes=(Route("", self.workload.line),))
        if controller or proxy:
            doubts = () if controller else tuple(islice(self._doubts(), 1))
            return Station(
                self.workload.line, controller or proxy, names_, paths, entrance=entrance, doubts=doubts
            )
        if broker := self._runs(images.BROKERS):
            return Station(self.workload.line, broker, names_, paths)
        if self._runs(images.STORES):
            return Station(self.workload.line, "", names_, paths, entrance=entrance, task=Task.APART)
        return Station(
            line=self.workload.line,
            names=names_,
            paths=paths.union(*(commands.scripts(words) for words in self._commands())),
            facts=(
                *self._server(),
                *self._nodes(),
                *self._ends(),
                *self._rollout(),
                *self._memory(),
                *(fact for words in self._spoken() for fact in commands.facts(words)),
                *(found for each in self.selections for found in each.facts),
            ),
            entrance=entrance,
            selected_by=frozenset(service.line for service in self.services),
            task=self._task(),
            known_as=frozenset(self._known_as()),
            images=frozenset(self._images()),
            calls=tuple(calls(self._environment())),
            environment=tuple(self._named()),
            usual=tuple(fact for words in self._spoken() for fact in commands.served(words)),
        )

    def _doubts(self) -> Iterator[Override]:
        """What may give a proxy another configuration than it mounts: what is run beside its command."""
        for container in self.containers:
            targets = (each.at("mountPath").text.rstrip("/") for each in container.at("volumeMounts").items())
            mounted = frozenset(targets)
            for keys in (("command",), ("args",), *((*probe, "exec", "command") for probe in PROBES)):
                part = container.at(*keys)
                words = [word.text for word in part.items()]
                is_other = not is_plain(words, mounted) or any(word.why_open for word in part.items())
                if part.is_there and is_other:
                    yield Override(part.line, f"`{keys[-1]}`")
            hook = container.at("lifecycle", "postStart", "exec")
            if hook.is_there:
                yield Override(hook.line, "`postStart`")
        aliases = self.pod.at("hostAliases")
        if aliases.is_there:
            yield Override(aliases.line, "`hostAliases`")

    def _known_as(self) -> Iterator[str]:
        """What the workload, its containers and their images are called."""
        yield self.workload.part.at("metadata", "name").text
        for container in self.containers:
            yield container.at("name").text
            yield images.bare(container.at("image").text)

    def _images(self) -> Iterator[str]:
        """What its containers run."""
        for container in self.containers:
            yield images.unversioned(container.at("image").text)

    def _environment(self) -> Iterator[tuple[str, Line]]:
        """The values in its environment: those that stand there, and those of whole ConfigMaps."""
        for container in self.containers:
            for variable in container.at("env").items():
                value = variable.at("value")
                yield value.text, value.line
            for source in container.at("envFrom").items():
                name = self.workload.named(source.at("configMapRef", "name"))
                held = self.links.cluster.near(self.workload, "ConfigMap", name) if name else None
                for _, value in held.part.at("data").pairs() if held is not None else ():
                    yield value.text, value.line

    def _named(self) -> Iterator[tuple[str, str]]:
        """The names and values that stand in its environment; what it takes from elsewhere may set more."""
        for container in self.containers:
            for variable in container.at("env").items():
                yield variable.at("name").text, variable.at("value").text
            if container.at("envFrom").is_there:
                yield "", ""

    def _commands(self) -> Iterator[list[str]]:
        """The words of the command of each container."""
        for container in self.containers:
            written = (part.text for key in ("command", "args") for part in container.at(key).items())
            yield [word for text in written for word in commands.words(text)]

    def _spoken(self) -> Iterator[list[tuple[str, Line]]]:
        """The words of the command of each container with their lines, where nothing is put into them."""
        for container in self.containers:
            parts = [part for key in ("command", "args") for part in container.at(key).items()]
            if not any(part.why_open for part in parts):
                yield [word for part in parts for word in commands.spoken(part.text, part.line)]

    def _task(self) -> Task | None:
        """What its containers are there for: what one of them holds is held by the pod."""
        tasks = [commands.task_of(words) for words in self._commands()]
        known = [task for task in tasks if task]
        if Task.STREAMS in known:
            return Task.STREAMS
        return known[0] if len(known) == len(tasks) and len(set(known)) == 1 else None

    def _runs(self, table: dict[str, str]) -> str:
        """What a table of images has for its containers, where it has all of them."""
        known = {images.known(each.at("image").text, table) for each in self.containers}
        return min(known, default="") and max(known)

    def _server(self) -> Iterator[Fact]:
        """What holds the connections, where it is a server that its image names."""
        for container in self.containers:
            yield from served(container.at("image"))

    def _nodes(self) -> Iterator[Fact]:
        replicas = self.workload.at("spec", "replicas")
        scalers = self.links.scalers.get(self.workload, ())
        if not scalers:
            yield from fact(("topology", "nodes"), replicas, whole, default=1, of=PLATFORM)
            return
        found, *others = (tuple(_scaled(scaler, replicas)) for scaler in scalers[:MOST_SCALERS])
        for rival, facts in zip(scalers[1:], others, strict=False):
            values = {fact.field: fact.value for fact in facts}
            differing = frozenset(fact.field for fact in found if values.get(fact.field) != fact.value)
            if differing:
                found = Override(rival.line, "another scaler", differing).over(found)
        yield from found

    def _ends(self) -> Iterator[Fact]:
        grace = self.workload.at("spec", "template", "spec", "terminationGracePeriodSeconds")
        ends = fact(("operations", "termination_grace"), grace, seconds, default=GRACE, of=PLATFORM)
        signals = (each.at("lifecycle", "stopSignal") for each in self.containers)
        sudden = next((each for each in signals if each.is_there and not is_gentle(each.text)), None)
        yield from ends if sudden is None else Override(sudden.line, "`stopSignal`").over(ends)
        for container in self.containers:
            stop = container.at("lifecycle", "preStop")
            slept = stop.at("sleep", "seconds")
            if slept.is_there:
                yield from fact(("operations", "stop_delay"), slept, seconds)
                return
            for said in _commands(stop.at("exec", "command")):
                if found := _SLEEP.search(said.text):
                    yield from fact(("operations", "stop_delay"), replace(said, content=found[1]), seconds)
                    return

    def _rollout(self) -> Iterator[Fact]:
        at: SpecPath = ("operations", "rollout")
        strategy = self.workload.part.at("spec", "strategy")
        if self.workload.kind == "Rollout":
            for key, meant in (("blueGreen", "blue-green"), ("canary", "rolling")):
                if (part := strategy.at(key)).is_there:
                    yield Fact(at, meant, part.line, part.decided_by)
                    return
            return
        limit = strategy.at("rollingUpdate", "maxUnavailable")
        if (
            limit.is_there
            and strategy.at("type").text != "Recreate"
            and (limit.why_open or self._is_all(limit))
        ):
            yield from fact(at, limit, lambda _: "all-at-once")
            return
        keys, words = STRATEGIES[self.workload.kind]
        replaced = word(words, "no strategy that a spec has a word for")
        yield from fact(at, self.workload.at("spec", *keys), replaced, default="rolling", of=PLATFORM)

    def _is_all(self, limit: Part) -> bool:
        """Whether so many pods that are away at once may be all of them; of a single one it is no matter.

        Of a share the part of a pod is none (`maxUnavailable` in the reference of Deployment).
        """
        counts = [fact.value for fact in self._nodes() if fact.field == ("topology", "nodes")]
        least = int(str(counts[0]).partition("..")[0]) if counts and counts[0] is not None else 0
        if limit.text.endswith("%"):
            share = whole(limit.text.removesuffix("%"))
            return isinstance(share, int) and share >= 100
        away = whole(limit.text)
        return isinstance(away, int) and away > 1 and away >= least

    def _memory(self) -> Iterator[Fact]:
        ports = {
            port.at("targetPort").text or port.at("port").text
            for service in self.services
            for port in service.part.at("spec", "ports").items()
        }
        own = self.containers
        serving = [each for each in own if _ports(each) & ports] if len(own) > 1 else own
        for container in serving[:1]:
            limit = container.at("resources", "limits", "memory")
            found = fact(("topology", "node", "memory"), limit, memory)
            of_pod = self.pod.at("resources", "limits", "memory")
            is_other = of_pod.is_there and of_pod.text != limit.text
            yield from Override(of_pod.line, "the limit of the pod").over(found) if is_other else found
            for variable in container.at("env").items():
                if (name := variable.at("name").text) in WORKERS:
                    for each in fact(PROCESSES, variable.at("value"), whole):
                        yield each if each.decided_by else each._replace(decided_by=READ.format(name))

    def _mounted(self) -> Iterator[str]:
        """The entries of ConfigMaps and Secrets that it mounts."""
        for volume in self.pod.at("volumes").items():
            for sources in (volume, *volume.at("projected", "sources").items()):
                for kind, key, called in (
                    ("ConfigMap", "configMap", "name"),
                    ("Secret", "secret", "secretName"),
                ):
                    yield from self.links.held.by(self.workload, kind, sources.at(key, called))


def served(image: Part) -> Iterator[Fact]:
    """The server that an image is of, if it is one that is known."""
    library = "" if not image.is_there else images.server(image.text)
    if library:
        platform = catalogue.find(library)
        field = "service" if platform is not None and platform.kind == "service" else "library"
        yield Fact(("transport", field), library, image.line, image.decided_by)


def _commands(command: Part) -> list[Part]:
    """The words of a command; `sleep` and its seconds may be two of them."""
    words = list(command.items())
    texts = [part.text for part in words]
    if texts[:1] and texts[0].rpartition("/")[2] == "sleep" and len(words) > 1:
        return [replace(words[1], content=f"sleep {words[1].text}")]
    return words


def _ports(container: Part) -> set[str]:
    ports = list(container.at("ports").items())
    return {port.at(key).text for port in ports for key in ("name", "containerPort")} - {""}


def _scaled(scaler: Resource, replicas: Part) -> Iterator[Fact]:
    """The bounds of a scaler, and its measures."""
    least_key, least_default, most_key, most_default = SCALERS[scaler.kind]
    spec = scaler.part.at("spec")
    least, most = scaler.at("spec", least_key), scaler.at("spec", most_key)
    name = f"the {scaler.kind} {scaler.name}"
    unclear = next((part for part in (least, most) if part.why_open), None)
    bounds = [
        default if not part.is_there else whole(part.text)
        for part, default in ((least, least_default), (most, most_default))
    ]
    at: SpecPath = ("topology", "nodes")
    if unclear is not None:
        yield Fact(at, None, unclear.line, f"{name}: {unclear.why_open}")
    elif any(not isinstance(bound, int) for bound in bounds):
        yield Fact(at, None, (most if most.is_there else spec).line, f"the bounds of {name} are no numbers")
    else:
        over = f", over `{replicas.line.text}`" if replicas.is_there and not replicas.why_open else ""
        low, high = bounds
        otherwise = (
            *(_nodes_in(low, whole(other.text), other) for other in most.otherwise),
            *(_nodes_in(whole(other.text), high, other) for other in least.otherwise),
        )
        found = _nodes_in(low, high, most)
        yield found._replace(remark=f"{name}{over}", otherwise=otherwise)
    yield from _measures(scaler, spec)


def _nodes_in(least: object, most: object, part: Part) -> Fact:
    """As many nodes as lie between two bounds, of which a part sets one."""
    is_known = isinstance(least, int) and isinstance(most, int) and not part.why_open
    nodes = least if least == most else f"{least}..{most}"
    why = part.decided_by if is_known else part.why_open or "no whole number"
    return Fact(("topology", "nodes"), nodes if is_known else None, part.line, why, remark=part.remark)


def _measures(scaler: Resource, spec: Part) -> Iterator[Fact]:
    """What a scaler measures; of several, the one that wants the most pods decides."""
    at: SpecPath = ("operations", "autoscale_on")
    old = spec.at("targetCPUUtilizationPercentage")
    if scaler.kind == "ScaledObject":
        measures = [trigger.at("type") for trigger in spec.at("triggers").items()]
    else:
        measures = [_metric(metric) for metric in spec.at("metrics").items()]
    measures = [measure for measure in measures if measure.is_there]
    unclear = next((measure for measure in measures if measure.why_open), None)
    if unclear is not None:
        yield Fact(at, None, unclear.line, unclear.why_open)
    elif measures:
        several = "the one that wants the most nodes" if len(measures) > 1 else ""
        words = " and ".join(dict.fromkeys(measure.text for measure in measures if measure.text))
        if words:
            yield Fact(at, words[:200], measures[0].line, measures[0].decided_by or several)
    elif old.is_there:
        yield Fact(at, "cpu", old.line, old.decided_by)
    elif scaler.kind == "HorizontalPodAutoscaler":
        yield from fact(at, spec.at("metrics"), lambda _: "cpu", default="cpu", of=PLATFORM)


def _metric(metric: Part) -> Part:
    """The name of a measure: `cpu` of a resource, or that of a metric of pods, objects or others."""
    for key in ("resource", "containerResource"):
        if (part := metric.at(key, "name")).is_there:
            return part
    named = (metric.at(key, "metric", "name") for key in ("pods", "object", "external"))
    old = (metric.at(key, "metricName") for key in ("pods", "object", "external"))
    return next((part for part in (*named, *old) if part.is_there), metric.at("resource", "name"))


def _affinity(service: Resource) -> Iterator[Fact]:
    """Whether a Service keeps an address on a pod. What stands before it and balances itself passes it by."""
    spec = service.part.at("spec")
    kept = service.at("spec", "sessionAffinity")
    if kept.why_open:
        yield from fact(("topology", "affinity"), kept, str)
    if kept.text != "ClientIP" or kept.why_open:
        return
    age = spec.at("sessionAffinityConfig", "clientIP", "timeoutSeconds")
    span = seconds(age.text) if age.is_there and not age.why_open else duration(SESSION)
    note = f"for at most {span}" if isinstance(span, str) else "for a while"
    is_local = spec.at("externalTrafficPolicy").text == "Local"
    if spec.at("type").text in ("LoadBalancer", "NodePort") and not is_local:
        note += "; without `externalTrafficPolicy: Local` the address may be that of a node"
    yield Fact(("topology", "affinity"), "address-hash", kept.line, together(note, kept.decided_by))
