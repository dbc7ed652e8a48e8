"""What a template of CloudFormation fixes."""

from __future__ import annotations

import pytest
from deployments import fact, fixed, misshapen, stations

from rtreview.evidence.deployment import Station

TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Idle: {{ Type: Number, Default: 900 }}
  Tasks: {{ Type: Number }}
  Secret: {{ Type: "AWS::SSM::Parameter::Value<String>", Default: /idle }}
Resources:
  Front:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties:
      Subnets: [!Ref A, !Ref B]
      Scheme: {scheme}
      LoadBalancerAttributes:
        - Key: routing.http2.enabled
          Value: "true"
        - Key: {idle}
          Value: {value}
  Web:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Front
      DefaultActions:
        - Type: forward
          TargetGroupArn: !Ref Chat
  Rule:
    Type: AWS::ElasticLoadBalancingV2::ListenerRule
    Properties:
      ListenerArn: !Ref Web
      Conditions:
        - Field: path-pattern
          PathPatternConfig: {{ Values: [/ws/*] }}
      Actions:
        - Type: forward
          ForwardConfig:
            TargetGroups: [{{ TargetGroupArn: !Ref Chat }}]
  Chat:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties:
      HealthCheckTimeoutSeconds: 7
      TargetGroupAttributes: {group}
  Service:
    Type: AWS::ECS::Service
    DependsOn: Web
    Properties:
      DesiredCount: {tasks}
      TaskDefinition: !Ref Task
      LoadBalancers:
        - ContainerName: server
          TargetGroupArn: !Ref Chat
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Memory: "1024"
      ContainerDefinitions:
        - Name: server
          Image: !Sub "${{AWS::AccountId}}/chat"
          StopTimeout: 60
"""


def template(
    *,
    idle: str = "idle_timeout.timeout_seconds",
    value: str = "600",
    group: str = "[]",
    tasks: str = "3",
    scheme: str = "internet-facing",
    rest: str = "",
) -> list[Station]:
    """The balancer, and the service behind it."""
    text = TEMPLATE.format(idle=idle, value=value, group=group, tasks=tasks, scheme=scheme) + rest
    return stations("CloudFormation", {"stack.yaml": text})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("600", "10m"),
        ('"3600"', "1h"),
        ("!Ref Idle", "15m"),
        ("{ Ref: Idle }", "15m"),
        ("!Ref Tasks", None),
        ("!Ref Secret", None),
        ("!If [Large, 3600, 60]", None),
        ('!Sub "${Idle}"', None),
        ("!FindInMap [A, B, C]", None),
        ("!ImportValue idle", None),
        ('!GetAtt "Other.Idle"', None),
    ],
)
def test_a_balancer_says_how_long_a_connection_may_be_silent(value: str, expected: str | None) -> None:
    """A parameter stands for its default; what is computed is asked for."""
    assert fixed(template(value=value)[0].routes[0].facts)["idle_timeout"] == expected


def test_a_parameter_is_shown_where_its_default_stands() -> None:
    """Unless it is overridden."""
    found = fact(template(value="!Ref Idle")[0].routes[0], "idle_timeout")
    assert (found.line.text, found.decided_by) == (
        "Idle: { Type: Number, Default: 900 }",
        "default of the parameter Idle, unless overridden",
    )


def test_an_absence_is_the_default_of_the_balancer() -> None:
    """At the line of the resource."""
    found = fact(template(idle="deletion_protection.enabled")[0].routes[0], "idle_timeout")
    assert (found.value, found.line.text, found.decided_by) == ("60s", "Front:", "default of aws-alb")


@pytest.mark.parametrize(
    ("group", "affinity", "drain"),
    [
        ("[]", "none", "5m"),
        ("[{ Key: stickiness.type, Value: lb_cookie }]", "none", "5m"),
        (
            "[{ Key: stickiness.enabled, Value: true }, { Key: stickiness.type, Value: lb_cookie }]",
            "cookie",
            "5m",
        ),
        ("[{ Key: deregistration_delay.timeout_seconds, Value: 20 }]", "none", "20s"),
    ],
)
def test_a_target_group_keeps_clients_where_it_is_switched_on(group: str, affinity: str, drain: str) -> None:
    """Unlike in Terraform, a type alone keeps nobody."""
    facts = fixed(template(group=group)[0].routes[0].facts)
    assert (facts["affinity"], facts["drain"]) == (affinity, drain)


def test_rules_and_listeners_lead_to_the_service() -> None:
    """By the target group that both name."""
    front, service = template()
    assert [route.prefix for route in front.routes] == ["/ws/", ""]
    assert set(front.routes[0].targets) <= service.names


def test_a_service_says_how_many_tasks_there_are_and_how_they_stop() -> None:
    """A parameter without a default is asked for."""
    facts = fixed(template()[1].facts)
    assert facts == {
        "topology.nodes": 3,
        "operations.rollout": "rolling",
        "operations.termination_grace": "60s",
        "topology.node.memory": "1GiB",
    }
    assert fact(template(tasks="!Ref Tasks")[1], "topology.nodes").is_open


def test_scaling_is_stronger_than_the_count_of_tasks() -> None:
    """By the name of the service in the id of what is scaled."""
    rest = """
  Scaled:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    Properties:
      ResourceId: !Join ["/", [service, !Ref Cluster, !GetAtt Service.Name]]
      MinCapacity: 2
      MaxCapacity: 6
  Policy:
    Type: AWS::ApplicationAutoScaling::ScalingPolicy
    Properties:
      ScalingTargetId: !Ref Scaled
      TargetTrackingScalingPolicyConfiguration:
        PredefinedMetricSpecification: { PredefinedMetricType: ECSServiceAverageCPUUtilization }
"""
    facts = fixed(template(rest=rest)[1].facts)
    assert (facts["topology.nodes"], facts["operations.autoscale_on"]) == ("2..6", "cpu")


def test_a_balancer_is_an_entrance_unless_its_scheme_is_internal() -> None:
    """A scheme that is chosen later is not known to be open."""
    assert template()[0].entrance is not None
    assert template(scheme="internal")[0].entrance is None
    assert template(scheme="!Ref Scheme")[0].entrance is None


def test_a_classic_balancer_and_a_distribution_have_their_own_properties() -> None:
    """As Terraform has them on one level."""
    text = """
        Resources:
          Old:
            Type: AWS::ElasticLoadBalancing::LoadBalancer
            Properties:
              ConnectionSettings: { IdleTimeout: 300 }
              ConnectionDrainingPolicy: { Enabled: true, Timeout: 60 }
              HealthCheck: { Timeout: "5" }
          Cdn:
            Type: AWS::CloudFront::Distribution
            Properties:
              DistributionConfig:
                Origins:
                  - Id: app
                    DomainName: !GetAtt Old.DNSName
                    CustomOriginConfig: { OriginReadTimeout: 45 }
                DefaultCacheBehavior: { TargetOriginId: app }
          Api:
            Type: AWS::ApiGatewayV2::Api
            Properties: { ProtocolType: WEBSOCKET }
    """
    old, api, cdn = stations("CloudFormation", {"stack.json": text})
    assert fixed(old.routes[0].facts) == {"idle_timeout": "5m", "drain": "60s"}
    assert (fixed(cdn.routes[0].facts), set(cdn.routes[0].targets)) == ({"idle_timeout": "45s"}, old.names)
    assert api.platform == "api-gateway-websocket"


def test_what_a_deployment_of_code_describes_is_no_template() -> None:
    """Its resources are a list."""
    text = (
        "version: 0.0\nResources:\n  - Service: { Type: AWS::ECS::Service, Properties: { DesiredCount: 2 } }"
    )
    assert stations("CloudFormation", {"appspec.yaml": text}) == []


@pytest.mark.parametrize(
    "shape", ["[]", "{}", "3", "null", "[[{}]]", "{ a: [] }", "text", "!Ref Front", "!If [a]"]
)
def test_wrong_shapes_say_nothing(shape: str) -> None:
    """Wherever they stand."""
    text = TEMPLATE.format(idle="x", value="1", group="[]", tasks="1", scheme="x")
    for damaged in misshapen(text, shape):
        stations("CloudFormation", {"stack.yaml": damaged})
