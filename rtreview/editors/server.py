"""The language server: an editor's questions, and answers as its protocol has them; alone imports pygls."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from rtreview import __version__
from rtreview.editors import completion, hints, mending
from rtreview.editors.desk import Desk
from rtreview.editors.hover import hover
from rtreview.editors.mending import Mending
from rtreview.editors.positions import Position, Positions, Range, Units
from rtreview.editors.sheet import Sheet
from rtreview.project.settings import BASELINE, OWN_FILE, SHARED_FILE
from rtreview.render.exchange import next_step, shown
from rtreview.rulebook import references
from rtreview.rulebook.finding import Finding, Severity, Verdict
from rtreview.rulebook.rulebook import Rulebook
from rtreview.text import output
from rtreview.text.markdown import MARKDOWN

PAUSE = 0.1
"""Seconds without a keystroke after which a text is reviewed: nobody reads what is found while typing."""

FIX_ALL = "source.fixAll.rtreview"
"""The kind of the action that makes all safe fixes, which an editor may be told to ask for when it saves."""

T = TypeVar("T")


class Opened(NamedTuple):
    """An open file as it was when something was asked about it."""

    uri: str
    path: str
    version: int | None
    text: str
    positions: Positions


class Outdated(Exception):  # noqa: N818 - not an error of the program
    """Nobody waits for an answer any more: the text has changed."""


class Server(LanguageServer):
    """Serves the open designs of an editor.

    Reviews, and all that looks at a design, are done in one thread, one after the other: a rule tries values
    out in what designs share. Meanwhile the server takes messages, so that work on a text that has changed
    is dropped.

    Args:
        ours: our own rules and references.
        pause: seconds without a keystroke before a review.

    """

    def __init__(self, ours: Rulebook, pause: float = PAUSE) -> None:
        # A text as a whole: pygls ends lines where editors do not, and so would misplace a part.
        super().__init__("rtreview", __version__, types.TextDocumentSyncKind.Full)
        self.pause = pause
        self._desk = Desk(ours)
        self._turn = ThreadPoolExecutor(1, "review")
        self._waiting: dict[str, asyncio.Task[None]] = {}
        for method, answer in (
            (types.INITIALIZED, self.watch),
            (types.TEXT_DOCUMENT_DID_OPEN, self.opened),
            (types.TEXT_DOCUMENT_DID_CHANGE, self.changed),
            (types.TEXT_DOCUMENT_DID_SAVE, self.saved),
            (types.TEXT_DOCUMENT_DID_CLOSE, self.closed),
            (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self.reconfigured),
            (types.TEXT_DOCUMENT_HOVER, self.hover),
            (types.TEXT_DOCUMENT_INLAY_HINT, self.inlay_hints),
            (types.TEXT_DOCUMENT_DOCUMENT_LINK, self.links),
        ):
            self.feature(method)(_plain(answer))
        self.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=False))(
            _plain(self.lenses)
        )
        self.feature(
            types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[" ", "[", "-", "{"])
        )(_plain(self.completion))
        self.feature(
            types.TEXT_DOCUMENT_CODE_ACTION,
            types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL]),
        )(_plain(self.actions))

    # What an editor tells.

    async def watch(self, _: types.InitializedParams) -> None:
        """Ask to be told when a configuration or a reference changes, where the editor can do so."""
        workspace = self.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        if watching is None or not watching.dynamic_registration:
            return
        names = (OWN_FILE, SHARED_FILE, BASELINE, "*.md")
        watchers = [types.FileSystemWatcher(f"**/{name}") for name in names]
        await self.client_register_capability_async(
            types.RegistrationParams(
                [
                    types.Registration(
                        "configurations",
                        types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                        types.DidChangeWatchedFilesRegistrationOptions(watchers),
                    )
                ]
            )
        )

    async def opened(self, params: types.DidOpenTextDocumentParams) -> None:
        """Review what was opened at once."""
        self._review_later(params.text_document.uri, 0)

    async def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        """Review what was changed, when nothing more is typed."""
        self._review_later(params.text_document.uri, self.pause)

    async def saved(self, params: types.DidSaveTextDocumentParams) -> None:
        """Review what was saved: files that it names may have changed too."""
        self._review_anew(params.text_document.uri)

    async def closed(self, params: types.DidCloseTextDocumentParams) -> None:
        """Forget what was closed."""
        uri = params.text_document.uri
        if (waiting := self._waiting.pop(uri, None)) is not None:
            waiting.cancel()
        if path := to_fs_path(uri):
            await self._in_turn(functools.partial(self._desk.forget, path))
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    async def reconfigured(self, params: types.DidChangeWatchedFilesParams) -> None:
        """Review what rests on a configuration or a reference of the team that has changed."""
        paths = [to_fs_path(event.uri) or "" for event in params.changes]
        for uri in list(self.workspace.text_documents):
            if any(self._desk.rests_on(to_fs_path(uri) or "", path) for path in paths):
                self._review_anew(uri)

    def _review_anew(self, uri: str) -> None:
        if path := to_fs_path(uri):
            self._turn.submit(self._desk.reread, path)
        self._review_later(uri, 0)

    def _review_later(self, uri: str, pause: float) -> None:
        if (waiting := self._waiting.get(uri)) is not None:
            waiting.cancel()
        self._waiting[uri] = asyncio.ensure_future(self._review(uri, pause))

    async def _review(self, uri: str, pause: float) -> None:
        await asyncio.sleep(pause)
        opened = self._opened(uri)
        if opened is None:
            return

        def found() -> list[types.Diagnostic]:
            sheet = self._desk.sheet(opened.path, opened.text)
            return list(self._diagnostics(opened, sheet)) if sheet else []

        diagnostics = await self._answer(opened, found)
        if diagnostics is not None and self._is_current(opened):
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri, diagnostics, opened.version)
            )

    def _diagnostics(self, opened: Opened, sheet: Sheet) -> Iterator[types.Diagnostic]:
        top = Range(Position(0, 0), Position(0, 0))
        for trouble in sheet.troubles:
            yield types.Diagnostic(
                _range(top),
                shown(trouble),
                types.DiagnosticSeverity.Error,
                code="configuration",
                source=_NAME,
            )
        for finding in (*(found for _, found in sheet.findings), *sheet.remembered):
            yield self._diagnostic(opened, finding)

    def _diagnostic(self, opened: Opened, finding: Finding) -> types.Diagnostic:
        document = self.client_capabilities.text_document
        publishing = document.publish_diagnostics if document else None
        related = [
            types.DiagnosticRelatedInformation(
                types.Location(opened.uri, _range(opened.positions.range(place.span))),
                shown(place.label or place.name),
            )
            for place in finding.related
        ]
        address = _address(finding)
        return types.Diagnostic(
            _range(opened.positions.range(finding.place.span)),
            _message(finding),
            _severity(finding),
            code=finding.rule,
            code_description=types.CodeDescription(address) if address else None,
            source=_NAME,
            related_information=related if publishing and publishing.related_information else None,
        )

    # What an editor asks.

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        """What there is to say of a place."""

        def found(opened: Opened, sheet: Sheet) -> types.Hover | None:
            at = Position(params.position.line, params.position.character)
            said = hover(sheet, *opened.positions.place(at))
            if said is None:
                return None
            content = types.MarkupContent(types.MarkupKind.Markdown, said.markdown)
            return types.Hover(content, _range(opened.positions.range(said.span)))

        return await self._asked(params.text_document.uri, found)

    async def inlay_hints(self, params: types.InlayHintParams) -> list[types.InlayHint] | None:
        """What platforms fix where a design is silent."""
        wanted = _own_range(params.range)

        def found(opened: Opened, sheet: Sheet) -> list[types.InlayHint]:
            placed = ((hint, opened.positions.range(hint.span)) for hint in hints.defaults(sheet))
            return [
                types.InlayHint(
                    types.Position(*where.end), hint.text, tooltip=hint.tooltip, padding_left=True
                )
                for hint, where in placed
                if where.touches(wanted)
            ]

        return await self._asked(params.text_document.uri, found)

    async def lenses(self, params: types.CodeLensParams) -> list[types.CodeLens] | None:
        """What a restart comes to, over each connection."""

        def found(opened: Opened, sheet: Sheet) -> list[types.CodeLens]:
            return [
                types.CodeLens(_range(opened.positions.range(hint.span)), types.Command(hint.text, ""))
                for hint in hints.restarts(sheet)
            ]

        return await self._asked(params.text_document.uri, found)

    async def links(self, params: types.DocumentLinkParams) -> list[types.DocumentLink] | None:
        """From platforms to where what is known of them is from."""

        def found(opened: Opened, sheet: Sheet) -> list[types.DocumentLink]:
            return [
                types.DocumentLink(_range(opened.positions.range(link.span)), link.address, link.tooltip)
                for link in hints.links(sheet)
            ]

        return await self._asked(params.text_document.uri, found)

    async def completion(self, params: types.CompletionParams) -> list[types.CompletionItem] | None:
        """What may stand at a place."""
        at = Position(params.position.line, params.position.character)

        def found(opened: Opened, _: Sheet) -> list[types.CompletionItem]:
            is_markdown = opened.path.lower().endswith(MARKDOWN)
            offers = completion.offers(opened.text, *opened.positions.place(at), markdown=is_markdown)
            return [
                types.CompletionItem(
                    offer.name,
                    kind=_KINDS[offer.kind],
                    detail=offer.detail or None,
                    documentation=offer.meaning or None,
                    filter_text=offer.text,
                    text_edit=types.TextEdit(_range(opened.positions.range(offer.span)), offer.text),
                )
                for offer in offers
            ]

        return await self._asked(params.text_document.uri, found)

    async def actions(self, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        """Changes that end the findings of a place, each as it was tried; or all safe ones of the text."""
        wanted, only = _own_range(params.range), params.context.only

        def found(opened: Opened, sheet: Sheet) -> list[types.CodeAction]:
            def still_wanted() -> None:
                if not self._is_current(opened):
                    raise Outdated

            offered: list[Mending | None] = []
            if _is_asked(types.CodeActionKind.QuickFix.value, only):
                offered += mending.mendings(sheet, _at(opened, sheet, wanted), still_wanted)
            if only is not None and _is_asked(FIX_ALL, only):
                offered.append(mending.all_safe(sheet, still_wanted))
            return [self._action(opened, each, params.context.diagnostics) for each in offered if each]

        return await self._asked(params.text_document.uri, found)

    def _action(
        self, opened: Opened, mended: Mending, diagnostics: Iterable[types.Diagnostic]
    ) -> types.CodeAction:
        edits = [
            types.TextEdit(
                _range(Range(opened.positions.position(edit.start), opened.positions.position(edit.end))),
                edit.text,
            )
            for edit in mended.edits
        ]
        finding = mended.finding
        where = _range(opened.positions.range(finding.place.span)) if finding else None
        return types.CodeAction(
            mended.title,
            types.CodeActionKind.QuickFix if finding else FIX_ALL,
            [each for each in diagnostics if finding and (each.code, each.range) == (finding.rule, where)],
            is_preferred=mended.is_safe,
            edit=self._edited(opened, edits),
        )

    def _edited(self, opened: Opened, edits: list[types.TextEdit]) -> types.WorkspaceEdit:
        """Edits of the text as it was, where the editor can be told which that is."""
        workspace = self.client_capabilities.workspace
        editing = workspace.workspace_edit if workspace else None
        if editing is None or not editing.document_changes:
            return types.WorkspaceEdit({opened.uri: edits})
        named = types.OptionalVersionedTextDocumentIdentifier(opened.uri, opened.version)
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(named, list(edits))])

    # How it is done.

    def _opened(self, uri: str) -> Opened | None:
        """An open file as it is now; None where it is none that a design can be in."""
        document = self.workspace.text_documents.get(uri)
        path = to_fs_path(uri) if uri.startswith("file:") else None
        if document is None or not path:
            return None
        units: Units = types.PositionEncodingKind(self.workspace.position_encoding).value
        return Opened(uri, path, document.version, document.source, Positions(document.source, units))

    def _is_current(self, opened: Opened) -> bool:
        document = self.workspace.text_documents.get(opened.uri)
        return document is not None and document.version == opened.version

    async def _asked(self, uri: str, found: Callable[[Opened, Sheet], T]) -> T | None:
        """What is found in the text as it is now; None where that is no design."""
        opened = self._opened(uri)
        if opened is None:
            return None

        def answer() -> T | None:
            sheet = self._desk.sheet(opened.path, opened.text)
            return found(opened, sheet) if sheet else None

        return await self._answer(opened, answer)

    async def _answer(self, opened: Opened, work: Callable[[], T]) -> T | None:
        """What some work comes to; None where it fails, as the log tells, or the text has changed."""
        try:
            return await self._in_turn(work)
        except Outdated:
            return None
        except Exception as error:
            # A text must not end the server, whatever it is.
            _log.warning("%s: %s: %s", shown(opened.path), type(error).__name__, shown(str(error)))
            _log.debug("where it happened", exc_info=True)
            return None

    def report_server_error(self, error: Exception, source: object) -> None:
        """Say in the log what went wrong, and nowhere else: nobody who types can do anything about it."""
        _log.warning("%s: %s", type(error).__name__, shown(str(error)))

    def shutdown(self) -> None:
        """End, without what nobody waits for any more."""
        self._turn.shutdown(wait=False, cancel_futures=True)
        super().shutdown()  # type: ignore[no-untyped-call]

    async def _in_turn(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._turn, work)


def serve(ours: Rulebook) -> None:
    """Serve an editor over standard input and output, until the input ends.

    Args:
        ours: our own rules and references.

    """
    output.leave_to("an editor")
    Server(ours).start_io()


_log = logging.getLogger(__name__)

_NAME = "rtreview"

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}

_KINDS = {
    "platform": types.CompletionItemKind.Module,
    "key": types.CompletionItemKind.Property,
    "word": types.CompletionItemKind.EnumMember,
}


def _plain(method: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A method as a function: what a method is bound to cannot be marked as a feature."""

    @functools.wraps(method)
    async def answer(params: Any) -> Any:
        return await method(params)

    return answer


