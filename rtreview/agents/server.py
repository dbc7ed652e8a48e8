"""The server of the Model Context Protocol: six tools that read, the references, and three ways to work."""

from __future__ import annotations

import functools
import gc
import inspect
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from anyio import CapacityLimiter, from_thread, to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolResult, TextContent, Tool, ToolAnnotations
from pydantic import Field, StrictBool, ValidationError

from rtreview import __version__
from rtreview.agents import pages, ways
from rtreview.agents.answers import (
    AgentDoor,
    Answers,
    Diagnosed,
    DraftAnswer,
    Explained,
    FixAnswer,
    ReviewAnswer,
    SimulationAnswer,
    sentence,
)
from rtreview.agents.workspace import Workspace
from rtreview.init.questions import QUESTIONS
from rtreview.language import catalogue
from rtreview.language.notation import did_you_mean
from rtreview.rulebook.references import section_named
from rtreview.rulebook.rulebook import Rulebook
from rtreview.simulate import NAMES, scenarios
from rtreview.text import door, output
from rtreview.text.harmless import harmless
from rtreview.text.refusal import Refused, reason
from rtreview.text.shipped import ROOT

INSTRUCTIONS = f"""\
rtreview reviews the design of real-time features (chat, dashboards, presence, games, push) from a short \
YAML spec, by arithmetic: it says what is wrong, at which line, why, and what ends it. Begin with \
review_design. Answers come in pages below 8 KB; `page` asks for the next.

{ways.PRINCIPLES}"""

KINDS = {"rules": "rule", "sharp-edges": "sharp edge", "patterns": "pattern"}
"""The kinds of sections as addresses name them, and as reports do; patterns are with anti-patterns."""

_READS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)

SpecFile = Annotated[
    str, Field(description="The design, as a path below the root: `docs/chat.rtreview.yaml`, or Markdown.")
]
SpecText = Annotated[str, Field(description="In place of a path: the spec itself, as YAML or Markdown.")]
Page = Annotated[int, Field(description="Which page of the answer, from 1 on.", ge=1, strict=True)]
_SCENARIOS = "; ".join(f"{scenario.name}: {scenario.tells}" for scenario in scenarios())
_ASKED = {question.name: f"{question.asks} {question.hint}" for question in QUESTIONS}


