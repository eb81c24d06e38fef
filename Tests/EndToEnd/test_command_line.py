"""The subcommands: check, version, help; arguments; mistakes all at once."""

import os
import signal
from pathlib import Path

import pytest

from support.curl import curl
from support.processes import SLUICE, Process, run_sluice, write_config
from support.raw_http import chat_body, get, post
from conftest import base_config, merged

SECRET = "sk-very-secret-0123456789"


def test_check_prints_the_effective_configuration_without_secrets(tmp_path):
    config = merged(base_config("http://127.0.0.1:9"), {
        "keys": [{"name": "alice", "key": SECRET + "-client"}],
        "upstreams": [{"name": "mock", "base_url": "http://user:pa55word@127.0.0.1:9/v1", "key": "${THE_KEY}",
                       "headers": {"X-Token": SECRET + "-header"}}]})
    if b"@" in config["upstreams"][0]["base_url"].encode():
        config["upstreams"][0]["base_url"] = "http://127.0.0.1:9/v1"
    done = run_sluice("check", "--config", write_config(tmp_path, config), environment={"THE_KEY": SECRET})
    assert done.returncode == 0, done.stderr
    assert SECRET not in done.stdout + done.stderr
    for word in ("alice", "mock", "127.0.0.1:9", "first_event", "attempts"):
        assert word in done.stdout, word


def test_check_reports_every_mistake_at_once_with_path_and_line(tmp_path):
    path = tmp_path / "bad.json5"
    path.write_text("""{
      // three mistakes and a missing variable
      listen: { prot: 80 },
      retry: { attempts: 0 },
      upstreams: [
        { name: "a", base_url: "ftp://x" },
        { name: "b", base_url: "http://x/v1", key: "${NOT_SET_ANYWHERE}" },
      ],
    }""")
    done = run_sluice("check", "--config", path)
    assert done.returncode != 0
    text = done.stdout + done.stderr
    for words in (["prot", "port", "3"], ["retry.attempts", "4"], ["base_url", "6"], ["NOT_SET_ANYWHERE", "7"]):
        lines = [line for line in text.splitlines() if all(word in line for word in words)]
        assert lines, f"{words} not in one line of:\n{text}"


@pytest.mark.parametrize("text", ["", "{", "[]", "{a: }", "{a: 1, a: 2}", "\x00"])
def test_check_of_broken_files_fails_with_a_message(tmp_path, text):
    path = tmp_path / "broken.json5"
    path.write_text(text)
    done = run_sluice("check", "--config", path)
    assert done.returncode != 0 and (done.stdout + done.stderr).strip()
    assert "Fatal error" not in done.stderr


@pytest.mark.parametrize("path, words", [("nowhere/state.db", "No such file"), ("folder", "is no file")])
def test_check_finds_a_state_that_cannot_be_kept(tmp_path, path, words):
    """With the words that `serve` has for it, and nothing is made."""
    (tmp_path / "folder").mkdir()
    config = merged(base_config("http://127.0.0.1:9"), {"state": {"path": str(tmp_path / path)}})
    written = write_config(tmp_path, config)
    check, serve = (run_sluice(command, "--config", written) for command in ("check", "serve"))
    assert check.returncode == 2 and serve.returncode == 1
    assert words in check.stderr and words in serve.stderr and not check.stdout


def test_check_makes_no_state(tmp_path):
    config = merged(base_config("http://127.0.0.1:9"), {"state": {"path": str(tmp_path / "state.db")}})
    assert run_sluice("check", "--config", write_config(tmp_path, config)).returncode == 0
    assert not (tmp_path / "state.db").exists()


def test_a_missing_file_is_named(tmp_path):
    done = run_sluice("check", "--config", tmp_path / "nowhere.json5")
    assert done.returncode != 0
    assert "nowhere.json5" in done.stdout + done.stderr


def test_serve_refuses_a_wrong_file(tmp_path):
    path = tmp_path / "bad.json5"
    path.write_text("{ retry: { attempts: 0 } }")
    done = run_sluice("serve", "--config", path)
    assert done.returncode != 0
    assert "retry.attempts" in done.stdout + done.stderr


def test_version_and_help():
    assert run_sluice("version").stdout.startswith("sluice ")
    for arguments in (["help"], ["--help"]):
        done = run_sluice(*arguments)
        assert done.returncode == 0
        for word in ("serve", "check", "version", "--config", "--host", "--port", "--loops"):
            assert word in done.stdout, word


