"""What replicas do not share as they merge: first contents, rebuilt documents, deletions, versions."""

from rtreview.language import catalogue
from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided, Unstated, known
from rtreview.language.sections.workload import PHONES
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

ADDS = ("crdt", "ot", "append-only")
"""Strategies with which two insertions of the same content are both kept."""

PASSED_ON = ("command", "ephemeral", "log", "counter")
"""What each client sends of its own, and does not write back as a whole (old-version-erases-new)."""

INSTALLED = (*PHONES, "desktop", "device")
"""Clients that are updated when their user likes, or never."""


@rule
def content_put_in_twice(feature: Feature) -> Outcomes:
    """Two clients give a document its first content, and the merge keeps both."""
    seed = feature.sync.seed
    if not seed.is_stated:
        raise NotApplicable("nothing is said of where a document gets its first content from")
    by = known(seed.by)
    strategy = feature.kept_by(*ADDS, "last-writer-wins", "full-state", "server-authoritative")
    feature.written_by_many()
    adds = strategy.has(*ADDS)
    if seed.once.content:
        yield Passed("content that is put in twice counts once")
    elif by in ("server-once", "server-each-load"):
        yield Passed("a server gives a document its first content")
    elif not adds and feature.sync.durability.version_check.content:
        yield Passed("a second first content is refused")
    elif not seed.once.is_stated and (strategy.has("server-authoritative") or feature.refuses_stale):
        message = f"A client puts the first content in ({by}); the spec does not say `{seed.once.dotted}`."
        raise Unstated(seed.once, message=message)
    elif by == "each-client":
        fate = "a merge keeps it once for each of them" if adds else "it replaces what the others wrote"
        yield Violated(
            f"Each client that opens a document puts its first content in: {fate}.", seed.by, (strategy,)
        )
    elif by == "claiming-client":
        yield _put_in_late(feature)
    else:
        fate = (
            "two that open it at the same moment both find it empty, and a merge keeps both"
            if adds
            else "one that could not load it, or comes second, replaces what is there"
        )
        yield Violated(
            f"The first client that finds a document empty puts its content in: {fate}.",
            seed.by,
            (seed.once if seed.once.is_stated else strategy,),
            "" if seed.once.is_stated else "nothing is said of a second time",
        )


def _put_in_late(feature: Feature) -> Violated:
    """What becomes of the content of a client whose right to put it in has passed to another.

    Raises:
        Unstated: the spec does not say.

    """
    seed = feature.sync.seed
    if not seed.once.is_stated:
        message = (
            "A client is given the right to put the first content in; the spec does not say what becomes of "
            f"what it brings when another one has been given that meanwhile (`{seed.once.dotted}`)."
        )
        raise Unstated(seed.once, message=message, when="it comes late")
    return Violated(
        "A client is given the right to put the first content in, and what it brings when another one has "
        "been given that meanwhile counts too.",
        seed.once,
        (seed.by,),
        "it comes late",
    )


def _form_unknown(feature: Feature) -> Undecided | Unstated:
    """A document is written down, and nothing says whether replicas merge that, or readers see it."""
    durability = feature.sync.durability
    if not durability.write_ahead_log.has(False):
        return Undecided(durability.stores)
    message = "Changes are not written down, but a document now and then; the spec does not say "
    return Unstated(durability.stores, message=f"{message}`{durability.stores.dotted}`.")


@rule
def document_rebuilt_under_clients(feature: Feature) -> Outcomes:
    """A server builds a document again from what readers see, and a client merges the one that it held."""
    sync = feature.sync
    stores, seed, epoch = sync.durability.stores, sync.seed, sync.join.epoch
    at = stores if stores.has("content") else seed.by
    if not stores.has("content") and not seed.by.has("server-each-load"):
        if stores.is_stated or seed.by.has("server-once"):
            raise NotApplicable("the document that is stored is the one that replicas merge with")
        if feature.merges_by("crdt") and sync.durability.is_written and not sync.topology.has("peer-to-peer"):
            raise _form_unknown(feature)
        raise NotApplicable("nothing is said of the form in which a document is stored")
    if seed.by.has("each-client") and sync.durability.written_by.has("clients"):
        raise NotApplicable("no server builds the document: each client fills it, and clients write it")
    if sync.durability.written_by.has("clients") and feature.replays and not seed.by.has("server-each-load"):
        # The server keeps a log of changes and builds nothing; what clients write may be what others read.
        raise Undecided(seed.by)
    strategy = feature.kept_by("crdt", "ot")
    feature.written_by_many()
    is_another = seed.once.has(False) or seed.once.is_none
    if epoch.content:
        yield Passed("a client that holds the document of before is told, and begins from the new one")
    elif seed.once.content:
        yield Passed("the same content has the same identity whenever it is built")
    elif feature.transport.resume.is_none and sync.snapshot.applied.has("replace"):
        yield Passed("a client that returns drops the document that it held")
    elif strategy.has("ot") and not epoch.is_stated and feature.transport.resume.by.has("offset"):
        # A store may keep the number of the revision beside the content, and most that count revisions do.
        raise Undecided(epoch)
    else:
        fate = (
            "the merge keeps both, and all content is there twice"
            if strategy.has("crdt")
            else "its changes name revisions that the new one never had"
        )
        yield Violated(
            "After a restart or an eviction the server builds the document again from its content. A client "
            f"that was open or asleep comes back with the document of before: {fate}.",
            at,
            (epoch if epoch.is_stated else seed.once if is_another else strategy,),
            "" if epoch.is_stated or is_another else "nothing is said of what tells a client",
        )


