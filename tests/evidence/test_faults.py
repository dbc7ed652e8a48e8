"""What files alone show to be wrong, and what only looks like it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from conftest import ROOT, RULEBOOK, Repository, as_json, cli
from deployments import file

from rtreview.evidence import evidence
from rtreview.evidence.deployment import Fault
from rtreview.evidence.files import Files
from rtreview.project import project
from rtreview.reviews.policy import Policy
from rtreview.rulebook import rulebook
from rtreview.rulebook.finding import Severity
from rtreview.text.sources import Source

UPGRADE = """
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_upgrade;
"""


def faults(files: dict[str, str]) -> list[Fault]:
    """What is wrong in some files."""
    return list(evidence.of(Files(tuple(map(file, files, files.values())), ())).faults)


def rules(files: dict[str, str]) -> list[tuple[str, Severity]]:
    """The rules of what is wrong, each with how severe it is."""
    return [(each.rule, RULEBOOK.sections[each.rule].severities[each.case]) for each in faults(files)]


def nginx(*locations: str, server: str = UPGRADE, name: str = "nginx.conf") -> dict[str, str]:
    """A proxy with some locations in a server."""
    return {name: f"http {{ server {{ listen 80; {server} {' '.join(locations)} }} }}"}


HOST = "proxy_pass http://chat:3000; proxy_set_header Host $host;"


def test_an_inner_header_drops_the_upgrade_of_the_server() -> None:
    """At its line, with the place of what it drops."""
    (fault,) = faults(nginx(f"\nlocation /socket.io/ {{\n{HOST}\n}}"))
    assert (fault.rule, fault.line.number, fault.case) == ("upgrade-header-dropped", 6, "")
    assert "nginx.conf:2" in fault.message


def test_an_upgrade_is_dropped_at_a_location_though_another_inherits_it() -> None:
    """Both lead to the same program by the same hops."""
    rightly = "location /ws { proxy_pass http://chat:3000; }"
    (fault,) = faults(nginx(rightly, f"\nlocation /socket.io {{\n{HOST}\n}}"))
    assert (fault.line.number, fault.case) == (6, "")
    assert "for `/socket.io`" in fault.message


def test_an_upgrade_that_two_locations_drop_by_one_line_is_told_of_each() -> None:
    """That of a named location to which both lead."""
    locations = [f"location {path} {{ try_files $uri @chat; }}" for path in ("/ws", "/socket.io")]
    found = faults(nginx(*locations, f"location @chat {{ {HOST} }}"))
    assert [fault.message.partition("for `")[2].partition("`")[0] for fault in found] == ["/socket.io", "/ws"]


def test_where_only_the_outer_level_says_that_a_websocket_passes_it_is_a_warning() -> None:
    """Its headers come through nowhere: at the only location, or the one for all paths."""
    assert rules(nginx(f"location / {{ {HOST} }}", f"location /api {{ {HOST} }}")) == [
        ("upgrade-header-dropped", Severity.WARNING)
    ]
    assert rules(nginx(f"location /api {{ {HOST} }}")) == [("upgrade-header-dropped", Severity.WARNING)]


@pytest.mark.parametrize(
    "files",
    [
        nginx(f"location /ws {{ {HOST} {UPGRADE} }}"),
        nginx(f"location /ws {{ {HOST} }}", server=""),
        nginx("location /ws { proxy_pass http://chat:3000; }"),
        nginx("location /ws { proxy_pass http://chat:3000; }", f"location / {{ {HOST} }}"),
        nginx(f"location /api {{ {HOST} }}", f"location /files {{ {HOST} }}"),
        nginx(f"location /ws {{ {HOST} include upgrade.conf; }}"),
        nginx(f"location /ws {{ {HOST} include proxy_params; }}"),
        nginx(f"location / {{ {HOST} }}", "include /etc/nginx/locations/*.conf;"),
        nginx(f"location /ws {{ {HOST} {{% if ws %}} {UPGRADE} {{% endif %}} }}", name="nginx.conf.j2"),
        nginx(f"location /ws {{ {HOST} }}", server='proxy_set_header Connection "";'),
    ],
    ids=[
        "repeated", "not set outside", "inherited", "inherited elsewhere", "of no WebSocket", "included",
        "shipped parameters", "locations elsewhere", "template", "another header",
    ],
)  # fmt: skip
def test_an_upgrade_that_may_pass_is_none_that_is_dropped(files: dict[str, str]) -> None:
    """Or one that is not meant to pass here."""
    assert rules(files) == []


def ingress(*annotations: str, kind: str = "nginx", more: str = "") -> dict[str, str]:
    """An Ingress of a class that leads to a service, beside other resources."""
    lines = "".join(f"\n    {annotation}" for annotation in annotations)
    text = f"""\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: chat
  annotations: {{}}{lines}
