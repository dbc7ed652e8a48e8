"""What a design states, held against what the files of its deployment fix."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bounds import bounded
from conftest import RULEBOOK, Repository, as_json, cli

from rtreview.evidence.deployment import Fact, Line
from rtreview.evidence.files import find
from rtreview.project import drift, project
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Deployed, Review, Standing
from rtreview.rulebook.finding import Severity
from rtreview.text.git import Revision
from rtreview.text.sources import Source

POLICY = Policy(RULEBOOK)

SITE = """\
server {{
    listen 443 ssl;
    location /ws {{
        proxy_pass http://chat:3000;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        {inner}
    }}
    {more}
}}
"""

DESIGN = """\
rtreview: 1
purpose: chat
deployed_as: {{paths: [../nginx], route: {route}}}
transport:
  kind: websocket
  path: [{{name: nginx, {hop}}}]
  heartbeat: {{interval: 25s, from: server}}
topology: {{nodes: 2}}
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of an empty repository, which is the working folder."""
    for folder in (".git", "nginx", "docs"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def repository(root: Path) -> Repository:
    """The same, as git has it."""
    return Repository(root)


def reviews(
    inner: str, *, hop: str = "idle_timeout: 75s", route: str = "/ws", more: str = ""
) -> list[Review]:
    """The reviews of a design behind nginx with this in its location."""
    Path("nginx/site.conf").write_text(SITE.format(inner=inner, more=more), "utf-8")
    spec = Path("docs/chat.rtreview.yaml")
    spec.write_text(DESIGN.format(hop=hop, route=route), "utf-8")
    return project.review_source(Source(str(spec)), POLICY)


def standing(review: Review) -> dict[str, Standing]:
    """How each field stands, by its last name."""
    return {deployed.place.name.rpartition(".")[2]: deployed.standing for deployed in review.deployment}


def only(review: Review) -> Deployed:
    """The only thing that the files say."""
    (deployed,) = review.deployment
    return deployed


def test_a_line_that_breaks_the_design_fails_it_with_its_own_arithmetic() -> None:
    """At that line, with both values and both places."""
    _, found = reviews("proxy_read_timeout 20s;")
    (finding,) = found.findings
    assert (found.path, finding.place.span.line, finding.severity) == ("nginx/site.conf", 7, Severity.ERROR)
    for said in ("is 20s", "75s", "docs/chat.rtreview.yaml:6", "heartbeat-slower-than-path", "25 s"):
        assert said in finding.message


def test_a_design_that_stays_sound_is_told_mildly() -> None:
    """50 s are above the heartbeat too."""
    _, found = reviews("proxy_read_timeout 50s;")
    (finding,) = found.findings
    assert finding.severity is Severity.INFO
    assert "no more than before" in finding.message


def test_it_is_said_whose_value_clears_what_a_line_breaks() -> None:
    """The heartbeat of the design, or the line itself as the design has it."""
    _, found = reviews("proxy_read_timeout 20s;")
    (finding,) = found.findings
    assert finding.message.endswith(
        "Clears with the heartbeat interval below 20 s, or with 75s at this line."
    )


def test_a_timeout_of_zero_is_immediate_to_nginx() -> None:
    """And not unlimited, as people may think who write it."""
    review, found = reviews("proxy_read_timeout 0;")
    (finding,) = found.findings
    assert finding.severity is Severity.ERROR
    assert "To nginx, 0 is an immediate timeout, not an unlimited one" in finding.message
    assert "immediate timeout" in only(review).origin


def test_what_agrees_is_no_finding() -> None:
    """In whichever unit it is written, and within bounds."""
    (review,) = reviews("proxy_read_timeout 1m15s;")
    assert standing(review) == {"idle_timeout": Standing.AGREES}
    (review,) = reviews("proxy_read_timeout 75;", hop="idle_timeout: 1m..2m")
    assert standing(review) == {"idle_timeout": Standing.AGREES}


def test_a_default_against_a_stated_value_is_listed() -> None:
    """Another file may set it."""
    (review,) = reviews("")
    assert standing(review) == {"idle_timeout": Standing.NOT_SET}


PROGRAM = {
    "nginx/package.json": '{"name": "chat", "dependencies": {"socket.io": "^4.8.0"}}',
    "nginx/first.js": 'const { Server } = require("socket.io");\nnew Server(web, { pingInterval: 25000 });\n',
}
"""A program whose code fixes its heartbeat."""


def with_program(**also: str) -> list[Review]:
    """The reviews of the design with a program behind nginx, and with these files of it."""
    for name, text in (PROGRAM | {f"nginx/{name}.js": text for name, text in also.items()}).items():
        Path(name).write_text(text, "utf-8")
    return reviews("proxy_read_timeout 75s;")


def test_a_field_whose_line_was_removed_is_not_set() -> None:
    """The design still states it, and the files say nothing of it."""
    (review,) = with_program()
    assert standing(review)["interval"] is Standing.AGREES
    Path("nginx/first.js").write_text("// Nothing.\n", "utf-8")
    (review,) = reviews("proxy_read_timeout 75s;")
    (silent,) = [each for each in review.deployment if each.place.name.endswith("heartbeat.interval")]
    assert (silent.standing, silent.stated, silent.runs) == (Standing.NOT_SET, "25s", "")
    assert silent.places == ("nginx/package.json:1",)
    assert "1 not set" in cli("docs/chat.rtreview.yaml").stdout


def test_a_field_that_no_file_of_its_kind_is_named_for_is_not_listed() -> None:
    """A proxy alone says nothing of a program, nor of how many there are."""
    (review,) = reviews("proxy_read_timeout 75s;")
    assert set(standing(review)) == {"idle_timeout"}


def test_what_several_files_fix_alike_is_told_once_with_its_places() -> None:
    """And counted once."""
    (review,) = with_program(second=PROGRAM["nginx/first.js"])
    (beat,) = [each for each in review.deployment if each.place.name.endswith("heartbeat.interval")]
    assert beat.places == ("nginx/first.js:2", "nginx/second.js:2")
    shown = cli("docs/chat.rtreview.yaml", "--verbose").stdout
    assert "25s at nginx/first.js:2 and nginx/second.js:2" in " ".join(shown.split())
    told = as_json("report", "docs/chat.rtreview.yaml")["reviews"][0]["deployment"]
    (row,) = [row for row in told if row["field"] == "transport.heartbeat.interval"]
    assert row["also"] == [{"file": "nginx/second.js", "line": 2}]


def test_features_that_share_a_connection_are_told_of_it_once() -> None:
    """With the names of all of them."""
    reviews("proxy_read_timeout 20s;")
    spec = Path("docs/chat.rtreview.yaml")
    features = "features:\n  cursors: {purpose: cursors}\n  talk: {purpose: chat}\n"
    spec.write_text(spec.read_text("utf-8").replace("purpose: chat\n", features), "utf-8")
    review, found = project.review_source(Source(str(spec)), POLICY)
    assert (only(review).standing, only(review).features) == (Standing.DISAGREES, ("cursors", "talk"))
    assert len(found.findings) == 1


def every(seconds: int) -> str:
    """A heartbeat."""
    return f"{{interval: {seconds}s, from: server}}"


def apart(*heartbeats: str) -> list[Review]:
    """The reviews of features with connections of their own behind nginx, by their heartbeats."""
    Path("nginx/site.conf").write_text(SITE.format(inner="proxy_read_timeout 20s;", more=""), "utf-8")
    path = "[{name: nginx, idle_timeout: 75s}]"
    features = "".join(
        f"  f{number}: {{transport: {{kind: websocket, path: {path}, heartbeat: {heartbeat}}}}}\n"
        for number, heartbeat in enumerate(heartbeats)
    )
    spec = Path("docs/chat.rtreview.yaml")
    head, _ = DESIGN.format(hop="", route="/ws").split("transport:\n")
    spec.write_text(f"{head}features:\n{features}", "utf-8")
    return project.review_source(Source(str(spec)), POLICY)


def test_a_value_that_runs_for_many_features_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is told what it breaks there, and nothing of what it breaks in another."""
    calls = []
    review_design = engine.review_design

    def counted(*given: Any, **named: Any) -> Review:
        calls.append(given)
        return review_design(*given, **named)

    monkeypatch.setattr(engine, "review_design", counted)
    _, found = apart(*map(every, (25, 10, 30, 25)))
    told = {finding.features: (finding.severity, finding.message) for finding in found.findings}
    assert {features: severity for features, (severity, _) in told.items()} == {
        ("f0",): Severity.ERROR,
        ("f1",): Severity.INFO,
        ("f2",): Severity.ERROR,
        ("f3",): Severity.ERROR,
    }
    assert "The heartbeat interval of 30 s is not below 20 s" in told["f2",][1]
    assert "the rules find no more than before" in told["f1",][1]
    assert len(calls) == 2


