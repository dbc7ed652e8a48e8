"""Annotations that do nothing: of another controller, of none, or with a value that theirs does not take.

The names are those that any version knew. Sources: kubernetes/ingress-nginx:internal/ingress/annotations, and
before it core/pkg/ingress/annotations; nginx/kubernetes-ingress:internal/configs/annotations.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import islice

from rtreview.evidence import values
from rtreview.evidence.deployment import Fault
from rtreview.evidence.readers.kubernetes.controllers import (
    AFFINITY,
    AGIC,
    ALB,
    BUFFERING,
    F5,
    IDLE,
    Controller,
)
from rtreview.evidence.readers.kubernetes.controllers import INGRESS_NGINX as COMMUNITY
from rtreview.evidence.readers.kubernetes.part import Part
from rtreview.evidence.readers.kubernetes.readings import Unclear, bare_seconds
from rtreview.text.place import SpecPath

WITHOUT_EFFECT = "annotation-without-effect"
NOT_PARSED = "timeout-not-parsed"
BY_ITSELF = "the controller does so by itself"

OF_EITHER = "the class does not tell which of two controllers serves"

UPGRADE: SpecPath = ("transport", "kind")

MEANT: Mapping[Controller, Mapping[str, SpecPath]] = {
    COMMUNITY: {
        "proxy-read-timeout": IDLE,
        "proxy-send-timeout": IDLE,
        "proxy-buffering": BUFFERING,
        "affinity": AFFINITY,
        "upstream-hash-by": AFFINITY,
    },
    F5: {
        "proxy-read-timeout": IDLE,
        "proxy-send-timeout": IDLE,
        "proxy-buffering": BUFFERING,
        "lb-method": AFFINITY,
        "websocket-services": UPGRADE,
    },
    ALB: {"load-balancer-attributes": IDLE, "target-group-attributes": AFFINITY},
    AGIC: {"request-timeout": IDLE, "cookie-based-affinity": AFFINITY},
}
"""What annotations mean for a connection that stays open, by what a design calls it."""

NAMES: Mapping[Controller, frozenset[str]] = {
    COMMUNITY: frozenset({
        *("affinity", "affinity-mode", "affinity-canary-behavior", "backend-protocol", "canary"),
        *("configuration-snippet", "connection-proxy-header", "grpc-backend", "limit-connections"),
        *("limit-rate", "limit-rate-after", "limit-rpm", "limit-rps", "load-balance"),
        *("proxy-body-size", "proxy-buffer-number", "proxy-buffer-size", "proxy-buffering"),
        *("proxy-buffers-number", "proxy-busy-buffers-size", "proxy-connect-timeout"),
        *("proxy-cookie-domain", "proxy-cookie-path", "proxy-headers-map", "proxy-http-version"),
        *("proxy-max-temp-file-size", "proxy-next-upstream", "proxy-next-upstream-timeout"),
        *("proxy-next-upstream-tries", "proxy-pass-params", "proxy-read-timeout", "proxy-redirect-from"),
        *("proxy-redirect-to", "proxy-request-buffering", "proxy-send-timeout", "proxy-ssl-ciphers"),
        *("proxy-ssl-name", "proxy-ssl-protocols", "proxy-ssl-secret", "proxy-ssl-server-name"),
        *("proxy-ssl-verify", "proxy-ssl-verify-depth", "server-snippet", "service-upstream"),
        *("session-cookie-change-on-failure", "session-cookie-conditional-samesite-none"),
        *("session-cookie-domain", "session-cookie-expires", "session-cookie-hash"),
        *("session-cookie-max-age", "session-cookie-name", "session-cookie-partitioned"),
        *("session-cookie-path", "session-cookie-samesite", "session-cookie-secure", "sticky-enabled"),
        *("sticky-hash", "sticky-name", "upstream-fail-timeout", "upstream-hash-by"),
        *("upstream-hash-by-subset", "upstream-hash-by-subset-size", "upstream-max-fails"),
        "upstream-vhost",
    }),
    F5: frozenset({
        *("keepalive", "lb-method", "location-snippets", "max-conns", "max-fails", "fail-timeout"),
        *("proxy-buffer-size", "proxy-buffering", "proxy-buffers", "proxy-busy-buffers-size"),
        *("proxy-connect-timeout", "proxy-hide-headers", "proxy-max-temp-file-size"),
        *("proxy-next-upstream", "proxy-next-upstream-timeout", "proxy-next-upstream-tries"),
        *("proxy-pass-headers", "proxy-read-timeout", "proxy-redirect-from", "proxy-redirect-to"),
        *("proxy-send-timeout", "proxy-set-headers", "server-snippets", "sticky-cookie-services"),
        *("upstream-zone-size", "use-cluster-ip", "websocket-services"),
    }),
}  # fmt: skip
"""What the two controllers of nginx know of connections and balancing."""

CALLED: Mapping[Controller, str] = {
    COMMUNITY: "ingress-nginx",
    F5: "the controller of F5 (nginx.org)",
    ALB: "the AWS Load Balancer Controller",
    AGIC: "the Application Gateway Ingress Controller",
}

MOST = 200
"""Annotations of an Ingress that are looked at."""

NEARNESS = 0.88
"""How near a name is to another that was meant: a letter more or less, or two that changed places."""

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,80}")
_SOCKET = re.compile(r"web-?sockets?")


def faults(
    annotations: Mapping[str, Part], controller: Controller | None, *, is_sure: bool
) -> Iterator[Fault]:
    """What is wrong with the annotations of an Ingress.

    Args:
        annotations: all of it.
        controller: the one that serves it, as far as its class tells; None where that is not known.
        is_sure: whether no other controller goes by that class, and no other values of a chart change it.

    """
    for key, part in islice(annotations.items(), MOST):
        owner = next((each for each in MEANT if key.startswith(each.annotations)), None)
        name = key.removeprefix(owner.annotations) if owner else ""
        if owner is None or not _NAME.fullmatch(name):
            continue
        yield from _unknown(owner, key, name, part)
        if controller is not None and controller is not owner and is_sure and not part.decided_by:
            yield from _of_another(owner, controller, name, part, annotations)
        elif owner is COMMUNITY and name in ("proxy-read-timeout", "proxy-send-timeout"):
            yield from _unparsed(part)
    if not is_sure:
        yield from _of_either(annotations)


def _unknown(owner: Controller, key: str, name: str, part: Part) -> Iterator[Fault]:
    """A name that no version knows, where it is clear what was meant by it."""
    if owner not in NAMES or name in NAMES[owner]:
        return
    near = get_close_matches(name, NAMES[owner], n=1, cutoff=NEARNESS)
    other = next((each for each in NAMES if each is not owner and name in MEANT[each]), None)
    unknown = f"`{key}` is no annotation that {CALLED[owner]} knows, and it ignores what it does not know"
    if near:
        hint = f": did you mean `{owner.annotations}{near[0]}`?"
    elif other is not None:
        hint = f". `{other.annotations}{name}` is one of {CALLED[other]}."
    elif _SOCKET.search(name):
        hint = (
            f". It passes WebSockets on {'by itself' if owner is COMMUNITY else 'by `websocket-services`'}."
        )
    else:
        return
    is_in_vain = owner is COMMUNITY and _SOCKET.search(name) is not None
    field = MEANT[owner].get(near[0] if near else name, UPGRADE)
    yield Fault(WITHOUT_EFFECT, field, part.line, f"{unknown}{hint}", BY_ITSELF if is_in_vain else "")


def _of_another(
    owner: Controller, controller: Controller, name: str, part: Part, annotations: Mapping[str, Part]
) -> Iterator[Fault]:
    """An annotation that another controller reads, where the own is not told the same as well."""
    field, own = MEANT[owner].get(name), MEANT.get(controller)
    if (
        field is None
        or own is None
        or any(f"{controller.annotations}{key}" in annotations for key in own if own[key] == field)
    ):
        return
    ignored = f"{CALLED[controller]} serves this Ingress and ignores `{owner.annotations}{name}`"
    if field == UPGRADE:
        message = f"{_sentence(ignored)}. It passes WebSockets on by itself."
        yield Fault(WITHOUT_EFFECT, field, part.line, message, BY_ITSELF)
        return
    counterpart = next((key for key in (name, *own) if own.get(key) == field), None)
    hint = f" Its own is `{controller.annotations}{counterpart}`." if counterpart else ""
    yield Fault(
        WITHOUT_EFFECT, field, part.line, f"{_sentence(ignored)}, so that value does not count.{hint}"
    )


def _of_either(annotations: Mapping[str, Part]) -> Iterator[Fault]:
    """Annotations of both controllers of nginx, of which the one that serves is not told all."""
    said = {
        owner: {
            MEANT[owner][name]: f"{owner.annotations}{name}"
            for name in MEANT[owner]
            if (part := annotations.get(f"{owner.annotations}{name}")) and not part.decided_by
        }
        for owner in NAMES
    }
    alone = {
        owner: [key for field, key in said[owner].items() if field not in said[other] and field != UPGRADE]
        for owner, other in ((COMMUNITY, F5), (F5, COMMUNITY))
    }
    if all(said.values()) and any(alone.values()):
        first, second = (next(iter((*alone[owner], *said[owner].values()))) for owner in NAMES)
        part = annotations[second]
        field = next(field for field, key in said[F5].items() if key == second)
        message = (
            f"Only {CALLED[F5]} reads `{second}`, and only {CALLED[COMMUNITY]} reads `{first}` beside it: "
            "whichever of the two serves this Ingress ignores one of them."
        )
        yield Fault(WITHOUT_EFFECT, field, part.line, message, OF_EITHER)


def _unparsed(part: Part) -> Iterator[Fault]:
    """A span of time with a unit, where ingress-nginx takes whole seconds."""
    span = None if part.why_open or part.others else values.seconds(part.text.strip(), bare="")
    if span is not None and isinstance(bare_seconds(part.text), Unclear):
        yield Fault(
            NOT_PARSED,
            IDLE,
            part.line,
            f"`{part.line.text}` has a unit, and ingress-nginx takes whole seconds only. Depending on its "
            f'version it refuses the Ingress, or its default of 60 s counts. Write `"{span:.0f}"`.',
        )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
