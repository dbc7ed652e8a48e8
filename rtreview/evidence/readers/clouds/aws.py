"""Amazon's balancers and what stands before and behind them, as resources of Terraform or CloudFormation.

Attributes and their defaults are those of the provider's reference
(registry.terraform.io/providers/hashicorp/aws/latest/docs/resources); the catalogue has the sources of the
figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from rtreview.evidence.deployment import ANSWERS, UPGRADED, Fact, Line, Route, Station
from rtreview.evidence.readers.clouds.resources import (
    COMPUTED,
    MOST_BLOCKS,
    Cloud,
    Resource,
    Said,
    Section,
    between,
    is_true,
    led,
    number,
    span,
    whole,
    word,
)
from rtreview.evidence.readers.containers import images
from rtreview.evidence.values import is_template, octets
from rtreview.text.place import SpecPath

BALANCERS = {"application": "aws-alb", "network": "aws-nlb", "gateway": "aws-gwlb"}
"""`load_balancer_type`, which is `application` by default."""

AFFINITY = {
    "lb_cookie": "cookie",
    "app_cookie": "cookie",
    "source_ip": "address-hash",
    "source_ip_dest_ip": "address-hash",
    "source_ip_dest_ip_proto": "address-hash",
}
"""`stickiness.type` of a target group; `enabled` is true where the block lacks it."""

MEASURES = {
    "ECSServiceAverageCPUUtilization": "cpu",
    "ECSServiceAverageMemoryUtilization": "memory",
    "ASGAverageCPUUtilization": "cpu",
    "ALBRequestCountPerTarget": "requests",
}
"""`predefined_metric_type` of a policy."""

SPECIFICATIONS = (
    ("predefined_metric_specification", "predefined_metric_type"),
    ("customized_metric_specification", "metric_name"),
)
"""The blocks of a policy that name what it looks at."""

ROLLOUTS = {"ROLLING": "rolling", "ECS": "rolling", "BLUE_GREEN": "blue-green", "CODE_DEPLOY": "blue-green"}
"""`deployment_configuration.strategy`, and `deployment_controller.type`, which is `ECS` by default."""

IDLE = {"aws-alb": "60s", "aws-nlb": "350s", "aws-clb": "60s", "cloudfront": "30s"}
"""Where `idle_timeout`, `tcp_idle_timeout_seconds` of a listener, and `origin_read_timeout` are absent."""

DEREGISTRATION = "5m"
"""`deregistration_delay`: 300 s by the reference of TargetGroupAttribute."""

STOP_TIMEOUT = "30s"
"""On Fargate, by the reference of ContainerDefinition; elsewhere the machine may have another."""

MOST_CONTAINERS = 10
"""Of a task, by the quotas of ECS."""

ARNS = ("target_group_arn", "arn")
"""What names a target group in an action, and in the groups that it divides messages among."""

AT_FIRST = "to begin with; autoscaling goes on from there"

LISTENERS = ("aws_lb_listener", "aws_alb_listener")
RULES = ("aws_lb_listener_rule", "aws_alb_listener_rule")
GROUPS = ("aws_lb_target_group", "aws_alb_target_group")
STICKY = ("aws_lb_cookie_stickiness_policy", "aws_app_cookie_stickiness_policy")
RECORDS = ("cloudflare_record", "cloudflare_dns_record")


def stations(cloud: Cloud) -> Iterator[Station]:
    """Balancers, what stands before them, and the servers behind them."""
    for resource in cloud.of("aws_lb", "aws_alb"):
        yield from _balancer(resource, cloud)
    for resource in cloud.of("aws_elb"):
        yield _classic(resource, cloud)
    for resource in cloud.of("aws_apigatewayv2_api"):
        if resource.section.text("protocol_type") == "WEBSOCKET":
            # Its limits are fixed, so no line of a template says or lacks them.
            route = Route("", resource.section.line, carries=UPGRADED)
            yield _hop("api-gateway-websocket", resource, [route], resource.section.line)
    for resource in cloud.of("aws_cloudfront_distribution"):
        if routes := list(_behaviors(resource.section)):
            yield _hop("cloudfront", resource, routes, resource.section.line)
    for resource in cloud.of(*RECORDS):
        proxied = resource.section.said("proxied")
        if proxied is not None and is_true(proxied):
            targets = [*resource.section.links("content"), *resource.section.links("value")]
            route = Route("", resource.section.line, targets=tuple(targets))
            yield _hop("cloudflare", resource, [route], proxied.line)
    for resource in cloud.of("aws_ecs_service"):
        yield _service(resource, cloud)
    for resource in cloud.of("aws_autoscaling_group"):
        yield from _machines(resource, cloud)


def _hop(platform: str, resource: Resource, routes: Sequence[Route], entrance: Line | None) -> Station:
    names = frozenset({resource.address})
    return Station(resource.section.line, platform, names, routes=tuple(routes), entrance=entrance)


def _behind(address: str) -> str:
    """What those are called that a target group, or a balancer without any, passes messages on to."""
    return f"targets of {address}"


def _balancer(resource: Resource, cloud: Cloud) -> Iterator[Station]:
    section = resource.section
    platform = BALANCERS.get(section.text("load_balancer_type", "application"))
    if platform is None:
        return
    listeners = cloud.linked(resource.address, "load_balancer_arn", *LISTENERS)
    found = (route for each in listeners for route in _routes(platform, section, each, cloud))
    routes = list(islice(found, MOST_BLOCKS))
    if not routes:
        # A module carries its target groups itself: in a list, or by their names.
        held = section.node.last("target_groups")
        groups = [Section(node, section.scope) for node in (held.inside or ())[:1]] if held else []
        facts = (
            *_idle(platform, section, None),
            *(fact for group in groups for fact in _group(group, platform)),
        )
        routes = [Route("", section.line, facts, (_behind(resource.address),))]
    yield _hop(platform, resource, routes, _published(section))


def _published(section: Section) -> Line | None:
    """The line of a balancer that takes connections from outside, as it does unless it says otherwise."""
    return section.line if is_true(section.said("internal")) is False else None


def _routes(platform: str, balancer: Section, listener: Resource, cloud: Cloud) -> Iterator[Route]:
    facts = tuple(_idle(platform, balancer, listener.section))
    for place, prefix, actions, carries in _rules(listener, cloud):
        for action in actions:
            groups = (action, *action.all("forward", "target_group"))
            targets = [link for each in groups for name in ARNS for link in each.links(name)]
            if targets:
                # Several groups are versions of one service: the first speaks for them.
                group = [
                    fact for each in cloud.at(targets[:1], *GROUPS) for fact in _group(each.section, platform)
                ]
                whole = (*facts, *led(group, action.node))
                yield Route(prefix, place.line, whole, tuple(map(_behind, targets)), carries)


def _rules(listener: Resource, cloud: Cloud) -> Iterator[tuple[Section, str, list[Section], frozenset[str]]]:
    """The rules of a listener and what it does by default: its path, and what it is made to carry."""
    for rule in cloud.linked(listener.address, "listener_arn", *RULES):
        patterns = rule.section.all("condition", "path_pattern")
        # The provider had `field` and `values` before its version 3, as CloudFormation has.
        patterns += [each for each in rule.section.all("condition") if each.text("field") == "path-pattern"]
        actions, carried = rule.section.all("action"), _carried(rule.section)
        for path in [path for each in patterns for path in each.words("values")] or [""]:
            yield rule.section, path.partition("*")[0], actions, carried
    yield listener.section, "", listener.section.all("default_action"), frozenset()


def _carried(rule: Section) -> frozenset[str]:
    """What a rule is made for: requests that ask for an upgrade."""
    headers = [
        each
        for each in rule.all("condition", "http_header")
        if "upgrade" in _lower([each.text("http_header_name")])
    ]
    asks = any("websocket" in _lower(each.words("values")) for each in headers)
    return UPGRADED if asks else frozenset()


def _lower(words: Iterable[str]) -> list[str]:
    return [word.lower() for word in words]


def _idle(platform: str, balancer: Section, listener: Section | None) -> Iterator[Fact]:
    """How long a connection may be silent: the ALB says it, or the listener of an NLB."""
    if platform == "aws-alb":
        yield _timed(balancer, "idle_timeout", platform)
    elif platform == "aws-nlb" and listener is not None:
        protocol = listener.text("protocol")
        if protocol == "TCP":
            yield _timed(listener, "tcp_idle_timeout_seconds", platform)
        elif protocol == "TLS":
            why = f"fixed for a TLS listener of {platform}"
            yield Fact(("idle_timeout",), IDLE[platform], listener.line, why)


def _timed(section: Section, name: str, platform: str) -> Fact:
    said = section.said(name)
    if said is not None:
        return span(("idle_timeout",), said)
    return Fact(("idle_timeout",), IDLE[platform], section.line, f"default of {platform}")


def _group(group: Section, platform: str) -> Iterator[Fact]:
    """What a target group fixes: how clients are kept, and how long it waits for a server that goes."""
    if group.text("target_type") == "lambda":
        return
    yield _affinity(group, platform)
    said = group.said("deregistration_delay")
    if said is not None:
        yield span(("drain",), said)
    else:
        yield Fact(("drain",), DEREGISTRATION, group.line, f"default of {platform}")


def _affinity(group: Section, platform: str) -> Fact:
    field = ("affinity",)
    if group.is_repeated("stickiness"):
        return Fact(field, None, group.line, "its block is made by a loop")
    for block in group.all("stickiness"):
        switch, kind = block.said("enabled"), block.said("type")
        is_on = is_true(switch, default=True)
        if is_on and kind is not None:
            return word(field, kind, AFFINITY)
        at = switch or kind or Said(None, block.line)
        return Fact(field, None if is_on is None else "none", at.line, at.decided_by)
    return Fact(field, "none", group.line, f"default of {platform}")


def _classic(resource: Resource, cloud: Cloud) -> Station:
    section = resource.section
    facts = [_timed(section, "idle_timeout", "aws-clb")]
    said = section.said("connection_draining_timeout")
    if said is not None and is_true(section.said("connection_draining")):
        facts.append(span(("drain",), said))
    policies = cloud.linked(resource.address, "load_balancer", *STICKY)
    facts += [Fact(("affinity",), "cookie", policy.section.line) for policy in policies[:1]]
    route = Route("", section.line, tuple(facts), (_behind(resource.address),))
    return _hop("aws-clb", resource, [route], _published(section))


def _behaviors(section: Section) -> Iterator[Route]:
    """The paths of a distribution; an origin of S3 holds no connections."""
    origins = {origin.text("origin_id"): origin for origin in section.all("origin")}
    for name in ("ordered_cache_behavior", "default_cache_behavior"):
        for behavior in section.all(name):
            origin = origins.get(behavior.text("target_origin_id"))
            for config in origin.all("custom_origin_config")[:1] if origin else ():
                # A WebSocket has a limit of its own.
                fact = _timed(config, "origin_read_timeout", "cloudfront")._replace(kinds=ANSWERS)
                path = behavior.text("path_pattern").partition("*")[0]
                domain = origin.text("domain_name") if origin else ""
                targets = (origin.links("domain_name") if origin else []) or [domain]
                yield Route(path, behavior.line, (fact,), tuple(filter(None, targets)))


def _service(resource: Resource, cloud: Cloud) -> Station:
    """A service of ECS: it is called by the target groups that it stands in."""
    section = resource.section
    names = {resource.address, section.text("name")} - {""}
    containers = set()
    for balancer in section.all("load_balancer"):
        names.update(map(_behind, [*balancer.links("target_group_arn"), *balancer.links("elb_name")]))
        containers.add(balancer.text("container_name"))
    task = led(_task(section, containers, cloud), section.node.last("task_definition"))
    facts = (*_tasks(resource, cloud), *_rollout(section), *task)
    ran = frozenset(_images(section, containers, cloud))
    called = frozenset({*containers, *map(images.bare, ran)} - {""})
    return Station(section.line, names=frozenset(names), facts=facts, known_as=called, images=ran)


def _images(section: Section, containers: set[str], cloud: Cloud) -> Iterator[str]:
    """What the containers run that take the connections, where it is written out."""
    for task in cloud.at(section.links("task_definition"), "aws_ecs_task_definition"):
        for each in task.section.all("container_definitions")[:MOST_CONTAINERS]:
            image = each.text("image")
            if each.text("name") in containers and image and not is_template(image):
                yield images.unversioned(image)


def _tasks(resource: Resource, cloud: Cloud) -> Iterator[Fact]:
    """How many tasks there are, which autoscaling decides where there is any, and by what."""
    nodes = ("topology", "nodes")
    desired = resource.section.said("desired_count")
    scaled = cloud.linked(resource.address, "resource_id", "aws_appautoscaling_target")
    for target in scaled[:1]:
        least, most = target.section.said("min_capacity"), target.section.said("max_capacity")
        if least is not None and most is not None:
            yield between(nodes, least, most)
        by = [resource.address, target.address]
        policies = [
            each for at in by for each in cloud.linked(at, "resource_id", "aws_appautoscaling_policy")
        ]
        yield from _measures(
            config
            for policy in {each.address: each for each in policies}.values()
            for config in policy.section.all("target_tracking_scaling_policy_configuration")
        )
    if desired is not None:
        yield _begun(whole(nodes, desired), is_scaled=bool(scaled))


def _begun(fact: Fact, *, is_scaled: bool) -> Fact:
    """How many there are to begin with, where they are scaled."""
    return fact._replace(decided_by=fact.decided_by or AT_FIRST) if is_scaled else fact


def _measures(configurations: Iterable[Section]) -> Iterator[Fact]:
    """By what policies add servers; of several, the one that wants most decides."""
    field: SpecPath = ("operations", "autoscale_on")
    found = [
        word(field, said, MEASURES) if name == "predefined_metric_type" else Fact(field, *said)
        for config in configurations
        for part, name in SPECIFICATIONS
        for block in config.all(part)
        if (said := block.said(name))
    ]
    if len(found) > 1 and all(fact.value for fact in found):
        names = " and ".join(dict.fromkeys(str(fact.value) for fact in found))
        found = [found[0]._replace(value=names, decided_by="of several policies, the largest wish decides")]
    yield from found


def _rollout(section: Section) -> Iterator[Fact]:
    """How a version replaces the one before it: all at once where no task has to go on."""
    field = ("operations", "rollout")
    for block, name in (("deployment_configuration", "strategy"), ("deployment_controller", "type")):
        for inner in section.all(block):
            if said := inner.said(name):
                yield word(field, said, ROLLOUTS)
                return
    least = section.said("deployment_minimum_healthy_percent")
    most = section.said("deployment_maximum_percent")
    if least and most and (number(least), number(most)) == (0, 100):
        yield Fact(field, "all-at-once", least.line, "all tasks may stop before others start")
    else:
        yield Fact(field, "rolling", section.line, "default of ECS")


def _task(section: Section, containers: set[str], cloud: Cloud) -> Iterator[Fact]:
    """What the definition of the task says of the container that takes the connections."""
    grace = ("operations", "termination_grace")
    for task in cloud.at(section.links("task_definition"), "aws_ecs_task_definition"):
        memory = task.section.said("memory")
        if memory is not None:
            yield _memory(memory)
        held = task.section.all("container_definitions")[:MOST_CONTAINERS]
        chosen = [each for each in held if each.text("name") in containers - {""}] or held
        if len(chosen) != 1:
            stated = task.section.node.last("container_definitions")
            line = stated.line if stated else task.section.line
            why = (
                "no container of the task is named for the balancer"
                if held
                else "the containers are not written out here"
            )
            yield Fact(grace, None, line, why)
            continue
        (container,) = chosen
        launched = (section.text("launch_type"), *task.section.words("requires_compatibilities"))
        if stop := (container.said("stop_timeout") or container.said("stopTimeout")):
            yield span(grace, stop)
        elif "FARGATE" in launched:
            yield Fact(grace, STOP_TIMEOUT, container.line, "default of ECS on Fargate")


def _memory(said: Said) -> Fact:
    """The memory of a task, in MiB."""
    amount = number(said)
    value = octets(int(amount) * 2**20) if amount else None
    return Fact(
        ("topology", "node", "memory"), value, said.line, said.decided_by or ("" if value else COMPUTED)
    )


def _machines(resource: Resource, cloud: Cloud) -> Iterator[Station]:
    """A group of machines behind a balancer, each of which is a node; others carry what runs on them."""
    section = resource.section
    attached = cloud.linked(resource.address, "autoscaling_group_name", "aws_autoscaling_attachment")
    links = section.links("target_group_arns")
    links += [link for each in attached for link in each.section.links("lb_target_group_arn")]
    places = [_behind(link) for link in (*links, *section.links("load_balancers"))]
    least, most = section.said("min_size"), section.said("max_size")
    policies = cloud.linked(resource.address, "autoscaling_group_name", "aws_autoscaling_policy")
    configurations = [
        each for policy in policies for each in policy.section.all("target_tracking_configuration")
    ]
    desired = section.said("desired_capacity")
    nodes = ("topology", "nodes")
    facts = (
        *([between(nodes, least, most)] if least and most else ()),
        *([_begun(whole(nodes, desired), is_scaled=True)] if desired else ()),
        *_measures(configurations),
    )
    if places:
        yield Station(section.line, names=frozenset({resource.address, *places}), facts=facts)
