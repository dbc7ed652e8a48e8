"""How a replicated document grows with its edits."""

from __future__ import annotations

from rtreview.quantity import Count, Size

BYTES_PER_OPERATION = {"yrs": 0.874, "yrs with gc": 0.616, "automerge": 1.127, "loro": 1.053}
"""Encoded size of the automerge-perf trace divided by its 259,778 operations (loro.dev, docs/performance)."""


def document(operations: Count, bytes_per_operation: float) -> Size:
    """Encoded size of a document after so many operations.

    The figures are those of one writer who types in sequence; concurrent editing needs 5 to 50 times more.
    """
    return Size(operations.amount * bytes_per_operation)


def version_vector(replicas: Count) -> Size:
    """Size of a version vector at 16 bytes for each replica that ever wrote; each tab may be a new one."""
    return Size(16 * replicas.amount)
