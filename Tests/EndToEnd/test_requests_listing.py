"""GET /v1/requests and GET /v1/requests/{id}."""

from support.raw_http import chat_body, get, responses_body
from support.requests_api import begin, listed, stop, wait_until_listed, wait_until_not_listed
from support.polling import wait_until

CHAT = "/v1/chat/completions"


def test_a_running_stream_is_listed_with_what_is_known_of_it(gateway, run):
    model = f"mock,events=100000,pace=5ms,run={run}"
    with begin(gateway, CHAT, chat_body(model, True), run) as client:
        client.take_until(b"w3 ")
        item = wait_until(lambda: listed(gateway).get(run, {}).get("events", 0) >= 4 and listed(gateway)[run])
        assert item["model"] == model
        assert item["upstream"] == "mock"
        assert item["status"] == "streaming"
        client.close()
    wait_until_not_listed(gateway, run)


def test_one_request_by_its_id_while_it_runs_and_after(gateway, run):
    with begin(gateway, CHAT, chat_body(f"mock,events=100000,pace=5ms,run={run}", True), run) as client:
        client.take_until(b"w0 ")
        running = get(gateway.port, f"/v1/requests/{run}")
        assert running.status == 200 and running.json()["id"] == run
        assert running.json()["status"] == "streaming"
        stop(gateway, run)
        wait_until_not_listed(gateway, run)
    ended = get(gateway.port, f"/v1/requests/{run}")
    assert ended.status == 200
    assert "stopped" in ended.body.decode()


def test_a_waiting_request_is_listed(gateway, recorder, run):
    with begin(gateway, "/v1/responses", responses_body(f"mock,silent,run={run}"), run):
        recorder.wait_for(run)
        item = wait_until_listed(gateway, run)
        assert item["status"] != "streaming"
    wait_until_not_listed(gateway, run)
    assert "client_left" in get(gateway.port, f"/v1/requests/{run}").body.decode()


def test_a_completed_request_is_remembered(gateway, run):
    with begin(gateway, CHAT, chat_body(f"mock,run={run}"), run) as client:
        assert client.read_response("POST").status == 200
    wait_until_not_listed(gateway, run)
    assert "completed" in get(gateway.port, f"/v1/requests/{run}").body.decode()


def test_an_unknown_id_is_404(gateway):
    answer = get(gateway.port, "/v1/requests/req_unknown")
    assert answer.status == 404 and answer.error()["code"] == "request_not_found"


def test_the_list_does_not_contain_itself(gateway):
    assert listed(gateway, {"X-Request-Id": "the-listing"}).get("the-listing") is None
