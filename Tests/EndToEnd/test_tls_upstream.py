"""Upstreams over TLS: certificates are checked, and HTTP/2 is spoken where it is offered."""

import pytest

from support import sse
from support.raw_http import RawClient, chat_body, post
from support.requests_api import begin, stop
from support.tls_upstream import TLSUpstream

CHAT = "/v1/chat/completions"


@pytest.fixture
def tls(mock, certificates):
    started = []

    def start(*protocols):
        started.append(TLSUpstream(mock.port, *certificates[1:], protocols or ("h2", "http/1.1")))
        return started[-1]

    yield start
    for front in started:
        front.stop()


def through(start_gateway, front, **options):
    return start_gateway({
        "listen": {"loops": 1},
        "upstreams": [{"name": "tls", "base_url": f"https://127.0.0.1:{front.port}/v1", "key": "k", **options}],
        "models": [{"name": "*", "upstream": "tls"}]})


@pytest.mark.parametrize("offered, option, spoken", [
    (("h2", "http/1.1"), "auto", "h2"), (("http/1.1",), "auto", "http/1.1"), (("h2", "http/1.1"), "1.1", "http/1.1"),
    (("h2",), "2", "h2")])
def test_the_version_is_negotiated(start_gateway, mock, tls, certificates, offered, option, spoken):
    front = tls(*offered)
    gateway = through(start_gateway, front, ca_file=certificates[0], http=option)
    assert post(gateway.port, CHAT, chat_body("mock")).json()["object"] == "chat.completion"
    expected = post(mock.port, CHAT, chat_body("mock,events=20,usage", True)).body
    assert post(gateway.port, CHAT, chat_body("mock,events=20,usage", True)).body == expected
    # With `auto`, streams keep off HTTP/2 where the installed libcurl cannot pause one of them alone.
    assert set(front.protocols) <= ({"h2", "http/1.1"} if option == "auto" and spoken == "h2" else {spoken})
    assert spoken in front.protocols


def test_a_certificate_of_an_unknown_authority_is_refused(start_gateway, tls, recorder, run):
    gateway = through(start_gateway, tls())
    answer = post(gateway.port, CHAT, chat_body(f"mock,run={run}"))
    assert answer.status == 502
    assert answer.error()["code"] == "upstream_unreachable"
    assert recorder.requests(run) == []


def test_checking_can_be_switched_off(start_gateway, tls):
    gateway = through(start_gateway, tls(), verify_tls=False)
    assert post(gateway.port, CHAT, chat_body("mock")).status == 200


def test_streams_share_one_http2_connection(start_gateway, tls, certificates):
    front = tls()
    gateway = through(start_gateway, front, ca_file=certificates[0], http="2")
    # The first request settles the version; those after it need not open connections to find out.
    assert post(gateway.port, CHAT, chat_body("mock")).status == 200
    clients = [RawClient(gateway.port) for _ in range(8)]
    for client in clients:
        client.post_json(CHAT, chat_body("mock,events=10,pace=20ms", True))
    for client in clients:
        answer = client.read_response("POST")
        assert answer.complete and len(sse.chunks(answer.body)) == 12
        client.close()
    assert front.largest_overlap >= 4
    assert len(front.protocols) <= 2


def test_leaving_and_stopping_reset_only_their_own_stream(start_gateway, tls, certificates, recorder, run):
    gateway = through(start_gateway, tls(), ca_file=certificates[0], http="2")
    body = chat_body("mock,events=60,pace=20ms", True)
    with begin(gateway, CHAT, body) as stays:
        with begin(gateway, CHAT, chat_body(f"mock,events=9999,pace=5ms,run={run}a", True)) as leaves:
            leaves.take_until(b"w0 ")
        with begin(gateway, CHAT, chat_body(f"mock,events=9999,pace=5ms,run={run}b", True), run) as stopped:
            stopped.take_until(b"w0 ")
            assert stop(gateway, run).json()["status"] == "stopped"
            assert stopped.take_until(b"data: [DONE]")
        assert recorder.wait_for_end(run + "a", "peer_left")
        assert recorder.wait_for_end(run + "b", "peer_left")
        assert len(sse.chunks(stays.read_response("POST").body)) == 62


@pytest.mark.parametrize("kind", ["reset", "close"])
def test_a_reset_stream_is_retried_or_told(start_gateway, tls, certificates, recorder, run, kind):
    gateway = through(start_gateway, tls(), ca_file=certificates[0])
    assert post(gateway.port, CHAT, chat_body(f"mock,fail={kind},times=2,run={run}", True)).status == 200
    assert len(recorder.requests(run)) == 3
    answer = post(gateway.port, CHAT, chat_body(f"mock,{kind}-after=3", True))
    assert answer.complete
    assert sse.chunks(answer.body)[-1]["error"]["code"] in ("upstream_disconnected", "upstream_truncated")


def test_a_slow_client_pauses_one_stream_and_no_other(start_gateway, tls, certificates, recorder, run):
    gateway = through(start_gateway, tls(), ca_file=certificates[0])
    assert post(gateway.port, CHAT, chat_body("mock")).status == 200
    before = gateway.resident_kib()
    with RawClient(gateway.port, receive_buffer=65536) as slow:
        slow.post_json(CHAT, chat_body(f"mock,events=2000,size=50000,run={run}", True))
        recorder.wait_for_first_write(run)
        for _ in range(5):
            answer = post(gateway.port, CHAT, chat_body("mock,events=20,pace=5ms", True))
            assert answer.complete and len(sse.chunks(answer.body)) == 22
        assert gateway.resident_kib() - before < 32 * 1024
