"""Where designs are found: what a directory holds, what is left out of it, and what is read."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rtreview.text import document
from rtreview.text.markdown import has_spec
from rtreview.text.sources import Source, find, is_design, is_pattern, read
from rtreview.text.tree import MAX_BYTES

BLOCK = "# Design\n\n```yaml rtreview\nrtreview: 1\n```\n"


def plant(folder: Path, files: dict[str, str]) -> Path:
    """A directory with these files."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
    return folder


def found(folder: Path, *, at: Path | None = None, **options: object) -> list[str]:
    """The names of what is found in a directory, relative to it; every one can be read."""
    sources = list(find([str(at or folder)], root=folder, **options))  # type: ignore[arg-type]
    assert [source.problem for source in sources] == [""] * len(sources)
    return [Path(source.path).relative_to(folder).as_posix() for source in sources]


def problem(directory: Path, **options: object) -> str:
    """Why there is nothing to review in a directory."""
    (source,) = find([str(directory)], root=directory, **options)  # type: ignore[arg-type]
    assert source.path == str(directory)
    return source.problem


def test_a_directory_holds_specs_and_markdown_with_a_block(tmp_path: Path) -> None:
    """Those of a folder in the order of names, then those of its folders; nothing that is hidden."""
    plant(
        tmp_path,
        {
            "b.rtreview.yaml": "",
            "a.rtreview.yml": "",
            "Z.RTREVIEW.YAML": "",
            "README.md": BLOCK,
            "notes.markdown": BLOCK.replace("```", "~~~~"),
            "other.md": "about rtreview\n",
            "plain.yaml": "",
            "a/deep/c.rtreview.yaml": "",
            "a.b/d.rtreview.yaml": "",
            ".hidden/e.rtreview.yaml": "",
            ".f.rtreview.yaml": "",
        },
    )
    assert found(tmp_path) == [
        "README.md",
        "Z.RTREVIEW.YAML",
        "a.rtreview.yml",
        "b.rtreview.yaml",
        "notes.markdown",
        "a/deep/c.rtreview.yaml",
        "a.b/d.rtreview.yaml",
    ]


@pytest.mark.parametrize(
    ("markdown", "holds"),
    [
        (BLOCK, True),
        ("\ufeff" + BLOCK.removeprefix("# Design\n\n"), True),
        ("- a\n\n  ~~~ yml rtreview title=x\n  rtreview: 1\n", True),
        (BLOCK.replace("\n", "\r\n"), True),
        (f"````markdown\n{BLOCK}````\n", False),
        (f"~~~\n{BLOCK}~~~\n", False),
        ("```yaml\nrtreview: 1\n```\n", False),
        ("```yaml rtreviewed\n```\n", False),
        (f"```rtreview``` is a word\n\n{BLOCK}", True),
    ],
)
def test_markdown_holds_a_spec_where_a_fence_says_so(markdown: str, holds: bool) -> None:
    """A search and a review agree on what a block is; one inside of a longer fence is an example."""
    assert has_spec(markdown.encode()) is holds
    told = document.read(markdown.encode(), markdown=True)
    assert any("has no block" in one.message for part in told for one in part.problems) is not holds


def test_markdown_that_is_no_text_is_told(tmp_path: Path) -> None:
    """A block in a file that cannot be decoded is found, so that the review can complain."""
    (tmp_path / "a.md").write_bytes(b"\xff\n" + BLOCK.encode())
    assert found(tmp_path) == ["a.md"]


