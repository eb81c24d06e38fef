"""An upstream that tells what it was sent: in errors, in header fields, in streams that break off with an error."""

import http.server
import json
import threading


class TelltaleUpstream:
    """The model says how: `status-N`, `field` (200, with the key in a header field), `stream-error` (the key in an error
    behind the first event), `response-error` (the same in a responses stream), `first-error` (in the first event),
    `moved` (a redirect to `elsewhere`).

    `seen` has (method, path, header list) of every request in order.
    """

    def __init__(self, elsewhere=""):
        self.seen = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def answer(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                outer.seen.append((self.command, self.path, self.headers.items()))
                told = " ".join(value for name, value in self.headers.items()
                                if name.lower() in ("authorization", "x-token"))
                error = {"error": {"message": f"refused: {told}", "type": "t", "param": None, "code": "c"}}
                try:
                    model = json.loads(body).get("model", "")
                except (ValueError, AttributeError):
                    model = ""
                kind = "text/event-stream" if "error" in model else "application/json"
                fields, status = {"Content-Type": kind}, 200
                if model.startswith("status-"):
                    status, text = int(model[7:]), json.dumps(error)
                elif model.startswith("page-"):
                    status, text, fields = int(model[5:]), f"<p>{told}</p>", {"Content-Type": "text/html"}
                elif model == "moved":
                    status, text = 307, "{}"
                    fields["Location"] = elsewhere + "/v1/chat/completions"
                elif model == "stream-error":
                    text = event(chunk()) + event(error) + "data: [DONE]\n\n"
                elif model == "response-error":
                    text = event(created()) + event({**error["error"], "type": "error", "sequence_number": 1})
                elif model == "first-error":
                    text = event(error)
                else:
                    text = json.dumps(completion())
                    fields["X-Told"] = told
                self.reply(status, fields, text.encode())

            def reply(self, status, fields, body):
                self.send_response(status)
                for name, value in {**fields, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_CONNECT = do_PATCH = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def event(value):
    return f"data: {json.dumps(value)}\n\n"


def created():
    return {"type": "response.created", "sequence_number": 0,
            "response": {"id": "resp_1", "object": "response", "status": "in_progress", "output": []}}


def chunk():
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": "hi"}, "finish_reason": None}]}


def completion():
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}
