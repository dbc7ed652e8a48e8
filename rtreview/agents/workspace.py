"""The designs that an agent may have read: those below one folder, by the names that designs have."""

from __future__ import annotations

import os
import stat
from functools import cached_property
from pathlib import Path

from rtreview.project import nearest
from rtreview.project.nearest import Configurations
from rtreview.project.project import Project
from rtreview.project.settings import Settings
from rtreview.quantities.unchanging import unchanging
from rtreview.reviews.policy import Policy
from rtreview.reviews.reading import Reading
from rtreview.reviews.report import Review
from rtreview.rulebook.rulebook import Rulebook
from rtreview.text.document import Text
from rtreview.text.kept import is_inside
from rtreview.text.markdown import has_spec
from rtreview.text.refusal import Refused, reason
from rtreview.text.sources import SPEC_SUFFIXES, Source, read

MOST_DESIGNS = 100
"""Files that one call reviews, which takes some seconds; nobody acts on more at once."""


@unchanging(slots=False)
class Workspace:
    """A folder for one call. It is read and never written, and the current one: names are relative to it.

    An agent may do what a hostile text tells it. So a path is followed behind all links before anything is
    opened, and a file is read only if a search would take it for a design: a report quotes lines, and those
    of a secret get into none.

    Attributes:
        root: the folder, behind all links.
        ours: our own rules and references, which all calls share.

    """

    root: Path
    ours: Rulebook

    @cached_property
    def _configurations(self) -> Configurations:
        return Configurations(self.ours)

    @property
    def settings(self) -> Settings:
        """What is configured for the folder."""
        return self._configurations.of(self.root)

    def policy(self, source: Source) -> Policy:
        """How a design is reviewed: by the configuration of its folder."""
        return self._project(source.path).policy

    def designs(self, path: str, text: str) -> list[Source]:
        """Those that a call names, or the text that it brings along, each with its content.

        A file is opened once, so that all of an answer is about the same text.

        Raises:
            Refused: it names none below the folder, or too many.

        """
        if bool(path) == bool(text):
            raise Refused("a design is read from `path` or from `text`: give one of them")
        if text:
            content = text.encode("utf-8", "surrogatepass")
            name = "text.md" if has_spec(content) else "text.yaml"
            found = [Source(name, content, is_read=True)]
        else:
            found = self._found(self._inside(path), path)
        for source in found:
            self._check_deployment(source)
        return found

    def design(self, path: str, text: str) -> Source:
        """The only one that a call names; raises as `designs`."""
        if path and not text and os.path.isdir(self._inside(path)):  # noqa: PTH112 - never raises
            raise Refused(f"`{path}` is a folder: name a design in it")
        return self.designs(path, text)[0]

    def reviews(self, source: Source) -> list[Review]:
        """The reviews of a design, without what the baseline of its project knows."""
        return list(self._project(source.path).report_on(source).reviews)

    def _project(self, name: str) -> Project:
        folder = nearest.common_folder([name])
        # In one process: the calls of an agent share this one.
        return Project([name], folder, self._configurations, jobs=1)

    def _inside(self, path: str) -> str:
        """The name of a file or folder below the root, behind all links, from there."""
        if "\0" in path:
            raise Refused("`path` has a zero byte, which is in the name of no file")
        if not is_inside(self.root / path, self.root):
            raise Refused(f"`{path}` leads out of the folder that is served: name a design below it")
        real = Path(os.path.realpath(self.root / path))
        return str(real.relative_to(self.root))

    def _found(self, name: str, path: str) -> list[Source]:
        """The file of this name, or the designs in the folder of this name."""
        if not os.path.isdir(name):  # noqa: PTH112 - likewise
            return [self._file(name, path)]
        found = self._project(name).sources()
        if len(found) > MOST_DESIGNS:
            raise Refused(
                f"`{path}` holds {len(found)} designs, and one call reviews {MOST_DESIGNS}: name a folder "
                "below, or a file"
            )
        if found[0].problem:
            raise Refused(f"`{path}`: {found[0].problem}")
        return [self._file(self._inside(source.path), source.path) for source in found]

    def _file(self, name: str, path: str) -> Source:
        """The design of this name, which says so; `path` may be a link to it."""
        try:
            mode = os.stat(name).st_mode  # noqa: PTH116 - Path.stat is this
        except (OSError, ValueError) as error:
            raise Refused(
                f"`{path}` cannot be read: {reason(error)}. Name a design below the folder that is served; "
                '`review_design` with path="." reviews all'
            ) from None
        if not stat.S_ISREG(mode):
            # A pipe may have no other end, and a device has none.
            raise Refused(f"`{path}` is a pipe or a device, and only files are read")
        source = read(Source(name))
        if not self._project(name).settings.takes(source):
            raise Refused(
                f"`{path}` is no design by its name: designs end in {' or '.join(SPEC_SUFFIXES)}, or are "
                "Markdown with a `yaml rtreview` block. Give what it says as `text`"
            )
        return source

    def _check_deployment(self, source: Source) -> None:
        """See that a design is compared with files below the folder only."""
        fallbacks = self.policy(source).fallbacks
        for document in Text.of(source.content, source.shown).documents:
            # A configuration may name them too.
            design = Reading.of(document, fallbacks).design
            for feature in design.features if design else ():
                for named in feature.deployed_as.paths.content or ():
                    if not is_inside(Path(self.root, Path(source.path).parent, named), self.root):
                        raise Refused(
                            f"{source.shown}: `deployed_as` names `{named}`, which leads out of the folder "
                            "that is served: serve one that holds both"
                        )