def test_what_a_line_breaks_is_not_known_beyond_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it fails, since it may break anything."""
    monkeypatch.setattr(drift, "MOST_TRIED", 1)
    _, found = apart(every(25), every(10))
    assert {finding.severity for finding in found.findings} == {Severity.ERROR}
    for finding in found.findings:
        assert "not known, since no more than 1 features of a design are reviewed again" in finding.message


@pytest.mark.slow
def test_many_features_that_disagree_are_answered_soon(root: Path) -> None:
    """Each with the same lines, which once took 32 s of the processor."""
    apart(*[every(25)] * 60)
    assert "60 errors" in bounded("review", "docs", folder=root, most=5)


@pytest.mark.parametrize(
    ("count", "standing", "counted"),
    [
        (1, Standing.AGREES, "1 agrees"),
        (11, Standing.AGREES, "11 agree"),
        (1, Standing.DISAGREES, "1 disagrees"),
        (2, Standing.DISAGREES, "2 disagree"),
        (2, Standing.NOT_SET, "2 not set"),
        (2, Standing.NOT_STATED, "2 not stated"),
        (2, Standing.OPEN, "2 cannot be told"),
    ],
)
def test_a_count_and_its_word_agree(count: int, standing: Standing, counted: str) -> None:
    """As a person would say it."""
    assert standing.counted(count) == counted


def test_what_the_design_leaves_open_is_proposed() -> None:
    """With the value and the line that fixes it."""
    (review,) = reviews("proxy_read_timeout 90s;", hop="buffering: false")
    assert (only(review).standing, only(review).runs, only(review).line.number) == (
        Standing.NOT_STATED,
        "90s",
        7,
    )


def test_a_variable_cannot_be_told() -> None:
    """It is put in when the container starts."""
    (review,) = reviews("proxy_read_timeout ${TIMEOUT};")
    assert standing(review) == {"idle_timeout": Standing.OPEN}


def test_a_hop_that_the_design_does_not_have_is_proposed() -> None:
    """By its name in the catalogue."""
    (review,) = [one for one in reviews("", hop="idle_timeout: 60s") if one.deployment]
    assert Standing.NOT_STATED not in standing(review).values()
    text = Path("docs/chat.rtreview.yaml").read_text("utf-8").replace("name: nginx", "name: haproxy")
    Path("docs/chat.rtreview.yaml").write_text(text, "utf-8")
    (review,) = project.review_source(Source("docs/chat.rtreview.yaml"), POLICY)
    assert (only(review).standing, only(review).runs) == (Standing.NOT_STATED, "nginx")


def test_the_route_says_which_way_is_meant() -> None:
    """Another location of the same file says nothing of it."""
    other = SITE.partition("listen 443 ssl;")[2].rpartition("{more}")[0]
    more = other.format(inner="proxy_read_timeout 5s;").replace("/ws", "/events")
    (review,) = reviews("proxy_read_timeout 75s;", more=more)
    assert standing(review) == {"idle_timeout": Standing.AGREES}
    _, found = reviews("proxy_read_timeout 75s;", more=more, route="/events")
    assert "is 5s" in found.findings[0].message


def test_a_route_that_is_not_there_cannot_be_told() -> None:
    """And is no pass."""
    (review,) = reviews("proxy_read_timeout 20s;", route="/elsewhere")
    assert (only(review).standing, "/elsewhere" in only(review).decided_by) == (Standing.OPEN, True)


@pytest.mark.parametrize("path", ["/etc", "../../..", "../linked"])
def test_nothing_is_read_outside_of_the_repository(path: str) -> None:
    """A stranger's design may name anything."""
    Path("linked").symlink_to("/etc")
    spec = Path("docs/chat.rtreview.yaml")
    text = DESIGN.format(hop="idle_timeout: 75s", route="/ws").replace("../nginx", path)
    spec.write_text(text, "utf-8")
    (review,) = project.review_source(Source(str(spec)), POLICY)
    assert "leads out of the repository" in review.deployment[0].decided_by