class Server(MCPServer[Any]):
    """Serves a folder that is the current one.

    Calls are answered in a thread, one after the other: a rule tries values out in what designs share, and
    two reviews at once would take as long as one after the other. Meanwhile the server takes requests, and a
    call that is cancelled before its turn is never begun.

    Args:
        root: the folder.
        ours: our own rules and references.

    """

    def __init__(self, root: Path, ours: Rulebook) -> None:
        super().__init__(
            "rtreview",
            title="rtreview",
            description="Reviews the design of real-time features before they are built.",
            instructions=INSTRUCTIONS,
            version=__version__,
            log_level="WARNING",
        )
        self._root, self._ours = Path(os.path.realpath(root)), ours
        self._turn = CapacityLimiter(1)
        self._bookmarks = pages.Bookmarks()
        for function in (
            self.review_design,
            self.explain_reference,
            self.diagnose_symptoms,
            self.simulate_design,
            self.draft_design,
            self.propose_fixes,
        ):
            self.add_tool(
                self._tool(function),
                title=function.__name__.replace("_", " ").capitalize(),
                description=inspect.getdoc(function),
                annotations=_READS,
            )
        self._offer_resources()
        self._offer_prompts()
        # What all calls share is not looked through again.
        gc.freeze()

    @property
    def _workspace(self) -> Workspace:
        """The folder for one call: somebody may have edited its configuration since the last."""
        return Workspace(self._root, self._ours)

    @property
    def _answers(self) -> Answers:
        return Answers(self._workspace, from_thread.check_cancelled, self._bookmarks)

    def review_design(
        self,
        path: SpecFile = "",
        text: SpecText = "",
        detail: Annotated[
            StrictBool, Field(description="Also the undecided rules, with the fields that each needs.")
        ] = False,
        page: Page = 1,
    ) -> ReviewAnswer:
        """Review the design of real-time features.

        Tells what is violated, by which numbers, at which line, and which change of the spec ends it; and
        what the spec leaves open (verdict `unstated`), which people have to answer. Takes the path of a
        spec, or of a folder of them, below the root, or the text of a spec.
        """
        return self._answers.review(path, text, page, detail=detail)

    def explain_reference(
        self,
        name: Annotated[
            str,
            Field(
                description="`missing-heartbeat`, `aws-alb`, `transport.resume`, or words: `half-open`. "
                "`fields`, `platforms` and `rules` list all."
            ),
        ],
        page: Page = 1,
    ) -> Explained:
        """Explain what a finding rests on, by its name.

        That is a rule, a sharp edge, a pattern or an anti-pattern, a platform with its timeouts and limits,
        or a field of a spec. Other words are searched for.
        """
        return self._answers.explain(name, page)

    def diagnose_symptoms(
        self,
        symptoms: Annotated[
            str,
            Field(description="What is seen, in a sentence or two: `users flicker online and offline`."),
        ],
        path: SpecFile = "",
        text: SpecText = "",
        answers: Annotated[
            dict[str, StrictBool | None] | None,
            Field(description="Answers to questions of an earlier call, by their sign; null: nobody knows."),
        ] = None,
        page: Page = 1,
    ) -> Diagnosed:
        """Tell which known failure of real-time systems symptoms look like.

        And how to confirm it, and what ends it; with a design also whether that is open to it. Ask the
        questions that come back, and call again with the answers.
        """
        return self._answers.diagnose(symptoms, path, text, answers or {}, page)

    def simulate_design(
        self,
        path: SpecFile = "",
        text: SpecText = "",
        scenario: Annotated[
            str, Field(description=_SCENARIOS, json_schema_extra={"enum": list(NAMES)})
        ] = NAMES[0],
        changes: Annotated[
            list[str] | None,
            Field(description="Compare with the design in which these are set: `topology.nodes=8`."),
        ] = None,
        detail: Annotated[StrictBool, Field(description="Also what went in, and the curves.")] = False,
        page: Page = 1,
    ) -> SimulationAnswer:
        """Simulate what happens to a design, from its own numbers, and with other values of its fields."""
        return self._answers.simulate(path, text, scenario, changes or [], page, detail=detail)

    def draft_design(
        self,
        purpose: Annotated[str, Field(description=_ASKED["purpose"])] = "",
        writers: Annotated[str, Field(description=_ASKED["writers"])] = "",
        connections: Annotated[str, Field(description=_ASKED["connections"])] = "",
        room: Annotated[str, Field(description=_ASKED["room"])] = "",
        clients: Annotated[str, Field(description=_ASKED["clients"])] = "",
        path: Annotated[str, Field(description=_ASKED["path"])] = "",
        library: Annotated[str, Field(description=_ASKED["library"])] = "",
        nodes: Annotated[str, Field(description=_ASKED["nodes"])] = "",
        offline: Annotated[str, Field(description=_ASKED["offline"])] = "",
        presence: Annotated[str, Field(description=_ASKED["presence"])] = "",
        page: Page = 1,
    ) -> DraftAnswer:
        """Draft the first spec of a real-time feature by the patterns, from up to ten answers.

        What is not answered is taken as usual, and told; `?` leaves it open. Nothing is written.
        """
        given = {
            "purpose": purpose,
            "writers": writers,
            "connections": connections,
            "room": room,
            "clients": clients,
            "path": path,
            "library": library,
            "nodes": nodes,
            "offline": offline,
            "presence": presence,
        }
        return self._answers.draft(given, page)

    def propose_fixes(
        self,
        path: SpecFile = "",
        text: SpecText = "",
        rules: Annotated[list[str] | None, Field(description="Only for findings of these rules.")] = None,
        everything: Annotated[
            StrictBool, Field(description="Also the changes that somebody has to think about first.")
        ] = False,
        page: Page = 1,
    ) -> FixAnswer:
        """Show as a difference what ends the findings of a spec.

        Each change was tried by a review, and brings no other finding. Nothing is written.
        """
        return self._answers.fix(path, text, rules or [], page, everything=everything)

    async def list_tools(self) -> list[Tool]:
        """The tools; their schemas without titles, which say what the keys below them say already."""
        return [
            tool.model_copy(
                update={
                    "input_schema": _untitled(tool.input_schema),
                    "output_schema": _untitled(tool.output_schema),
                }
            )
            for tool in await super().list_tools()
        ]

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """The answer of a tool, or a sentence for whoever asked where there is none."""
        try:
            await self._check_names(name, arguments)
            return await super().call_tool(name, arguments, context)
        except Refused as refused:
            told = str(refused)
        except ToolError as error:
            cause = error.__cause__
            if isinstance(cause, ValidationError):
                told = "; ".join(_expected(mistake) for mistake in cause.errors())
            elif not isinstance(cause, Exception) or not (told := sentence(cause)):
                _log.exception("%s failed", name)
                told = (
                    "rtreview itself failed here, which is a bug of it: its standard error has the traceback"
                )
        lines = "\n".join(harmless(line) for line in told.split("\n"))
        text = pages.shortened(lines, pages.LARGEST)
        return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Any = None
    ) -> Any:
        """A way to work; or a sentence for whoever asked, where the name or an argument is none of ours."""
        try:
            await self._check_prompt(name, arguments or {})
        except Refused as refused:
            raise MCPError(INVALID_PARAMS, harmless(pages.shortened(str(refused), pages.LARGEST))) from None
        return await super().get_prompt(name, arguments, context)

    async def _check_names(self, name: str, arguments: Mapping[str, Any]) -> None:
        """See that a tool and its arguments are called so; one that is mistyped would be overlooked."""
        # Only whoever asks for the tools needs their schemas without titles.
        known = {tool.name: tool.input_schema["properties"] for tool in await super().list_tools()}
        _check_name("no tool is called", name, known)
        for argument in arguments:
            _check_name(f"{name} takes no", argument, known[name])

    async def _check_prompt(self, name: str, arguments: Mapping[str, Any]) -> None:
        """See that there is such a prompt, which gets all that it needs and nothing else."""
        known = {prompt.name: prompt.arguments or [] for prompt in await self.list_prompts()}
        _check_name("no prompt is called", name, known)
        for each in known[name]:
            if each.required and each.name not in arguments:
                raise Refused(f"{name}: `{each.name}` is missing")
        for argument in arguments:
            _check_name(f"{name} takes no", argument, [each.name for each in known[name]])

    def _tool(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A tool that answers when it is its turn, as JSON in the form that it declares.

        The protocol wants it twice: as data, since a form is declared, and as text for hosts that read no
        data. A host passes on one of them to its model, so both hold the same.
        """

        @functools.wraps(function)
        async def answered(**arguments: Any) -> CallToolResult:
            answer = pages.shown(await self._in_turn(functools.partial(function, **arguments)))
            answer = pages.shortened(answer, pages.LARGEST)
            text = TextContent(type="text", text=pages.written(answer))
            return CallToolResult(content=[text], structured_content=answer)

        return answered

    async def _in_turn(self, work: Callable[[], Any]) -> Any:
        try:
            with door.at(AgentDoor()):
                return await to_thread.run_sync(work, limiter=self._turn)
        finally:
            # What a call has read is let go before the next one reads more.
            gc.collect()

    def _offer_resources(self) -> None:
        for folder, kind in KINDS.items():
            self.resource(
                f"rtreview://{folder}/{{id}}",
                name=kind,
                title=f"A {kind} of the references",
                description=f"The section of a {kind}, by its id.",
                mime_type="text/markdown",
            )(self._section_resource(kind))

        async def platform(name: str) -> str:
            found = await self._in_turn(functools.partial(catalogue.find, name))
            if found is None:
                hint = did_you_mean(name, catalogue.names())
                raise ResourceNotFoundError(f"no platform is called `{name}`{hint}")
            return str(found.source)

        async def schema() -> str:
            return (ROOT / "schemas" / "design.schema.json").read_text("utf-8")

        self.resource(
            "rtreview://platforms/{name}",
            name="platform",
            title="A platform of the catalogue",
            description="What a platform fixes and limits, with the evidence, by its id or an alias.",
            mime_type="application/yaml",
        )(platform)
        self.resource(
            "rtreview://schema",
            name="schema",
            title="The JSON Schema of a spec",
            description="For a validator: it takes 780 KB. explain_reference explains a field.",
            mime_type="application/schema+json",
        )(schema)

    def _section_resource(self, kind: str) -> Callable[[str], Any]:
        def found(id_: str) -> str:
            sections = {
                name: section
                for name, section in self._workspace.settings.rulebook.sections.items()
                if section.citation.term.removeprefix("anti-") == kind
            }
            section = section_named(sections, id_)
            if section is None:
                raise ResourceNotFoundError(
                    f"no {kind} is called `{id_}`{did_you_mean(id_, tuple(sections))}"
                )
            return section.source

        async def section(id: str) -> str:  # noqa: A002 - the name in the address
            return str(await self._in_turn(functools.partial(found, id)))

        return section

    def _offer_prompts(self) -> None:
        def review_design(path: str = "") -> str:
            return ways.review(path)

        def design_feature(feature: str) -> str:
            return ways.design(feature)

        def diagnose_incident(symptoms: str, path: str = "") -> str:
            return ways.diagnosis(symptoms, path)

        for way, title, description in (
            (review_design, "Review a design", "Review a design, explain what is found, and propose fixes."),
            (design_feature, "Design a feature", "From a feature in words to a spec without a violation."),
            (diagnose_incident, "Diagnose an incident", "From symptoms to their cause, and to the design."),
        ):
            self.prompt(title=title, description=description)(way)


def serve(root: str, ours: Rulebook) -> None:
    """Serve a folder over standard input and output, until the input ends.

    Args:
        root: the folder; it becomes the current one.
        ours: our own rules and references.

    Raises:
        Refused: it is no folder.

    """
    try:
        os.chdir(root)
    except (OSError, ValueError) as error:
        raise Refused(f"--root: `{root}` is no folder that can be served: {reason(error)}") from None
    output.leave_to("an agent")
    server = Server(Path.cwd(), ours)
    try:
        server.run("stdio")
    except* BrokenPipeError:
        # Nobody is there any more, which is how a host may end a server.
        pass


_log = logging.getLogger(__name__)

_EXPECTED: Mapping[str, str] = {
    "string": "a string",
    "int": "a whole number",
    "bool": "true or false",
    "list": "a list",
    "dict": "an object",
}


def _expected(mistake: Any) -> str:
    """What is wrong with an argument, in a sentence; what was given may be long, and is left out."""
    name = ".".join(str(part) for part in mistake["loc"])
    kind = mistake["type"]
    if kind == "missing":
        return f"`{name}` is missing"
    if kind == "greater_than_equal":
        return f"`{name}`: expected {mistake['ctx']['ge']} or more"
    expected = _EXPECTED.get(kind.partition("_")[0], "")
    return f"`{name}`: expected {expected}" if expected else f"`{name}`: {mistake['msg']}"


def _untitled(schema: Any) -> Any:
    """A schema without the titles that pydantic makes of names; a property may be called `title` itself."""
    if isinstance(schema, list):
        return [_untitled(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _untitled(each) for name, each in value.items()}
        if key in ("properties", "$defs")
        else _untitled(value)
        for key, value in schema.items()
        if key != "title"
    }


def _check_name(refusal: str, name: str, known: Iterable[str]) -> None:
    """See that something is called so."""
    names = tuple(known)
    if name not in names:
        hint = did_you_mean(name, names) or f": there are {', '.join(names)}"
        raise Refused(f"{refusal} `{name}`{hint}")
