"""CloudFormation: its resources under the names that Terraform has for them, so that one reader knows both.

Types and properties by docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rtreview.evidence.deployment import File, Station
from rtreview.evidence.readers.clouds import aws
from rtreview.evidence.readers.clouds.resources import Cloud, Followed, Resource, Section
from rtreview.evidence.readers.node import OPEN, Node, of
from rtreview.text.document import Document

TYPES = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "aws_lb",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "aws_lb_target_group",
    "AWS::ElasticLoadBalancingV2::Listener": "aws_lb_listener",
    "AWS::ElasticLoadBalancingV2::ListenerRule": "aws_lb_listener_rule",
    "AWS::ElasticLoadBalancing::LoadBalancer": "aws_elb",
    "AWS::ECS::Service": "aws_ecs_service",
    "AWS::ECS::TaskDefinition": "aws_ecs_task_definition",
    "AWS::ApplicationAutoScaling::ScalableTarget": "aws_appautoscaling_target",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "aws_appautoscaling_policy",
    "AWS::AutoScaling::AutoScalingGroup": "aws_autoscaling_group",
    "AWS::ApiGatewayV2::Api": "aws_apigatewayv2_api",
    "AWS::CloudFront::Distribution": "aws_cloudfront_distribution",
}

NAMES = {
    "default_actions": "default_action",
    "actions": "action",
    "conditions": "condition",
    "path_pattern_config": "path_pattern",
    "http_header_config": "http_header",
    "forward_config": "forward",
    "target_groups": "target_group",
    "load_balancers": "load_balancer",
    "load_balancer_name": "elb_name",
    "scaling_target_id": "resource_id",
    "origins": "origin",
    "cache_behaviors": "ordered_cache_behavior",
}
"""Properties that Terraform calls otherwise."""

OWN_NAMES = {
    "aws_lb": {"type": "load_balancer_type"},
    "aws_elb": {
        "enabled": "connection_draining",
        "timeout": "connection_draining_timeout",
    },
    "aws_ecs_service": {
        "maximum_percent": "deployment_maximum_percent",
        "minimum_healthy_percent": "deployment_minimum_healthy_percent",
    },
    "aws_cloudfront_distribution": {"id": "origin_id"},
}
"""Those of one type only."""

FLAT = {
    "aws_elb": ("connection_settings", "connection_draining_policy"),
    "aws_ecs_service": ("deployment_configuration",),
    "aws_cloudfront_distribution": ("distribution_config",),
}
"""Properties whose own ones stand beside the others in Terraform."""

ATTRIBUTES = {
    "idle_timeout.timeout_seconds": "idle_timeout",
    "tcp.idle_timeout.seconds": "tcp_idle_timeout_seconds",
    "deregistration_delay.timeout_seconds": "deregistration_delay",
    "stickiness.enabled": "enabled",
    "stickiness.type": "type",
}
"""Keys in lists of attributes."""

LONG = {"Ref": "Ref", "GetAtt": "Fn::GetAtt"}
"""What the short forms of functions stand for."""

_SUFFIX = re.compile(r"\.(ya?ml|json|template)$", re.IGNORECASE)
_SIGN = re.compile(
    r"AWS::(ElasticLoadBalancing|ECS|ApiGatewayV2|CloudFront|AutoScaling|ApplicationAutoScaling)"
)
_SHORT = re.compile(r"""(?<=[\s\[,])!(Ref|GetAtt)[ \t]{1,8}(["']?)([\w.:-]{1,255})\2(?=[\s,\]}]|$)""")
_TAG = re.compile(r"(?<=[\s\[,])![A-Za-z][\w:]{1,40}(?=\s|$)")
_IN_TEXT = re.compile(r"\$\{([A-Za-z0-9]{1,255})[^{}]{0,255}\}")


def takes(file: File) -> bool:
    """Whether it is a template with resources that stand on the way."""
    return _SUFFIX.search(file.name) is not None and _SIGN.search(file.text) is not None


def stations(files: Sequence[File]) -> Iterator[Station]:
    """What stands on the way in all templates."""
    yield from aws.stations(
        Cloud(
            resource
            for file in files
            for document in file.read(_written_out(file.text))
            for resource in _Template(file, document).resources()
        )
    )


def _written_out(text: str) -> str:
    """A template without tags: `!Ref X` and `!GetAtt X.Y` as objects, which is their long form."""
    text = _SHORT.sub(lambda found: f'{{"{LONG[found[1]]}": "{found[3]}"}}', text)
    return _TAG.sub("", text)


class _Template:
    """A document: what its logical names stand for."""

    def __init__(self, file: File, document: Document) -> None:
        self.file = file
        self.document = document
        self.top = document.content if isinstance(document.content, dict) else {}
        self.names = {name for name, _ in self._described()}
        declared = of(document, file, ("Parameters",))
        parameters = self.top.get("Parameters")
        names = [str(name) for name in parameters] if isinstance(parameters, dict) else []
        self.parameters = dict(zip(names, declared.inside or (), strict=False))

    def _described(self) -> Iterator[tuple[str, str]]:
        """The logical name and the type of each resource."""
        resources = self.top.get("Resources")
        for name, described in resources.items() if isinstance(resources, dict) else ():
            kind = described.get("Type") if isinstance(described, dict) else None
            if isinstance(kind, str) and kind in TYPES:
                yield str(name), TYPES[kind]

    def resources(self) -> Iterator[Resource]:
        """Those that stand on the way."""
        for name, kind in self._described():
            names = {**NAMES, **OWN_NAMES.get(kind, {})}
            node = of(self.document, self.file, ("Resources", name, "Properties"), names)
            place = self.file.line(self.document.span(("Resources", name), key=True).line)
            node = replace(node, line=place, inside=list(_flat(node, kind)))
            yield Resource(kind, self.address(name), Section(node, self))

    def address(self, reference: str) -> str:
        """A resource of this template."""
        return f"{reference} in {self.file.id}" if reference in self.names else ""

    def references(self, node: Node) -> list[str]:
        """The logical names in a `Ref`, a `GetAtt` or a text that is put together."""
        if node.name in ("ref", "Fn::GetAtt"):
            first = node if node.inside is None else next(iter(node.inside), node)
            return [str(first.value).partition(".")[0]]
        return _IN_TEXT.findall(node.text[:1000])

    def followed(self, node: Node) -> Followed:
        """What a parameter has as its default."""
        only = node.inside[0] if node.inside is not None and len(node.inside) == 1 else None
        name = str(only.value) if only is not None and only.name == "ref" else ""
        parameter = self.parameters.get(name)
        if parameter is None:
            return Followed(node, self)
        default = parameter.last("default")
        if default is None or parameter.word("type").startswith("AWS::SSM"):
            opened = Node(node.name, node.line, text=OPEN)
            return Followed(opened, self, f"the parameter {name} has no default here")
        return Followed(default, self, f"default of the parameter {name}, unless overridden")


def _flat(node: Node, kind: str) -> Iterator[Node]:
    """The properties of a resource, and those that stand beside them in Terraform."""
    for inner in node.inside or ():
        yield inner
        if inner.name in FLAT.get(kind, ()):
            yield from inner.inside or ()
        elif inner.name.endswith("_attributes"):
            yield from _attributes(inner)
        elif inner.name == "scheme" and inner.value is not None:
            yield Node("internal", inner.line, value=inner.value == "internal")
        elif inner.name == "scheme":
            yield replace(inner, name="internal")


def _attributes(listed: Node) -> Iterator[Node]:
    """A list of keys and values as attributes; stickiness is off unless it is switched on."""
    sticky = []
    for item in listed.inside or ():
        key, value = item.word("key"), item.last("value")
        if value is not None and key in ATTRIBUTES:
            named = replace(value, name=ATTRIBUTES[key])
            if key.startswith("stickiness."):
                sticky.append(named)
            else:
                yield named
    if sticky:
        off = Node("enabled", sticky[0].line, value=False)
        yield Node("stickiness", sticky[0].line, inside=[off, *sticky])