def test_the_call_fails_and_shows_both_places() -> None:
    """On a terminal, as data, and for GitHub at the line that was changed."""
    reviews("proxy_read_timeout 20s;")
    done = cli("docs/chat.rtreview.yaml")
    assert done.exit_code == 1
    assert "--> nginx/site.conf:7:9" in done.stdout
    assert "beside the deployment: 1 disagrees" in done.stdout
    told = as_json("report", "docs/chat.rtreview.yaml")
    (row,) = told["reviews"][0]["deployment"]
    assert (row["standing"], row["stated"], row["runs"], row["line"]) == ("disagrees", "75s", "20s", 7)
    assert "file=nginx/site.conf,line=7" in cli("docs/chat.rtreview.yaml", "--format", "github").stdout


def test_the_configuration_may_say_what_deploys_all_designs() -> None:
    """A design that says it itself goes by that."""
    reviews("proxy_read_timeout 20s;")
    spec = Path("docs/chat.rtreview.yaml")
    spec.write_text(re.sub("deployed_as.*\n", "", spec.read_text("utf-8")), "utf-8")
    assert "deployment-disagrees" not in cli(str(spec)).stdout
    Path(".rtreview.toml").write_text('[assume.deployed_as]\npaths = ["../nginx"]\nroute = "/ws"\n', "utf-8")
    assert "error[deployment-disagrees]" in cli(str(spec)).stdout