spec:
  ingressClassName: {kind}
  rules:
  - http: {{paths: [{{path: /ws, backend: {{service: {{name: chat}}}}}}]}}
---
{dedent(more)}"""
    return {"chat.yaml": text.replace("annotations: {}\n    ", "annotations:\n    ")}


F5_CLASS = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: nginx.org/ingress-controller}
"""
OURS = F5_CLASS.replace("nginx.org/ingress-controller", "k8s.io/ingress-nginx")
READ = 'nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"'
READ_OF_F5 = 'nginx.org/proxy-read-timeout: "3600s"'
SOCKETS_OF_F5 = "nginx.org/websocket-services: chat"
NO_EFFECT = "annotation-without-effect"


@pytest.mark.parametrize(
    ("files", "severity"),
    [
        (ingress(READ, more=F5_CLASS), Severity.WARNING),
        (ingress(READ_OF_F5, more=OURS), Severity.WARNING),
        (ingress(SOCKETS_OF_F5, more=OURS), Severity.INFO),
        (ingress(READ, kind="alb"), Severity.WARNING),
        (ingress(READ, SOCKETS_OF_F5), Severity.INFO),
        (ingress('nginx.ingress.kubernetes.io/proxy-read-timeouts: "3600"'), Severity.WARNING),
        (ingress('nginx.ingress.kubernetes.io/enable-websocket: "true"'), Severity.INFO),
        (ingress('nginx.ingress.kubernetes.io/websocket-services: "chat"'), Severity.INFO),
        (ingress('nginx.org/upstream-hash-by: "$remote_addr"'), Severity.WARNING),
    ],
)
def test_an_annotation_that_nothing_reads_has_no_effect(files: dict[str, str], severity: Severity) -> None:
    """Of the other controller, or of none."""
    assert rules(files) == [(NO_EFFECT, severity)]


def test_a_misspelt_annotation_is_told_what_was_meant() -> None:
    """By its whole name, and one of the other controller by its place."""
    (fault,) = faults(ingress('nginx.ingress.kubernetes.io/proxy-read-timout: "3600"'))
    assert "did you mean `nginx.ingress.kubernetes.io/proxy-read-timeout`?" in fault.message
    assert fault.line.number == 6


@pytest.mark.parametrize(
    "files",
    [
        ingress(READ),
        ingress(READ, more=OURS),
        ingress(READ_OF_F5, SOCKETS_OF_F5),
        ingress(READ_OF_F5, SOCKETS_OF_F5, more=F5_CLASS),
        ingress(READ, READ_OF_F5, SOCKETS_OF_F5),
        ingress(READ, READ_OF_F5, more=F5_CLASS),
        ingress(READ, "alb.ingress.kubernetes.io/load-balancer-attributes: a=b", kind="alb"),
        ingress(READ, kind="traefik"),
        ingress('nginx.ingress.kubernetes.io/secure-verify-ca-secret: "ca"'),
        ingress('nginx.ingress.kubernetes.io/proxy-busy-buffers-size: "8k"'),
        ingress("nginx.ingress.kubernetes.io/our-own-thing: x"),
        ingress("# nginx.ingress.kubernetes.io/enable-websocket: x", READ),
    ],
    ids=[
        "own", "declared", "of F5 as it seems", "of F5", "written for both", "told the same", "also of ALB",
        "unknown reader", "deprecated", "seldom", "no near name", "comment",
    ],
)  # fmt: skip
def test_an_annotation_that_may_be_read_is_no_fault(files: dict[str, str]) -> None:
    """Whoever reads it."""
    assert rules(files) == []


