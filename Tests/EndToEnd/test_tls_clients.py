"""Clients over TLS: everything that goes over plain HTTP, and what only TLS can get wrong."""

import json
import os
import signal
import socket
import ssl
import subprocess
import time
import warnings
from pathlib import Path

import httpx
import openai
import pytest

from support import sse
from support.curl import curl
from support.polling import wait_until
from support.processes import run_sluice
from support.raw_http import RawClient, chat_body, post
from support.tls_client import TLSClient, client_context
from support.tls_upstream import make_certificates

CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def trust(certificates):
    return client_context(certificates[0])


@pytest.fixture
def secure(start_gateway, certificates):
    def start(listen=None, **changes):
        tls = {"cert_file": certificates[1], "key_file": certificates[2]}
        return start_gateway({"listen": {"tls": tls, "loops": 1, **(listen or {})}, **changes})
    return start


def sdk(gateway, trust):
    return openai.OpenAI(base_url=gateway.url + "/v1", api_key="sk-client", max_retries=0, timeout=20,
                         http_client=httpx.Client(verify=trust, trust_env=False))


def test_the_sdk_calls_and_streams_event_by_event(secure, trust, recorder, run):
    gateway = secure()
    assert gateway.url.startswith("https://")
    messages = [{"role": "user", "content": "hello"}]
    with sdk(gateway, trust) as client:
        assert client.chat.completions.create(model="mock", messages=messages).choices[0].message.content
        with client.chat.completions.create(
                model=f"mock,events=6,gate,run={run}", messages=messages, stream=True) as stream:
            texts = []
            for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    # The next one is not even made before this one has arrived.
                    texts.append(chunk.choices[0].delta.content)
                recorder.let_through(run)
        assert len(texts) == 6


def test_curl_checks_the_certificate_and_streams(secure, certificates):
    gateway = secure()
    body = json.dumps(chat_body("mock,events=5", True))
    assert curl("-N", "--cacert", certificates[0], "-d", body, gateway.url + CHAT).rstrip().endswith(b"data: [DONE]")
    assert b"ok" in curl("--cacert", certificates[0], gateway.url + "/healthz")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_connection_is_kept_and_requests_are_pipelined(secure, certificates, version):
    gateway = secure()
    with TLSClient(gateway.port, client_context(certificates[0], version, version)) as client:
        assert client.socket.selected_alpn_protocol() == "http/1.1"
        for _ in range(3):
            client.post_json(CHAT, chat_body("mock"))
            assert client.read_response("POST").status == 200
        request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        client.send(request * 20)
        assert [client.read_response().status for _ in range(20)] == [200] * 20


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_large_bodies_go_up_and_come_down_whole(secure, certificates, version):
    gateway = secure()
    text = "".join(f"{number} " for number in range(600_000))
    context = client_context(certificates[0], version, version)
    with TLSClient(gateway.port, context, timeout=30) as client:
        for _ in range(2):
            client.post_json(CHAT, {"model": "mock,echo", "messages": [{"role": "user", "content": text}]})
            answer = client.read_response("POST")
            assert answer.status == 200
            assert answer.json()["choices"][0]["message"]["content"] == text


def test_a_slow_reader_is_held_back_and_gets_everything(secure, trust, mock):
    gateway = secure()
    body = chat_body("mock,events=400,size=50000", True)
    expected = post(mock.port, CHAT, body).body
    with TLSClient(gateway.port, trust, receive_buffer=65536, timeout=30) as slow:
        before = gateway.resident_kib()
        slow.post_json(CHAT, body)
        with TLSClient(gateway.port, trust) as quick:
            for _ in range(5):
                quick.post_json(CHAT, chat_body("mock,events=20,pace=5ms", True))
                assert len(sse.chunks(quick.read_response("POST").body)) == 22
        assert gateway.resident_kib() - before < 16 * 1024
        assert slow.read_response("POST").body == expected
        used = processor_seconds(gateway)
        slow.request("GET", "/healthz")
        assert slow.read_response().status == 200
        time.sleep(0.4)
        assert processor_seconds(gateway) - used < 0.2, "the loop spins"


def processor_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("part", [0, 1, 5, 100])
def test_half_a_handshake_is_timed_out(secure, part):
    gateway = secure(client={"header_timeout": "300ms"})
    hello = client_hello()
    begin = time.monotonic()
    with RawClient(gateway.port) as client:
        client.send(hello[:part])
        assert client.is_closed_by_peer(5)
        assert 0.2 < time.monotonic() - begin < 3


