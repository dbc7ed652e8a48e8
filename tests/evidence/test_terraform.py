"""What a configuration of Terraform fixes."""

from __future__ import annotations

from textwrap import dedent

import pytest
from deployments import fact, file, fixed, gathered, read_as_spec, stations
from hypothesis import given
from hypothesis import strategies as st

from rtreview.evidence.deployment import Fact, Route, Station
from rtreview.evidence.readers.clouds import terraform
from rtreview.evidence.readers.clouds.hcl import parsed

GROUP = """
    resource "aws_lb_target_group" "chat" {{
      port = 3000
      {inner}
    }}
"""
BALANCER = """
    resource "aws_lb" "front" {{
      {inner}
    }}
    resource "aws_lb_listener" "front" {{
      load_balancer_arn = aws_lb.front.arn
      {listener}
      default_action {{
        type             = "forward"
        target_group_arn = aws_lb_target_group.chat.arn
      }}
    }}
"""
SERVICE = """
    resource "aws_ecs_service" "chat" {{
      name            = "chat"
      task_definition = aws_ecs_task_definition.chat.arn
      {inner}
      load_balancer {{
        target_group_arn = aws_lb_target_group.chat.arn
        container_name   = "server"
      }}
    }}
    resource "aws_ecs_task_definition" "chat" {{
      requires_compatibilities = ["FARGATE"]
      {task}
      container_definitions = jsonencode([
        {{ name = "server", image = "chat:1"{container} }},
        {{ name = "agent", stopTimeout = 5 }},
      ])
    }}
"""


def read(text: str, **others: str) -> list[Station]:
    """The stations of `main.tf`, and of files whose names have `__` for a slash and `_` for a dot."""
    names = {name.replace("__", "/").replace("_", "."): content for name, content in others.items()}
    return stations("Terraform", {"main.tf": text, **names})


def balancer(inner: str = "", *, listener: str = "", group: str = "", rest: str = "") -> Route:
    """The route of a balancer with one listener and one target group."""
    text = BALANCER.format(inner=inner, listener=listener) + GROUP.format(inner=group) + dedent(rest)
    return read(text)[0].routes[0]


def service(inner: str = "", *, task: str = "", container: str = "", rest: str = "") -> Station:
    """A service of ECS."""
    text = SERVICE.format(inner=inner, task=task, container=container) + GROUP.format(inner="")
    return read(text + rest)[0]


def test_a_balancer_says_how_long_a_connection_may_be_silent() -> None:
    """In seconds, as a number or in quotes."""
    assert fixed(balancer("idle_timeout = 4000").facts)["idle_timeout"] == "4000s"
    assert fixed(balancer('idle_timeout = "3600"').facts)["idle_timeout"] == "1h"


def test_an_absence_is_the_default_of_the_balancer() -> None:
    """At the line of the block that lacks it."""
    found = fact(balancer(), "idle_timeout")
    assert (found.value, found.line.text, found.decided_by) == (
        "60s",
        'resource "aws_lb" "front" {',
        "default of aws-alb",
    )
    assert fixed(balancer("idle_timeout = null").facts)["idle_timeout"] == "60s"


@pytest.mark.parametrize(
    ("listener", "value"),
    [
        ('protocol = "TCP"', "350s"),
        ('protocol = "TCP"\ntcp_idle_timeout_seconds = 6000', "100m"),
        ('protocol = "TLS"', "350s"),
    ],
)
def test_the_listener_of_a_network_balancer_says_it_for_tcp(listener: str, value: str) -> None:
    """With TLS it cannot be changed."""
    route = balancer('load_balancer_type = "network"', listener=listener)
    assert fixed(route.facts)["idle_timeout"] == value


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("", "none"),
        ('stickiness {\ntype = "lb_cookie"\n}', "cookie"),
        ('stickiness {\ntype = "app_cookie"\nenabled = true\n}', "cookie"),
        ('stickiness {\ntype = "source_ip"\n}', "address-hash"),
        ('stickiness {\ntype = "lb_cookie"\nenabled = false\n}', "none"),
        ('stickiness {\ntype = "lb_cookie"\nenabled = "false"\n}', "none"),
        ('stickiness {\ntype = "lb_cookie"\nenabled = var.sticky\n}', None),
        ('dynamic "stickiness" {\nfor_each = var.s\ncontent {\ntype = "lb_cookie"\n}\n}', None),
    ],
)
def test_a_target_group_says_how_clients_are_kept(block: str, value: str | None) -> None:
    """A block that does not say whether it is on is on."""
    assert fixed(balancer(group=block).facts)["affinity"] == value


