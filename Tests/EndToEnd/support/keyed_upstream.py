"""An upstream that answers by the key it is presented."""

import collections
import http.server
import json
import threading


class KeyedUpstream:
    """`answers` maps a key to (status, headers, error code); other keys get a short chat answer.

    `asked` has the keys in the order in which they came. GET requests, which count as health checks, are answered with
    the status `health`.
    """

    def __init__(self, answers=None):
        self.answers = dict(answers or {})
        self.asked = []
        self.health = 200
        self.checks = 0
        self.check_keys = set()
        self.check_paths = set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_POST(self):
                self.rfile.read(int(self.headers.get("content-length", 0)))
                key = self.headers.get("authorization", "").removeprefix("Bearer ")
                outer.asked.append(key)
                status, headers, code = outer.answers.get(key, (200, {}, None))
                self.answer(status, headers, chat_answer() if status == 200 else error(code))

            def do_GET(self):
                outer.check_keys.add(self.headers.get("authorization", "").removeprefix("Bearer "))
                outer.check_paths.add(self.path)
                outer.checks += 1
                self.answer(outer.health, {}, {})

            def answer(self, status, headers, value):
                body = json.dumps(value).encode()
                self.send_response(status)
                for name, value in {**headers, "content-type": "application/json",
                                    "content-length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def counts(self):
        return collections.Counter(self.asked)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def error(code):
    return {"error": {"message": f"the upstream says {code}", "type": "upstream", "param": None, "code": code}}


def chat_answer():
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}
