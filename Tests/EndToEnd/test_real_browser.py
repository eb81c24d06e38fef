"""Web pages in a real browser: those of an allowed origin can use the gateway, others neither read, start nor stop
anything, whatever kind of request they think of."""

import json

import pytest

from support.chromium import Browser, PageServer, find
from support.polling import wait_until
from support.raw_http import chat_body
from support.requests_api import begin, listed, wait_until_listed

CHAT = "/v1/chat/completions"

pytestmark = [pytest.mark.timeout(120), pytest.mark.skipif(
    find() is None, reason="no chromium here (Debian's package `chromium`)")]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.stop()


@pytest.fixture(scope="module")
def pages():
    server = PageServer()
    yield server
    server.stop()


@pytest.fixture
def gateway(start_gateway, pages):
    return start_gateway({"cors": {"origins": [f"http://app.example:{pages.port}"]}})


@pytest.fixture
def allowed(browser, pages):
    return browser.open(f"http://app.example:{pages.port}/")


@pytest.fixture(params=["another site", "another site's subdomain", "the same name", "a sandbox"])
def stranger(request, browser, pages, gateway):
    name = {"another site": "evil.example", "another site's subdomain": "app.example.evil.example",
            "the same name": "127.0.0.1", "a sandbox": None}[request.param]
    if name is None:
        return browser.open("data:text/html,<!doctype html><body></body>")
    return browser.open(f"http://{name}:{pages.port}/")


def url(gateway, path):
    return f"http://127.0.0.1:{gateway.port}{path}"


def streamed(target, body):
    return f"""(async () => {{
      const answer = await fetch({json.dumps(target)}, {{method: "POST", body: {json.dumps(json.dumps(body))},
        headers: {{"content-type": "application/json", "authorization": "Bearer x", "x-stainless-lang": "js"}}}});
      const reader = answer.body.getReader(), decoder = new TextDecoder();
      let text = "", reads = 0;
      for (;;) {{
        const {{done, value}} = await reader.read();
        if (done) break;
        reads += 1;
        text += decoder.decode(value, {{stream: true}});
      }}
      return [answer.status, answer.headers.get("x-request-id"), reads, text];
    }})()"""


def test_a_page_of_an_allowed_origin_streams(gateway, allowed):
    status, request_id, reads, text = allowed.run(
        streamed(url(gateway, CHAT), chat_body("mock,events=5,pace=50ms", True)))
    assert status == 200
    assert request_id.startswith("req_")
    assert reads >= 4, "the events came one by one"
    assert text.endswith("data: [DONE]\n\n")


def test_a_page_of_an_allowed_origin_stops(gateway, allowed, run):
    with begin(gateway, CHAT, chat_body("mock,events=1000,pace=50ms", True), run) as client:
        client.take_until(b"data: ")
        answer = allowed.run(f"""fetch({json.dumps(url(gateway, f"/v1/requests/{run}/stop"))}, {{method: "POST"}})
          .then(answer => answer.json()).then(answer => answer.status)""")
        assert answer == "stopped"
        client.take_until(b"[DONE]")


READS = {
    "fetch": "fetch({url}).then(a => a.text(), e => 'refused')",
    "fetch with a key": "fetch({url}, {{headers: {{authorization: 'Bearer x'}}}}).then(a => a.text(), e => 'refused')",
    "fetch without CORS": "fetch({url}, {{mode: 'no-cors'}}).then(a => a.text(), e => 'refused')",
    "XMLHttpRequest": """new Promise(done => {{ const x = new XMLHttpRequest(); x.open('GET', {url});
      x.onload = () => done(x.responseText); x.onerror = () => done('refused'); x.send(); }})""",
    "EventSource": """new Promise(done => {{ const s = new EventSource({url});
      s.onmessage = m => done(m.data); s.onerror = () => done('refused'); }})""",
    "script": """new Promise(done => {{ const s = document.createElement('script'); s.src = {url};
      s.onload = () => done('loaded'); s.onerror = () => done('refused'); document.body.append(s); }})""",
    "image": """new Promise(done => {{ const s = new Image(); s.src = {url};
      s.onload = () => done('loaded'); s.onerror = () => done('refused'); }})""",
    "frame": """new Promise(done => {{ const s = document.createElement('iframe'); s.src = {url};
      s.onload = () => {{ try {{ done(s.contentDocument ? s.contentDocument.body.innerText : 'refused'); }}
      catch (e) {{ done('refused'); }} }}; document.body.append(s); }})""",
    "WebSocket": """new Promise(done => {{ const s = new WebSocket({url}.replace('http', 'ws'));
      s.onopen = () => done('open'); s.onerror = () => done('refused'); }})""",
}