def test_an_ingress_class_of_another_folder_may_be_of_another_cluster() -> None:
    """So it does not say for sure which controller serves."""
    (chat,) = ingress(READ).values()
    assert rules({"a/chat.yaml": chat, "b/class.yaml": F5_CLASS}) == []
    assert rules({"a/chat.yaml": chat, "class.yaml": F5_CLASS}) == [(NO_EFFECT, Severity.WARNING)]


def test_seconds_with_a_unit_are_not_parsed_by_ingress_nginx() -> None:
    """The number without it is what it takes; a bare one is no fault, nor what F5 takes."""
    (fault,) = faults(ingress('nginx.ingress.kubernetes.io/proxy-read-timeout: "1h"'))
    assert (fault.rule, 'Write `"3600"`' in fault.message) == ("timeout-not-parsed", True)
    assert faults(ingress(READ_OF_F5)) == []
    assert faults(ingress('nginx.ingress.kubernetes.io/proxy-read-timeout: "${TIMEOUT}s"')) == []


def haproxy(timeouts: str) -> dict[str, str]:
    """A proxy with some timeouts."""
    return {
        "haproxy.cfg": f"""
            defaults
                mode http
                {timeouts}
            frontend in
                bind :80
                default_backend chat
            backend chat
                server a chat:3000
            """
    }


@pytest.mark.parametrize("timeouts", ["timeout tunnel 3600", "timeout tunnel 86400", "timeout client 3600"])
def test_a_round_number_of_seconds_is_in_milliseconds_for_haproxy(timeouts: str) -> None:
    """A bare number is."""
    (fault,) = faults(haproxy(timeouts))
    assert (fault.rule, fault.line.text) == ("unit-mistaken", timeouts)
    assert f"Write `{timeouts}s`" in fault.message


@pytest.mark.parametrize(
    "timeouts",
    [
        *("timeout tunnel 3600s", "timeout tunnel 3600000", "timeout tunnel 60000", "timeout tunnel 5000"),
        *("timeout client 500", "timeout client 1500", "timeout client 50000", "timeout connect 3600"),
        *("timeout tunnel 1h\\n timeout client 3600", "timeout tunnel ${TUNNEL}", "# timeout tunnel 3600"),
    ],
)
def test_milliseconds_that_may_be_meant_are_no_fault(timeouts: str) -> None:
    """Whole thousands, a unit, what a tunnel supersedes, a variable, a comment."""
    assert rules(haproxy(timeouts.replace("\\n", "\n"))) == []


def node(options: str) -> dict[str, str]:
    """A server of Socket.IO."""
    return {
        "package.json": '{"dependencies": {"socket.io": "^4.8.0"}}',
        "index.js": f"""
            import {{ Server }} from "socket.io";
            const io = new Server(server, {{
              {options}
            }});
            """,
    }


def flask(options: str) -> dict[str, str]:
    """A server of python-socketio."""
    return {
        "requirements.txt": "flask-socketio==5.3.0",
        "app.py": f"from flask_socketio import SocketIO\nsocketio = SocketIO(app, {options})",
    }


def test_units_of_libraries_are_not_mixed_up() -> None:
    """Milliseconds of Node.js, seconds of Python."""
    assert rules(node("pingTimeout: 60,")) == [("unit-mistaken", Severity.ERROR)]
    assert rules(node("pingInterval: 25,")) == [("unit-mistaken", Severity.ERROR)]
    assert rules(flask("ping_interval=25000")) == [("unit-mistaken", Severity.WARNING)]
    assert rules(flask("ping_timeout=60_000")) == [("unit-mistaken", Severity.WARNING)]


