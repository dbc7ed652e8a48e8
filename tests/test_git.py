"""Files as they were: what git is asked, and what is said where it has no answer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, SOUND, Repository, cli

from rtreview.text.git import Revision
from rtreview.text.refusal import Refused
from rtreview.text.tree import MAX_BYTES

pytestmark = pytest.mark.slow  # each test plants a trap in a repository of git

NAMES = ["a b.md", "ä€😀.md", "line\nend.md", "carriage\rreturn.md", "-x.md", 'q"\\.md', "a:b.md", " .md"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_found_by_any_name(name: str, repository: Repository) -> None:
    """Spaces, signs, ends of lines and a leading dash are part of a name."""
    repository.write(name, "was")
    repository.commit()
    repository.write(name, "is")
    base = Revision("main", Path())
    assert base.was(name) == name
    assert not base.is_unchanged(name)
    assert base.content(name) == b"was"


def test_a_name_that_is_no_text_is_found(repository: Repository) -> None:
    """Names are bytes."""
    name = os.fsdecode(b"caf\xe9.md")
    repository.write(name, "was")
    repository.commit()
    assert Revision("main", Path()).is_unchanged(name)


def test_a_repository_in_a_folder_of_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder may end in a space, or in the end of a line."""
    made = Repository(tmp_path / "odd \n")
    made.write("a.md", "was")
    made.commit()
    monkeypatch.chdir(made.folder)
    assert Revision("main", Path()).content("a.md") == b"was"


def test_a_renamed_file_has_its_former_name(repository: Repository) -> None:
    """Also where a few of its lines are others."""
    repository.write("old.md", "".join(f"line {number}\n" for number in range(50)))
    repository.commit()
    repository.git("mv", "old.md", "new.md")
    repository.write("new.md", "".join(f"line {number}\n" for number in range(48)))
    base = Revision("main", Path())
    assert base.was("new.md") == "old.md"
    assert base.content("old.md").endswith(b"line 49\n")


def test_names_are_those_from_the_current_folder(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call from a folder below names files as a person there would."""
    repository.write("docs/old.md", "same\n" * 30)
    repository.write("docs/gone.md", "gone")
    repository.write("here/x", "")
    repository.commit()
    repository.git("mv", "docs/old.md", "docs/new.md")
    repository.git("rm", "--quiet", "docs/gone.md")
    monkeypatch.chdir(repository.folder / "here")
    base = Revision("main", Path())
    assert base.was("../docs/new.md") == "../docs/old.md"
    assert list(base.left()) == ["../docs/gone.md", "../docs/old.md"]


def test_a_file_that_git_does_not_know_was_not_there(repository: Repository) -> None:
    """Untracked is new."""
    repository.commit()
    repository.write("new.md", "")
    assert Revision("main", Path()).was("new.md") is None


def test_the_revision_is_where_the_branches_parted(repository: Repository) -> None:
    """What its branch has got since is not looked at."""
    repository.write("a.md", "parted")
    repository.commit()
    repository.git("switch", "--quiet", "--create", "feature")
    repository.commit("on the branch")
    repository.git("switch", "--quiet", "main")
    repository.write("a.md", "since")
    repository.commit()
    repository.git("switch", "--quiet", "feature")
    assert Revision("main", Path()).content("a.md") == b"parted"


def test_branches_with_nothing_in_common_are_compared_as_they_are(repository: Repository) -> None:
    """An orphan, without a commit of its own yet."""
    repository.write("a.md", "was")
    repository.commit()
    repository.git("switch", "--quiet", "--orphan", "other")
    assert list(Revision("main", Path()).left()) == ["a.md"]


@pytest.mark.parametrize(
    "name", ["nowhere", "-x", "--all", "--output=x", "^main", "main..main", "main:a.md", " "]
)
def test_what_is_no_revision_is_refused(name: str, repository: Repository) -> None:
    """In a sentence that names it; nothing of it is an option."""
    repository.write("a.md", "")
    repository.commit()
    with pytest.raises(Refused) as refused:
        Revision(name, Path())
    assert str(refused.value) == f"git knows no revision `{name}`"
    assert {file.name for file in repository.folder.iterdir()} == {".git", "a.md"}


def test_a_name_with_a_zero_byte_is_refused(repository: Repository) -> None:
    """No command takes one."""
    repository.commit()
    with pytest.raises(Refused, match=r"null byte"):
        Revision("a\0b", Path())


def test_no_repository_is_refused_in_the_words_of_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There may be another reason why git does not want to read one, which only git knows."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(Refused, match=r"^git: not a git repository"):
        Revision("main", tmp_path)


def test_without_git_nothing_is_compared(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says so."""
    repository.commit()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Refused, match=r"^git cannot be run: there is none on the search path$"):
        Revision("main", Path())


