"""A webhook as a sink: what arrives is checked by the packages that receivers use."""

import email.utils
import http.server
import json
import threading
import time

import harness
import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from conftest import Table
from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xk"


class Receiver:
    """Checks the signature and the CloudEvent of every request, and answers as it is told to."""

    def __init__(self, port=None, answers=()):
        self.answers = list(answers)
        self.requests, self.events, self.times = [], [], []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers = receiver.take(dict(self.headers), body)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port or harness.free_port()), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hooks?a=b"

    def take(self, headers, body):
        self.times.append(time.monotonic())
        self.requests.append((headers, body))
        status, extra = self.answers.pop(0) if self.answers else (204, {})
        if status < 300:
            self.events.append(json.loads(body))
        return status, extra

    def ids(self):
        return [event["id"] for event in self.events]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def verified(headers, body, secret=SECRET):
    """The event, as who receives it reads it."""
    Webhook(secret).verify(body, headers)
    headers = {name.lower(): value for name, value in headers.items()}
    event = from_http_event(HTTPMessage(headers=headers, body=body))
    assert event.get_id() == headers["webhook-id"]
    return event


@pytest.fixture
def receive():
    opened = []

    def make(**options):
        opened.append(Receiver(**options))
        return opened[-1]

    yield make
    for receiver in opened:
        receiver.close()


@pytest.fixture
def watched(new_agent, plain):
    """An agent whose sinks are a file and a webhook, and what makes its alert fire and resolve by turns."""
    publishers = []

    def make(url, env=None, **keys):
        agent, endpoint = new_agent(), harness.tcp_endpoint()
        sinks = [{"type": "file", "path": "events.jsonl"}, {"type": "webhook", "url": url, "secret": SECRET, **keys}]
        agent.configure(harness.stream(plain, endpoint), sinks=sinks)
        publishers.append(harness.Publisher(endpoint))
        agent.start(env=env)
        publishers[-1].wait_for_subscriber()
        return agent, Turns(agent, publishers[-1])

    yield make
    for publisher in publishers:
        publisher.close()


class Turns:
    def __init__(self, agent, publisher):
        self.agent, self.publisher, self.count = agent, publisher, 0

    def take(self, count):
        """So many windows, each of which makes the alert fire or resolve."""
        for _ in range(count):
            shift = 3 if self.count % 2 == 0 else 0
            self.publisher.rows(Table(100, seed=3 + self.count, shift=shift).rows())
            self.count += 1
            harness.wait_until(lambda: len(self.ids()) >= self.count, lambda: f"{self.count} events: {self.agent.events()}")

    def ids(self):
        """Of what the file has, each once: an agent that was killed may have written one again."""
        return list(dict.fromkeys(event["id"] for event in self.agent.events()))


def sink(agent, name):
    """A figure of the webhook."""
    (value,) = [
        value
        for metric, labels, value in agent.metrics()
        if metric == f"leeway_events_{name}" and labels["sink"].startswith("webhook:")
    ]
    return value


def delivered(receiver, count):
    harness.wait_until(lambda: len(receiver.events) >= count, lambda: f"{count} events, of {receiver.requests}")


def test_events_arrive_signed_as_cloudevents_in_order(receive, watched):
    receiver = receive()
    agent, turns = watched(receiver.url)
    turns.take(4)
    delivered(receiver, 4)
    events = [verified(headers, body) for headers, body in receiver.requests]
    assert [event.get_type() for event in events] == ["dev.leeway.drift.firing", "dev.leeway.drift.resolved"] * 2
    assert {(event.get_source(), event.get_specversion()) for event in events} == {("/agents/qa", "1.0")}
    assert receiver.events == agent.events(), "as the file has them"
    headers = {name.lower(): value for name, value in receiver.requests[0][0].items()}
    assert headers["content-type"] == "application/cloudevents+json; charset=utf-8"


def test_a_forgery_would_be_told(receive, watched):
    receiver = receive()
    _, turns = watched(receiver.url)
    turns.take(1)
    delivered(receiver, 1)
    headers, body = receiver.requests[0]
    with pytest.raises(WebhookVerificationError):
        verified(headers, body.replace(b"firing", b"silent"))
    with pytest.raises(WebhookVerificationError):
        verified(headers, body, OLD_SECRET)
    with pytest.raises(WebhookVerificationError):
        verified({**headers, "webhook-id": "other"}, body)