def test_a_finding_on_what_runs_can_be_explained() -> None:
    """Like a rule."""
    assert "What runs is not what the design says" in cli("explain", "deployment-disagrees").stdout


def test_a_pull_request_that_changes_what_runs_alone_fails_at_that_line(repository: Repository) -> None:
    """And one that changes something else does not fail for what was so before."""
    reviews("proxy_read_timeout 75s;")
    repository.commit("sound")
    reviews("proxy_read_timeout 20s;")
    done = cli(".", "--new-only", "--base", "main")
    assert (done.exit_code, "error[deployment-disagrees]" in done.stdout) == (1, True)
    repository.commit("somebody set it back")
    Path("nginx/more.conf").write_text("# Nothing.\n", "utf-8")
    done = cli(".", "--new-only", "--base", "main")
    assert (done.exit_code, "error[" in done.stdout) == (0, False)


def test_a_pull_request_that_removes_a_line_hides_what_runs(repository: Repository) -> None:
    """What no line sets is not compared, though it is listed."""
    with_program()
    repository.commit("sound")
    Path("nginx/first.js").write_text("// Nothing.\n", "utf-8")
    done = cli(".", "--new-only", "--base", "main")
    assert done.exit_code == 1
    said = " ".join(done.stdout.split())
    assert "This change stops comparing `transport.heartbeat.interval` of" in said
    assert "1 not set" in said


TWO = """\
rtreview: 1
purpose: chat
transport:
  kind: websocket
  path: [{name: nginx, idle_timeout: 75s}]
  heartbeat: {interval: 25s, from: server}
topology: {nodes: 2}
features:
  one: {deployed_as: {paths: [../nginx], route: /ws}}
  two: {deployed_as: {paths: [../other], route: /ws}}
"""