def test_a_target_group_says_how_long_a_server_that_goes_keeps_its_connections() -> None:
    """The block of a health check has a timeout that means something else."""
    assert fixed(balancer(group="deregistration_delay = 30").facts)["drain"] == "30s"
    assert fixed(balancer(group="health_check {\ntimeout = 7\n}").facts)["drain"] == "5m"


def test_a_rule_leads_the_paths_of_its_condition() -> None:
    """Before what its listener does by default; a path that is computed stands as it is written."""
    rule = """
        resource "aws_lb_listener_rule" "ws" {
          listener_arn = aws_lb_listener.front.arn
          action {
            type = "forward"
            forward {
              target_group {
                arn = aws_lb_target_group.chat.arn
              }
            }
          }
          condition {
            path_pattern {
              values = ["/ws/*", local.live, "/${var.secret}/*"]
            }
          }
        }
        locals {
          live = "/live"
        }
        resource "aws_lb_listener" "plain" {
          load_balancer_arn = aws_lb.front.arn
          default_action {
            type = "redirect"
          }
        }
    """
    text = BALANCER.format(inner="", listener="") + GROUP.format(inner="") + rule
    (station,) = read(text)
    assert [route.prefix for route in station.routes] == ["/ws/", "/live", "/${var.secret}/", ""]
    assert {route.targets for route in station.routes} == {("targets of aws_lb_target_group.chat",)}


@pytest.mark.parametrize(
    ("name", "value", "carries"),
    [
        ("Upgrade", "websocket", {"websocket"}),
        ("upgrade", "WebSocket", {"websocket"}),
        ("Host", "websocket", set()),
    ],
)
def test_a_rule_for_an_upgrade_carries_websockets(name: str, value: str, carries: set[str]) -> None:
    """Whatever its path; the default action is made for nothing."""
    rule = f"""
        resource "aws_lb_listener_rule" "ws" {{
          listener_arn = aws_lb_listener.front.arn
          action {{
            target_group_arn = aws_lb_target_group.chat.arn
          }}
          condition {{
            http_header {{
              http_header_name = "{name}"
              values           = ["{value}"]
            }}
          }}
        }}
    """
    (station,) = read(BALANCER.format(inner="", listener="") + GROUP.format(inner="") + rule)
    assert [route.carries for route in station.routes] == [carries, set()]


def test_a_balancer_is_an_entrance_unless_it_is_internal() -> None:
    """By default it is not."""
    for inner, is_open in (("", True), ("internal = true", False), ("internal = var.hidden", False)):
        (station, *_) = read(BALANCER.format(inner=inner, listener="") + GROUP.format(inner=""))
        assert (station.entrance is not None) is is_open


def test_a_classic_balancer_has_all_in_one() -> None:
    """Its draining counts where it is on."""
    text = """
        resource "aws_elb" "front" {
          idle_timeout                = 400
          connection_draining         = true
          connection_draining_timeout = 90
          health_check {
            timeout = 3
          }
        }
        resource "aws_lb_cookie_stickiness_policy" "sticky" {
          load_balancer = aws_elb.front.id
        }
    """
    (station,) = read(text)
    facts = fixed(station.routes[0].facts)
    assert (station.platform, facts) == (
        "aws-clb",
        {"idle_timeout": "400s", "drain": "90s", "affinity": "cookie"},
    )
    (station,) = read('resource "aws_elb" "front" {\nconnection_draining_timeout = 90\n}')
    assert fixed(station.routes[0].facts) == {"idle_timeout": "60s"}


def test_a_target_group_leads_to_the_service_that_stands_in_it() -> None:
    """By the name of the group."""
    assert service().names == {"aws_ecs_service.chat", "targets of aws_lb_target_group.chat", "chat"}


