"""Files of a deployment that once took minutes or gigabytes: an answer in seconds, and too much is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from bounds import bounded, written

MOST = 5
"""Seconds of the processor: a quiet machine needs less than 2."""

FALLBACKS = "".join(f"location /{n} {{ try_files a @f; }}\n" for n in range(10))


def fallbacks(depth: int) -> str:
    """Locations that try a named one, which has others that do."""
    return f"{FALLBACKS}location @f {{\n{fallbacks(depth - 1)}}}\n" if depth else ""


SERVER = "server { listen 80; location /ws { proxy_pass http://a; } }\n"

KUSTOMIZED = "kind: Ingress\nspec: {ingressClassName: nginx, defaultBackend: {service: {name: a}}}\n"


def many(kind: str = "Deployment") -> str:
    """Resources of one kind."""
    return f"kind: List\nitems:\n{f'- {{kind: {kind}}}{chr(10)}' * 5000}"


def kustomization(key: str, entry: str) -> str:
    """One with entries of a key."""
    return f"resources: [a.yaml]\n{key}:\n" + f"- {entry}\n" * (10_000 if entry else 0)


SOCKET_IO = 'const { Server } = require("socket.io");\n'

X = "a: X, "

BALANCER = """\
Resources:
  B: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer}
  L: {Type: AWS::ElasticLoadBalancingV2::Listener, Properties: {LoadBalancerArn: !Ref B, Protocol: TCP}}
