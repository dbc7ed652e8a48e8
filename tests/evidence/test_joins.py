"""What joins the nodes of a program by its own code, and what it does where a client is too slow."""

from __future__ import annotations

import pytest
from deployments import fixed, gathered, stated, stations

KIND = "topology.backplane.kind"

HUB = """
package live

import (
    "github.com/gorilla/websocket"
    "%s"
)

func (h *Hub) run() {
    feed := h.bus.Subscribe(ctx, "news")
    for message := range feed.Channel() {
        for client := range h.clients {
            select {
            case client.send <- message:
            default:
                %s
            }
        }
    }
}
"""
REDIS = "github.com/redis/go-redis/v9"


def hub(bus: str = REDIS, body: str = "") -> dict[str, object]:
    """What a hub of Go fixes."""
    return stated("code", "live/hub.go", HUB % (bus, body))


@pytest.mark.parametrize(("bus", "kind"), [(REDIS, "redis"), ("github.com/nats-io/nats.go", "nats")])
def test_a_hub_that_subscribes_is_joined_by_that(bus: str, kind: str) -> None:
    """By the package that it subscribes with."""
    assert hub(bus)[KIND] == kind


def test_what_subscribes_elsewhere_joins_nothing() -> None:
    """It may be told of changes of a configuration."""
    files = {
        "live/hub.go": 'package live\nimport "github.com/gorilla/websocket"\nvar u = websocket.Upgrader{}',
        "jobs/jobs.go": f'package jobs\nimport "{REDIS}"\nfunc run() {{ bus.Subscribe(ctx, "jobs") }}',
    }
    assert not any(KIND in fixed(each.facts) for each in stations("code", files))
    files["live/feed.go"] = files["jobs/jobs.go"].replace("package jobs", "package live")
    assert any(fixed(each.facts).get(KIND) == "redis" for each in stations("code", files))


@pytest.mark.parametrize(
    ("body", "done"),
    [
        ("close(client.send)\n                delete(h.clients, client)", "disconnect"),
        ("client.conn.Close()", "disconnect"),
        ("h.unregister <- client", "disconnect"),
        ("", "drop-newest"),
        ('log.Printf("full: %s", client.id)', "drop-newest"),
        ("// the next one says it again", "drop-newest"),
        ("<-client.send", None),
        ("h.later(client, message)", None),
    ],
)
def test_the_default_of_a_select_says_what_a_full_queue_does(body: str, done: str | None) -> None:
    """What is done besides is not told."""
    assert hub(body=body).get("backpressure.overflow") == done


def test_what_two_places_do_otherwise_is_not_told() -> None:
    """Neither counts more."""
    text = HUB % (REDIS, "close(client.send)")
    other = "\nfunc f() {\n  select {\n  case c.send <- m:\n  default:\n  }\n}\n"
    assert "backpressure.overflow" in stated("code", "live/hub.go", text)
    assert "backpressure.overflow" not in stated("code", "live/hub.go", text + other)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "live.js",
            "const { WebSocketServer } = require('ws');\nconst Redis = require('ioredis');\n"
            "const feed = new Redis();\nfeed.subscribe('news');\nnew WebSocketServer({ port: 80 });",
        ),
        (
            "live.py",
            "import redis.asyncio as redis\nfrom fastapi import WebSocket\n"
            "async def feed(socket: WebSocket):\n    p = bus.pubsub()\n    await p.subscribe('news')\n",
        ),
    ],
)
def test_other_programs_subscribe_too(name: str, text: str) -> None:
    """Where the file has the connections as well."""
    assert stated("code", name, text)[KIND] == "redis"
    without = text.replace("require('ws')", "require('x')").replace("WebSocket", "Request")
    assert KIND not in stated("code", name, without)


CONFIGURED = """
    @Configuration
    @EnableWebSocketMessageBroker
    public class Live implements WebSocketMessageBrokerConfigurer {
        public void registerStompEndpoints(StompEndpointRegistry registry) {
            registry.addEndpoint("/live").withSockJS();
        }
        public void configureMessageBroker(MessageBrokerRegistry config) {
            config.enableSimpleBroker("/topic");
        }
    }
"""
LISTENER = """
    class Feed {
        private final SimpMessagingTemplate clients;
        %s
        public void take(String message) { clients.convertAndSend("/topic/news", message); }
    }
"""


@pytest.mark.parametrize(
    ("listener", "kind", "consume"),
    [
        ('@KafkaListener(topics = "news", groupId = "site")', "kafka", "competing"),
        ('@KafkaListener(topics = "news", groupId = "${random.uuid}")', "kafka", None),
        ('@RabbitListener(queues = "news")', "rabbitmq", None),
        ("", "none", None),
    ],
)
def test_a_listener_that_feeds_the_simple_broker_joins_the_nodes(
    listener: str, kind: str, consume: str | None
) -> None:
    """Without one the broker keeps to its node; of one group each message comes to one node."""
    files = {
        "src/Live.java": CONFIGURED,
        "src/Feed.java": LISTENER % listener,
        "pom.xml": "<project><artifactId>spring-boot-starter-websocket</artifactId></project>",
        "compose.yml": "services: {site: {build: ., ports: ['80:80']}}",
    }
    (way,) = gathered(files).ways
    facts = {".".join(map(str, fact.field)): fact.value for fact in way.facts}
    assert (facts[KIND], facts.get("topology.backplane.consume")) == (kind, consume)
    assert facts["transport.kind"] == "websocket"


def test_a_subscriber_of_redis_is_a_listener_too() -> None:
    """It is a class, and no annotation."""
    feed = (
        "import org.springframework.data.redis.connection.Message;\nclass Feed implements MessageListener {\n"
        "  private final SimpMessageSendingOperations clients;\n"
        "  public void onMessage(Message message, byte[] pattern) { clients.convertAndSend(a, b); }\n}"
    )
    assert stated("code", "src/Feed.java", feed)[KIND] == "redis"


def test_another_broker_joins_the_nodes_whatever_a_listener_hands_to_it() -> None:
    """It speaks STOMP, and is asked for."""
    relayed = CONFIGURED.replace("enableSimpleBroker", "enableStompBrokerRelay")
    found = stations(
        "code", {"src/Live.java": relayed, "src/Feed.java": LISTENER % '@KafkaListener(groupId = "site")'}
    )
    assert {fixed(each.facts).get(KIND) for each in found} == {None}


def test_two_files_that_do_otherwise_with_a_full_queue_are_not_told() -> None:
    """One drops, the other ends the client."""
    files = {"live/hub.go": HUB % (REDIS, "close(client.send)"), "live/feed.go": HUB % (REDIS, "")}
    assert not any("backpressure.overflow" in fixed(each.facts) for each in stations("code", files))
