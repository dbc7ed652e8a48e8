"""What runs in a container, by the name of its image."""

from __future__ import annotations

import re

from rtreview.language import catalogue

_MAJOR = re.compile(r"v?([1-9][0-9]{0,3})(?![0-9])")

PROXIES = {
    "nginx": "nginx", "nginx-unprivileged": "nginx", "nginx-proxy": "nginx", "nginx-proxy-manager": "nginx",
    "openresty": "nginx", "swag": "nginx", "haproxy": "haproxy", "haproxy-alpine": "haproxy",
    "haproxy-ubuntu": "haproxy", "traefik": "traefik", "caddy": "caddy", "caddy-docker-proxy": "caddy",
    "envoy": "envoy", "httpd": "apache-httpd", "apache": "apache-httpd", "varnish": "varnish",
    "kong": "kong", "cloudflared": "cloudflare", "pomerium": "pomerium",
}  # fmt: skip
"""Hops of the catalogue."""

CONTROLLERS = {
    "ingress-nginx/controller": "ingress-nginx", "nginx-ingress-controller": "ingress-nginx",
    "nginx-ingress": "nginx", "traefik": "traefik", "haproxy-ingress": "haproxy",
    "kubernetes-ingress": "haproxy", "kubernetes-ingress-controller": "kong", "kong": "kong",
}  # fmt: skip
"""Hops of the catalogue that take their routes from resources of Kubernetes."""

BROKERS = {
    "redis": "redis", "redis-stack": "redis", "redis-stack-server": "redis", "valkey": "redis",
    "keydb": "redis", "dragonfly": "redis", "nats": "nats", "nats-streaming": "nats", "kafka": "kafka",
    "cp-kafka": "kafka", "redpanda": "redpanda", "pulsar": "pulsar", "pulsar-all": "pulsar",
    "rocketmq": "rocketmq",
}  # fmt: skip
"""What joins servers, and no client reaches as a rule, even where a port of it is published."""

SERVERS = {
    "centrifugo": "centrifugo", "emqx": "emqx", "eclipse-mosquitto": "mosquitto", "mosquitto": "mosquitto",
    "supabase/realtime": "supabase-realtime", "hocuspocus": "hocuspocus", "anycable-go": "anycable",
    "anycable-go-pro": "anycable",
}  # fmt: skip
"""What holds the connections of clients itself."""


STORES = dict.fromkeys(
    ("mssql/server", "azure-sql-edge", "couchdb", "neo4j", "cockroach", "scylla", "dynamodb-local",
     "redisinsight", "redis-commander", "redis_exporter", "kafka-ui", "cloudbeaver", "dbgate",
     "portainer", "promtail", "alertmanager", "cadvisor", "node-exporter", "opentelemetry-collector",
     "opentelemetry-collector-contrib", "zipkin", "tempo", "uptime-kuma", "dozzle", "seq", "mailcatcher",
     "smtp4dev", "mailtrap", "localstack", "azurite", "flower", "postgres", "postgresql", "postgis",
     "pgvector", "timescaledb", "pgbouncer", "mysql", "mariadb", "mongo", "mongodb", "memcached",
     "elasticsearch", "opensearch", "clickhouse-server", "influxdb", "minio", "cassandra", "etcd",
     "zookeeper", "meilisearch", "typesense", "vault", "mailhog", "mailpit", "maildev", "adminer",
     "pgadmin4", "phpmyadmin", "mongo-express", "prometheus", "grafana", "loki", "logstash", "kibana",
     "jaeger", "jaegertracing/all-in-one", "certbot", "watchtower", "busybox"),
    "store",
)  # fmt: skip
"""What keeps data or looks after the others: no message of a client ends there."""


OTHERS = (PROXIES, CONTROLLERS, BROKERS, STORES)
"""What no stream of a client ends at."""


def known(image: str, table: dict[str, str]) -> str:
    """What a table has for an image such as `registry:5000/bitnami/nginx:1.29`; nothing where it lacks it."""
    owner, name = image.partition("@")[0].lower().rpartition("/")[0], bare(image)
    return table.get(f"{owner.rpartition('/')[2]}/{name}") or table.get(name, "")


def bare(image: str) -> str:
    """The name of an image without its registry, its owner and its version."""
    return image.partition("@")[0].lower().rpartition("/")[2].partition(":")[0]


def unversioned(image: str) -> str:
    """An image with its registry and its owner, without its version."""
    owner, slash, name = image.partition("@")[0].lower().rpartition("/")
    return f"{owner}{slash}{name.partition(':')[0]}"


def server(image: str) -> str:
    """What the catalogue calls the server of an image; what it lacks is called by its major version too."""
    name = known(image, SERVERS)
    tag = _MAJOR.match(image.partition("@")[0].rpartition("/")[2].partition(":")[2])
    versioned = f"{name}@{tag[1]}" if name and tag else name
    return versioned if catalogue.find(versioned) or not catalogue.find(name) else name