def test_a_handshake_byte_by_byte_gets_no_more_time(secure):
    gateway = secure(client={"header_timeout": "300ms"})
    hello = client_hello()
    with RawClient(gateway.port, timeout=0.02) as client:
        begin = time.monotonic()
        for index in range(len(hello)):
            try:
                client.send(hello[index:index + 1])
                assert client.socket.recv(1) == b""
                break
            except TimeoutError:
                pass
            except ConnectionError:
                break
        assert time.monotonic() - begin < 3


def client_hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        connection.do_handshake()
    return outgoing.read()


def test_every_split_of_the_client_hello_works(secure, trust):
    gateway = secure()
    for step in (1, 7, 100):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        connection = trust.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
        with RawClient(gateway.port) as raw:
            while True:
                try:
                    connection.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    send_in_pieces(raw, outgoing.read(), step)
                    incoming.write(raw.socket.recv(65536))
            connection.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            send_in_pieces(raw, outgoing.read(), step)
            answer = b""
            while b"}" not in answer:
                try:
                    answer += connection.read(65536)
                except ssl.SSLWantReadError:
                    incoming.write(raw.socket.recv(65536))
            assert answer.startswith(b"HTTP/1.1 200")


def send_in_pieces(raw, data, step):
    for start in range(0, len(data), step):
        raw.send(data[start:start + step])
        if step == 1 and start % 50 == 0:
            time.sleep(0.001)


def test_plain_http_is_told_so(secure, trust):
    gateway = secure()
    with RawClient(gateway.port) as client:
        client.request("GET", "/v1/models")
        answer = client.read_response()
        assert answer.status == 400 and answer.error()["code"] == "malformed_request"
        assert "https://" in answer.error()["message"]
        assert client.is_closed_by_peer()
    with RawClient(gateway.port) as client:
        client.send(b"\x00" * 300)
        try:
            while client.fill():
                pass
        except ConnectionResetError:
            pass
    with TLSClient(gateway.port, trust) as client:
        client.request("GET", "/healthz")
        assert client.read_response().status == 200