def test_a_service_says_how_many_tasks_there_are() -> None:
    """Unless they are scaled: then it only says how many there are at first, and is told after the bounds."""
    assert fixed(service("desired_count = 3").facts)["topology.nodes"] == 3
    scaling = """
        resource "aws_appautoscaling_target" "chat" {
          resource_id  = "service/${aws_ecs_cluster.all.name}/${aws_ecs_service.chat.name}"
          min_capacity = 2
          max_capacity = 10
        }
    """
    nodes = [each for each in service("desired_count = 3", rest=scaling).facts if each.field[-1] == "nodes"]
    assert [(each.value, each.decided_by[:13]) for each in nodes] == [("2..10", ""), (3, "to begin with")]


@pytest.mark.parametrize(
    ("specification", "value"),
    [
        (f'predefined_metric_specification {{\npredefined_metric_type = "{metric}"\n}}', value)
        for metric, value in (
            ("ECSServiceAverageCPUUtilization", "cpu"),
            ("ECSServiceAverageMemoryUtilization", "memory"),
            ("ALBRequestCountPerTarget", "requests"),
        )
    ]
    + [('customized_metric_specification {\nmetric_name = "ActiveConnections"\n}', "ActiveConnections")],
)
def test_a_policy_says_by_what_tasks_are_added(specification: str, value: str) -> None:
    """A metric of the provider, or one of the team."""
    scaling = """
        resource "aws_appautoscaling_target" "chat" {
          resource_id = "service/all/${aws_ecs_service.chat.name}"
        }
        resource "aws_appautoscaling_policy" "chat" {
          resource_id = aws_appautoscaling_target.chat.resource_id
          target_tracking_scaling_policy_configuration {
            %s
          }
        }
    """
    assert fixed(service(rest=scaling % specification).facts)["operations.autoscale_on"] == value


@pytest.mark.parametrize(
    ("inner", "value"),
    [
        ("", "rolling"),
        ('deployment_controller {\ntype = "CODE_DEPLOY"\n}', "blue-green"),
        ('deployment_configuration {\nstrategy = "BLUE_GREEN"\n}', "blue-green"),
        ("deployment_minimum_healthy_percent = 0\ndeployment_maximum_percent = 100", "all-at-once"),
        ("deployment_minimum_healthy_percent = 50", "rolling"),
    ],
)
def test_a_service_says_how_a_version_replaces_the_one_before_it(inner: str, value: str) -> None:
    """All tasks may stop at once where none has to go on and none may be added."""
    assert fixed(service(inner).facts)["operations.rollout"] == value


def test_the_container_that_the_balancer_names_says_how_long_it_may_take_to_stop() -> None:
    """No other one does; on Fargate there is a default."""
    grace = "operations.termination_grace"
    assert fixed(service(container=", stopTimeout = 120").facts)[grace] == "2m"
    assert (fact(service(), grace).value, fact(service(), grace).decided_by) == (
        "30s",
        "default of ECS on Fargate",
    )


def test_containers_may_be_written_as_json() -> None:
    """With the lines that they have in the file."""
    text = """
        resource "aws_ecs_service" "chat" {
          task_definition = aws_ecs_task_definition.chat.arn
        }
        resource "aws_ecs_task_definition" "chat" {
          container_definitions = <<EOF
        [{
          "name": "server",
          "image": "${var.image}",
          "stopTimeout": 90
        }]
        EOF
        }
    """
    (station,) = read(text)
    found = fact(station, "operations.termination_grace")
    assert (found.value, found.line.text) == ("90s", '"stopTimeout": 90')


def test_containers_that_stand_elsewhere_are_asked_for() -> None:
    """Their file is not followed."""
    text = SERVICE.format(inner="", task="", container="")
    text = text[: text.index("container_definitions")] + 'container_definitions = file("app.json")\n}'
    assert fact(read(text)[0], "operations.termination_grace").is_open


@pytest.mark.parametrize("folder", ["server", "apps/chat"])
def test_a_container_runs_the_program_that_is_called_like_it(folder: str) -> None:
    """By its own name, or by that of its image, beside another deployment of the same."""
    text = BALANCER.format(inner="", listener="") + GROUP.format(inner="")
    text += SERVICE.format(inner="desired_count = 3", task="", container="")
    said = gathered(
        {
            "cloud/main.tf": text,
            "compose.yml": f"services: {{one: {{build: {folder}, ports: ['80:80']}}}}",
            f"{folder}/package.json": '{"dependencies": {"socket.io": "^4.7.0"}}',
            "jobs/package.json": '{"dependencies": {"@hocuspocus/server": "^2.0.0"}}',
        }
    )
    assert [(way.hops, way.called) for way in said.ways] == [(("aws-alb",), "chat (socket.io@4)")]