@pytest.mark.parametrize("how", READS)
@pytest.mark.parametrize("path", ["/v1/requests", "/v1/models"])
def test_a_page_of_another_origin_reads_nothing(gateway, stranger, how, path):
    assert stranger.run(READS[how].format(url=json.dumps(url(gateway, path)))) in ("refused", "")


WRITES = {
    "fetch": "fetch({url}, {{method: 'POST', body: {body}, headers: {{'content-type': 'application/json'}}}})",
    "simple fetch": "fetch({url}, {{method: 'POST', body: {body}, headers: {{'content-type': 'text/plain'}}}})",
    "fetch without CORS": "fetch({url}, {{method: 'POST', body: {body}, mode: 'no-cors'}})",
    "fetch without a type": "fetch({url}, {{method: 'POST', body: new Blob([{body}]), mode: 'no-cors'}})",
    "fetch without a referrer": """fetch({url}, {{method: 'POST', body: {body}, mode: 'no-cors',
      referrerPolicy: 'no-referrer'}})""",
    "DELETE": "fetch({url}, {{method: 'DELETE'}})",
    "beacon": "Promise.resolve(navigator.sendBeacon({url}, {body}))",
    "form": """new Promise(done => {{ const frame = document.createElement('iframe'), form =
      document.createElement('form'), field = document.createElement('input'); frame.name = 'f';
      frame.onload = done; field.name = {body}.slice(0, -1) + ',"x":"'; field.value = '"}}'; form.append(field);
      form.method = 'POST'; form.enctype = 'text/plain'; form.action = {url}; form.target = 'f';
      document.body.append(frame, form); form.submit(); setTimeout(done, 2000); }})""",
}


@pytest.mark.parametrize("how", WRITES)
def test_a_page_of_another_origin_starts_nothing(gateway, recorder, stranger, how, run):
    body = json.dumps(chat_body(f"mock,run={run}"))
    settle(gateway, stranger, CHAT, WRITES[how].format(url=json.dumps(url(gateway, CHAT)), body=json.dumps(body)))
    assert recorder.requests(run) == []


@pytest.mark.parametrize("how", WRITES)
def test_a_page_of_another_origin_stops_nothing(gateway, stranger, how, run):
    with begin(gateway, CHAT, chat_body("mock,events=1000,pace=20ms", True), run) as client:
        client.take_until(b"data: ")
        path = f"/v1/requests/{run}" + ("" if how == "DELETE" else "/stop")
        settle(gateway, stranger, path, WRITES[how].format(url=json.dumps(url(gateway, path)), body='""'))
        assert run in listed(gateway)
        client.take_until(b"data: ")


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "localhost.example"])
def test_a_name_that_was_made_to_mean_this_machine_opens_nothing(gateway, recorder, browser, run, name):
    # For the browser, this page and the gateway are one origin.
    page = browser.open(f"http://{name}:{gateway.port}/v1/requests")
    assert "host_not_allowed" in page.run("document.body.innerText")
    for path in ("/v1/requests", "/v1/models", "/metrics"):
        assert page.run(f"fetch('{path}').then(a => a.status)") == 403
    with begin(gateway, CHAT, chat_body("mock,events=1000,pace=20ms", True), run) as client:
        wait_until_listed(gateway, run)
        assert page.run(f"fetch('/v1/requests/{run}/stop', {{method: 'POST'}}).then(a => a.status)") == 403
        body = json.dumps(json.dumps(chat_body(f"mock,run={run}")))
        assert page.run(f"fetch('{CHAT}', {{method: 'POST', body: {body}}}).then(a => a.status)") == 403
        assert run in listed(gateway)
        client.take_until(b"data: ")
    wait_until(lambda: run not in listed(gateway))
    assert recorder.requests(run) == []


def settle(gateway, page, path, expression):
    """Lets a page do something, and waits until the gateway has refused it, or the preflight before it."""
    page.run(f"({expression}).then(() => 0, () => 0)")
    wait_until(lambda: [line for line in gateway.log_records(path) if line["status"] in (204, 403)],
               what="the gateway was asked")