@pytest.fixture
def shallow(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A clone that has the last commits of two branches, and nothing before."""
    repository.write("a.md", "parted")
    repository.commit()
    repository.git("switch", "--quiet", "--create", "feature")
    repository.commit("on the branch")
    repository.git("switch", "--quiet", "main")
    repository.write("a.md", "since")
    repository.commit()
    clone = Repository(tmp_path / "clone")
    for branch in ("main", "feature"):
        clone.git(
            "fetch", "--quiet", "--depth=1", repository.folder.as_uri(), f"{branch}:refs/heads/at-{branch}"
        )
    clone.git("switch", "--quiet", "at-feature")
    monkeypatch.chdir(clone.folder)
    return clone


def test_a_shallow_clone_without_the_common_commit_is_refused(shallow: Repository) -> None:
    """Compared with the tip of the base, a branch would seem to take back what the base has got since."""
    del shallow
    with pytest.raises(Refused, match=r"this clone is too shallow to show where `at-main`"):
        Revision("at-main", Path())


def test_a_shallow_clone_knows_the_parents_of_its_commit(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout of depth 1 into which the base is fetched alone, as a build server does."""
    repository.write("a.md", "was")
    repository.commit()
    repository.git("tag", "base")
    repository.write("a.md", "is")
    repository.commit()
    clone = Repository(tmp_path / "clone")
    for name in ("main", "base"):
        clone.git("fetch", "--quiet", "--depth=1", repository.folder.as_uri(), f"{name}:refs/heads/at-{name}")
    clone.git("switch", "--quiet", "at-main")
    monkeypatch.chdir(clone.folder)
    assert Revision("at-base", Path()).content("a.md") == b"was"


def test_a_revision_that_a_shallow_clone_lacks_can_be_fetched(shallow: Repository) -> None:
    """The sentence says so."""
    del shallow
    with pytest.raises(Refused, match=r"`origin/main`: this clone is shallow, fetch it$"):
        Revision("origin/main", Path())


def test_a_file_of_another_repository_is_refused(repository: Repository, tmp_path: Path) -> None:
    """What was there cannot be told, so nothing in it is called new."""
    repository.commit()
    (tmp_path / "outside.md").write_text("", "utf-8")
    with pytest.raises(Refused, match=r"`../outside.md` is not in the repository"):
        Revision("main", Path()).was("../outside.md")


def test_a_file_of_a_submodule_is_refused(repository: Repository, tmp_path: Path) -> None:
    """The repository around it knows only its commit."""
    other = Repository(tmp_path / "other")
    other.write("a.md", "")
    other.commit()
    repository.git("submodule", "--quiet", "add", str(other.folder), "module")
    repository.commit()
    with pytest.raises(Refused, match=r"`module/a.md` is not in the repository"):
        Revision("main", Path()).was("module/a.md")


def test_a_second_work_tree_is_compared_by_itself(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are those of its branch."""
    repository.write("a.md", "was")
    repository.commit()
    repository.git("worktree", "add", "--quiet", "-b", "feature", str(tmp_path / "tree"))
    (tmp_path / "tree" / "a.md").write_text("is", "utf-8")
    monkeypatch.chdir(tmp_path / "tree")
    base = Revision("main", Path())
    assert not base.is_unchanged("a.md")
    assert base.content("a.md") == b"was"


def test_ends_of_lines_that_git_converts_are_no_change(repository: Repository) -> None:
    """With `core.autocrlf` a file has others in the work tree than in the repository."""
    repository.git("config", "core.autocrlf", "true")
    repository.write("a.md", "one\r\ntwo\r\n")
    repository.commit()
    repository.write("a.md", "one\r\ntwo\r\n")
    assert Revision("main", Path()).is_unchanged("a.md")


@pytest.mark.parametrize(
    ("attribute", "content"),
    [
        ("working-tree-encoding=ISO646-GB", "a \u00a3 b\n"),
        ("working-tree-encoding=IBM037", "a\n"),
        ("ident", "$Id$\n"),
        ("filter=shout", "a\n"),
    ],
)
def test_a_file_whose_bytes_an_attribute_makes_others_is_changed(
    attribute: str, content: str, repository: Repository
) -> None:
    """Git sees the same content, and a review reads the bytes that are there."""
    repository.git("config", "filter.shout.clean", "tr A-Z a-z")
    repository.git("config", "filter.shout.smudge", "tr a-z A-Z")
    repository.write("a.md", content)
    repository.commit()
    repository.write(".gitattributes", f"a.md {attribute}\n")
    (repository.folder / "a.md").unlink()
    repository.git("checkout", "--", "a.md")
    base = Revision("main", Path())
    assert not base.is_unchanged("a.md")
    assert list(base.left()) == ["a.md"]
    assert base.content("a.md") == content.encode()


@pytest.mark.parametrize(
    "setting", ["diff.renames=false", "diff.relative=true", "diff.noprefix=true", "color.ui=always"]
)
def test_settings_of_a_person_change_nothing(setting: str, repository: Repository) -> None:
    """What git is asked does not depend on them."""
    repository.git("config", *setting.split("="))
    repository.write("docs/old.md", "same\n" * 30)
    repository.commit()
    repository.git("mv", "docs/old.md", "docs/new.md")
    assert Revision("main", Path()).was("docs/new.md") == "docs/old.md"


def test_a_huge_file_is_not_read_whole(repository: Repository) -> None:
    """No more than shows that it is too large."""
    repository.write("a.md", b"x" * (3 * MAX_BYTES))
    repository.commit()
    assert len(Revision("main", Path()).content("a.md")) == MAX_BYTES + 1


def test_a_file_that_the_repository_lost_is_refused(repository: Repository) -> None:
    """A partial or a broken clone knows its name and not its content, which is then not empty."""
    repository.write("a.md", "was")
    repository.commit()
    name = repository.git("rev-parse", "HEAD:a.md").strip()
    (repository.folder / ".git" / "objects" / name[:2] / name[2:]).unlink()
    with pytest.raises(Refused, match=r"git does not have `a.md` as it was"):
        Revision("main", Path()).content("a.md")


def test_links_of_a_revision_lead_to_what_it_holds(repository: Repository) -> None:
    """Through folders as well; never to the disk, nor out of it, nor round and round."""
    repository.write("real/a.md", "was")
    for link, target in {
        "link.md": "real/a.md", "folder": "real", "real/up.md": "../link.md", "out.md": "../outside.md",
        "lost.md": "nowhere.md", "round.md": "round.md", "whole.md": str(repository.folder / "real/a.md"),
    }.items():  # fmt: skip
        (repository.folder / link).symlink_to(target)
    repository.commit()
    (repository.folder.parent / "outside.md").write_text("outside", "utf-8")
    repository.write("nowhere.md", "new")
    repository.write("real/a.md", "is")
    base = Revision("main", Path())
    for name in ("real/a.md", "link.md", "folder/a.md", "folder/up.md"):
        assert (base.holds(name), base.content(name)) == (True, b"was")
    assert not base.holds("link.md", follow=False)
    for name in ("out.md", "lost.md", "round.md", "whole.md", "nowhere.md", "real", "a" * 300):
        assert not base.holds(name)
        with pytest.raises(FileNotFoundError):
            base.content(name)


def test_a_link_of_today_leads_no_name_of_a_revision_astray(repository: Repository) -> None:
    """The change put it there."""
    repository.write("docs/a.md", "was")
    repository.write("other/a.md", "other")
    repository.commit()
    (repository.folder / "docs/a.md").unlink()
    (repository.folder / "docs").rmdir()
    (repository.folder / "docs").symlink_to("other")
    assert Revision("main", Path()).content("docs/a.md") == b"was"


def test_a_way_to_the_repository_may_lead_over_a_link(repository: Repository, tmp_path: Path) -> None:
    """As the folder of temporary files does on a Mac."""
    repository.write("docs/a.md", "was")
    repository.commit()
    (tmp_path / "way").symlink_to(repository.folder)
    (repository.folder / "docs" / "top").symlink_to(repository.folder)
    base = Revision("main", tmp_path / "way")
    assert base.content(tmp_path / "way" / "docs" / "a.md") == b"was"
    assert not base.holds(tmp_path / "way" / "docs" / "top" / "docs" / "a.md")


def test_a_file_outside_of_the_repository_is_in_no_revision(repository: Repository, tmp_path: Path) -> None:
    """It is none of the change's, so it is read as it is."""
    repository.commit()
    (tmp_path / "outside.md").write_text("is", "utf-8")
    base = Revision("main", Path())
    assert (base.holds("../outside.md"), base.content("../outside.md")) == (True, b"is")


def test_a_revision_can_be_taken_as_it_is(repository: Repository) -> None:
    """With what its branch has got since."""
    repository.write("a.md", "parted")
    repository.commit()
    repository.git("switch", "--quiet", "--create", "feature")
    repository.git("switch", "--quiet", "main")
    repository.write("a.md", "since")
    repository.commit()
    repository.git("switch", "--quiet", "feature")
    assert Revision("main", Path(), parted=False).content("a.md") == b"since"


RAN = "ran"
"""The file that a command leaves which nobody wanted to run."""


@pytest.fixture
def trapped(repository: Repository) -> Repository:
    """A folder `docs` that is a bare repository as well, made of files that a commit can bring along.

    It borrows the objects of the repository around it, and its configuration names a command.
    """
    sound = SOUND.read_text("utf-8")
    repository.write("docs/chat.rtreview.yaml", sound)
    repository.commit()
    head = repository.git("rev-parse", "HEAD")
    repository.git("switch", "--quiet", "--create", "feature")
    objects = os.path.relpath(repository.folder / ".git" / "objects", repository.folder / "docs" / "objects")
    command = f"touch {repository.folder / RAN}; false"
    config = f'[core]\n\trepositoryformatversion = 0\n\tworktree = .\n\tfsmonitor = "{command}"\n'
    files = {"HEAD": "ref: refs/heads/x\n", "refs/heads/x": head, "config": config, ".rtreview.toml": ""}
    files |= {"objects/info/alternates": f"{objects}\n", "chat.rtreview.yaml": f"{sound}# changed\n"}
    for name, content in files.items():
        repository.write(f"docs/{name}", content)
    repository.commit()
    return repository


def test_the_trap_is_one(trapped: Repository) -> None:
    """By itself git runs what a bare repository among the files names."""
    words = ["git", "-c", "safe.bareRepository=all", "-C", "docs", "diff", "--name-status", "x", "--"]
    subprocess.run(words, capture_output=True, check=False)
    assert (trapped.folder / RAN).exists()


@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize("words", [("diff",), ("review", "--new-only")])
def test_a_bare_repository_among_the_files_runs_nothing(
    words: tuple[str, ...], trapped: Repository, monkeypatch: pytest.MonkeyPatch, *, is_old: bool
) -> None:
    """The repository around it is compared; also by a git that takes bare ones for repositories."""
    if is_old:
        monkeypatch.setattr("rtreview.text.git._SETTINGS", {"safe.bareRepository": "all"})
    done = cli(*words, "--base", trapped.git("rev-parse", "main").strip(), "docs")
    assert done.exit_code == 0, done.output
    assert not (trapped.folder / RAN).exists()


@pytest.mark.parametrize("broken", ["folder", "file"])
def test_a_bare_repository_in_place_of_a_broken_one_is_refused(
    broken: str, trapped: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old git passes over a `.git` that is no repository, and comes to the files beside it."""
    monkeypatch.setattr("rtreview.text.git._SETTINGS", {"safe.bareRepository": "all"})
    entry = trapped.folder / "docs" / ".git"
    if broken == "folder":
        entry.mkdir()
    else:
        entry.write_text("gitdir: nowhere\n", "utf-8")
    with pytest.raises(Refused, match=r"^git: not a git"):
        Revision("x", trapped.folder / "docs")
    assert not (trapped.folder / RAN).exists()


@pytest.mark.parametrize("is_old", [False, True])
def test_a_bare_repository_is_none_that_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_old: bool
) -> None:
    """Nobody works in one; files that look like one may be anybody's."""
    if is_old:
        monkeypatch.setattr("rtreview.text.git._SETTINGS", {})
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / "bare"], check=True)
    subprocess.run(["git", "-C", tmp_path / "bare", "config", "core.worktree", "."], check=True)
    subprocess.run(["git", "-C", tmp_path / "bare", "config", "--unset", "core.bare"], check=True)
    with pytest.raises(Refused, match=r"bare"):
        Revision("main", tmp_path / "bare")


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("core.fsmonitor", ""),
        ("core.hooksPath", ""),
        ("diff.external", ""),
        ("diff.a.command", "diff=a"),
        ("diff.a.textconv", "diff=a"),
        ("filter.a.b.clean", "filter=a.b"),
        ("filter.a.clean", "filter=a"),
        ("filter.a.process", "filter=a"),
        ("core.pager", ""),
        ("core.sshCommand", ""),
        ("core.askPass", ""),
        ("core.editor", ""),
        ("core.alternateRefsCommand", ""),
        ("credential.helper", ""),
        ("merge.a.driver", "merge=a"),
    ],
)
def test_no_command_of_a_configuration_is_run(name: str, attributes: str, repository: Repository) -> None:
    """Whatever git would run while it compares: a monitor, a hook, a driver, a filter, a pager."""
    command = repository.folder.parent / "command"
    for hook in (command, command.parent / "hooks" / "post-index-change"):
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {repository.folder.parent / RAN}\nexec cat\n", "utf-8")
        hook.chmod(0o755)
    repository.write("a.md", "was\n")
    repository.write("same.md", "same\n")
    repository.write(".gitattributes", f"*.md {attributes}\n" if attributes else "")
    repository.commit()
    is_hook = name == "core.hooksPath"
    repository.git("config", name, str(command.parent / "hooks" if is_hook else command))
    if name.startswith("filter"):
        repository.git("config", f"{name.rpartition('.')[0]}.required", "true")
    repository.write("a.md", "is\n")
    os.utime(repository.folder / "same.md", (1, 1))
    base = Revision("main", Path())
    assert (base.is_unchanged("a.md"), base.is_unchanged("same.md")) == (False, True)
    assert base.content("a.md") == b"was\n"
    assert not (repository.folder.parent / RAN).exists()