def test_a_task_says_how_much_memory_it_has() -> None:
    """In MiB."""
    assert fixed(service(task='memory = "2048"').facts)["topology.node.memory"] == "2GiB"


def test_a_variable_stands_for_its_default() -> None:
    """At the line of the default, unless it is overridden."""
    found = fact(
        balancer("idle_timeout = var.idle", rest='variable "idle" {\ndefault = 900\n}'), "idle_timeout"
    )
    assert (found.value, found.line.text, found.decided_by) == (
        "15m",
        "default = 900",
        "default of the variable idle, unless overridden",
    )


def test_what_fits_no_field_is_no_value() -> None:
    """A timer of 0 s that the provider refuses, a service without tasks, a text where a number belongs."""
    assert fact(balancer("idle_timeout = 0"), "idle_timeout").is_open
    assert fact(balancer('idle_timeout = "1m"'), "idle_timeout").is_open
    assert fact(service("desired_count = 0"), "topology.nodes").is_open
    assert fixed(balancer(group="deregistration_delay = 0").facts)["drain"] == "0s"


@pytest.mark.parametrize(
    ("inner", "rest"),
    [
        ("idle_timeout = var.idle", 'variable "idle" {}'),
        ("idle_timeout = var.idle", ""),
        ("idle_timeout = var.prod ? 3600 : 60", ""),
        ("idle_timeout = local.idle * 2", "locals {\nidle = 30\n}"),
        ("idle_timeout = max(60, 120)", ""),
        ('idle_timeout = "${var.idle}0"', 'variable "idle" {\ndefault = 6\n}'),
        ("idle_timeout = each.value.idle", ""),
        ("idle_timeout = var.sizes[var.env]", 'variable "sizes" {\ndefault = { a = 1, b = 2 }\n}'),
        ("idle_timeout = local.a", "locals {\na = local.b\nb = local.a\n}"),
    ],
)
def test_what_is_computed_is_no_value(inner: str, rest: str) -> None:
    """It is asked for at its line."""
    found = fact(balancer(inner, rest=rest), "idle_timeout")
    assert (found.is_open, bool(found.decided_by)) == (True, True)


@pytest.mark.parametrize(
    ("expression", "rest"),
    [
        ("local.idle", "locals {\nidle = 120\n}"),
        ('"${var.idle}"', 'variable "idle" {\ndefault = 120\n}'),
        ("var.front.idle", 'variable "front" {\ndefault = { idle = 120, name = "x" }\n}'),
        ("local.idle", 'locals {\nidle = var.idle\n}\nvariable "idle" {\ndefault = "120"\n}'),
    ],
)
def test_a_reference_to_a_literal_is_followed(expression: str, rest: str) -> None:
    """Through locals, objects and older quotes."""
    assert fixed(balancer(f"idle_timeout = {expression}", rest=rest).facts)["idle_timeout"] == "2m"


IDLE = BALANCER.format(inner="idle_timeout = var.idle", listener="") + 'variable "idle" {\ndefault = 60\n}'


def test_files_with_values_are_stronger_than_defaults() -> None:
    """One that is read by itself is stronger than one that somebody has to name."""
    read_by_itself, named = "idle = 300", "idle = 900"
    found = fact(read(IDLE, terraform_tfvars=read_by_itself, prod_tfvars=named)[0].routes[0], "idle_timeout")
    assert (found.value, found.line.file) == ("5m", "terraform.tfvars")
    found = fact(read(IDLE, env__prod_tfvars=named)[0].routes[0], "idle_timeout")
    assert (found.value, found.decided_by) == ("15m", "the variable idle, where prod.tfvars is used")


def test_files_with_values_that_differ_are_asked_for() -> None:
    """Which of them is used no file says."""
    (station,) = read(IDLE, dev_tfvars="idle = 60", prod_tfvars="idle = 900")
    assert fact(station.routes[0], "idle_timeout").is_open


