"""The language server as an editor has it: `rtreview lsp` over standard input and output."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import pytest_lsp
from conftest import CHECKOUT, DOCUMENT, EXAMPLES, FLAWED, ROOT, RULEBOOK, SOUND, as_json
from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

from rtreview.editors import server
from rtreview.editors.server import FIX_ALL, Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMMAND = [sys.executable, "-m", "rtreview", "lsp"]
FLAW = FLAWED.read_text("utf-8")
HEARTBEAT = "heartbeat-slower-than-path"


class Editor(LanguageClient):
    """An editor that keeps all that was published until a test asks for it."""

    def __init__(self) -> None:
        super().__init__(converter_factory=default_converter)
        self.published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        register_lsp_features(
            self,
            {
                **DEFAULT_CLIENT_FEATURES,
                types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: partial(self.published.put_nowait),
                types.CLIENT_REGISTER_CAPABILITY: lambda _: None,
            },
        )


@pytest_lsp.fixture(scope="module", config=ClientServerConfig(COMMAND, client_factory=Editor))
async def client(editor: LanguageClient) -> AsyncIterator[None]:
    """An editor with a server that all tests here share."""
    capabilities = client_capabilities("visual_studio_code")
    await editor.initialize_session(types.InitializeParams(capabilities, root_uri=ROOT.as_uri()))
    yield
    await editor.shutdown_session()


async def opened(client: Editor, file: Path, text: str | None = None) -> list[types.Diagnostic]:
    """What is found in a file that is opened, perhaps with another text than it has."""
    text = file.read_text("utf-8") if text is None else text
    item = types.TextDocumentItem(file.as_uri(), "yaml", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    return await published(client, file, 1)


async def changed(client: Editor, file: Path, version: int, text: str) -> None:
    """Tell the server of a new text."""
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(version, file.as_uri()),
            [types.TextDocumentContentChangeWholeDocument(text)],
        )
    )


async def published(client: Editor, file: Path, version: int | None) -> list[types.Diagnostic]:
    """What is found in a version of a text, when it is told."""
    while True:
        params = await asyncio.wait_for(client.published.get(), 20)
        if (params.uri, params.version) == (file.as_uri(), version):
            return list(params.diagnostics)


def named(file: Path) -> types.TextDocumentIdentifier:
    """A file as the protocol names it."""
    return types.TextDocumentIdentifier(file.as_uri())


def position(text: str, wanted: str) -> types.Position:
    """Where some words begin, for an editor that counts in UTF-16."""
    before = text[: text.index(wanted)]
    line = before[before.rfind("\n") + 1 :]
    return types.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)


def marked(text: str, found: types.Range) -> str:
    """The text in a range on one line."""
    units = text.split("\n")[found.start.line].encode("utf-16-le")
    return units[2 * found.start.character : 2 * found.end.character].decode("utf-16-le")


def applied(text: str, action: types.CodeAction) -> str:
    """The text in which an action is made."""
    assert action.edit
    (change,) = action.edit.document_changes or ()
    assert isinstance(change, types.TextDocumentEdit)
    lines = text.split("\n")
    for edit in change.edits:
        assert isinstance(edit, types.TextEdit)
        start, end = edit.range.start, edit.range.end
        assert start.line == end.line
        line = lines[start.line]
        lines[start.line] = line[: start.character] + edit.new_text + line[end.character :]
    return "\n".join(lines)


async def test_the_heartbeat_is_underlined_and_one_key_press_mends_it(client: Editor, tmp_path: Path) -> None:
    """While it is typed: the file on the disk has nothing of it."""
    file = tmp_path / "a.rtreview.yaml"
    file.write_text(SOUND.read_text("utf-8"), "utf-8")
    await opened(client, file)
    await changed(client, file, 2, FLAW)
    found = {diagnostic.code: diagnostic for diagnostic in await published(client, file, 2)}
    heartbeat = found[HEARTBEAT]
    assert marked(FLAW, heartbeat.range) == "60s"
    assert heartbeat.severity == types.DiagnosticSeverity.Error
    assert heartbeat.source == "rtreview"
    (related,) = heartbeat.related_information or ()
    assert marked(FLAW, related.location.range) == "aws-alb"
    context = types.CodeActionContext([heartbeat])
    (action,) = await client.text_document_code_action_async(
        types.CodeActionParams(named(file), heartbeat.range, context)
    )
    assert action.is_preferred
    assert list(action.diagnostics or ()) == [heartbeat]
    await changed(client, file, 3, applied(FLAW, action))
    assert HEARTBEAT not in {diagnostic.code for diagnostic in await published(client, file, 3)}
    assert file.read_text("utf-8") == SOUND.read_text("utf-8")


async def test_a_question_about_the_whole_design_marks_one_line(client: Editor, tmp_path: Path) -> None:
    """Not all of the text, in which nothing else could be seen."""
    text = FLAW.replace("fan_out: {per_recipient: query}\n", "")
    found = await opened(client, tmp_path / "a.rtreview.yaml", text)
    asked = [each for each in found if each.range.start == types.Position(0, 0)]
    assert asked
    assert {marked(text, each.range) for each in found if each in asked} == {text.split("\n")[0]}
    assert all(each.range.start.line == each.range.end.line for each in found)


@pytest.mark.parametrize("words", ["heartbeat:", "60s", "timeout: 20s", "}\n"])
async def test_the_fix_of_a_line_is_offered_wherever_the_cursor_is_in_it(
    client: Editor, tmp_path: Path, words: str
) -> None:
    """Somebody who sees an underlined line does not look for the signs that are."""
    file = tmp_path / "a.rtreview.yaml"
    found = await opened(client, file, FLAW)
    (heartbeat,) = [each for each in found if each.code == HEARTBEAT]
    start = FLAW.index("heartbeat:")
    at = position(FLAW, FLAW[FLAW.index(words, start) :])
    context = types.CodeActionContext([heartbeat])
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(named(file), types.Range(at, at), context)
    )
    assert [list(action.diagnostics or ()) for action in actions or ()] == [[heartbeat]]


@pytest.mark.parametrize("file", [*EXAMPLES[:6], DOCUMENT], ids=lambda file: file.stem)
async def test_diagnostics_are_the_findings_of_the_command_line(client: Editor, file: Path) -> None:
    """By their rules, at their lines; a question is information."""
    (review,) = as_json("brief", "-q", file)["reviews"]
    found = await opened(client, file)
    assert [(each.code, each.range.start.line + 1) for each in found] == [
        (each["rule"], each["line"]) for each in review["findings"]
    ]
    for diagnostic, finding in zip(found, review["findings"], strict=True):
        is_question = finding["verdict"] == "unstated"
        assert finding["message"] in diagnostic.message
        if is_question:
            assert diagnostic.severity == types.DiagnosticSeverity.Information
            assert finding["question"] in diagnostic.message


async def test_only_what_was_typed_last_is_reviewed(client: Editor, tmp_path: Path) -> None:
    """The versions between are of no interest."""
    file = tmp_path / "a.rtreview.yaml"
    await opened(client, file, FLAW)
    seen: list[int | None] = []
    for version in range(2, 12):
        await changed(client, file, version, FLAW.replace("60s", f"{60 + version}s"))
    while 11 not in seen:
        seen.append((await asyncio.wait_for(client.published.get(), 20)).version)
    assert seen == [11]


async def test_places_are_in_the_units_of_the_editor(client: Editor, tmp_path: Path) -> None:
    """An emoji before the place takes two of UTF-16."""
    text = (
        "{rtreview: 1, name: '🚀🚀', workload: {connections: 20k}, "
        "transport: {kind: websocket, path: [aws-alb], heartbeat: {interval: 60s, timeout: 20s}}}"
    )
    file = tmp_path / "a.rtreview.yaml"
    found = {diagnostic.code: diagnostic for diagnostic in await opened(client, file, text)}
    assert marked(text, found[HEARTBEAT].range) == "60s"
    told = await client.text_document_hover_async(types.HoverParams(named(file), position(text, "60s")))
    assert "transport.heartbeat.interval" in told.contents.value
    assert marked(text, told.range) == "60s"


async def test_a_half_written_text_has_a_mistake_and_its_last_outline(client: Editor, tmp_path: Path) -> None:
    """Hover and hints stay where they are, and so do findings in lines that nobody has changed."""
    file = tmp_path / "a.rtreview.yaml"
    await opened(client, file, FLAW)
    whole = types.Range(types.Position(0, 0), types.Position(99, 0))
    before = await client.text_document_inlay_hint_async(types.InlayHintParams(named(file), whole))
    broken = FLAW.replace("purpose: chat", "purpose: [chat", 1)
    await changed(client, file, 2, broken)
    mistake, *remembered = await published(client, file, 2)
    assert mistake.severity == types.DiagnosticSeverity.Error
    assert "not YAML" in mistake.message
    assert HEARTBEAT in {diagnostic.code for diagnostic in remembered}
    after = await client.text_document_inlay_hint_async(types.InlayHintParams(named(file), whole))
    assert before
    assert [hint.label for hint in after] == [hint.label for hint in before]
    told = await client.text_document_hover_async(types.HoverParams(named(file), position(broken, "20k")))
    assert "Connections per node" in told.contents.value


async def test_lenses_links_and_completion_are_offered(client: Editor, tmp_path: Path) -> None:
    """Each as the room below has it."""
    file = tmp_path / "a.rtreview.yaml"
    await opened(client, file, FLAW)
    (lens,) = await client.text_document_code_lens_async(types.CodeLensParams(named(file)))
    assert lens.range.start == position(FLAW, "transport:")
    assert "everybody is back after" in lens.command.title
    links = await client.text_document_document_link_async(types.DocumentLinkParams(named(file)))
    assert {marked(FLAW, link.range) for link in links} == {"socket.io@4", "cloudflare", "aws-alb"}
    place = position(FLAW, "aws-alb")
    place = types.Position(place.line, place.character + 3)
    items = await client.text_document_completion_async(types.CompletionParams(named(file), place))
    (balancer,) = [item for item in items if item.label == "aws-alb"]
    assert balancer.text_edit.range == types.Range(position(FLAW, "aws-alb"), place)


async def test_markdown_is_completed_in_its_fences(client: Editor, tmp_path: Path) -> None:
    """Keys and words too."""
    text = "# A\n\n```yaml rtreview\nrtreview: 1\ntransport:\n  he\n```\n"
    file = tmp_path / "a.md"
    await opened(client, file, text)
    params = types.CompletionParams(named(file), types.Position(5, 4))
    items = await client.text_document_completion_async(params)
    assert "heartbeat" in {item.label for item in items}


async def test_all_that_is_safe_is_mended_when_an_editor_asks(client: Editor, tmp_path: Path) -> None:
    """As it can when it saves; and not among the fixes of a place."""
    file = tmp_path / "a.rtreview.yaml"
    await opened(client, file, FLAW)
    whole = types.Range(types.Position(0, 0), types.Position(99, 0))

    async def actions(*only: str) -> list[types.CodeAction]:
        context = types.CodeActionContext([], only=list(only) or None)
        found = await client.text_document_code_action_async(
            types.CodeActionParams(named(file), whole, context)
        )
        return list(found)

    (every,) = await actions(FIX_ALL)
    assert (await actions("source.fixAll"))[0].title == every.title
    assert {action.kind for action in await actions()} == {"quickfix"}
    assert {action.kind for action in await actions("quickfix")} == {"quickfix"}
    assert not await actions("refactor")


async def test_other_files_are_left_alone(client: Editor, tmp_path: Path) -> None:
    """Nothing is found in them, and nothing is told of them."""
    for name, text in (("a.yaml", FLAW), ("b.md", "# Not a design\n"), ("c.rtreview.yaml.txt", FLAW)):
        file = tmp_path / name
        assert await opened(client, file, text) == []
        place = types.Position(21, 15)
        assert await client.text_document_hover_async(types.HoverParams(named(file), place)) is None
        assert await client.text_document_code_lens_async(types.CodeLensParams(named(file))) is None
        params = types.CompletionParams(named(file), place)
        assert await client.text_document_completion_async(params) is None


async def test_what_is_configured_counts_and_a_change_of_it_is_seen(client: Editor, tmp_path: Path) -> None:
    """As soon as the editor tells of it."""
    file, configuration = tmp_path / "a.rtreview.yaml", tmp_path / ".rtreview.toml"
    configuration.write_text(f"ignore = ['{HEARTBEAT}']\n", "utf-8")
    assert HEARTBEAT not in {diagnostic.code for diagnostic in await opened(client, file, FLAW)}
    for content, code in (("", HEARTBEAT), ("ignore = 7\n", "configuration")):
        configuration.write_text(content, "utf-8")
        event = types.FileEvent(configuration.as_uri(), types.FileChangeType.Changed)
        client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        assert code in {diagnostic.code for diagnostic in await published(client, file, 1)}


async def test_a_change_of_the_team_s_references_is_seen(client: Editor, tmp_path: Path) -> None:
    """Of other Markdown nothing is reviewed again."""
    file, folder = tmp_path / "a.rtreview.yaml", tmp_path / "house"
    folder.mkdir()
    ours = f"## {HEARTBEAT}\n\n### The fix\n\nAsk Ada.\n"
    (folder / "validations.md").write_text(ours, "utf-8")
    (tmp_path / ".rtreview.toml").write_text("references = 'house'\n", "utf-8")
    before = {each.code for each in await opened(client, file, FLAW)}
    assert HEARTBEAT in before
    for changed_file, is_seen in ((tmp_path / "notes.md", False), (folder / "validations.md", True)):
        changed_file.write_text("## no-such-section\n\nText.\n", "utf-8")
        event = types.FileEvent(changed_file.as_uri(), types.FileChangeType.Changed)
        client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        if is_seen:
            assert "configuration" in {each.code for each in await published(client, file, 1)}
        else:
            await asyncio.sleep(0.3)
            told = [client.published.get_nowait() for _ in range(client.published.qsize())]
            assert file.as_uri() not in {each.uri for each in told}


async def test_what_is_closed_has_no_findings_any_more(client: Editor, tmp_path: Path) -> None:
    """It may be another one when it is opened again."""
    file = tmp_path / "a.rtreview.yaml"
    assert await opened(client, file, FLAW)
    client.text_document_did_close(types.DidCloseTextDocumentParams(named(file)))
    assert await published(client, file, None) == []


HOSTILE = [
    "",
    "\x00",
    "\ud800",
    "\ufeff\ufeff",
    "[" * 5_000,
    "a: &a [*a]",
    "{" * 70 + "}" * 70,
    "rtreview: 1\ntransport: {path: [" + "nginx, " * 3_000 + "]}",
    "rtreview: 1\n" + "\u2028\x85\x0b" * 50 + "name: a",
    "x" * (2**20 + 1),
    "rtreview: 1\nfeatures: {" + ", ".join(f"f{number}: {{}}" for number in range(300)) + "}",
    "rtreview: 1\ndeployed_as: /dev/zero",
    "---\n" * 300,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
async def test_no_text_ends_the_server(client: Editor, tmp_path: Path, text: str) -> None:
    """Each is answered, whatever is asked and wherever."""
    file = tmp_path / "a.rtreview.yaml"
    await opened(client, file, text)
    far = types.Position(10**6, 10**6)
    for place in (types.Position(0, 0), types.Position(1, 7), far):
        await client.text_document_hover_async(types.HoverParams(named(file), place))
        await client.text_document_completion_async(types.CompletionParams(named(file), place))
    whole = types.Range(types.Position(0, 0), far)
    await client.text_document_inlay_hint_async(types.InlayHintParams(named(file), whole))
    await client.text_document_code_lens_async(types.CodeLensParams(named(file)))
    await client.text_document_document_link_async(types.DocumentLinkParams(named(file)))
    context = types.CodeActionContext([])
    await client.text_document_code_action_async(types.CodeActionParams(named(file), whole, context))
    client.text_document_did_close(types.DidCloseTextDocumentParams(named(file)))
    assert await opened(client, tmp_path / "b.rtreview.yaml", FLAW)


@pytest.mark.parametrize("uri", ["untitled:a.rtreview.yaml", "http://a/b.rtreview.yaml", "file:///%00"])
async def test_what_is_no_file_is_left_alone(client: Editor, uri: str) -> None:
    """It has no configuration, and no name."""
    item = types.TextDocumentItem(uri, "yaml", 1, FLAW)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    named_so = types.TextDocumentIdentifier(uri)
    question = types.HoverParams(named_so, types.Position(21, 15))
    assert await client.text_document_hover_async(question) is None
    told = [client.published.get_nowait() for _ in range(client.published.qsize())]
    assert not [each for each in told if each.uri == uri and each.diagnostics]


# In this process.


def framed(**message: Any) -> bytes:
    """A message as it is on the wire."""
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


class Conversation:
    """Messages as they are on the wire, with a server that runs in a thread of this process."""

    def __init__(self) -> None:
        taken, sending = os.pipe()
        receiving, given = os.pipe()
        self.sends, self.receives = open(sending, "wb"), open(receiving, "rb")  # noqa: SIM115, PTH123
        self.its = open(taken, "rb"), open(given, "wb")  # noqa: SIM115, PTH123
        self.server = Server(RULEBOOK, pause=0)
        self.thread = Thread(target=self.server.start_io, args=self.its)
        self.thread.start()
        self.count = 0
        self.told: list[dict[str, Any]] = []

    def tell(self, method: str, params: Any = None, **more: Any) -> None:
        """Send a message."""
        self.sends.write(framed(method=method, params=params, **more))
        self.sends.flush()

    def ask(self, method: str, params: Any = None) -> Any:
        """Send a request, and wait for its answer."""
        self.count += 1
        self.tell(method, params, id=self.count)
        while True:
            message = self.heard()
            if message.get("id") == self.count and "method" not in message:
                return message["result"]
            self.told.append(message)

    def heard(self) -> dict[str, Any]:
        """The next message."""
        length = 0
        while (line := self.receives.readline()) != b"\r\n":
            assert line, "the server has ended"
            name, _, value = line.partition(b":")
            length = int(value) if name == b"Content-Length" else length
        message: dict[str, Any] = json.loads(self.receives.read(length))
        return message

    def end(self) -> None:
        """Take leave."""
        self.ask("shutdown")
        self.tell("exit")
        self.thread.join(20)
        assert not self.thread.is_alive()
        for stream in (self.sends, self.receives, *self.its):
            stream.close()


@pytest.fixture
def conversed() -> Iterator[Conversation]:
    """A conversation that has begun."""
    conversation = Conversation()
    watching = {"didChangeWatchedFiles": {"dynamicRegistration": True}}
    conversation.ask(
        "initialize", {"processId": None, "rootUri": None, "capabilities": {"workspace": watching}}
    )
    conversation.tell("initialized", {})
    yield conversation
    conversation.end()


async def test_every_question_of_an_editor_has_an_answer(conversed: Conversation, tmp_path: Path) -> None:
    """And every message is taken."""
    uri = (tmp_path / "a.rtreview.yaml").as_uri()
    here = {"textDocument": {"uri": uri}}
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    at = {"line": 21, "character": 15}
    conversed.tell(
        "textDocument/didOpen",
        {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": FLAW}},
    )
    assert conversed.ask("textDocument/hover", {**here, "position": at})["contents"]["kind"] == "markdown"
    assert conversed.ask("textDocument/inlayHint", {**here, "range": whole})
    assert conversed.ask("textDocument/codeLens", here)
    assert conversed.ask("textDocument/documentLink", here)
    assert conversed.ask("textDocument/completion", {**here, "position": {"line": 19, "character": 11}})
    context = {"diagnostics": []}
    for only, count in ((None, 10), (["quickfix"], 10), ([FIX_ALL], 1), (["refactor"], 0)):
        params = {**here, "range": whole, "context": {**context, "only": only}}
        assert len(conversed.ask("textDocument/codeAction", params)) == count
    identified = {"uri": uri, "version": 2}
    change = {"textDocument": identified, "contentChanges": [{"text": FLAW.replace("60s", "25s")}]}
    conversed.tell("textDocument/didChange", change)
    conversed.tell("textDocument/didSave", here)
    conversed.tell("workspace/didChangeWatchedFiles", {"changes": []})
    assert "Best detection time" in str(conversed.ask("textDocument/hover", {**here, "position": at}))
    conversed.tell("textDocument/didClose", here)
    assert conversed.ask("textDocument/hover", {**here, "position": at}) is None
    (registered,) = [each for each in conversed.told if each["method"] == "client/registerCapability"]
    watched = registered["params"]["registrations"][0]["registerOptions"]["watchers"]
    assert "**/.rtreview.toml" in {each["globPattern"] for each in watched}


async def test_an_error_of_our_own_is_a_line_in_the_log(
    conversed: Conversation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The question has no answer, and the next one has."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("for want of a number")

    uri = (tmp_path / "a.rtreview.yaml").as_uri()
    document = {"uri": uri, "languageId": "yaml", "version": 1, "text": FLAW}
    conversed.tell("textDocument/didOpen", {"textDocument": document})
    question = {"textDocument": {"uri": uri}, "position": {"line": 21, "character": 15}}
    with monkeypatch.context() as patch:
        patch.setattr(server, "hover", broken)
        assert conversed.ask("textDocument/hover", question) is None
    assert f"{tmp_path / 'a.rtreview.yaml'}: ZeroDivisionError: for want of a number" in caplog.messages
    assert conversed.ask("textDocument/hover", question)
    assert not [each for each in conversed.told if each["method"].startswith("window/")]


# Without an editor.


def conversation(*messages: dict[str, Any], folder: Path) -> subprocess.CompletedProcess[bytes]:
    """A server that gets some messages, until its input ends."""
    sent = b"".join(framed(**message) for message in messages)
    return subprocess.run(
        [*COMMAND, "--stdio"], input=sent, capture_output=True, check=False, cwd=folder, timeout=60,
        env=CHECKOUT,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("units", ["utf-8", "utf-16", "utf-32"])
async def test_units_are_negotiated(tmp_path: Path, units: str) -> None:
    """What the editor names first is taken."""
    capabilities = {"general": {"positionEncodings": [units, "utf-16"]}}
    params = {"processId": None, "rootUri": None, "capabilities": capabilities}
    told = conversation({"id": 1, "method": "initialize", "params": params}, folder=tmp_path)
    assert f'"positionEncoding": "{units}"'.encode() in told.stdout


@pytest.mark.slow
async def test_the_server_ends_with_its_input(tmp_path: Path) -> None:
    """An editor that is gone leaves none behind."""
    told = conversation(folder=tmp_path)
    assert told.returncode == 0
    assert told.stdout == b""


@pytest.mark.slow
async def test_nothing_is_written_and_no_connection_is_opened(tmp_path: Path) -> None:
    """What would do so fails, and with it the answer."""
    script = (
        "import sys\n"
        "def seen(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.bind', 'subprocess.Popen', 'os.system', 'os.remove'):\n"
        "        raise RuntimeError(event)\n"
        "    if event == 'open' and isinstance(arguments[1], str) and set(arguments[1]) & set('wax+'):\n"
        "        raise RuntimeError(arguments[0])\n"
        "sys.dont_write_bytecode = True\n"
        "from rtreview.commands import app\n"
        "sys.addaudithook(seen)\n"
        "app(['lsp'])\n"
    )
    file = tmp_path / "a.rtreview.yaml"
    file.write_text(FLAW, "utf-8")
    client = Editor()
    await client.start_io(sys.executable, "-c", script)
    try:
        capabilities = types.ClientCapabilities()
        result = await client.initialize_session(types.InitializeParams(capabilities))
        assert result.capabilities.position_encoding == "utf-16"
        found = await opened(client, file)
        params = types.CodeActionParams(named(file), found[0].range, types.CodeActionContext(found))
        (action,) = await client.text_document_code_action_async(params)
        assert action.edit.changes[file.as_uri()]
        assert all(diagnostic.related_information is None for diagnostic in found)
    finally:
        await client.shutdown_session()
        await client.stop()
    assert [each.name for each in tmp_path.iterdir()] == ["a.rtreview.yaml"]


@pytest.mark.slow
async def test_without_its_packages_it_is_told_how_to_get_them(tmp_path: Path) -> None:
    """In a sentence."""
    script = "import sys\nsys.modules['lsprotocol'] = None\nfrom rtreview.commands import app\napp(['lsp'])\n"
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False, text=True, cwd=tmp_path,
        env=CHECKOUT,
    )  # fmt: skip
    assert told.returncode == 2
    assert "rtreview lsp needs lsprotocol: run `" in told.stderr
    assert " install 'rtreview[lsp]'`, with `'.[lsp]'` in a clone\n" in told.stderr