def _address(finding: Finding) -> str:
    """Where somebody at this machine reads the section of a rule; empty for what no rule says."""
    cited = finding.cites.validation
    return references.address(cited) if cited else ""


def _severity(finding: Finding) -> types.DiagnosticSeverity:
    """How an editor marks it: what is asked or noted is no fault, however grave it may be."""
    if finding.verdict in (Verdict.UNSTATED, Verdict.NOTE):
        return types.DiagnosticSeverity.Information
    return _SEVERITIES[finding.severity]


def _message(finding: Finding) -> str:
    """What is wrong, and in a line of its own what to do now."""
    return "\n".join(filter(None, (shown(finding.message), shown(next_step(finding)))))


def _at(opened: Opened, sheet: Sheet, wanted: Range) -> Callable[[Finding], bool]:
    """Whether a finding stands at a place; where none does, whether it stands in its line."""

    def touches(finding: Finding) -> bool:
        return opened.positions.range(finding.place.span).touches(wanted)

    def shares_a_line(finding: Finding) -> bool:
        return opened.positions.range(finding.place.span).shares_a_line(wanted)

    return touches if any(touches(finding) for _, finding in sheet.findings) else shares_a_line


def _is_asked(kind: str, only: Iterable[str] | None) -> bool:
    """Whether actions of a kind are wanted: those of a kind are those of all below it."""
    return only is None or any(f"{kind}.".startswith(f"{each}.") for each in only)


def _range(own: Range) -> types.Range:
    return types.Range(types.Position(*own.start), types.Position(*own.end))


def _own_range(given: types.Range) -> Range:
    return Range(
        Position(given.start.line, given.start.character), Position(given.end.line, given.end.character)
    )
