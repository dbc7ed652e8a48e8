"""Terraform: the folders of a configuration, and what their variables, locals and outputs stand for.

A folder is a module (developer.hashicorp.com/terraform/language/modules), which stands for itself where none
calls it, and else as often as it is called. The value of a variable is what the call gives, or its default;
where a folder stands for itself, it is what a `tfvars` file says: `terraform.tfvars` and `*.auto.tfvars` are
read by themselves, others only where somebody names them.
"""

from __future__ import annotations

import posixpath
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice
from pathlib import PurePosixPath

from rtreview.evidence.deployment import CONDITION, Fact, File, Line, Override, Station
from rtreview.evidence.readers.clouds import aws, azure, google
from rtreview.evidence.readers.clouds.hcl import parsed
from rtreview.evidence.readers.clouds.resources import MOST_STEPS, Cloud, Followed, Resource, Section
from rtreview.evidence.readers.node import OPEN, Node, of

GIVEN = ".tfvars"
SUFFIXES = (".tf", ".tofu", GIVEN, ".tf.json", ".tofu.json", f"{GIVEN}.json")

AROUND = ("terragrunt.hcl", "root.hcl")
"""Files of Terragrunt, which runs Terraform with values of its own."""

LABELS = {"resource": 2, "data": 2, "variable": 1, "output": 1, "module": 1, "provider": 1}
"""How many labels the blocks have that a configuration in JSON nests by its keys."""

MODULES = {"terraform-aws-modules/alb/aws": "aws_lb"}
"""Modules that others publish, which carry the attributes of one resource."""

DEEPEST, MOST_MODULES, MOST_RESOURCES = 8, 500, 20_000
"""Modules in modules, and how many of them and of their resources are looked at."""

KEEPING = frozenset(
    {"create_before_destroy", "prevent_destroy", "replace_triggered_by", "precondition", "postcondition"}
)  # fmt: skip
"""What `lifecycle` may say of a resource that is there as it is written, but for what is ignored."""

LONGEST_NAME = 200
"""Signs of a name."""

_OVERRIDE = re.compile(r"(?:^|[/_])override\.(?:tf|tofu)(?:\.json)?$")
_CHOICE = re.compile(
    r"(?P<not>!?)\s{0,9}(?P<switch>(?:var|local)\.[\w-]{1,100})\s{0,9}\?\s{0,9}(?P<yes>[0-9]{1,4})"
    r"\s{0,9}:\s{0,9}(?P<no>[0-9]{1,4})"
)
_EMPTY = re.compile(r"(?:toset|tomap)\(\s{0,9}[\[{]\s{0,9}[\]}]\s{0,9}\)")
_REFERENCE = re.compile(r"(?<![\w.])([A-Za-z_][\w-]{0,100}(?:\.[\w-]{1,100}|\[[^\[\]\n]{0,60}\]){1,12})")
_INDEX = re.compile(r"\[[^\[\]]{0,200}\]")
_RESOURCE = re.compile(r"(?<![\w.-])[A-Za-z_][\w-]*+\.[A-Za-z_][\w-]*+")
_ARGUMENT = re.compile(r"\s{0,9}[A-Za-z_]\w{0,100}")
_NAME = re.compile(r"[A-Za-z_][\w-]*+(?:\.[\w-]++)++")


def takes(file: File) -> bool:
    """Whether it is a part of a configuration that somebody wrote, and no module that was downloaded."""
    is_read = file.name.endswith(SUFFIXES) or _is_around(file.name)
    return is_read and "/.terraform/" not in f"/{file.name}"


def stations(files: Sequence[File]) -> Iterator[Station]:
    """What stands on the way in all modules."""
    folders = _folders({file.name: _body(file) for file in files})
    resources = (resource for module in _modules(folders) for resource in module.resources())
    there = list(islice(resources, MOST_RESOURCES))
    counted = {each.section.line: why for each in there if (why := _counted(each.section))}
    doubted = {each.section.line: each.section.node.doubt for each in there if each.section.node.doubt}
    for station in chain.from_iterable(vendor.stations(Cloud(there)) for vendor in (aws, google, azure)):
        why = counted.get(station.line, "")
        yield _doubted(station.under(why) if why else station, doubted)


