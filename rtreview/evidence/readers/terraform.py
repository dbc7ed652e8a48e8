"""Terraform: the folders of a configuration, and what their variables, locals and outputs stand for.

A folder is a module (developer.hashicorp.com/terraform/language/modules). The value of a variable is what
the call of its module gives, else what a `tfvars` file says, else its default; `terraform.tfvars` and
`*.auto.tfvars` are read by themselves, others only where somebody names them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from rtreview.evidence.deployment import File, Station
from rtreview.evidence.readers import aws, azure, google
from rtreview.evidence.readers.hcl import parsed
from rtreview.evidence.readers.node import OPEN, Node
from rtreview.evidence.readers.resources import MOST_STEPS, Cloud, Followed, Resource, Scope, Section

SUFFIXES = (".tf", ".tofu", ".tfvars")

MODULES = {"terraform-aws-modules/alb/aws": "aws_lb"}
"""Modules that others publish, which carry the attributes of one resource."""

MOST_GIVEN = 100
"""Calls of a module, and files with values, that are looked at for a variable."""

_REFERENCE = re.compile(r"(?<![\w.])([A-Za-z_][\w-]{0,100}(?:\.[\w-]{1,100}|\[[^\[\]\n]{0,60}\]){1,12})")
_INDEX = re.compile(r"\[[^\[\]]{0,200}\]")
_NAME = re.compile(r"[A-Za-z_][\w-]*+(?:\.[\w-]++)++")


def takes(file: File) -> bool:
    """Whether it is a part of a configuration that somebody wrote, and no module that was downloaded."""
    return file.name.endswith(SUFFIXES) and "/.terraform/" not in f"/{file.name}"


def stations(files: Sequence[File]) -> Iterator[Station]:
    """What stands on the way in all folders."""
    bodies = {file.name: parsed(file) for file in files}
    folders = _Folders(bodies)
    cloud = Cloud(resource for module in folders.modules.values() for resource in module.resources())
    yield from chain.from_iterable(vendor.stations(cloud) for vendor in (aws, google, azure))


class _Folders:
    """All modules by their folders, who calls them, and the files that give values to variables."""

    def __init__(self, bodies: Mapping[str, Node]) -> None:
        self.modules: dict[str, _Module] = {}
        self.given: dict[str, list[tuple[str, Node]]] = {}
        self.calls: dict[str, list[tuple[Node, _Module]]] = {}
        for file, body in sorted(bodies.items()):
            if file.endswith(".tfvars"):
                for node in body.inside or ():
                    self.given.setdefault(node.name, []).append((file, node))
            else:
                folder = file.rpartition("/")[0]
                self.modules.setdefault(folder, _Module(folder, self)).add(body)
        for module in self.modules.values():
            for call in module.calls.values():
                self.calls.setdefault(module.source(call), []).append((call, module))


class _Module(Scope):
    """A folder: what its names stand for."""

    def __init__(self, folder: str, folders: _Folders) -> None:
        self.folder = folder
        self.folders = folders
        self.calls: dict[str, Node] = {}
        self.values: dict[tuple[str, str], Node] = {}
        self.blocks: dict[str, tuple[str, Node]] = {}
        """Those that describe a resource, by its name, with its type."""

    def add(self, body: Node) -> None:
        """Take what one of its files holds."""
        for block in body.inside or ():
            name = ".".join((block.name, *block.labels))
            if block.name == "locals":
                self.values.update({("local", node.name): node for node in block.inside or ()})
            elif block.name in ("variable", "output"):
                self.values[block.name, name.partition(".")[2]] = block
            elif block.name == "module":
                self.calls[name.partition(".")[2]] = block
                if kind := MODULES.get(_source(block)):
                    self.blocks[name] = (kind, block)
            elif block.name == "resource" and block.labels:
                self.blocks[name.partition(".")[2]] = (block.labels[0], block)

    def resources(self) -> Iterator[Resource]:
        """Those of its files."""
        for name, (kind, block) in self.blocks.items():
            yield Resource(kind, f"{self.folder}:{name}", Section(block, self))

    def source(self, call: Node) -> str:
        """The folder of the module that is called; of one that others publish, a name that no folder has."""
        source = _source(call)
        if not source.startswith("."):
            return f"//{source}"
        folder = posixpath.normpath(posixpath.join(self.folder, source))
        return "" if folder == "." else folder

    def references(self, node: Node) -> list[str]:
        """The names in an expression."""
        return _REFERENCE.findall(node.text[:1000])

    def address(self, reference: str) -> str:
        """The resource of this folder that a reference begins with."""
        name = ".".join(_INDEX.sub("", reference).split(".")[:2])
        return f"{self.folder}:{name}" if name in self.blocks else ""

    def followed(self, node: Node) -> Followed:
        """Through variables, locals and outputs, to what they stand for."""
        found = Followed(node, self)
        within: list[str] = []
        for _ in range(MOST_STEPS):
            node, scope, decided_by = found
            written = _INDEX.sub("", node.text) if len(node.text) < 300 else ""
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
        kind, of = name[0], name[1]
        if kind == "var" and ("variable", of) in self.values:
            return self._variable(of, self.values["variable", of])
        if kind == "local" and ("local", of) in self.values:
            return Followed(self.values["local", of], self)
        called = self.folders.modules.get(self.source(self.calls[of])) if of in self.calls else None
        if kind == "module" and called is not None:
            output = called.values.get(("output", name[-1]))
            value = output.last("value") if output else None
            return Followed(value, called) if value else None
        return None

    def _variable(self, name: str, declared: Node) -> Followed:
        calls = self.folders.calls.get(self.folder, [])[:MOST_GIVEN]
        given = [(node, caller, call) for call, caller in calls if (node := call.last(name))]
        if given:
            node, caller, call = given[0]
            if len(given) < len(calls) or not _agree([each for each, _, _ in given]):
                return self._open(node, f"the calls of the module give different values to {name}")
            return Followed(node, caller, f"given to the module {call.labels[0]}" if call.labels else "")
        stated = [] if calls else self._stated(name)
        if stated:
            file, node = stated[-1]
            short = posixpath.basename(file)
            if _is_read(file, self.folder):
                return Followed(node, self, f"the variable {name}")
            if not _agree([each for _, each in stated]):
                return self._open(node, f"the variable {name} differs between the tfvars files")
            return Followed(node, self, f"the variable {name}, where {short} is used")
        default = declared.last("default")
        if default is None:
            return self._open(declared, f"the variable {name} has no default")
        return Followed(default, self, f"default of the variable {name}, unless overridden")

    def _stated(self, name: str) -> list[tuple[str, Node]]:
        """What files in this folder and below say of a variable, those that are read by themselves last."""
        near = f"{self.folder}/" if self.folder else ""
        found = [each for each in self.folders.given.get(name, [])[:MOST_GIVEN] if each[0].startswith(near)]
        return sorted(found, key=lambda each: _is_read(each[0], self.folder))

    def _open(self, node: Node, why: str) -> Followed:
        return Followed(Node(node.name, node.line, text=OPEN), self, why)


def _agree(nodes: Sequence[Node]) -> bool:
    """Whether all say the same; lists and objects are not compared."""
    return len(nodes) == 1 or (
        nodes[0].inside is None and len({(node.value, node.text) for node in nodes}) == 1
    )


def _is_read(file: str, folder: str) -> bool:
    """Whether a file with values is read without being named."""
    parent, _, name = file.rpartition("/")
    return parent == folder and (name == "terraform.tfvars" or name.endswith(".auto.tfvars"))


def _source(call: Node) -> str:
    stated = call.last("source")
    return stated.value.partition("?")[0] if stated and isinstance(stated.value, str) else ""