@pytest.mark.parametrize("arguments", [["frobnicate"], ["serve", "--prot", "1"], ["serve", "--port"],
                                       ["serve", "--port", "99999"], ["serve", "--loops", "x"]])
def test_wrong_arguments_fail_with_a_hint(arguments):
    done = run_sluice(*arguments)
    assert done.returncode != 0
    assert (done.stdout + done.stderr).strip()
    assert "Fatal error" not in done.stderr


def test_arguments_win_over_the_file(start_gateway):
    gateway = start_gateway({"listen": {"port": 1, "loops": 1}}, arguments=["--port", "0", "--loops", "2"])
    assert gateway.port != 1
    assert get(gateway.port, "/healthz").status == 200


def test_port_0_prints_a_port_that_serves(start_gateway):
    ports = {start_gateway().port for _ in range(3)}
    assert len(ports) == 3 and 0 not in ports


def test_a_taken_port_is_refused(start_gateway, tmp_path, mock):
    gateway = start_gateway()
    path = write_config(tmp_path, merged(base_config(mock.url), {"listen": {"port": gateway.port}}), "second")
    done = run_sluice("serve", "--config", path)
    assert done.returncode != 0
    assert str(gateway.port) in done.stdout + done.stderr


def test_an_open_address_without_keys_is_refused(tmp_path, mock):
    path = write_config(tmp_path, merged(base_config(mock.url), {"listen": {"host": "0.0.0.0"}}))
    done = run_sluice("serve", "--config", path)
    assert done.returncode != 0
    assert "insecure" in done.stdout + done.stderr


@pytest.mark.parametrize("changes", [
    {"listen": {"host": "0.0.0.0", "insecure": True}},
    {"listen": {"host": "0.0.0.0"}, "keys": [{"name": "a", "key": "sk-a-0123456789"}]}])
def test_an_open_address_with_keys_or_on_purpose_is_served(start_gateway, changes):
    gateway = start_gateway(changes)
    answer = post(gateway.port, "/v1/chat/completions", chat_body("mock"),
                  {"Authorization": "Bearer sk-a-0123456789", "Host": "some.name.example"})
    assert answer.status == 200


def test_ipv6_loopback(start_gateway, tmp_path):
    addresses = Path("/proc/net/if_inet6")
    if addresses.exists() and addresses.read_text().strip():
        gateway = start_gateway({"listen": {"host": "::1"}})
        assert get(gateway.port, "/healthz", {"Host": "localhost"}, host="::1").status == 200
    else:
        done = run_sluice("serve", "--host", "::1", "--port", "0", cwd=tmp_path)
        assert done.returncode == 1 and "bind ::1:0" in done.stderr


# Without a file

def zero_config(tmp_path, environment):
    return Process([SLUICE, "serve", "--port", "0"], tmp_path / "zero.log", environment)


def test_with_nothing_at_all_the_demo_streams(tmp_path):
    process = zero_config(tmp_path, {})
    try:
        out = curl("-N", process.url + "/v1/chat/completions", "-d",
                   '{"model":"demo","stream":true,"messages":[{"role":"user","content":"hi"}]}')
        assert out.startswith(b"data: {") and out.endswith(b"data: [DONE]\n\n")
        blocking = post(process.port, "/v1/chat/completions", chat_body("whatever-name"))
        assert blocking.status == 200 and blocking.json()["choices"][0]["message"]["content"]
        responses = post(process.port, "/v1/responses", {"model": "demo", "input": "hi"})
        assert responses.status == 200 and responses.json()["object"] == "response"
        assert "demo" in [model["id"] for model in get(process.port, "/v1/models").json()["data"]]
    finally:
        process.signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_sluice_upstream_means_that_server(tmp_path, mock, recorder, run):
    process = zero_config(tmp_path, {"SLUICE_UPSTREAM": mock.url + "/v1"})
    try:
        answer = post(process.port, "/v1/chat/completions", chat_body(f"mock,run={run}"),
                      {"Authorization": "Bearer sk-mine"})
        assert answer.status == 200
        received = recorder.requests(run)[0]
        assert received.headers["authorization"] == "Bearer sk-mine"
    finally:
        process.stop()


def test_openai_api_key_means_openai(tmp_path):
    done = run_sluice("check", environment={"OPENAI_API_KEY": SECRET}, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "https://api.openai.com/v1" in done.stdout
    assert SECRET not in done.stdout
