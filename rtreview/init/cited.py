"""The names under which a new design cites `patterns.md`; a test holds them against the file."""

FRAGILE = "principle 1, Connections are fragile"
SYNC = "principle 2, Keeping state in sync is harder than carrying it"
BACKPRESSURE = "principle 4, Backpressure matters"
SSE_FIRST = "principle 5, SSE before WebSocket"

BACKOFF = "Exponential Backoff with Jitter"
HEARTBEAT = "Heartbeat with Server Confirmation"
TOMBSTONES = "Presence with Tombstones"
EVENT_IDS = "SSE with Event IDs for Resume"
ORDERING = "Message Ordering with Vector Clocks"
FULL_STATE = "Synchronizing Full State"