@pytest.mark.parametrize(
    "files",
    [
        *(node("pingTimeout: 60_000,"), node("pingTimeout: 60 * 1000,"), node("pingInterval: 200,")),
        *(node("pingTimeout: seconds(60),"), node("connectTimeout: 45,")),
        *(flask("ping_interval=25"), flask("ping_interval=0.5"), flask("ping_timeout=300")),
    ],
)
def test_a_number_that_fits_the_unit_of_its_library_is_no_fault(files: dict[str, str]) -> None:
    """Nor one that is computed."""
    assert rules(files) == []


def workload(pod: str, replicas: str = "replicas: 2", service: str = "") -> str:
    """A Deployment with its Service."""
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: chat}}
spec: {{selector: {{app: chat}}, type: ClusterIP, ports: [{{port: 80}}]{service}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: chat}}
spec:
  {replicas}
  selector: {{matchLabels: {{app: chat}}}}
  template:
    metadata: {{labels: {{app: chat}}}}
    spec:
      {pod}
"""


def slept(command: str, grace: str = "") -> dict[str, str]:
    """A pod whose preStop runs a command."""
    pod = f"containers: [{{name: chat, lifecycle: {{preStop: {command}}}}}]"
    return ingress(more=workload(f"{grace}\n      {pod}" if grace else pod))


def test_a_pre_stop_as_long_as_the_grace_period_leaves_no_time_to_close() -> None:
    """The default counts too."""
    assert rules(slept("{sleep: {seconds: 30}}")) == [("pre-stop-outlasts-grace", Severity.WARNING)]
    command = '{exec: {command: [sh, -c, "sleep 60 && kill 1"]}}'
    (fault,) = faults(slept(command, "terminationGracePeriodSeconds: 45"))
    assert "sleeps for 60 s" in fault.message
    assert "`terminationGracePeriodSeconds: 45`" in fault.message


def test_a_pre_stop_within_the_grace_period_is_no_fault() -> None:
    """Nor one whose time does not stand there."""
    assert rules(slept("{sleep: {seconds: 10}}")) == []
    assert rules(slept("{sleep: {seconds: 60}}", "terminationGracePeriodSeconds: 90")) == []
    assert rules(slept("{sleep: {seconds: 60}}", "terminationGracePeriodSeconds: ${GRACE}")) == []
    assert rules(slept("{exec: {command: [./drain.sh, --timeout, '60']}}")) == []


POD = "containers: [{name: chat}]"
CLIENT_IP = ", sessionAffinity: ClientIP"


def test_the_affinity_of_a_service_is_passed_by() -> None:
    """By ingress-nginx, which sends to the pods."""
    found = faults(ingress(READ, more=workload(POD, service=CLIENT_IP)))
    assert [(each.rule, "sessionAffinity: ClientIP" in each.line.text) for each in found] == [
        ("service-affinity-bypassed", True)
    ]


@pytest.mark.parametrize(
    "files",
    [
        ingress(READ, more=workload(POD, "replicas: 1", CLIENT_IP)),
        ingress("nginx.ingress.kubernetes.io/affinity: cookie", more=workload(POD, service=CLIENT_IP)),
        ingress(
            "nginx.ingress.kubernetes.io/service-upstream: 'true'", more=workload(POD, service=CLIENT_IP)
        ),
        ingress(READ_OF_F5, more=workload(POD, service=CLIENT_IP)),
        ingress(kind="traefik", more=workload(POD, service=CLIENT_IP)),
        ingress(READ, more=workload(POD)),
    ],
    ids=["one pod", "own affinity", "to the Service", "F5", "another controller", "none"],
)
def test_an_affinity_that_counts_or_is_not_needed_is_no_fault(files: dict[str, str]) -> None:
    """Of a Service behind an Ingress."""
    assert rules(files) == []


SETTINGS = """
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
"""
SCALER = """
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: chat}
spec: {scaleTargetRef: {kind: Deployment, name: chat}, minReplicas: 1, maxReplicas: 10}
"""


def django(settings: str, cluster: str, name: str = "settings.py", needs: str = "channels") -> dict[str, str]:
    """A server of Django with its channel layer, in a cluster."""
    return {**ingress(more=cluster), "requirements.txt": needs, name: settings}


def test_messages_in_the_memory_of_one_process_reach_no_other_node() -> None:
    """Also where only an autoscaler makes others."""
    one = workload(POD, "replicas: 1")
    assert rules(django(SETTINGS, workload(POD))) == [("nodes-joined-by-memory", Severity.WARNING)]
    (fault,) = faults(django(SETTINGS, f"{one}{SCALER}"))
    assert "up to 10 nodes" in fault.message


def test_a_layer_in_memory_of_one_node_or_of_a_desk_is_no_fault() -> None:
    """Nor where another layer is stated, or a dependency."""
    redis = SETTINGS.replace("channels.layers.InMemoryChannelLayer", "channels_redis.core.RedisChannelLayer")
    assert rules(django(SETTINGS, workload(POD, "replicas: 1"))) == []
    assert rules(django(redis, workload(POD))) == []
    assert rules(django(SETTINGS, workload(POD), "settings/local.py")) == []
    assert rules(django(SETTINGS, workload(POD), needs="channels\nchannels-redis")) == []


def behind(program: dict[str, str], timeout: str = "") -> dict[str, str]:
    """A program behind nginx."""
    return {**nginx(f"location /ws {{ {HOST} {UPGRADE} {timeout} }}", server=""), **program}


def test_a_hop_that_closes_before_the_heartbeat_comes_is_told() -> None:
    """With both lines; a default of the hop counts."""
    assert rules(behind(node("pingInterval: 60_000,"))) == [("heartbeat-outlasts-hop", Severity.WARNING)]
    (fault,) = faults(behind(flask("ping_interval=300"), "\nproxy_read_timeout 2m;"))
    assert (fault.line.text.startswith("proxy_read_timeout 2m;"), "app.py:2" in fault.message) == (True, True)


@pytest.mark.parametrize(
    "files",
    [
        behind(node("pingInterval: 25_000,")),
        behind(node("")),
        behind(node("pingInterval: 60_000,"), "proxy_read_timeout 1h;"),
        behind(node("pingInterval: 60_000,"), "proxy_read_timeout ${READ};"),
        behind(node("pingInterval: Number(process.env.PING) || 60_000,")),
        {**behind(node("pingInterval: 60_000,")), "nginx.conf": "location / { proxy_pass http://chat; }"},
    ],
    ids=["sooner", "default", "longer", "variable", "computed", "part of a configuration"],
)
def test_a_heartbeat_that_may_come_in_time_is_no_fault(files: dict[str, str]) -> None:
    """And one that cannot be told."""
    assert rules(files) == []


@pytest.fixture
def dropping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a proxy that drops the upgrade, which is the working folder."""
    (tmp_path / ".git").mkdir()
    (site,) = nginx(f"\nlocation /ws {{\n{HOST}\n}}").values()
    (tmp_path / "nginx.conf").write_text(site, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_evidence_lists_faults_first_and_an_error_ends_it_with_1(dropping: Path) -> None:
    """As a report has them."""
    told = cli("evidence", ".")
    assert told.exit_code == 1
    assert told.stdout.startswith(
        "error[upgrade-header-dropped] An inner header drops the WebSocket upgrade\n"
    )
    assert "--> nginx.conf:6:1" in told.stdout
    assert "sharp edge: websocket-proxy-timeout" in told.stdout
    assert "1 fault." in told.stdout


def test_the_same_faults_are_there_as_json(dropping: Path) -> None:
    """By its schema."""
    told = as_json("evidence", "evidence", ".")
    (faulty,) = told["faults"]
    (finding,) = faulty["findings"]
    assert (faulty["file"], finding["rule"], finding["severity"]) == (
        "nginx.conf",
        "upgrade-header-dropped",
        "error",
    )


DESIGN = """\
rtreview: 1
purpose: chat
deployed_as: {paths: [.], route: /ws}
transport: {kind: websocket, path: [nginx]}
"""


def test_a_review_of_a_design_reports_what_is_wrong_on_its_way(dropping: Path) -> None:
    """In the file of the deployment, unless its rule is left out, or it belongs to another way."""
    design = dropping / "chat.rtreview.yaml"
    design.write_text(DESIGN, "utf-8")
    (_, found) = project.review_source(Source(design.name), Policy(RULEBOOK))
    (finding,) = found.findings
    assert (found.path, finding.rule, finding.place.span.line) == ("nginx.conf", "upgrade-header-dropped", 6)
    without = Policy(RULEBOOK, ignore=frozenset({"upgrade-header-dropped"}))
    assert len(project.review_source(Source(design.name), without)) == 1
    design.write_text(DESIGN.replace("/ws", "/other"), "utf-8")
    assert len(project.review_source(Source(design.name), Policy(RULEBOOK))) == 1


def test_features_that_share_a_way_share_what_is_wrong_with_it(dropping: Path) -> None:
    """It is one finding of both."""
    design = dropping / "chat.rtreview.yaml"
    head, _, rest = DESIGN.partition("purpose: chat\n")
    design.write_text(
        f"{head}{rest}features:\n  rooms: {{purpose: chat}}\n  typing: {{purpose: presence}}\n", "utf-8"
    )
    reviewed, *others = project.review_source(Source(design.name), Policy(RULEBOOK))
    assert not reviewed.unreviewed
    (finding,) = others[0].findings
    assert finding.features == ("rooms", "typing")


def test_a_fault_is_a_finding_in_every_format(dropping: Path) -> None:
    """And a baseline takes it."""
    (dropping / "chat.rtreview.yaml").write_text(DESIGN, "utf-8")
    for form in ("text", "json", "sarif", "github", "gitlab", "junit", "markdown"):
        assert "upgrade-header-dropped" in cli("chat.rtreview.yaml", "--format", form).stdout
    cli("baseline", "write", "chat.rtreview.yaml")
    assert "upgrade-header-dropped" not in cli("chat.rtreview.yaml").stdout


def test_a_fault_that_the_base_has_is_known(dropping: Path) -> None:
    """Only one that the change brings fails it."""
    repository = Repository(dropping)
    (dropping / "chat.rtreview.yaml").write_text(DESIGN, "utf-8")
    site = dropping / "nginx.conf"
    flawed = site.read_text("utf-8")
    site.write_text(flawed.replace("proxy_set_header Host $host;", ""), "utf-8")
    repository.commit("sound")
    site.write_text(flawed, "utf-8")
    brought = cli("chat.rtreview.yaml", "--new-only", "--base", "main")
    assert (brought.exit_code, "error[upgrade-header-dropped]" in brought.stdout) == (1, True)
    repository.commit("dropped")
    known = cli("chat.rtreview.yaml", "--new-only", "--base", "main")
    assert (known.exit_code, "error[upgrade-header-dropped]" in known.stdout) == (0, False)


def test_every_fault_has_a_section_that_cites_what_is_there() -> None:
    """And each section of the part is of one that something finds."""
    sections = [one for one in RULEBOOK.sections.values() if one.topic == "what-files-alone-show"]
    package = "".join(one.read_text("utf-8") for one in (ROOT / "rtreview" / "evidence").rglob("*.py"))
    for section in sections:
        assert f'"{section.id}"' in package
        assert [*rulebook.citations(section, RULEBOOK.sections)]