def test_old_versions_and_other_protocols_are_refused(secure, certificates):
    gateway = secure()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old = client_context(certificates[0], ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        TLSClient(gateway.port, old)
    weak = client_context(certificates[0], newest=ssl.TLSVersion.TLSv1_2)
    weak.set_ciphers("AES128-SHA:AES256-GCM-SHA384")
    with pytest.raises(ssl.SSLError):
        TLSClient(gateway.port, weak)
    with pytest.raises(ssl.SSLError):
        TLSClient(gateway.port, client_context(certificates[0], protocols=("h2",)))
    with TLSClient(gateway.port, client_context(certificates[0], protocols=())) as client:
        client.request("GET", "/healthz")
        assert client.read_response().status == 200


def test_the_end_is_announced(secure, trust):
    gateway = secure(client={"idle_timeout": "300ms"})
    with TLSClient(gateway.port, trust) as client:
        client.request("GET", "/healthz", {"Connection": "close"})
        assert client.read_response().status == 200
        assert client.socket.recv(1) == b""
    with TLSClient(gateway.port, trust) as client:
        assert client.socket.recv(1) == b""


@pytest.mark.parametrize("leave", ["truncated", "announced", "reset"])
def test_a_client_that_leaves_ends_its_request(secure, trust, recorder, run, leave):
    gateway = secure()
    with TLSClient(gateway.port, trust) as client:
        client.post_json(CHAT, chat_body(f"mock,events=9999,pace=5ms,run={run}", True))
        client.take_until(b"w0 ")
        if leave == "announced":
            client.socket.settimeout(5)
            with pytest.raises((OSError, ssl.SSLError)):
                while True:
                    client.socket.unwrap()
        elif leave == "truncated":
            client.socket.shutdown(socket.SHUT_RDWR)
        else:
            client.reset()
        assert recorder.wait_for_end(run, "peer_left")


def test_a_session_is_resumed(secure, certificates):
    gateway = secure()
    context = client_context(certificates[0], newest=ssl.TLSVersion.TLSv1_2)

    def connect(session=None):
        raw = socket.create_connection(("127.0.0.1", gateway.port), timeout=5)
        with context.wrap_socket(raw, server_hostname="127.0.0.1", session=session) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
            return connection.session, connection.session_reused

    session, reused = connect()
    assert not reused
    assert connect(session)[1]


def test_a_reload_shows_the_new_certificate_and_keeps_what_runs(secure, certificates, tmp_path, recorder, run):
    files = [tmp_path / "cert.pem", tmp_path / "key.pem"]

    def install(source):
        for path, origin in zip(files, source[1:]):
            path.write_bytes(Path(origin).read_bytes())

    (tmp_path / "next").mkdir()
    renewed = make_certificates(tmp_path / "next")
    install(certificates)
    gateway = secure({"tls": {"cert_file": str(files[0]), "key_file": str(files[1])}})

    def reload(words):
        seen = gateway.log().count(words)
        gateway.signal(signal.SIGHUP)
        wait_until(lambda: gateway.log().count(words) > seen, 5, what=words)

    def shows(authority):
        with TLSClient(gateway.port, client_context(authority)) as client:
            client.request("GET", "/healthz")
            return client.read_response().status == 200

    with TLSClient(gateway.port, client_context(certificates[0])) as stream:
        stream.post_json(CHAT, chat_body(f"mock,events=4,gate,run={run}", True))
        stream.take_until(b"data: ")
        recorder.let_through(run)
        stream.take_until(b"w0 ")
        reload("configuration reloaded (nothing changed)")
        install(renewed)
        reload("configuration reloaded (listen.tls)")
        wait_until(lambda: refuses(shows, certificates[0]), 5, what="the new certificate")
        assert shows(renewed[0])
        files[1].write_text("no key")
        reload("stays as it was")
        assert shows(renewed[0])
        recorder.let_through(run, 100)
        stream.take_until(b"data: [DONE]")


def refuses(shows, authority):
    try:
        return not shows(authority)
    except ssl.SSLCertVerificationError:
        return True


def check(tmp_path, cert, key):
    path = tmp_path / "checked.json5"
    path.write_text(json.dumps({"listen": {"tls": {"cert_file": str(cert), "key_file": str(key)}}}))
    return run_sluice("check", "--config", path)


def test_wrong_files_are_told_apart(certificates, tmp_path):
    authority, cert, key = certificates
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("not PEM")
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    locked = tmp_path / "locked.pem"
    openssl("pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out", locked)
    for wrong_cert, wrong_key, option, message in [
            ("none.pem", key, "cert_file", "No such file"), (garbage, key, "cert_file", "no PEM certificate"),
            (broken, key, "cert_file", "broken certificate"), (authority, key, "key_file", "not the key"),
            (cert, "none.pem", "key_file", "No such file"), (cert, garbage, "key_file", "no PEM private key"),
            (cert, locked, "key_file", "pass phrase")]:
        result = check(tmp_path, wrong_cert, wrong_key)
        assert result.returncode == 2, (message, result)
        assert f"listen.tls.{option}" in result.stderr and message in result.stderr, result.stderr
    result = check(tmp_path, cert, key)
    assert result.returncode == 0 and str(cert) in result.stdout and "listen.tls" not in result.stderr
    assert "PRIVATE" not in result.stdout


def test_an_expired_certificate_is_noticed_and_used(tmp_path):
    cert, key, request = tmp_path / "old.pem", tmp_path / "old.key", tmp_path / "old.csr"
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=old",
            "-keyout", key, "-out", request)
    openssl("x509", "-req", "-in", request, "-signkey", key, "-days", "-1", "-out", cert)
    result = check(tmp_path, cert, key)
    assert result.returncode == 0 and "has expired" in result.stderr


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def test_the_health_command_speaks_tls(secure):
    gateway = secure()
    result = run_sluice("health", "--config", gateway.config_path, "--port", gateway.port)
    assert result.returncode == 0, result
    gateway.stop()
    assert run_sluice("health", "--config", gateway.config_path, "--port", gateway.port).returncode == 1


def test_too_many_connections_are_refused_over_tls(secure, trust):
    gateway = secure(limits={"connections": 2})
    with TLSClient(gateway.port, trust) as first, TLSClient(gateway.port, trust) as second:
        for client in (first, second):
            client.post_json(CHAT, chat_body("mock,events=99,pace=50ms", True))
            client.take_until(b"w0 ")
        with TLSClient(gateway.port, trust) as third:
            assert third.read_response().status == 503
            assert third.socket.recv(1) == b""