def test_with_two_secrets_both_sign_and_they_may_come_from_the_environment(receive, watched):
    receiver = receive()
    _, turns = watched(receiver.url, env={"HOOK": SECRET}, secret="${HOOK}", previous_secret=OLD_SECRET)
    turns.take(1)
    delivered(receiver, 1)
    for secret in (SECRET, OLD_SECRET):
        verified(*receiver.requests[0], secret)


@pytest.mark.parametrize("status", [500, 503, 429, 302])
def test_what_failed_is_sent_again_under_its_id(receive, watched, status):
    receiver = receive(answers=[(status, {})] * 2)
    agent, turns = watched(receiver.url)
    turns.take(1)
    delivered(receiver, 1)
    first, second, third = receiver.requests
    assert {headers["webhook-id"] for headers, _ in receiver.requests} == {receiver.ids()[0]}
    assert first[1] == second[1] == third[1]
    assert receiver.times[2] - receiver.times[1] > receiver.times[1] - receiver.times[0] - 0.5
    assert sink(agent, "failed_total") == 2
    verified(*third)


def test_retry_after_is_kept_to(receive, watched):
    at = email.utils.formatdate(time.time() + 5, usegmt=True)
    receiver = receive(answers=[(503, {"Retry-After": "3"}), (503, {"Retry-After": at})])
    _, turns = watched(receiver.url)
    turns.take(1)
    delivered(receiver, 1)
    assert receiver.times[1] - receiver.times[0] >= 3


def test_what_is_refused_is_told_once_and_the_next_goes_on(receive, watched):
    receiver = receive(answers=[(400, {})])
    agent, turns = watched(receiver.url)
    turns.take(2)
    delivered(receiver, 1)
    assert len(receiver.requests) == 2 and receiver.events == agent.events()[1:]
    assert agent.logs.count("answered 400") == 1
    assert (sink(agent, "refused_total"), sink(agent, "pending")) == (1, 0)


def test_a_webhook_that_is_gone_is_left_alone(receive, watched):
    receiver = receive(answers=[(410, {})])
    agent, turns = watched(receiver.url)
    turns.take(3)
    time.sleep(2)
    assert len(receiver.requests) == 1 and agent.logs.count("answered 410") == 1
    assert sink(agent, "pending") == 3
    agent.terminate()
    agent.start()
    delivered(receiver, 3)
    assert receiver.events == agent.events()


def test_nothing_is_lost_while_nobody_listens_and_the_agent_is_killed(receive, watched):
    port = harness.free_port()
    agent, turns = watched(f"http://127.0.0.1:{port}/hooks")
    turns.take(3)
    harness.wait_until(lambda: sink(agent, "failed_total") >= 1, "an attempt")
    assert "cannot be reached" in agent.logs
    agent.kill()
    receiver = receive(port=port)
    agent.start()
    delivered(receiver, 3)
    assert receiver.events == agent.events()
    for headers, body in receiver.requests:
        verified(headers, body)


def test_killed_over_and_over_each_event_arrives_in_order(receive, watched):
    """An answer that was not noted before the kill is asked for again: at least once, not at most."""
    receiver = receive()
    agent, turns = watched(receiver.url)
    for _ in range(4):
        turns.take(1)
        agent.kill()
        agent.start()
        turns.publisher.wait_for_subscriber(kinds=0)
        harness.wait_until(lambda: turns.publisher.rows([]) or agent.counters()["received"] > 0, "a connection")
    harness.wait_until(lambda: len(set(receiver.ids())) >= 4, lambda: f"4 events, of {receiver.requests}")
    assert list(dict.fromkeys(receiver.ids())) == turns.ids()


@pytest.mark.parametrize(
    "keys, words",
    [
        ({}, ["url", "is required"]),
        ({"url": "ftp://x/y", "secret": SECRET}, ["url", "http"]),
        ({"url": "http://", "secret": SECRET}, ["url"]),
        ({"url": "http://127.0.0.1/", "secret": "whsec_short"}, ["secret", "24 to 64 bytes"]),
        ({"url": "http://127.0.0.1/"}, ["secret", "is required"]),
        ({"url": "http://127.0.0.1/", "secrets": [SECRET]}, ["secrets", "secret"]),
    ],
)
def test_a_webhook_that_cannot_be_used_is_told_what_is_wrong(new_agent, plain, keys, words):
    agent = new_agent()
    agent.configure(
        harness.stream(plain, harness.tcp_endpoint()), sinks=[{"type": "webhook", **keys}]
    )
    done = harness.run("check", "--config", agent.config)
    assert done.returncode == 78
    assert all(word in done.stderr for word in words), done.stderr
    assert "MfKQ" not in done.stderr