DECOY = """
    location /old {
        proxy_pass http://chat:3000;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_read_timeout 75s;
    }
"""


def compared(repository: Repository, change: Callable[[], object]) -> tuple[int, str]:
    """The status and the words of a check where a change comes to a design of one or of two features."""
    repository.commit("sound")
    change()
    repository.git("add", "--all", "--force")
    repository.commit("change")
    done = cli(".", "--new-only", "--base", "main~1")
    return done.exit_code, " ".join(done.stdout.split())


def run_at(timeout: str, folder: str = "nginx", more: str = "") -> None:
    """A proxy that waits so long."""
    Path(folder).mkdir(exist_ok=True)
    Path(folder, "site.conf").write_text(
        SITE.format(inner=f"proxy_read_timeout {timeout};", more=more), "utf-8"
    )


def write(content: str) -> None:
    """The design."""
    Path("docs/chat.rtreview.yaml").write_text(content, "utf-8")


@pytest.mark.parametrize("other", ["{purpose: chat}", "{deployed_as: {paths: [../nginx], route: /ws}}"])
def test_no_feature_stands_in_for_another_that_is_compared_no_more(
    repository: Repository, other: str
) -> None:
    """Each is compared with files of its own."""
    run_at("75s")
    run_at("75s", "other")
    write(TWO)

    def change() -> None:
        run_at("20s", "other")
        write(TWO.replace("{deployed_as: {paths: [../other], route: /ws}}", other))

    status, said = compared(repository, change)
    assert status == 1
    assert "This change leads the design away from `other`, route `/ws`, which is there still." in said


def test_files_that_move_out_of_sight_are_compared_no_more(repository: Repository) -> None:
    """Whatever another feature is compared with."""
    run_at("75s")
    run_at("75s", "other")
    write(TWO)

    def change() -> None:
        repository.git("mv", "other", "away")
        run_at("20s", "away")

    status, said = compared(repository, change)
    assert status == 1
    assert "This change stops comparing `transport.path[nginx].idle_timeout` of the design" in said


@pytest.mark.parametrize("route", ["/ws", "/old"])
def test_a_design_that_is_led_to_what_agrees_is_told(repository: Repository, route: str) -> None:
    """A copy, or another route, while what it named goes on."""
    run_at("75s")
    write(DESIGN.format(hop="idle_timeout: 75s", route="/ws"))

    def change() -> None:
        run_at("20s", more=DECOY)
        run_at("75s", "copy")
        folder = "copy" if route == "/ws" else "nginx"
        write(DESIGN.format(hop="idle_timeout: 75s", route=route).replace("nginx]", f"{folder}]"))

    status, said = compared(repository, change)
    assert (status, "away from `nginx`, route `/ws`, which is there still." in said) == (1, True)


def test_a_deployment_that_is_moved_is_compared_where_it_is(repository: Repository) -> None:
    """The design follows it."""
    run_at("75s")
    run_at("75s", "other")
    write(TWO)

    def change() -> None:
        repository.git("mv", "other", "moved")
        write(TWO.replace("../other", "../moved"))

    status, said = compared(repository, change)
    assert (status, "The change hides" in said) == (0, False)


def test_a_line_that_a_change_takes_away_is_told_where_a_default_runs_now(repository: Repository) -> None:
    """It is listed as not set, and what runs is another value."""
    run_at("75s")
    write(DESIGN.format(hop="idle_timeout: 75s", route="/ws"))
    status, said = compared(
        repository, lambda: Path("nginx/site.conf").write_text(SITE.format(inner="", more=""))
    )
    assert status == 1
    assert (
        "This change takes away what sets `transport.path[nginx].idle_timeout` of the design: a default runs."
        in said
    )


