"""What the references recommend for every design alike."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from rtreview.fix.remedy import BUILD, DATA, LOSS, MACHINES, Remedy, remedy_for, section_of, setting
from rtreview.language.design import Feature
from rtreview.rulebook.finding import Finding


class Recommended(NamedTuple):
    """Fields of a section, and what to think about."""

    section: str
    values: tuple[str, ...]
    thought: str = BUILD


_REBASE = Recommended("sync", ("reconcile=rebase",))

_RECOMMENDED = {
    "backoff-reset-on-open": Recommended("transport.reconnect", ("reset_after=30s",), ""),
    "retry-gives-up-before-outage-ends": Recommended("transport.reconnect", ("max_attempts=none",), ""),
    "no-server-pushback": Recommended("transport.reconnect", ("server_hint=random",)),
    "sse-missing-event-id": Recommended("transport", ("event_ids=true",), ""),
    "tcp-keepalive-as-heartbeat": Recommended("transport.heartbeat", ("layer=application",)),
    "browser-cannot-see-ping": Recommended("transport.heartbeat", ("layer=application", "from=server")),
    "hidden-tab-timer-throttle": Recommended("transport.heartbeat", ("from=server",)),
    "token-expires-before-session": Recommended("access", ("on_expiry=refresh",)),
    "grant-outlived-by-stream": Recommended("access", ("on_revoke=close",)),
    "work-bound-to-connection": Recommended("work", ("bound_to=task", "on_leave=continue")),
    "dead-work-looks-alive": Recommended("work", ("worker_lost=ended",)),
    "media-ends-with-signalling": Recommended("transport", ("ends_with=itself",)),
    "returning-client-refused": Recommended("transport", ("on_duplicate=replace",)),
    "heartbeat-starved-by-traffic": Recommended("transport.heartbeat", ("counts=any",)),
    "cached-answer-repeats": Recommended("transport.poll", ("address=moves",)),
    "own-sends-hide-the-dead": Recommended("transport.heartbeat", ("counts=any",)),
    "sse-connection-limit": Recommended("transport", ("http_version=2",)),
    "websocket-binary-json": Recommended("transport", ("encoding=binary",)),
    "polling-without-affinity": Recommended("topology", ("affinity=cookie",)),
    "session-resume-misses-node": Recommended("topology.state", ("session=shared",)),
    "socket-io-recovery-without-adapter": Recommended(
        "topology.backplane", ("adapter=redis-streams-adapter",)
    ),
    "decentralised-ot": Recommended("topology", ("routing=by-room", "sequencer=per-room")),
    "single-owner-fanout-latency": Recommended("fan_out", ("owner=sharded",)),
    "broadcast-n-queries": Recommended("fan_out", ("per_recipient=memory",)),
    "sending-holds-up-source": Recommended("fan_out", ("sent_on=own",)),
    "sent-before-stored": Recommended("fan_out", ("stored=before",)),
    "evicted-while-open": Recommended("topology.state", ("evicts=unused",)),
    "cursor-high-frequency": Recommended("presence.cursor", ("rate=15/s",)),
    "presence-store-without-expiry": Recommended("presence", ("ttl=60s", "refresh=20s")),
    "presence-per-connection": Recommended("presence", ("devices=any",)),
    "stale-session-not-fenced": Recommended("presence", ("takeover=true",)),
    "join-without-backfill": Recommended("sync.join", ("order=subscribe-first", "deduplicate=true")),
    "replay-shorter-than-disconnect": Recommended("transport.resume", ("on_gap=snapshot",)),
    "wall-clock-conflict-resolution": Recommended("sync", ("clock=server-order",), DATA),
    "offline-with-full-state": _REBASE,
    "offline-edit-overwritten": Recommended("sync", ("unit=field",)),
    "optimistic-without-reconciliation": _REBASE,
    "offline-without-optimistic": Recommended("sync", ("optimistic=true", "reconcile=rebase")),
    "refused-change-dropped": Recommended("sync.delivery.outbox", ("on_refused=report",)),
    "resume-outcome-implied": Recommended("transport.resume", ("outcome=marked",)),
    "snapshot-merged-into-old-state": Recommended("sync.snapshot", ("applied=rebase",)),
    "stale-command-carried-out": Recommended("sync.delivery", ("retain=none", "expires_after=30s")),
    "stored-past-the-server": Recommended("sync.durability", ("version_check=true",)),
    "acknowledged-before-durable": Recommended("sync.durability", ("acknowledge_after=log",)),
    "unsent-work-in-memory": Recommended("sync.delivery.outbox", ("kept=disk",)),
    "unsent-work-unseen": Recommended("sync.delivery.outbox", ("visible=true",)),
    "unknown-outcome-taken-for-failure": Recommended("sync.delivery.outbox", ("on_lost=ask",)),
    "waiting-message-cannot-be-withdrawn": Recommended("sync.delivery.outbox", ("withdrawable=true",)),
    "file-named-before-it-is-there": Recommended("sync.delivery.outbox", ("files=before",)),
    "deadline-from-a-late-start": Recommended("sync.delivery", ("expires_from=event",)),
    "report-skipped-for-own-change": Recommended("sync", ("during_push=delayed",)),
    "refusal-answered-at-once": Recommended("sync.join", ("on_refused=anew",)),
    "retained-past-its-source": Recommended("sync.delivery", ("expires_after=5m",)),
    "lost-connection-looks-alive": Recommended("transport", ("loss_shown=true",)),
    "unreachable-in-background": Recommended("transport", ("background=push",)),
    "push-class-below-promise": Recommended("push", ("kind=visible", "priority=high")),
    "push-is-the-only-copy": Recommended("push", ("missed=fetched",)),
    "push-outlives-its-moment": Recommended("push", ("expires_after=30s",)),
    "push-exceeds-payload-limit": Recommended("push", ("carries=preview",)),
    "push-collapse-loses-rooms": Recommended("push", ("collapse=per-user",)),
    "push-for-each-message": Recommended("push", ("group=per-room",)),
    "push-trusts-stale-presence": Recommended("push", ("sent=when-unread",)),
    "push-while-active": Recommended("push", ("sent=when-unread",)),
    "each-tab-acts": Recommended("fan_out", ("acted_on=one",)),
    "queue-bound-by-count-only": Recommended("backpressure.queue", ("max_bytes=256KiB",), LOSS),
    "autoscale-on-cpu": Recommended("operations", ("autoscale_on=connections and cpu",), MACHINES),
}


def _recommended(_: Finding, feature: Feature, found: Recommended) -> Remedy:
    return setting(section_of(feature, found.section), *found.values, thought=found.thought)


for _rule, _found in _RECOMMENDED.items():
    remedy_for(_rule)(partial(_recommended, found=_found))
