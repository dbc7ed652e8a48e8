"""Numbers that follow from a design: the language they are written in, and the ledger by topic."""

# ruff: noqa: F401, I001 - imported in the order of the ledger
from rtreview.numbers import reconnection, liveness, fan_out, presence, queues, replay, latency