def test_a_module_stands_as_often_as_it_is_called() -> None:
    """Each with the values that its call gives, and in the target group that leads to it."""
    text = """
        resource "aws_lb_target_group" "chat" {}
        module "chat" {
          source = "./modules/service"
          tasks  = 4
          group  = aws_lb_target_group.chat.arn
        }
        module "jobs" {
          source = "./modules/service"
        }
    """
    module = """
        variable "tasks" { default = 1 }
        variable "group" { default = null }
        resource "aws_ecs_service" "it" {
          desired_count = var.tasks
          load_balancer {
            target_group_arn = var.group
          }
        }
    """
    chat, jobs = read(text, modules__service__main_tf=module)
    assert "targets of aws_lb_target_group.chat" in chat.names
    assert (fact(chat, "topology.nodes").value, fact(chat, "topology.nodes").line.text) == (4, "tasks  = 4")
    assert fact(jobs, "topology.nodes").decided_by == "default of the variable tasks"
    assert not chat.names & jobs.names


def test_an_output_leads_into_its_module() -> None:
    """And from there to the resource."""
    text = """
        module "front" {
          source = "./front"
        }
        resource "aws_ecs_service" "chat" {
          load_balancer {
            target_group_arn = module.front.group
          }
        }
    """
    front = """
        resource "aws_lb_target_group" "this" {
          count = 1
        }
        output "group" {
          value = aws_lb_target_group.this[0].arn
        }
    """
    (station,) = read(text, front__main_tf=front)
    assert "targets of aws_lb_target_group.this in module.front" in station.names


@pytest.mark.parametrize("groups", ["{\nchat = {%s}\n}", "[{%s}]"])
def test_a_published_module_of_a_balancer_is_one(groups: str) -> None:
    """Its attributes are those of the resource, and it carries the groups in it."""
    text = """
        module "alb" {
          source        = "terraform-aws-modules/alb/aws"
          version       = "~> 9.0"
          idle_timeout  = 900
          target_groups = %s
        }
        resource "aws_ecs_service" "chat" {
          load_balancer {
            target_group_arn = module.alb.target_groups["chat"].arn
          }
        }
    """
    group = '\nderegistration_delay = 20\nstickiness = { type = "lb_cookie" }\n'
    front, chat = read(text % (groups % group))
    assert fixed(front.routes[0].facts) == {"idle_timeout": "15m", "drain": "20s", "affinity": "cookie"}
    assert set(front.routes[0].targets) & chat.names


def test_machines_behind_a_balancer_are_nodes() -> None:
    """Those behind none carry what runs on them."""
    text = """
        resource "aws_lb_target_group" "chat" {}
        resource "aws_autoscaling_group" "chat" {
          min_size          = 3
          max_size          = 3
          target_group_arns = [aws_lb_target_group.chat.arn]
        }
        resource "aws_autoscaling_policy" "chat" {
          autoscaling_group_name = aws_autoscaling_group.chat.name
          target_tracking_configuration {
            predefined_metric_specification {
              predefined_metric_type = "ASGAverageCPUUtilization"
            }
          }
        }
        resource "aws_autoscaling_group" "cluster" {
          min_size = 9
          max_size = 9
        }
    """
    (station,) = read(text)
    assert fixed(station.facts) == {"topology.nodes": 3, "operations.autoscale_on": "cpu"}


def test_what_stands_in_front_leads_to_the_balancer() -> None:
    """CloudFront says how long a response may be silent; Cloudflare is a hop where it passes messages on."""
    text = """
        resource "aws_cloudfront_distribution" "cdn" {
          origin {
            origin_id   = "app"
            domain_name = aws_lb.front.dns_name
            custom_origin_config {
              origin_read_timeout = 120
            }
          }
          origin {
            origin_id = "files"
            domain_name = aws_s3_bucket.files.domain
          }
          ordered_cache_behavior {
            path_pattern     = "/events/*"
            target_origin_id = "app"
          }
          default_cache_behavior {
            target_origin_id = "files"
          }
        }
        resource "cloudflare_record" "chat" {
          proxied = true
          value   = aws_lb.front.dns_name
        }
        resource "cloudflare_record" "plain" {
          proxied = false
          value   = aws_lb.front.dns_name
        }
    """
    front, cdn, record = read(BALANCER.format(inner="", listener="") + text)
    (route,) = cdn.routes
    assert (cdn.platform, route.prefix, set(route.targets)) == ("cloudfront", "/events/", front.names)
    found = fact(route, "idle_timeout")
    assert (found.value, "websocket" in found.kinds, "sse" in found.kinds) == ("2m", False, True)
    assert (record.platform, set(record.routes[0].targets)) == ("cloudflare", front.names)


