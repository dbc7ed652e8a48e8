"""What on a resource may have something else run than what is written in it.

Tools that apply resources leave some out by an annotation, operators change what carries theirs, and a
rollout that is held back leaves pods as they were. What is known to change nothing is listed; all else may.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rtreview.evidence.deployment import Override
from rtreview.evidence.readers.kubernetes.resource import Resource
from rtreview.evidence.readers.programs.commands import PROCESSES
from rtreview.text.place import SpecPath

NODES: frozenset[SpecPath] = frozenset({("topology", "nodes"), ("operations", "autoscale_on")})
"""What scaling is about."""

OF_PODS: frozenset[SpecPath] = frozenset(
    {("operations", "termination_grace"), ("operations", "stop_delay"), ("operations", "rollout"),
     ("topology", "node", "memory"), PROCESSES, ("transport", "library"), ("transport", "service")}
)  # fmt: skip
"""What the template of a pod fixes."""

APPLYING = (
    "config.kubernetes.io/", "config.k8s.io/", "internal.config.kubernetes.io/", "kustomize.config.k8s.io/",
    "kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/", "argocd.argoproj.io/", "helm.sh/",
)  # fmt: skip
"""How annotations begin by which tools decide whether and how they apply a resource."""

ORDERING = frozenset(
    {"config.kubernetes.io/depends-on", "config.kubernetes.io/origin", "kustomize.config.k8s.io/needs-hash",
     "kustomize.toolkit.fluxcd.io/prune", "argocd.argoproj.io/sync-wave", "argocd.argoproj.io/sync-options",
     "argocd.argoproj.io/compare-options", "argocd.argoproj.io/tracking-id", "argocd.argoproj.io/instance",
     "argocd.argoproj.io/ignore-healthcheck", "argocd.argoproj.io/manifest-generate-paths",
     "helm.sh/hook-weight", "helm.sh/hook-delete-policy", "helm.sh/resource-policy", "helm.sh/chart"}
)  # fmt: skip
"""Those that say when, and what becomes of it later."""

AS_WITHOUT = {
    "config.kubernetes.io/local-config": "false",
    "kustomize.toolkit.fluxcd.io/reconcile": "enabled",
}
"""Values by which an annotation changes nothing."""

NOT_SCALING = (
    *APPLYING,
    "kubernetes.io/", "app.kubernetes.io/", "kubectl.kubernetes.io/", "deployment.kubernetes.io/",
    "meta.helm.sh/", "cluster-autoscaler.kubernetes.io/", "scaledobject.keda.sh/transfer-hpa-ownership",
    "prometheus.io/", "ad.datadoghq.com/", "instrumentation.opentelemetry.io/", "sidecar.opentelemetry.io/",
    "fluentbit.io/", "co.elastic.logs/", "sidecar.istio.io/", "proxy.istio.io/", "traffic.sidecar.istio.io/",
    "inject.istio.io/", "linkerd.io/", "config.linkerd.io/", "viz.linkerd.io/", "consul.hashicorp.com/",
    "vault.hashicorp.com/", "reloader.stakater.com/", "configmap.reloader.stakater.com/",
    "secret.reloader.stakater.com/", "wave.pusher.com/", "keel.sh/", "fluxcd.io/", "flux.weave.works/",
    "filter.fluxcd.io/", "image.openshift.io/", "app.openshift.io/", "alpha.image.policy.openshift.io/",
    "checkov.io/", "kube-linter.io/", "ignore-check.kube-linter.io/", "polaris.fairwinds.com/",
    "container.apparmor.security.beta.kubernetes.io/", "seccomp.security.alpha.kubernetes.io/",
    "iam.amazonaws.com/", "eks.amazonaws.com/", "iam.gke.io/", "backstage.io/", "checksum/",
)  # fmt: skip
"""How annotations begin that change no number of pods. One without a `/` is of nobody but its author."""


def of_resource(resource: Resource) -> Iterator[Override]:
    """What may leave a resource out, or keep what it says from being what runs."""
    for key, part in resource.annotations():
        if key.startswith(APPLYING) and key not in ORDERING and part.text != AS_WITHOUT.get(key):
            yield Override(part.line, f"`{key}`")
            break
    spec = resource.part.at("spec")
    paused, update = spec.at("paused"), spec.at("updateStrategy")
    partition = update.at("rollingUpdate", "partition")
    if resource.kind in ("Deployment", "Rollout") and paused.is_there and paused.text != "false":
        yield Override(paused.line, "`paused`", OF_PODS)
    if resource.kind == "StatefulSet" and partition.is_there and partition.text != "0":
        yield Override(partition.line, "`partition`", OF_PODS)
    if resource.kind == "StatefulSet" and update.at("type").text == "OnDelete":
        yield Override(update.at("type").line, "`OnDelete`", OF_PODS)


def of_operators(resource: Resource) -> Iterator[Override]:
    """The first annotation of a workload or a scaler by which an operator may scale it otherwise."""
    for key, part in resource.annotations():
        if "/" in key and not key.startswith(NOT_SCALING):
            yield Override(part.line, f"`{key}`", NODES)
            return


def of_scaler(scaler: Resource) -> Iterator[Override]:
    """What may have a scaler scale otherwise than it says, or not at all."""
    yield from (each._replace(fields=NODES) for each in of_resource(scaler))
    yield from of_operators(scaler)


def of_others(resource: Resource) -> Override | None:
    """What a resource of another kind does to the workload that it names as its target."""
    line = resource.line
    if resource.part.at("spec", "scaleTargetRef").is_there:
        return Override(line, "another scaler", NODES)
    if resource.kind == "VerticalPodAutoscaler":
        mode = resource.part.at("spec", "updatePolicy", "updateMode").text
        memory: SpecPath = ("topology", "node", "memory")
        return (
            None if mode == "Off" else Override(line, "what sets the memory of its pods", frozenset({memory}))
        )
    return Override(line, f"the {resource.kind} that is about it")


def told(
    resources: Mapping[str, list[Resource]], own: tuple[str, ...]
) -> Iterator[tuple[Resource, Override]]:
    """The resources of which something may not be so, but for some kinds, each with what does that."""
    for kind, each in resources.items():
        if kind not in own:
            yield from ((resource, why) for resource in each for why in of_resource(resource))