@rule
def deletion_leaves_no_trace(feature: Feature) -> Outcomes:
    """A deleted thing is simply gone, and a replica that still has it offers it as new."""
    sync, sends = feature.sync, feature.sync.offline.sends
    if not sync.deletes.is_stated:
        raise NotApplicable("nothing is said of what a deletion leaves")
    if finding := _deleted_unseen(feature):
        yield finding
        return
    feature.written_by_many()
    if feature.holds_only("command", "ephemeral"):
        raise NotApplicable("nothing is kept that could be deleted")
    library = catalogue.find(sync.library)
    if library and library.has("keeps-deleted-ids"):
        yield Passed(f"{sync.library} keeps the identity of what was deleted")
        return
    if sync.deletes.has("tombstone", "archived"):
        yield Passed(f"a deletion leaves a trace: {sync.deletes}")
        return
    if sync.offline.is_none:
        raise NotApplicable("nobody works offline")
    if sends.has("changes"):
        yield Passed("a client that comes back sends the changes that it made, and nothing else")
    elif sends.has("missing", "whole") or sync.topology.has("peer-to-peer"):
        yield Violated(
            "A deletion removes a thing and leaves no trace; a client that was away still has it, finds that "
            "the others lack it, and puts it back.",
            sync.deletes,
            (sends if sends.is_stated else sync.topology,),
        )
    else:
        raise Undecided(sends)


def _deleted_unseen(feature: Feature) -> Violated | None:
    """A client that asks for what is newer than a time, and is never told of what is no longer there.

    An event or a change that is stored tells of a deletion; rows that are gone do not.
    """
    sync, by, address = feature.sync, feature.transport.resume.by, feature.transport.poll.address
    polls = feature.connection.asks_again and address.has("moves")
    if not sync.deletes.has("removed") or not (by.has("time") or polls) or feature.is_momentary:
        return None
    tells = sync.updates.has("event", "delta", "full-state") or feature.merges_by("crdt", "ot")
    if tells or feature.renewals or feature.rejoin_brings_history:
        return None
    who = "A client that polls" if polls else "A client that returns"
    return Violated(
        f"{who} asks for what is newer than what it has, and a deletion leaves nothing that could be newer: "
        "what was deleted meanwhile stays on it.",
        sync.deletes,
        (address if polls else by,),
        "it stays where it was",
    )


def _agrees_on_a_version(feature: Feature) -> bool:
    """Whether the ends settle at the start which version they speak, and an older one is served.

    What lies beyond it and is passed over may be gone with its stream, or lie behind a position.
    """
    transport = feature.transport
    return transport.version.has("handshake") and transport.on_mismatch.has("both-served")


@rule
def old_version_erases_new(feature: Feature) -> Outcomes:
    """A client that does not know a field leaves it out, of what it writes or of what it receives."""
    versions = feature.sync.versions
    unknown, old = versions.unknown, versions.old_clients
    if old.has("refused") and feature.workload.has_any(*INSTALLED):
        yield Violated(
            "After a change of the form every installed client is refused until its user updates it; what "
            "it holds and has not sent waits until then, or is lost.",
            old,
            (feature.workload.clients,),
            "installed clients are cut off",
        )
        return
    if not unknown.is_stated:
        raise NotApplicable("nothing is said of what a client does with what it does not know")
    if unknown.has("kept", "refused"):
        yield Passed(f"what a client does not know is {unknown}")
    elif old.has("read-only", "refused"):
        yield Passed(f"a client of an earlier version is {old}")
    elif known(unknown) == "dropped":
        if feature.direction.has("server-to-client"):
            raise NotApplicable("clients change nothing")
        if feature.is_momentary or feature.holds_only(*PASSED_ON):
            raise NotApplicable("clients write back nothing that others wrote")
        yield Violated(
            "A client of an earlier version leaves out what it does not know and writes the rest back: what "
            "newer clients wrote there is erased for everybody.",
            unknown,
            (old,) if old.is_stated else (),
            "a reload brings the new version" if feature.workload.only("browser") else "",
        )
    elif versions.refetched.content:
        yield Passed("a client that is updated fetches what it passed over")
    elif feature.work.bound_to.content and feature.transport.resume.is_none:
        raise NotApplicable("the stream answers a request, and nobody goes on with it after an update")
    elif feature.transport.resume.by.has("snapshot") or (feature.is_momentary and not feature.replays):
        yield Passed("a client that is updated begins from the state, and has no position that moved on")
    elif _agrees_on_a_version(feature) and not feature.transport.resume.is_stated:
        raise Undecided(feature.transport.resume)
    else:
        yield Violated(
            "A client passes over what it does not know, and its position moves on: after its update it "
            "never receives that.",
            unknown,
            (versions.refetched,) if versions.refetched.is_stated else (),
            "a fresh start brings it" if feature.join_brings_history else "it passes over what it receives",
        )
