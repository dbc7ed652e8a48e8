"""Review the design of real-time features before they are built."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rtreview.reviews.engine import review as review

__version__ = "0.1.0"
__all__ = ["__version__", "review"]


def __getattr__(name: str) -> object:
    # Lazily, so that `rtreview --version` does not load the review.
    if name == "review":
        from rtreview.reviews.engine import review  # noqa: PLC0415

        return review
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