@pytest.mark.parametrize("link", ["file", "folder"])
def test_a_link_of_the_change_says_nothing_of_the_base(repository: Repository, link: str) -> None:
    """What was compared is asked of the tree of the base alone."""
    run_at("75s")
    write(DESIGN.format(hop="idle_timeout: 75s", route="/ws"))

    def change() -> None:
        run_at("20s", "dist")
        if link == "file":
            Path("nginx/site.conf").unlink()
            Path("nginx/site.conf").symlink_to("../dist/site.conf")
        else:
            repository.git("mv", "nginx", "real")
            Path("nginx").symlink_to("/etc")

    status, said = compared(repository, change)
    assert (status, "This change stops comparing the design with what runs." in said) == (1, True)


@pytest.mark.parametrize(
    "name", [".z.yaml", "vendor/z.yaml", ".x/z.yml", "dist/z.json", "node_modules/a/z.yaml"]
)
def test_resources_beside_resources_are_read_whatever_they_are_called(
    name: str, repository: Repository
) -> None:
    """In the base and now: `kubectl apply -R -f deploy` takes them all. Others are none of its own."""
    repository.write("deploy/chat.yaml", "kind: Deployment\n")
    repository.write(f"deploy/{name}", '"kind": "HorizontalPodAutoscaler"\n')
    repository.write("deploy/vendor/settings.yaml", "a: 1\n")
    repository.write("other/vendor/z.yaml", "kind: Deployment\n")
    repository.commit()
    revision = Revision("main", Path())
    for found in (find(["deploy", "other"], revision), find(["deploy", "other"], now=revision)):
        assert {file.name for file in found.read} == {"deploy/chat.yaml", f"deploy/{name}"}


@pytest.mark.parametrize("kind", ["kind : Deployment", '"kind" : "Deployment"'])
def test_a_resource_is_one_however_its_kind_is_written(kind: str, repository: Repository) -> None:
    """Blanks may stand before a colon of YAML and of JSON."""
    repository.write("deploy/chat.yaml", "kind: Deployment\n")
    repository.write("deploy/.z.yaml", f"{kind}\n")
    repository.commit()
    found = find(["deploy"], Revision("main", Path()))
    assert {file.name for file in found.read} == {"deploy/chat.yaml", "deploy/.z.yaml"}


@pytest.mark.parametrize("end", ["\r", "\x85", "\u2028", "\u2029"])
def test_a_sign_that_ends_a_line_for_some_alone_makes_a_file_unreadable(end: str) -> None:
    """To nginx the comment goes on, and 20 s is what runs."""
    review, *_ = reviews(f"proxy_read_timeout 20s; # {end} proxy_read_timeout 75s;")
    assert standing(review) == {"paths": Standing.OPEN}
    said = " ".join(each.decided_by for each in review.deployment)
    assert f"line 7 has U+{ord(end):04X}, which ends a line for some programs" in said


@pytest.mark.parametrize(
    ("location", "ways"),
    [("~ ^/ws", 2), ("~* /w", 2), (r"~ \.php$", 1), ("~ ^/api", 1), ("~ ^/(ws|sse)", 2), ("~ ^/[w]s", 2)],
)
def test_a_pattern_that_may_go_before_a_route_leaves_it_open(location: str, ways: int) -> None:
    """Nginx takes it before the prefix."""
    pattern = DECOY.replace("/old", location).replace("75s", "20s")
    review, *_ = reviews("proxy_read_timeout 75s;", more=pattern)
    assert ("paths" in standing(review)) is (ways > 1)


def test_a_pull_request_that_mends_what_runs_deletes_no_design(repository: Repository) -> None:
    """The line is as the design has it again."""
    reviews("proxy_read_timeout 20s;")
    repository.commit("flawed")
    reviews("proxy_read_timeout 75s;")
    done = cli(".", "--new-only", "--base", "main")
    assert (done.exit_code, "loosened-review" in done.stdout) == (0, False)
    assert "is gone" not in cli("diff", "--base", "main").stdout