def _doubted(station: Station, lines: Mapping[Line, str]) -> Station:
    """A station with what is open in it since a resource that begins at one of some lines may be another.

    What is written in it is open already.
    """
    if not lines:
        return station

    def doubt(fact: Fact) -> Fact:
        why = lines.get(fact.line)
        return fact if fact.is_open or not why else fact._replace(value=None, decided_by=why, otherwise=())

    return station.with_each(doubt)


def _counted(section: Section) -> str:
    """What decides whether a resource is there; nothing where it is."""
    said = section.said("count")
    is_open = said is not None and said.value is None and _chosen(section) is None
    return f"{CONDITION} whether `{section.line.text}` is there" if is_open else ""


def _is_absent(section: Section) -> bool:
    """Whether there is none of a resource or of a module."""
    said, each = section.said("count"), section.node.last("for_each")
    is_empty = each is not None and (each.inside == [] or _EMPTY.fullmatch(each.text) is not None)
    count = said.value if said is not None and said.value is not None else _chosen(section)
    return is_empty or str(count) == "0"


def _chosen(section: Section) -> str | None:
    """The count that a switch decides, as in `var.is_public ? 1 : 0`; None where that is not told."""
    stated = section.node.last("count")
    found = _CHOICE.fullmatch(stated.text) if stated is not None and len(stated.text) < LONGEST_NAME else None
    if stated is None or found is None:
        return None
    switch = section.scope.followed(replace(stated, text=found["switch"])).node.value
    if not isinstance(switch, bool):
        return None
    return found["yes"] if switch is not bool(found["not"]) else found["no"]


def _body(file: File) -> Node:
    """What a file holds, also in JSON (developer.hashicorp.com/terraform/language/syntax/json)."""
    if not file.name.endswith(".json"):
        return parsed(file)
    whole = of(file.document, file)
    if file.name.endswith(f"{GIVEN}.json"):
        return whole
    named = chain.from_iterable(map(_alternatives, whole.inside or ()))
    blocks = (each for node in named for each in _labelled(node))
    return replace(whole, inside=list(blocks))


def _labelled(node: Node) -> Iterator[Node]:
    """The blocks that a key of JSON stands for, each with its labels; one that has several is a list."""
    found = [node]
    for _ in range(LABELS.get(node.name, 0)):
        found = [
            replace(inner, name=node.name, labels=(*each.labels, inner.name))
            for each in found
            for inner in chain.from_iterable(map(_alternatives, each.inside or ()))
        ]
    yield from found


def _alternatives(node: Node) -> Iterator[Node]:
    """A node, or those of a list that it is, under its name."""
    is_list = bool(node.inside) and not node.inside[0].name  # type: ignore[index]
    yield from (replace(each, name=node.name) for each in node.inside or ()) if is_list else (node,)


def _names(block: Node) -> set[str]:
    """The names of resources that stand anywhere in a block."""
    found: set[str] = set()
    ahead = [block]
    while ahead:
        node = ahead.pop()
        found.update(_RESOURCE.findall(f"{node.text} {node.value}"))
        ahead += node.inside or ()
    return found


def _kept(block: Node, why: str) -> Node:
    """A resource, with a doubt at each argument that Terraform does not keep as it is written.

    By developer.hashicorp.com/terraform/language/meta-arguments/lifecycle: `ignore_changes` has it leave what
    somebody else set.
    """
    if why:
        return block.doubted(why)
    ignored: set[str] = set()
    for lifecycle in block.all("lifecycle"):
        for node in lifecycle.inside or ():
            if node.name == "ignore_changes":
                items = [node] if node.inside is None else node.inside
                names = [_ARGUMENT.match(str(item.value or item.text)) for item in items]
                ignored |= {found[0].strip() if found else "all" for found in names}
            elif node.name not in KEEPING:
                ignored.add("all")
            if ignored and not why:
                why = Override(node.line, f"`{node.name}`").why
    if "all" in ignored:
        return block.doubted(why)
    inside = [node.doubted(why) if node.name in ignored else node for node in block.inside or ()]
    is_whole = ignored <= {node.name for node in inside}
    return replace(block, inside=inside, doubt="" if is_whole else why) if ignored else block


