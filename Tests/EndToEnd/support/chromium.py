"""A headless Chromium, spoken to over the DevTools protocol on a pair of pipes."""

import fcntl
import http.server
import json
import os
import shutil
import subprocess
import threading
import time

# The browser's own protection of the local network is off: it is the gateway that is tested.
OFF = ("LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights,"
       "HttpsFirstBalancedModeAutoEnable,HttpsUpgrades")


def find():
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    """Every name below `.example` is this machine."""

    def __init__(self, directory):
        to_browser, self.commands, self.answers, from_browser = map(moved, (*os.pipe(), *os.pipe()))
        command = [find(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--no-first-run", "--disable-background-networking", "--disable-component-update",
                   f"--user-data-dir={directory}", f"--disable-features={OFF}", "--remote-debugging-pipe",
                   "--host-resolver-rules=MAP *.example 127.0.0.1", "about:blank"]
        # The protocol's descriptors are 3 and 4; dash knows no descriptor above 9.
        shell = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        self.process = subprocess.Popen(["bash", "-c", shell, "bash", *command], pass_fds=(to_browser, from_browser),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.last_id = 0

    def call(self, method, session=None, **parameters):
        """Sends a command and waits for its result; events are dropped."""
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self.last_id:
                assert "error" not in answer, (method, answer)
                return answer["result"]

    def _receive(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.answers, 1 << 16)
            assert piece, "the browser has gone"
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def open(self, url):
        """A new page, loaded."""
        target = self.call("Target.createTarget", url=url)["targetId"]
        page = Page(self, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        deadline = time.monotonic() + 20
        while page.run("[document.readyState, location.href !== 'about:blank' || '' ]") != ["complete", True]:
            assert time.monotonic() < deadline, f"{url} was not loaded"
            time.sleep(0.02)
        return page

    def stop(self):
        self.process.kill()
        self.process.wait(10)
        os.close(self.commands)
        os.close(self.answers)


def moved(descriptor):
    """The same out of the way of small numbers."""
    other = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return other


class Page:
    def __init__(self, browser, session):
        self.browser = browser
        self.session = session

    def run(self, expression):
        """The value of a JavaScript expression, awaited if it is a promise."""
        result = self.browser.call("Runtime.evaluate", self.session, expression=expression, awaitPromise=True,
                                   returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")


class PageServer:
    """Serves one empty page under every name and path."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = b"<!doctype html><title>page</title><body></body>"
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