@pytest.mark.parametrize(
    "name",
    ["GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_EDITOR", "GIT_PROXY_COMMAND"],
)
def test_no_command_of_the_environment_is_run(
    name: str, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git knows nothing of the variables that name one."""
    repository.write("a.md", "was\n")
    repository.commit()
    repository.write("a.md", "is\n")
    monkeypatch.setenv(name, f"touch {repository.folder.parent / RAN}; false")
    assert not Revision("main", Path()).is_unchanged("a.md")
    assert not (repository.folder.parent / RAN).exists()


@pytest.mark.parametrize("folder", ["", ".", "bin"])
def test_no_git_of_the_checkout_is_run(
    folder: str, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the current folder on the search path means another."""
    repository.write("a.md", "was")
    repository.commit()
    for name in ("git", "bin/git"):
        repository.write(name, f"#!/bin/sh\ntouch {repository.folder.parent / RAN}\n").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    assert Revision("main", Path()).content("a.md") == b"was"
    assert not (repository.folder.parent / RAN).exists()


def test_git_sees_no_secret(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment is a list of names that it needs."""
    repository.write("a.md", "was")
    repository.commit()
    seen, program = tmp_path / "seen", tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nenv >>{seen}\nexec {shutil.which("git")} "$@"\n', "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("GITHUB_TOKEN", "hunter2")
    assert Revision("main", Path()).content("a.md") == b"was"
    assert "GIT_TERMINAL_PROMPT=0" in seen.read_text("utf-8")
    assert "hunter2" not in seen.read_text("utf-8")


def test_a_filter_that_cannot_be_switched_off_is_refused(repository: Repository) -> None:
    """Its name would end at the sign in it."""
    repository.commit()
    repository.git("config", "filter.a=b.clean", "touch ran; cat")
    with pytest.raises(Refused, match=r"`filter\.a=b` cannot be told to run nothing"):
        Revision("main", Path())


def test_one_module_starts_programs() -> None:
    """So that whoever reads it knows all that this tool runs."""
    files = (ROOT / "rtreview").rglob("*.py")
    starts = re.compile(r"\b(subprocess|os\.(system|popen|exec\w+|spawn\w+|posix_spawn\w*))\b")
    assert [file.name for file in files if starts.search(file.read_text("utf-8"))] == ["git.py"]


def test_what_a_partial_clone_lacks_is_not_fetched(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To compare needs no network, and asks nobody for a password."""
    repository.write("a.md", "was")
    repository.commit()
    repository.git("config", "uploadpack.allowFilter", "true")
    clone = Repository(tmp_path / "clone")
    clone.git("remote", "add", "origin", repository.folder.as_uri())
    clone.git("fetch", "--quiet", "--filter=blob:none", "origin", "main")
    clone.git("config", "remote.origin.promisor", "true")
    clone.git("update-ref", "refs/heads/main", "FETCH_HEAD")
    monkeypatch.chdir(clone.folder)
    with pytest.raises(Refused, match=r"git does not have `a.md` as it was: fetch more"):
        Revision("main", Path()).content("a.md")


def test_a_hook_of_git_compares_its_repository(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variables with which git calls a hook name the repository of the hook, and nothing of another."""
    repository.write("a.md", "was")
    repository.commit()
    other = Repository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.folder / ".git" / "index"))
    assert Revision("main", Path()).is_unchanged("a.md")


def test_a_submodule_that_moved_is_no_change_of_a_file(repository: Repository, tmp_path: Path) -> None:
    """Git would run itself inside of it to find out; it holds no file of this repository."""
    other = Repository(tmp_path / "other")
    other.commit()
    repository.git("submodule", "--quiet", "add", str(other.folder), "module")
    repository.commit()
    marked = repository.folder.parent / RAN
    repository.git("-C", "module", "config", "core.fsmonitor", f"touch {marked}; false")
    (repository.folder / "module" / "new.md").write_text("", "utf-8")
    assert list(Revision("main", Path()).left()) == []
    assert not marked.exists()