class _Folder:
    """What the files of a folder declare, and what files with values say of its variables."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.calls: dict[str, Node] = {}
        self.values: dict[tuple[str, str], Node] = {}
        self.resources: dict[str, tuple[str, Node]] = {}
        """The type and the block of each, by its name."""
        self.given: dict[str, list[tuple[str, Node]]] = {}
        """What files say of a variable; those that are read by themselves last."""
        self.computed: list[Node] = []
        """What sets variables by names that are not told."""

    @cached_property
    def doubts(self) -> Mapping[str, str]:
        """What may change resources beside their arguments, by their names: programs that are run."""
        found: dict[str, str] = {}
        for name, (kind, block) in self.resources.items():
            for run in block.all("provisioner"):
                when = run.last("when")
                if when is not None and "destroy" in (when.text, when.value):
                    continue
                why = Override(run.line, "`provisioner`").why
                # What stands for nothing else is there for what it runs.
                about = _names(block if kind in ("null_resource", "terraform_data") else run)
                for meant in {name, *about} & self.resources.keys():
                    found.setdefault(meant, why)
        return found

    def add(self, body: Node) -> None:
        """Take what one of its files holds; one that overrides goes over what others have of the same."""
        for block in body.inside or ():
            name = ".".join(block.labels)[:LONGEST_NAME]
            if block.name == "locals":
                self.values.update({("local", node.name): node for node in block.inside or ()})
            elif block.name in ("variable", "output"):
                self.values[block.name, name] = _over(self.values.get((block.name, name)), block)
            elif block.name == "module":
                call = self.calls[name] = _over(self.calls.get(name), block)
                if kind := MODULES.get(_source(call)):
                    self.resources[f"module.{name}"] = (kind, call)
            elif block.name == "resource" and block.labels:
                _, there = self.resources.get(name, ("", None))
                self.resources[name] = (block.labels[0], _over(there, block))

    def called(self, call: Node) -> str:
        """The folder that a call names; of a module that others publish, a name that no folder has."""
        source = _source(call)
        if not source.startswith("."):
            return f"//{source}"
        folder = posixpath.normpath(posixpath.join(self.name, source))
        return "" if folder == "." else folder


def _over(there: Node | None, block: Node) -> Node:
    """A block with what an override file has of it: each argument, and all blocks of a type, go over its own.

    By developer.hashicorp.com/terraform/language/files/override. It stands where it is declared.
    """
    if there is None or not _OVERRIDE.search(block.line.file):
        return block
    new = {node.name for node in block.inside or ()}
    kept = [node for node in there.inside or () if node.name not in new]
    return replace(there, inside=[*kept, *(block.inside or ())])


def _folders(bodies: Mapping[str, Node]) -> dict[str, _Folder]:
    found: dict[str, _Folder] = {}
    # Override files come last, in the order of their names.
    for file, body in sorted(bodies.items(), key=lambda each: _order(each[0])):
        if not _is_given(file) and not _is_around(file):
            name = file.rpartition("/")[0]
            found.setdefault(name, _Folder(name)).add(body)
    for file, body in sorted(bodies.items()):
        if _is_given(file):
            # A file of values stands beside what it is for, or below it.
            above = (str(parent).removeprefix(".") for parent in PurePosixPath(file).parents)
            folder = next((found[name] for name in above if name in found), None)
            for node in (body.inside or ()) if folder else ():
                folder.given.setdefault(node.name, []).append((file, node))  # type: ignore[union-attr]
    _wrap(found, {file: body for file, body in bodies.items() if _is_around(file)})
    for folder in found.values():
        for stated in folder.given.values():
            stated.sort(key=lambda each, name=folder.name: _is_read(each[0], name))  # type: ignore[misc]
    return found


def _wrap(found: Mapping[str, _Folder], around: Mapping[str, Node]) -> None:
    """Give folders what files of Terragrunt put into their variables.

    A file is for the folder that it names, or that it lies in; what lies above it, it may include
    (terragrunt.gruntwork.io/docs/reference/hcl).
    """
    called: dict[str, list[_Folder]] = {}
    for name, folder in found.items():
        called.setdefault(posixpath.basename(name), []).append(folder)
    for file, body in list(around.items())[:MOST_MODULES]:
        parents = [str(parent).removeprefix(".") for parent in PurePosixPath(file).parents]
        source = next((each for block in body.all("terraform") if (each := block.last("source"))), None)
        written = str(source.value or source.text) if source is not None else ""
        name = posixpath.basename(written.partition("?")[0].rstrip('/"'))
        beside = next((found[parent] for parent in parents if parent in found), None)
        folders = called.get(name, [])[:MOST_STEPS] if name else [beside] if beside else []
        for parent in parents:
            for end in AROUND:
                other = f"{parent}/{end}" if parent else end
                inputs = around[other].last("inputs") if other in around else None
                for folder in folders if inputs is not None else ():
                    if inputs.inside is None:  # type: ignore[union-attr]
                        folder.computed.append(inputs)  # type: ignore[arg-type]
                    for node in inputs.inside or ():  # type: ignore[union-attr]
                        folder.given.setdefault(node.name, []).append((other, node))


class _Module:
    """A folder as one call uses it, or as it stands for itself: what its names stand for."""

    def __init__(
        self, folders: Mapping[str, _Folder], folder: _Folder, call: Node | None, caller: _Module | None
    ) -> None:
        self.folders = folders
        self.folder = folder
        self.call = call
        self.caller = caller
        self.depth: int = caller.depth + 1 if caller else 0
        self.place: str = (
            f"{caller.place} {'.'.join(('module', *call.labels))[:LONGEST_NAME]}".strip()
            if call and caller
            else folder.name
        )
        self.inner: dict[str, _Module | None] = {}

    def module(self, name: str) -> _Module | None:
        """The module that one of its calls uses; None where it stands elsewhere."""
        if name not in self.inner:
            call = self.folder.calls.get(name)
            folder = self.folders.get(self.folder.called(call)) if call else None
            is_deep = self.depth == DEEPEST
            self.inner[name] = (
                None if folder is None or is_deep else _Module(self.folders, folder, call, self)
            )
        return self.inner[name]

    def resources(self) -> Iterator[Resource]:
        """Those of its files."""
        for name, (kind, block) in self.folder.resources.items():
            if not _is_absent(Section(block, self)):
                whole = _kept(block, self.folder.doubts.get(name, ""))
                yield Resource(kind, self._whole(name), Section(whole, self))

    def _whole(self, name: str) -> str:
        """The name of a resource that no other module has."""
        return f"{name} in {self.place}" if self.place else name

    def references(self, node: Node) -> list[str]:
        """The names in an expression."""
        return _REFERENCE.findall(node.text[:1000])

    def address(self, reference: str) -> str:
        """The resource of this module that a reference begins with."""
        name = ".".join(_INDEX.sub("", reference).split(".")[:2])
        return self._whole(name) if name in self.folder.resources else ""

    def followed(self, node: Node) -> Followed:
        """Through variables, locals and outputs, to what they stand for."""
        found = Followed(node, self)
        within: list[str] = []
        for _ in range(MOST_STEPS):
            node, scope, decided_by = found
            # In JSON a reference is a text with nothing else in it.
            reference = node.text.removeprefix("${").removesuffix("}")
            written = _INDEX.sub("", reference) if len(reference) < 300 else ""
            if isinstance(scope, _Module) and _NAME.fullmatch(written):
                parts = written.split(".")
                own = 3 if parts[0] == "module" else 2
                step = scope._meaning(parts[:own])
                if step is None:
                    break
                found = step._replace(decided_by=step.decided_by or decided_by)
                within = [*parts[own:], *within]
            elif within and (inner := node.last(within[0])) is not None:
                found = found._replace(node=inner)
                within = within[1:]
            else:
                break
        # An attribute of what has none is computed.
        return found._replace(node=Node("", found.node.line, text="...")) if within else found

    def _meaning(self, name: list[str]) -> Followed | None:
        """What a name stands for by itself."""
        kind, of, values = name[0], name[1], self.folder.values
        if kind == "var" and ("variable", of) in values:
            return self._variable(of, values["variable", of])
        if kind == "local" and ("local", of) in values:
            return Followed(values["local", of], self)
        inner = self.module(of) if kind == "module" else None
        output = inner.folder.values.get(("output", name[-1])) if inner else None
        value = output.last("value") if output else None
        return Followed(value, inner) if inner and value else None

    def _variable(self, name: str, declared: Node) -> Followed:
        if self.call is not None and self.caller is not None and (node := self.call.last(name)):
            return Followed(node, self.caller, f"given to the module {'.'.join(self.call.labels)}")
        why = f"default of the variable {name}"
        if self.call is None:
            stated = self.folder.given.get(name, [])
            if self.folder.computed:
                node = self.folder.computed[0]
                return self._open(node, Override(node.line, "`inputs`").why)
            if stated:
                return self._given(name, stated)
            why += ", unless overridden"
        default = declared.last("default")
        if default is None:
            return self._open(declared, f"the variable {name} has no default")
        return Followed(default, self, why)

    def _given(self, name: str, stated: Sequence[tuple[str, Node]]) -> Followed:
        """What files say of a variable: one that is read by itself, or those that all say the same."""
        stated = stated[-MOST_MODULES:]
        file, node = stated[-1]
        if _is_read(file, self.folder.name):
            return Followed(node, self, f"the variable {name}")
        if len(stated) > 1 and (
            node.inside is not None or len({(each.value, each.text) for _, each in stated}) > 1
        ):
            return self._open(node, f"the variable {name} differs between the tfvars files")
        return Followed(node, self, f"the variable {name}, where {posixpath.basename(file)} is used")

    def _open(self, node: Node, why: str) -> Followed:
        return Followed(Node(node.name, node.line, text=OPEN), self, why)


def _modules(folders: Mapping[str, _Folder]) -> Iterator[_Module]:
    """Each folder that none calls, and each module as often as it is called."""
    called = {folder.called(call) for folder in folders.values() for call in folder.calls.values()}
    roots = [folder for folder in folders.values() if folder.name not in called]
    waiting = deque(_Module(folders, folder, None, None) for folder in roots or folders.values())
    for _ in range(MOST_MODULES):
        if not waiting:
            return
        module = waiting.popleft()
        yield module
        calls = module.folder.calls.items()
        inner = (module.module(name) for name, call in calls if not _is_absent(Section(call, module)))
        waiting.extend(islice(filter(None, inner), max(0, MOST_MODULES - len(waiting))))


def _order(file: str) -> tuple[bool, str]:
    is_over = _OVERRIDE.search(file) is not None
    return is_over, file if is_over else ""


def _is_given(file: str) -> bool:
    """Whether a file has values of variables."""
    return file.removesuffix(".json").endswith(GIVEN)


def _is_around(file: str) -> bool:
    """Whether Terragrunt reads a file."""
    return posixpath.basename(file) in AROUND


def _is_read(file: str, folder: str) -> bool:
    """Whether a file with values is read without being named."""
    parent, _, name = file.removesuffix(".json").rpartition("/")
    return parent == folder and (name == "terraform.tfvars" or name.endswith(".auto.tfvars"))


def _source(call: Node) -> str:
    stated = call.last("source")
    return stated.value.partition("?")[0] if stated and isinstance(stated.value, str) else ""