def test_a_file_is_reviewed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names it has, it stands where it is named first; so does standard input."""
    monkeypatch.chdir(plant(tmp_path, {"a.rtreview.yaml": "", "b/c.rtreview.yaml": "", "d.yaml": ""}))
    Path("link.yaml").symlink_to("d.yaml")
    names = [
        "d.yaml",
        "b/c.rtreview.yaml",
        "-",
        ".",
        "b",
        str(tmp_path / "d.yaml"),
        "link.yaml",
        "-",
        "b/../.",
    ]
    assert [source.path for source in find(names)] == ["d.yaml", "b/c.rtreview.yaml", "-", "a.rtreview.yaml"]


def test_what_is_named_is_reviewed(tmp_path: Path) -> None:
    """A file is never left out, whatever it is called and whoever ignores it; nor is a directory."""
    plant(tmp_path, {".gitignore": "out/\n*.txt\n", "out/a.rtreview.yaml": "", "b.txt": ""})
    named = [str(tmp_path / name) for name in ("b.txt", "missing", "out")]
    sources = find(named, exclude=["*.txt", "out"], root=tmp_path)
    assert [source.path for source in sources] == [*named[:2], str(tmp_path / "out" / "a.rtreview.yaml")]


def test_names_that_no_file_can_have() -> None:
    """They are answered, not crashed upon."""
    sources = [read(source) for source in find(["", "a\0b", "x" * 5000])]
    assert [source.problem for source in sources] == [
        "an empty name is no file",
        "the file cannot be opened: embedded null byte",
        "the file cannot be opened: File name too long",
    ]


NAMES = ("a", "b", "ab", "build", "docs", "x y", "[b]")
GLOBS = (
    "*", "**", "*/", "a", "/a", "a/", "/a/", "a*", "?", "[ab]", "[!a]", "[^a]", "[]a]", "[a-]", "\\[b\\]",
    "a/b", "a/*", "a/**", "**/a", "**/a/**", "a/**/b", "docs/", "/docs/*", "x y", "x\\ y", "build ",
    "*.rtreview.yaml", "a.rtreview.yaml", "/a/*.rtreview.yaml", "#a", "\\#a", "\\!a", "[", "!", "/", "a//b",
    "[z-a]", "**b", "ab/**/", "**/", "*/*/", " a", "a\\",
)  # fmt: skip


def forest(folder: Path, chance: random.Random) -> None:
    """A repository with patterns that contradict each other, at several depths."""
    for _ in range(25):
        depth = chance.randrange(5)
        place = folder.joinpath(*(chance.choice(NAMES) for _ in range(depth)))
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{chance.choice(NAMES)}.rtreview.yaml").write_text("", "utf-8")
    (folder / ".git" / "info").mkdir(parents=True, exist_ok=True)
    places = [folder, folder, *chance.sample(sorted(one for one in folder.rglob("*") if one.is_dir()), 4)]
    for place in places:
        lines = [chance.choice(("", "", "!")) + chance.choice(GLOBS) for _ in range(chance.randrange(1, 6))]
        name = chance.choice((".gitignore", ".git/info/exclude")) if place == folder else ".gitignore"
        end = chance.choice(("\n", "\r\n"))
        (place / name).write_bytes(end.join(lines).encode() + end.encode())


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[str]]:
    """A call of git that knows nothing of the person who runs it; the paths that it prints."""
    home = tmp_path_factory.mktemp("home")
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    clean |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}

    def call(folder: Path, *words: str) -> list[str]:
        done = subprocess.run(["git", *words], cwd=folder, env=clean, capture_output=True, check=True)
        return [name for name in os.fsdecode(done.stdout).split("\0") if name]

    return call


@pytest.mark.parametrize("seed", range(40))
def test_git_leaves_out_the_same(seed: int, tmp_path: Path, git: Callable[..., list[str]]) -> None:
    """The search of a repository, and of any folder in it, finds what git lists there."""
    git(tmp_path, "init", "--quiet")
    forest(tmp_path, random.Random(seed))
    listed = git(tmp_path, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    specs = {name for name in listed if name.endswith(".rtreview.yaml")}
    folders = {Path(name).parent for name in specs}
    for folder in {Path(), *folders}:
        here = {name for name in specs if Path(name).is_relative_to(folder)}
        sources = find([str(tmp_path / folder)])
        assert {
            Path(one.path).relative_to(tmp_path).as_posix() for one in sources if not one.problem
        } == here, folder


@pytest.mark.slow
def test_the_forest_is_neither_bare_nor_untouched(tmp_path: Path, git: Callable[..., list[str]]) -> None:
    """In most of these repositories git lists some specs and leaves out others."""
    telling = 0
    for seed in range(40):
        folder = tmp_path / str(seed)
        folder.mkdir()
        git(folder, "init", "--quiet")
        forest(folder, random.Random(seed))
        specs = len(list(folder.rglob("*.rtreview.yaml")))
        listed = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        telling += 0 < sum(name.endswith(".rtreview.yaml") for name in listed) < specs
    assert telling >= 25


def test_a_gitignore_is_obeyed_outside_of_a_repository(tmp_path: Path) -> None:
    """Those in the directory are; those above it are not, as nothing says how far up to look."""
    plant(
        tmp_path,
        {".gitignore": "*", "in/.gitignore": "a.*\n", "in/a.rtreview.yaml": "", "in/b.rtreview.yaml": ""},
    )
    assert found(tmp_path / "in") == ["b.rtreview.yaml"]


def test_a_repository_inside_another_obeys_its_own(tmp_path: Path) -> None:
    """What the outer one ignores by name is reviewed in the inner one."""
    files = {".gitignore": "a.*\n", "a.rtreview.yaml": "", "in/a.rtreview.yaml": "", "in/b.rtreview.yaml": ""}
    plant(tmp_path, {**files, "in/.git/info/exclude": "b.*", ".git/HEAD": ""})
    assert found(tmp_path) == ["in/a.rtreview.yaml"]
    assert found(tmp_path, at=tmp_path / "in") == ["in/a.rtreview.yaml"]


def test_what_looks_like_a_gitignore_is_none(tmp_path: Path) -> None:
    """A folder, a pipe or a link of that name ignores nothing, as in git, and does not hang."""
    plant(tmp_path, {"all": "*\n", "a/x.rtreview.yaml": "", "b/x.rtreview.yaml": "", "c/.gitignore/y": "*"})
    plant(tmp_path, {"c/x.rtreview.yaml": ""})
    (tmp_path / "a" / ".gitignore").symlink_to("../all")
    os.mkfifo(tmp_path / "b" / ".gitignore")
    assert found(tmp_path) == ["a/x.rtreview.yaml", "b/x.rtreview.yaml", "c/x.rtreview.yaml"]


def test_include_and_exclude(tmp_path: Path) -> None:
    """They are relative to the configuration; `!` takes back, a folder stands for what is in it."""
    plant(
        tmp_path,
        {
            "docs/a.yaml": "",
            "docs/deep/b.yaml": "",
            "designs/deep/c.txt": "",
            "designs/draft.txt": "",
            "designs/note.md": "no block",
            "old/d.rtreview.yaml": "",
            "old/kept/e.rtreview.yaml": "",
            "f.rtreview.yaml": "",
        },
    )
    include = ["/docs/*.yaml", "designs/", "!draft.txt"]
    everything = ["f.rtreview.yaml", "designs/deep/c.txt", "docs/a.yaml", "old/d.rtreview.yaml"]
    assert found(tmp_path, include=include) == [*everything, "old/kept/e.rtreview.yaml"]
    assert found(tmp_path, include=include, exclude=["old/*", "!old/kept", "f.*"]) == [
        "designs/deep/c.txt",
        "docs/a.yaml",
        "old/kept/e.rtreview.yaml",
    ]
    assert found(tmp_path, at=tmp_path / "docs", include=include) == ["docs/a.yaml"]


def test_exclude_does_not_take_back_what_git_ignores(tmp_path: Path) -> None:
    """`!` takes back only what `exclude` itself leaves out."""
    plant(tmp_path, {".gitignore": "a.*\n", "a.rtreview.yaml": "", "b.rtreview.yaml": ""})
    assert found(tmp_path, exclude=["!a.rtreview.yaml"]) == ["b.rtreview.yaml"]


@pytest.mark.parametrize("pattern", ["", "!", "/", "# all", "[z-a]"])
@pytest.mark.parametrize("option", ["include", "exclude"])
def test_a_pattern_that_means_nothing_is_wrong_use(option: str, pattern: str, tmp_path: Path) -> None:
    """What git would pass over in a `.gitignore` is refused in an option."""
    with pytest.raises(ValueError, match=f"^{option}: `.*` is not a pattern$"):
        list(find([str(tmp_path)], **{option: [pattern]}))  # type: ignore[arg-type]


def test_nothing_to_review_says_what_was_searched_for(tmp_path: Path) -> None:
    """And how many files were left out, by whom; what lies in a folder that is left out counts too."""
    assert problem(tmp_path) == (
        "no spec in this directory, which was searched for *.rtreview.yaml, *.rtreview.yml "
        "and Markdown with a block that opens with ```yaml rtreview"
    )
    plant(tmp_path, {".gitignore": "build/\n", "build/a.rtreview.yaml": "", "build/b/c.rtreview.yaml": ""})
    assert problem(tmp_path).endswith("; 2 by `.gitignore` were left out")
    plant(tmp_path, {"docs/README.md": BLOCK, "docs/other.md": "", "docs/x.yaml": ""})
    assert problem(tmp_path, exclude=["docs"]).endswith(
        "; 1 by `exclude` and 2 by `.gitignore` were left out"
    )
    assert "*.rtreview.yml, what `include` names and" in problem(tmp_path, include=["*.z"], exclude=["docs"])


def test_a_search_does_not_leave_the_directory(tmp_path: Path) -> None:
    """No link to a folder is followed, and a link to a file only inside."""
    plant(tmp_path, {"out/a.rtreview.yaml": "", "in/deep/b.yaml": "", "into/c.rtreview.yaml": ""})
    inside = tmp_path / "in"
    (inside / "out.rtreview.yaml").symlink_to("../out/a.rtreview.yaml")
    (inside / "near.rtreview.yaml").symlink_to("../into/c.rtreview.yaml")
    (inside / "far.rtreview.yaml").symlink_to("/dev/zero")
    (inside / "link.rtreview.yaml").symlink_to("deep/b.yaml")
    (inside / "folder").symlink_to("../out")
    (inside / "loop").symlink_to(".")
    assert found(inside) == ["link.rtreview.yaml"]
    (tmp_path / "name").symlink_to("in")
    assert found(tmp_path / "name") == ["link.rtreview.yaml"]


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    """What would be reviewed and cannot be read is a problem; so is a link to itself."""
    (tmp_path / "a.rtreview.yaml").symlink_to("missing")
    (tmp_path / "b.rtreview.yaml").symlink_to("b.rtreview.yaml")
    assert [read(source).problem for source in find([str(tmp_path)])] == [
        "the file cannot be opened: No such file or directory",
        "the file cannot be opened: Too many levels of symbolic links",
    ]


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    """A pipe that nobody writes to does not stop a search; nor does a folder that is called like a spec."""
    os.mkfifo(tmp_path / "a.rtreview.yaml")
    os.mkfifo(tmp_path / "b.md")
    plant(tmp_path, {"c.rtreview.yaml/d.rtreview.yaml": ""})
    assert found(tmp_path) == ["c.rtreview.yaml/d.rtreview.yaml"]


def test_a_directory_that_cannot_be_searched_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its reason, between what stands before and behind it; so is Markdown that cannot be read."""
    plant(
        tmp_path, {"a/a.rtreview.yaml": "", "b/b.rtreview.yaml": "", "c/c.rtreview.yaml": "", "d.md": BLOCK}
    )
    scan, opened = os.scandir, Path.open

    def refused(folder: str) -> object:
        if folder == str(tmp_path / "b"):
            raise PermissionError(13, "Permission denied", folder)
        return scan(folder)

    def unreadable(file: Path, mode: str) -> object:
        if file.suffix == ".md":
            raise PermissionError(13, "Permission denied", file)
        return opened(file, mode)

    monkeypatch.setattr(os, "scandir", refused)
    monkeypatch.setattr(Path, "open", unreadable)
    told = {Path(one.path).name: read(one).problem for one in find([str(tmp_path)])}
    assert list(told.items()) == [
        ("d.md", "the file cannot be opened: Permission denied"),
        ("a.rtreview.yaml", ""),
        ("b", "the directory cannot be searched: Permission denied"),
        ("c.rtreview.yaml", ""),
    ]