"""

LISTENER = "AWS::ElasticLoadBalancingV2::Listener"

BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)

IMPORTS = "".join(
    f"import {{{','.join(f'{name}{n}' for n in range(90))}}} from '{module}';\n"
    for name in "abcdefghijklmnopqrst"
    for module in ("@socket.io/redis-adapter", "socket.io", "ws")
)

CROWDED = {
    "line breaks": ({"a.conf": "\n" * 1_000_000}, ""),
    "line breaks and braces": ({"nginx.conf": SERVER + "{" * 1_000_000}, "1 way"),
    "named locations": ({"nginx.conf": f"server {{\n listen 80;\n{fallbacks(20)}}}"}, ""),
    "locations in locations": ({"nginx.conf": "server { " + "location / { " * 75_000}, ""),
    "variables that double": (
        {
            "nginx.conf": "server { listen 80; location /ws {"
            + "set $x $x$x;\n" * 10_000
            + "proxy_pass http://$x; } }"
        },
        "These files do not say what `$x` is",
    ),
    "circles of files": (
        {
            f"n{n}.conf": f"server {{ listen 80; include *.conf; location /{n} {{ proxy_pass http://b; }} }}"
            for n in range(300)
        },
        "",
    ),
    "files that include many": (
        {
            "nginx.conf": "http {" + "include many.conf;" * 40_000 + SERVER + "}",
            "many.conf": "upstream a { server b; }" * 1000,
        },
        "more than 100,000 directives are included, of which the rest is not read",
    ),
    "servers of nginx": (
        {"nginx.conf": SERVER * 17_000},
        "more than 2,000 places of one configuration pass messages on",
    ),
    "directives of nginx": ({"nginx.conf": SERVER + "a;" * 500_000}, "more than 100,000 directives"),
    "kustomizations of kustomizations": (
        {
            "a.yaml": "\n---\n".join(f"{KUSTOMIZED}metadata: {{name: a{n}}}" for n in range(200)),
            **{
                f"k{n}/kustomization.yaml": "resources: [../a.yaml, "
                + ", ".join(f"../k{m}" for m in range(n))
                + "]\ncommonAnnotations: {"
                + ", ".join(f"a{m}: b" for m in range(200))
                + "}\n"
                for n in range(90)
            },
        },
        "entries of kustomizations, ",
    ),
    "what a kustomization computes": (
        {
            **{f"a{n}.yaml": f"{KUSTOMIZED}metadata: {{name: a{n}}}" for n in range(1_000)},
            "kustomization.yaml": "resources: ["
            + ", ".join(f"a{n}.yaml" for n in range(1_000))
            + "]\ntransformers: ["
            + ", ".join(f"t{n}.yaml" for n in range(500))
            + "]\nreplacements:\n"
            + "".join(
                f"- targets: [{{select: {{kind: Ingress, name: a{n}}}, fieldPaths: [spec.a]}}]\n"
                for n in range(1_000)
            ),
        },
        "of 1001 files",
    ),
    "a patch that many use": (
        {
            "a.yaml": f"{KUSTOMIZED}metadata: {{name: a}}",
            "base/kustomization.yaml": "resources: [../a.yaml]\npatches:\n- path: p.yaml",
            "base/p.yaml": f"{KUSTOMIZED}metadata: {{name: a, annotations: {{"
            + ", ".join(f"a{m}: b" for m in range(40_000))
            + "}}",
            **{f"k{n}/kustomization.yaml": "resources: [../base]" for n in range(2000)},
        },
        "places that they change",
    ),
    "replicas of a kustomization": (
        {"a.yaml": many(), "kustomization.yaml": kustomization("replicas", "{name: a}")},
        "",
    ),
    "images of a kustomization": (
        {"a.yaml": many(), "kustomization.yaml": kustomization("images", "{name: a}")},
        "",
    ),
    "replacements of a kustomization": (
        {
            "a.yaml": many(),
            "kustomization.yaml": kustomization(
                "replacements", "{targets: [{select: {name: x}, fieldPaths: [a]}]}"
            ),
        },
        "",
    ),
    "replicas of what is none that has any": (
        {
            "a.yaml": many("Service, metadata: {name: a}"),
            "kustomization.yaml": kustomization("replicas", "{name: a}"),
        },
        "or 500,000 steps to find these",
    ),
    "a deep path of a patch": (
        {
            "a.yaml": many(),
            "kustomization.yaml": kustomization("patches", "")
            + f"- {{target: {{kind: Deployment}}, patch: '[{{op: add, path: {'/a' * 200_000}, value: 1}}]'}}",
        },
        "",
    ),
    "components of a kustomization": (
        {
            "a.yaml": many(),
            "kustomization.yaml": "resources: [a.yaml]\ncomponents: ["
            + ", ".join(f"c{n}" for n in range(4_000))
            + "]",
            **{
                f"c{n}/kustomization.yaml": "kind: Component\nreplicas: [{name: a, count: 2}]"
                for n in range(4_000)
            },
        },
        "",
    ),
    "operations of a patch that change nothing": (
        {
            "a.yaml": many(),
            "kustomization.yaml": kustomization("patches", "")
            + f"- {{target: {{kind: Deployment}}, patch: '[{'{op: test, path: /a},' * 15_000}]'}}",
        },
        "",
    ),
    "patches with targets": (
        {
            "a.yaml": many(),
            "kustomization.yaml": kustomization("patches", '{target: {name: x}, patch: "[]"}'),
        },
        "",
    ),
    "patches of all that do nothing": (
        {
            "a.yaml": many(),
            "kustomization.yaml": kustomization("patches", '{target: {kind: Deployment}, patch: "[]"}'),
        },
        "or 500,000 steps to find these",
    ),
    "transformers of many": (
        {
            "a.yaml": "---\n".join([KUSTOMIZED] * 1500),
            "kustomization.yaml": kustomization("transformers", "x"),
        },
        "",
    ),
    "snippets of a controller": (
        {
            "a.yaml": "---\n".join([KUSTOMIZED] * 1500),
            "b.yaml": "kind: ConfigMap\nmetadata: {name: ingress-nginx-controller}\ndata:\n"
            + "".join(f"  s{n}-snippet: x y;\n" for n in range(40_000)),
        },
        "",
    ),
    "rewrites of nginx": (
        {"nginx.conf": "server { listen 80;" + "rewrite ^/(a|b)*c /d last;" * 20_000 + SERVER[9:] * 900},
        "",
    ),
    "rules of HAProxy": (
        {
            "haproxy.cfg": "frontend a\n bind :80\n"
            + " http-request set-timeout tunnel 5s\n" * 15_000
            + " use_backend b if { path_beg /a }\n" * 1900
            + "backend b\n server s s:1\n"
        },
        "",
    ),
    "a constant that is named often": (
        {
            "package.json": '{"dependencies": {"socket.io": "^4.0.0"}}',
            "server.js": f'const X = {{ a: "{"q" * 500_000}" }};\n{SOCKET_IO}new Server(h, {{{X * 3000}}})',
        },
        "settings of more than 8 MiB, with those that constants bring in: the rest is not looked at",
    ),
    "globals and frontends of HAProxy": (
        {"haproxy.cfg": "global\n  maxconn 5\nfrontend f\n  bind :80\n  default_backend b\n" * 15_000},
        "more than 2,000 ways from frontends to backends",
    ),
    "routes of httpd": (
        {"httpd.conf": "ProxyPass /a http://b:80/\n" * 40_000},
        "more than 2,000 places of one file pass requests on",
    ),
    "documents of CloudFormation": (
        {"stack.yaml": f"---\n{BALANCER}" * 5000},
        "stack.yaml: line 402: more than 100 documents in one file",
    ),
    "resources of CloudFormation": (
        {
            "stack.yaml": BALANCER
            + "".join(
                f"  L{n}: {{Type: {LISTENER}, Properties: {{LoadBalancerArn: !Ref B}}}}\n"
                for n in range(9000)
            )
        },
        "1 way",
    ),
    "aliases in Kubernetes": (
        {"a.yaml": f"kind: Ingress\n{BOMB}spec: *a11\n"},
        "the aliases expand to more than 100,000 values",
    ),
    "aliases in Compose": (
        {"compose.yaml": f"x: 1\n{BOMB}services:\n  a: {{image: nginx, x: *a11}}\n"},
        "the aliases expand to more than 100,000 values",
    ),
    "merged entries": (
        {"a.yaml": f"kind: Ingress\nb: &b {{k: 1}}\nm:\n  <<: [{'*b,' * 90_000}*b]\n"},
        "the aliases expand to more than 100,000 values",
    ),
    "conditions of Helm": (
        {"Chart.yaml": "name: a\n", "templates/a.yaml": "kind: Service\n" + "{{ if .Values.a }}\n" * 50_000},
        "",
    ),
    "blocks of Helm": (
        {
            "Chart.yaml": "name: a\n",
            "templates/a.yaml": "kind: Service\nmetadata:\n"
            + "  {{- toYaml .Values.a | nindent 4 }}\n" * 25_000,
        },
        "",
    ),
    "services that extend one another": (
        {
            "compose.yaml": "services:\n"
            + "".join(f"  s{n}: {{image: a, extends: s{n + 1}}}\n" for n in range(20_000))
        },
        "more than 2,000 services",
    ),
    "services of one name": (
        {"render.yaml": "services:\n" + "- {type: web, name: a}\n" * 25_000},
        "more than 2,000 services",
    ),
    "imported names": ({"a.js": IMPORTS + "a1 b2 c3 d4 " * 70_000}, ""),
    "settings": (
        {"server.js": f"{SOCKET_IO}new Server(h, {{{'a: 1, ' * 100_000}}});"},
        "more than 5,000 settings: the rest is not looked at",
    ),
    "many small files": ({f"d{n // 100}/f{n}.txt": "x\n" for n in range(19_000)}, "0 of 19000 files"),
    "modules that import a client": (
        {
            **{
                f"d{n}/a{n}.ts": f'import "socket.io-client";\nexport const a = "../d{n + 1}/b";\n'
                for n in range(4_000)
            },
            **{
                f"d{n}/package.json": '{"dependencies": {"socket.io-client": "^4.0.0"}}' for n in range(4_000)
            },
        },
        "of 8000 files",
    ),
    "methods that extend services": (
        {
            f"d{n}/a.cs": f"static B A{n}(this IServiceCollection s) => s.AddSignalR();\napp.MapHub<H>(x);\n"
            for n in range(800)
        },
        "800 of 800 files",
    ),
    "comments of pages": ({"a.html": "<script src='a'></script>" + "<!--" * 200_000}, ""),
    "quotes that escapes keep open": ({"chart/templates/a.yaml": "kind: Service\n{{ " + '\\"' * 400_000}, ""),
}
"""Files, and what has to be told."""


@pytest.mark.slow
@pytest.mark.parametrize("case", CROWDED)
def test_a_deployment_is_answered_at_once(case: str, tmp_path: Path) -> None:
    """Whatever its files are full of."""
    files, sentence = CROWDED[case]
    written(tmp_path, files)
    assert sentence in bounded("evidence", ".", folder=tmp_path, most=MOST)
