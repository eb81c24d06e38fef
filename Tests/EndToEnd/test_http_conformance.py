"""HTTP/1.1 to the letter: every case of `http_cases`, on a connection of its own, whole and in pieces.

The probe behind each case shows that no byte was taken for a request that is none, and that what could be answered on
the same connection was.
"""

import json

import pytest

from support.http_cases import OK, Case, cases, chunked, get, post
from support.http_probe import Server, Wrong, read_answer

CHAT = "/v1/chat/completions"
BODY = json.dumps({"model": "mock,events=1", "messages": []}).encode()


@pytest.fixture(scope="module")
def server(gateway):
    return Server(gateway.port, get="/healthz", post=CHAT, body=BODY)


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_the_answer_is_the_one_that_the_rules_ask_for(server, case):
    server.play(case)


@pytest.mark.parametrize("case", [case for case in cases() if len(case.data) < 3000], ids=lambda case: case.name)
def test_pieces_change_nothing(server, case):
    server.play(case, pieces=5)


def test_the_suite_tells_wrong_answers_from_right_ones():
    for received in (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"nonsense",
                     b"HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 08:00:00 GMT\r\nContent-Length: 3\r\n\r\nab",
                     b"HTTP/1.1 405 No\r\nDate: Sat, 21 Nov 2026 08:00:00 GMT\r\nContent-Length: 0\r\n\r\n",
                     b"HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 08:00:00 GMT\r\nX: a\r\n folded\r\n\r\n"):
        with pytest.raises(Wrong):
            read_answer(received, "GET")
    with pytest.raises(Wrong):
        Server(0).judge(Case("one answer too many", b"", (OK,), stays=False), [200, 200])


def test_a_smuggled_request_is_not_made(server, recorder, run):
    """What stands in the body of a request, or behind a bad one, never reaches the upstream."""
    inner = post(b"Content-Length: %d" % len(BODY), body=BODY.replace(b"mock", b"mock,run=%s" % run.encode()))
    for data in (chunked(b"0\r\n\r\n", b"Content-Length: 4"), chunked(b"2;\n{}\r\n0\r\n\r\n"),
                 get(b"Transfer-Encoding: xchunked"), get(b"Content-Length: 0", b"Content-Length: 9")):
        server.play(Case("", data + inner, ((400, 501),)))
    assert recorder.requests(run) == []
