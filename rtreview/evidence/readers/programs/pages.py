"""Pages that load the client of a real-time library by its address, with its version where that has one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rtreview.evidence.deployment import Fact, File, Station
from rtreview.evidence.readers.programs import packages
from rtreview.evidence.readers.programs.product import is_written_here, of_product
from rtreview.language import catalogue

ENDS = (".html", ".htm", ".ejs", ".hbs", ".pug", ".erb", ".cshtml", ".jinja", ".j2", ".php")

CLIENTS = {
    "socket.io": "socket.io@",
    "socket.io-client": "socket.io@",
    "signalr": "signalr",
    "microsoft-signalr": "signalr",
    "stompjs": "@stomp/stompjs@",
    "sockjs-client": "sockjs-client@",
    "centrifuge": "centrifuge-js",
    "pusher": "pusher-js",
    "phoenix": "phoenix",
}
"""By what they are called in the addresses of cdnjs, jsDelivr, unpkg and of their own."""

_SCRIPT = re.compile(r"""<script\b[^>]{0,200}?\bsrc\s{0,3}=\s{0,3}["']([^"']{1,300})["']""", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(?:[^-]|-(?!->))*+(?:-->)?")
_OWN = re.compile(r"/socket\.io/socket\.io(?:\.min)?\.js$")
_ADDRESS = re.compile(
    r"//(?:cdnjs\.cloudflare\.com/ajax/libs|cdn\.jsdelivr\.net/npm|unpkg\.com|js)[./]"
    r"(?:@[\w-]{1,40}/)?([\w.-]{1,40}?)(?:\.com)?[/@]v?([0-9]{1,3})\b"
)
_SOCKET_IO = re.compile(r"//cdn\.socket\.io/(?:socket\.io-)?v?([0-9]{1,3})\b")


def takes(file: File) -> bool:
    """Whether it is a page that people wrote, and that loads scripts."""
    return file.path.suffix in ENDS and is_written_here(file.path) and "<script" in file.text


def stations(files: Sequence[File]) -> Iterator[Station]:
    """What each page loads; the server of Socket.IO serves a client of its own version."""
    for file in of_product(files):
        text = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), file.text)
        for number, line in enumerate(text.split("\n"), 1):
            for found in _SCRIPT.finditer(line[:1000]):
                if name := _client(found[1]):
                    fact = Fact(packages.CLIENT, name, file.line(number))
                    yield Station(fact.line, inside=file.folder, facts=(fact,))


def _client(address: str) -> str:
    """What the catalogue calls the client at an address; nothing where it is none."""
    if found := _SOCKET_IO.search(address):
        name, version = "socket.io", found[1]
    elif found := _ADDRESS.search(address):
        name, version = found[1], found[2]
    else:
        return "socket.io" if _OWN.search(address) else ""
    client = CLIENTS.get(name, "")
    bare = client.removesuffix("@")
    if client == bare:
        return client
    known = f"{bare}@{version}"
    return known if catalogue.find(known) or not catalogue.find(bare) else ""
