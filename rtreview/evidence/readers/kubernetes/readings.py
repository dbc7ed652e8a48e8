"""Values as Kubernetes and its controllers write them, and as a spec has them; or why they say nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from rtreview.evidence import values
from rtreview.evidence.values import duration, octets


class Unclear(NamedTuple):
    """Why a value says nothing."""

    why: str


_QUANTITY = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)([KMGTP]i|[kMGTP]|m|)")


def whole(text: str) -> int | Unclear:
    """A whole number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else Unclear("no whole number")


def seconds(text: str) -> str | Unclear:
    """A whole number of seconds."""
    number = whole(text)
    return number if isinstance(number, Unclear) else duration(number)


def bare_seconds(text: str) -> str | Unclear:
    """Seconds as ingress-nginx takes them, a whole number: by version it refuses or ignores all else."""
    number = whole(text.strip())
    if not isinstance(number, Unclear):
        return duration(number)
    has_unit = values.seconds(text, bare="") is not None
    return Unclear("it has a unit, and ingress-nginx takes whole seconds only") if has_unit else number


def minutes(text: str) -> str | Unclear:
    """A whole number of minutes."""
    number = whole(text)
    return number if isinstance(number, Unclear) else duration(60 * number)


def span(text: str) -> str | Unclear:
    """A span of time with units; a bare number is of seconds."""
    found = values.seconds(text.replace(" ", ""))
    return Unclear("no span of time") if found is None else duration(found)


def limit(text: str) -> str | Unclear:
    """A span of time after which something ends, where 0 means that nothing does."""
    found = values.seconds(text, bare="")
    return Unclear("no span of time") if found is None else duration(found) if found else "none"


def switch(text: str) -> bool | Unclear:
    """Whether something is on."""
    word = text.lower()
    known = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}
    return known.get(word, Unclear("neither on nor off"))


def word(words: Mapping[str, str], why: str) -> Callable[[str], str | Unclear]:
    """A reading of one of some words; of another it says why that has no meaning here."""
    return lambda text: words.get(text, Unclear(why))


def memory(text: str) -> str | Unclear:
    """An amount of memory: `M` is a million bytes, `Mi` 2^20, and `m` a thousandth of a byte.

    By kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity.
    """
    found = _QUANTITY.fullmatch(text)
    if found is None:
        return Unclear("no amount of memory")
    power = "kMGTP".find(found[2][:1].replace("K", "k")) + 1 if found[2] else 0
    each = 1024**power if found[2].endswith("i") else 1000**power
    amount = round(float(found[1]) * (each if found[2] != "m" else 0.001))
    return octets(amount) if amount else Unclear("next to nothing: `m` is a thousandth of a byte")


def hashed(text: str) -> str | Unclear:
    """By what a server is chosen, as nginx writes it: a client's address, or something else."""
    is_address = text.strip() in ("$remote_addr", "$binary_remote_addr")
    return "address-hash" if is_address else Unclear(f"by {text.strip()[:60]}")