@pytest.mark.slow
def test_a_deep_directory_is_searched_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Depth is bounded by what the system can name, not by the stack; what lies deeper is told."""
    monkeypatch.chdir(tmp_path)
    for _ in range(2200):
        Path("d").mkdir()
        os.chdir("d")
    monkeypatch.chdir(tmp_path)
    try:
        (told,) = find([str(tmp_path)])
    finally:
        # Python cannot remove what is nested so deep.
        subprocess.run(["rm", "-r", "d"], check=True)
    assert told.problem == "the directory cannot be searched: File name too long"


def test_a_file_is_read_as_far_as_shows_that_it_is_too_large(tmp_path: Path) -> None:
    """A device that never ends is bounded; a pipe by name is read."""
    assert len(read(Source("/dev/zero")).content) == MAX_BYTES + 1
    pipe, end = os.pipe()
    os.write(end, b"rtreview: 1\n")
    os.close(end)
    assert read(Source(f"/dev/fd/{pipe}")).content == b"rtreview: 1\n"
    os.close(pipe)
    assert "Is a directory" in read(Source(str(tmp_path))).problem


def test_standard_input_may_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then there is no content, and a reason."""
    monkeypatch.setattr(sys, "stdin", None)
    assert read(Source("-")) == Source("-", problem="standard input is closed")