def test_an_api_of_websockets_is_a_hop_without_settings() -> None:
    """One of HTTP is none."""
    text = 'resource "aws_apigatewayv2_api" "a" {\nprotocol_type = "%s"\n}'
    (station,) = read(text % "WEBSOCKET")
    assert (station.platform, station.routes[0].carries) == ("api-gateway-websocket", {"websocket"})
    assert read(text % "HTTP") == []


URL_MAP = """
    resource "google_compute_url_map" "all" {
      default_service = google_compute_backend_service.web.id
      path_matcher {
        name            = "all"
        default_service = google_compute_backend_service.web.id
        path_rule {
          paths   = ["/ws/*"]
          service = google_compute_backend_service.chat.id
          %s
        }
      }
    }
    resource "google_compute_target_https_proxy" "all" {
      url_map = google_compute_url_map.all.id
    }
    resource "google_compute_global_forwarding_rule" "all" {
      target = google_compute_target_https_proxy.all.id
    }
    resource "google_compute_backend_service" "web" {}
    resource "google_compute_backend_service" "chat" {
      %s
    }
"""


def backend(inner: str = "", *, action: str = "", rest: str = "") -> Route:
    """The route of a URL map to a backend service of Google."""
    return read(URL_MAP % (action, inner) + rest)[0].routes[0]


def test_a_backend_service_says_how_old_a_connection_may_become() -> None:
    """Its timeout is a lifetime, and a route may have its own."""
    route = backend("timeout_sec = 86400")
    assert (route.prefix, fixed(route.facts)["max_lifetime"]) == ("/ws/", "24h")
    assert fixed(backend().facts)["max_lifetime"] == "30s"
    action = "route_action {\ntimeout {\nseconds = 3600\n}\n}"
    assert fixed(backend("timeout_sec = 60", action=action).facts)["max_lifetime"] == "1h"


def test_the_timeout_of_a_serverless_backend_is_fixed() -> None:
    """The provider refuses another."""
    rest = """
        resource "google_compute_region_network_endpoint_group" "run" {
          cloud_run {
            service = google_cloud_run_v2_service.chat.name
          }
        }
        resource "google_cloud_run_v2_service" "chat" {}
    """
    run = "backend {\ngroup = google_compute_region_network_endpoint_group.run.id\n}\n"
    route = backend(run, rest=rest)
    assert fixed(route.facts)["max_lifetime"] == "1h"
    assert "google_cloud_run_v2_service.chat" in route.targets
    assert fact(backend(f"{run}backend {{\ngroup = var.machines\n}}", rest=rest), "max_lifetime").is_open


def test_a_url_map_that_only_redirects_is_no_hop() -> None:
    """No message passes it."""
    text = 'resource "google_compute_url_map" "all" {\ndefault_url_redirect {\nhttps_redirect = true\n}\n}'
    assert read(text) == []


def test_a_function_behind_a_target_group_holds_no_connections() -> None:
    """So that the group says nothing of any."""
    assert set(fixed(balancer(group='target_type = "lambda"').facts)) == {"idle_timeout"}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("NONE", "none"),
        ("GENERATED_COOKIE", "cookie"),
        ("HTTP_COOKIE", "cookie"),
        ("CLIENT_IP", "address-hash"),
        ("HEADER_FIELD", None),
    ],
)
def test_a_backend_service_says_how_clients_are_kept(word: str, value: str | None) -> None:
    """By a header is no way that a spec knows."""
    assert fixed(backend(f'session_affinity = "{word}"').facts)["affinity"] == value


def test_a_backend_service_says_how_long_it_drains() -> None:
    """Where it does not, versions of the provider differ."""
    assert fixed(backend("connection_draining_timeout_sec = 300").facts)["drain"] == "5m"
    assert "drain" not in fixed(backend().facts)


def test_a_forwarding_rule_is_the_entrance_of_a_url_map() -> None:
    """And a backend service of another protocol is behind another balancer."""
    (station,) = read(URL_MAP % ("", ""))
    assert station.entrance is not None
    assert "forwarding_rule" in station.entrance.text
    assert read('resource "google_compute_region_backend_service" "a" {\nprotocol = "TCP"\n}') == []