def test_a_file_that_is_named_itself_is_read_in_the_base_too(repository: Repository) -> None:
    """As `init` may write it."""
    reviews("proxy_read_timeout 75s;")
    spec = Path("docs/chat.rtreview.yaml")
    spec.write_text(spec.read_text("utf-8").replace("../nginx", "../nginx/site.conf"), "utf-8")
    repository.commit("sound")
    done = cli(".", "--new-only", "--base", "main")
    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("decided_by", "is_sure"),
    [
        ("", True),
        ("default of nginx", False),
        ("values.yaml, unless overridden", False),
        ("servers of the upstream", False),
        ("a condition decides: if .Values.x", False),
    ],
)
def test_what_else_may_decide_makes_no_finding(decided_by: str, is_sure: bool) -> None:
    """Where a literal is used, or for whom it counts, is a remark and takes nothing from it."""
    fact = Fact(("idle_timeout",), "60s", Line("a", 1, "a"), decided_by)
    assert fact.is_sure is fact._replace(remark="used at line 55").is_sure is is_sure


def test_a_name_that_no_file_can_have_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leads nowhere, and is no traceback."""
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text('rtreview: 1\nname: A\ndeployed_as: "a\\0b"\n', "utf-8")
    first, *_ = as_json("report", "a.yaml")["reviews"][0]["deployment"]
    assert "leads out of the repository" in first["decided_by"]


@pytest.mark.parametrize("widened", ["idle_timeout: 5s..75s", "idle_timeout: 5s..2m"])
def test_a_change_that_states_more_so_that_more_agrees_is_told(repository: Repository, widened: str) -> None:
    """Together with what it runs instead."""
    run_at("75s")
    write(DESIGN.format(hop="idle_timeout: 75s", route="/ws"))

    def change() -> None:
        run_at("20s")
        write(DESIGN.format(hop=widened, route="/ws"))

    status, said = compared(repository, change)
    assert status == 1
    assert (
        f"This change widens `transport.path[nginx].idle_timeout` of the design from 75s to {widened[14:]}"
        in said
    )


def test_a_change_that_states_more_while_the_same_runs_is_no_matter(repository: Repository) -> None:
    """Nothing agrees that did not before."""
    run_at("75s")
    write(DESIGN.format(hop="idle_timeout: 75s", route="/ws"))
    _, said = compared(repository, lambda: write(DESIGN.format(hop="idle_timeout: 75s..80s", route="/ws")))
    assert "This change widens" not in said


def test_a_change_that_makes_what_runs_open_fails(repository: Repository) -> None:
    """Where it agreed, and nobody can tell any more."""
    run_at("75s")
    write(DESIGN.format(hop="idle_timeout: 75s", route="/ws"))
    status, said = compared(repository, lambda: run_at("75s", more="rewrite ^/ws /other last;"))
    assert status == 1
    assert "This change stops comparing" in said


def test_a_list_is_compared_as_a_whole() -> None:
    """And both are shown as a spec has them."""
    Path("web").mkdir()
    Path("web/package.json").write_text('{"dependencies": {"@microsoft/signalr": "^8.0.0"}}', "utf-8")
    Path("web/live.ts").write_text(
        'import * as signalR from "@microsoft/signalr";\n'
        "new signalR.HubConnectionBuilder().withAutomaticReconnect([0, 1000, 5000]).build();\n",
        "utf-8",
    )
    design = DESIGN.format(hop="idle_timeout: 75s", route="/ws").replace("../nginx", "../nginx, ../web")
    Path("nginx/site.conf").write_text(SITE.format(inner="proxy_read_timeout 75s;", more=""), "utf-8")
    for stated, is_so in (("[0s, 1s, 5s]", True), ("[0s, 1s]", False)):
        text = design.replace("  heartbeat:", f"  reconnect: {{delays: {stated}}}\n  heartbeat:")
        Path("docs/chat.rtreview.yaml").write_text(text, "utf-8")
        found = project.review_source(Source("docs/chat.rtreview.yaml"), POLICY)
        told = [each for review in found for each in review.deployment if each.stated == stated]
        said = [finding.message for review in found for finding in review.findings]
        agrees = Standing.AGREES if is_so else Standing.DISAGREES
        assert [(each.standing, each.runs) for each in told] == [(agrees, "[0s, 1s, 5s]")]
        assert any("is [0s, 1s, 5s], and the design states [0s, 1s]" in each for each in said) is not is_so