def test_every_path_can_be_shown() -> None:
    """Bytes that are no UTF-8 are replaced, and standard input has a name."""
    assert Source(os.fsdecode(b"a\xff.yaml")).shown == "a\ufffd.yaml"
    assert Source("-").shown == "<stdin>"


def test_a_file_called_dash_is_not_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search names it so that it is read as a file."""
    monkeypatch.chdir(plant(tmp_path, {"-": "content"}))
    (source,) = find(["."], include=["-"])
    assert read(source).content == b"content"


WILD = (
    "*a" * 100 + "b",
    "*?" * 100 + "b",
    "*[a-z]" * 100 + "0",
    "**/a*a*a*/" * 100 + "b",
    "**/*/" * 300 + "b",
)
"""Patterns that fit a name in more ways than anybody could try."""


@pytest.mark.parametrize("pattern", WILD, ids=range(len(WILD)))
@pytest.mark.parametrize("option", ["exclude", "include", ".gitignore"])
def test_no_pattern_makes_a_search_long(pattern: str, option: str, tmp_path: Path) -> None:
    """Each wildcard is matched from the left, once."""
    name = "/".join(["a" * 200, *["aaaa"] * 60, "a" * 200])
    plant(tmp_path, {f"{name}.rtreview.yaml": "", ".gitignore": pattern if option == ".gitignore" else ""})
    begin = time.process_time()
    options = {} if option == ".gitignore" else {option: [pattern]}
    assert found(tmp_path, **options) == [f"{name}.rtreview.yaml"]
    assert time.process_time() - begin < 1


def test_a_pattern_that_is_longer_than_any_path_is_none(tmp_path: Path) -> None:
    """git, which has no such limit, finds nothing that it fits."""
    assert is_pattern("?" * 4096)
    assert not is_pattern("?" * 4097)
    plant(tmp_path, {".gitignore": "?" * 1_000_000, "a.rtreview.yaml": ""})
    assert found(tmp_path) == ["a.rtreview.yaml"]


BITS = (
    "a", "b", "*", "**/", "/**/", "/**", "****/", "?", "/", "[ab]", "[!a]", "[^b]", "[]a]", "[!]a]", "[a-]",
    "[-a]", "[--a]", "[a\\]b]", "[[:alpha:]]", "[^[:punct:]b]", "\\[", "\\a", "\\*", ".", "-", "]", "!", " ",
)  # fmt: skip


@pytest.mark.slow
def test_git_names_the_same_paths(tmp_path: Path, git: Callable[..., list[str]]) -> None:
    """Random patterns of all that the format has, each in a folder of its own.

    But for `**` beside other signs, which git takes as any depth or as `*` by what stands before it.
    """
    dice = random.Random(3)
    lines = {"".join(dice.choices(BITS, k=dice.randrange(1, 6))).strip(" ").lstrip("!") for _ in range(400)}
    lines = {line for line in lines if is_pattern(line) and not re.search(r"[^/*]\*\*|\*\*[^/*]|//", line)}
    names = ["".join(dice.choices("aab-]\\[^!9 ", k=dice.randrange(1, 4))) for _ in range(200)]
    paths = {"/".join(dice.choices(names, k=dice.randrange(1, 5))) for _ in range(60)}
    git(tmp_path, "init", "--quiet")
    plant(tmp_path, {f"{at}/.gitignore": f"{line}\n" for at, line in enumerate(sorted(lines))})
    asked = "\0".join(f"{at}/{path}" for at in range(len(lines)) for path in paths)
    (tmp_path / "asked").write_text(asked, "utf-8")
    with (tmp_path / "asked").open() as stream:
        words = ["git", "check-ignore", "--no-index", "-z", "--stdin"]
        done = subprocess.run(words, cwd=tmp_path, stdin=stream, capture_output=True, check=True, text=True)
    listed = set(done.stdout.split("\0"))
    fitting = 0
    for at, line in enumerate(sorted(lines)):
        root = tmp_path / str(at)
        ours = {one for one in paths if is_design(Source(f"{root}/{one}"), include=[line], root=root)}
        assert ours == {one for one in paths if f"{at}/{one}" in listed}, line
        fitting += 0 < len(ours) < len(paths)
    assert fitting > 100


def test_patterns_of_the_root_of_the_disk_end() -> None:
    """Whose parent is itself."""
    assert not is_design(Source("/chat.txt"), include=("*.md",), root=Path("/"))