def test_cloud_run_is_a_hop_and_what_runs_behind_it() -> None:
    """Its timeout is a lifetime, five minutes by default; its affinity is a cookie."""
    text = """
        resource "google_cloud_run_v2_service" "chat" {
          name = "chat"
          template {
            %s
            scaling {
              min_instance_count = 2
              max_instance_count = 8
            }
            containers {
              resources {
                limits = { memory = "512Mi" }
              }
            }
          }
        }
    """
    hop, inside = read(text % 'timeout = "3600s"\nsession_affinity = true')
    assert (hop.platform, fixed(hop.routes[0].facts)) == (
        "cloud-run",
        {"max_lifetime": "1h", "affinity": "cookie"},
    )
    assert fixed(inside.facts) == {"topology.nodes": "2..8", "topology.node.memory": "512MiB"}
    assert set(hop.routes[0].targets) == inside.names
    assert fixed(read(text % "")[0].routes[0].facts) == {"max_lifetime": "5m"}


def test_an_application_gateway_has_a_route_for_each_rule() -> None:
    """What its timeout ends is not said by the vendor, so it is asked for."""
    text = """
        resource "azurerm_application_gateway" "front" {
          frontend_ip_configuration {
            public_ip_address_id = azurerm_public_ip.front.id
          }
          backend_http_settings {
            name                  = "chat"
            cookie_based_affinity = "Enabled"
            request_timeout       = 60
            connection_draining {
              enabled           = true
              drain_timeout_sec = 45
            }
          }
          url_path_map {
            name                               = "paths"
            default_backend_http_settings_name = "web"
            path_rule {
              paths                      = ["/ws/*"]
              backend_http_settings_name = "chat"
              backend_address_pool_name  = "pool"
            }
          }
          request_routing_rule {
            url_path_map_name = "paths"
          }
        }
    """
    (station,) = read(text)
    route = station.routes[0]
    assert (route.prefix, route.targets, station.entrance is not None) == ("/ws/", ("pool",), True)
    assert fixed(route.facts) == {"idle_timeout": None, "affinity": "cookie", "drain": "45s"}


def test_a_comment_is_no_fact() -> None:
    """In none of the three ways to write one."""
    for comment in ("# idle_timeout = 4000", "// idle_timeout = 4000", "/*\nidle_timeout = 4000\n*/"):
        assert fixed(balancer(comment).facts)["idle_timeout"] == "60s"


def test_a_downloaded_module_is_not_read() -> None:
    """It belongs to somebody else, and its defaults are not what runs."""
    assert (
        stations("Terraform", {".terraform/modules/alb/main.tf": BALANCER.format(inner="", listener="")})
        == []
    )


def test_every_value_is_one_of_a_spec() -> None:
    """Those that the reader can state are read by the language."""
    facts = [
        *balancer("idle_timeout = 5", group="deregistration_delay = 0").facts,
        *service("desired_count = 3", task="memory = 512", container=", stopTimeout = 7").facts,
        *backend("timeout_sec = 86400").facts,
        Fact(("topology", "nodes"), "2..10", file("a", "").line(1)),
    ]
    assert read_as_spec(facts)


@pytest.mark.parametrize(
    "sign", ['"${', "{", "a={", "a=[", "<<A\n", '"', "/*", "a=jsonencode(", "a=(\n", "]})"]
)
def test_a_file_of_one_sign_is_read_to_its_end(sign: str) -> None:
    """However deep it nests."""
    assert list(terraform.stations([file("main.tf", sign * 5000)])) == []


@given(st.text(alphabet='ab={}[]()",.:$#/*<\n \\', max_size=200))
def test_what_is_no_hcl_is_passed_over(text: str) -> None:
    """And says nothing."""
    parsed(file("main.tf", text))
    list(terraform.stations([file("main.tf", text)]))


def test_a_module_that_calls_itself_ends() -> None:
    """At a depth that no configuration needs."""
    text = 'module "a" {\nsource = "./"\nx = var.x\n}\nmodule "b" {\nsource = "./"\n}\nvariable "x" {}'
    assert read(text + BALANCER.format(inner="idle_timeout = var.x", listener=""))
