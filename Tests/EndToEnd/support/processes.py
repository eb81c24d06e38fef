"""Starting the two programs under test on ports of the system's choice."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from .polling import PATIENCE, SANITIZED, wait_until

ROOT = Path(__file__).resolve().parents[3]
SLUICE = os.environ.get("SLUICE_BIN", str(ROOT / ".build/debug/sluice"))
MOCK = os.environ.get("MOCK_BIN", str(ROOT / ".build/debug/MockUpstream"))

LISTENING = re.compile(r"listening on (https?://[^\s\"]+:\d+)")

# Variables that would change what a gateway without a file does.
AMBIENT = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "SLUICE_UPSTREAM", "http_proxy", "https_proxy", "all_proxy",
           "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class Process:
    """A running program whose output goes to a file."""

    def __init__(self, arguments, log_path, environment=None, start_timeout=20.0):
        self.arguments = [str(argument) for argument in arguments]
        self.log_path = Path(log_path)
        env = {name: value for name, value in os.environ.items() if name not in AMBIENT}
        env.update(environment or {})
        with open(self.log_path, "wb") as log:
            self.popen = subprocess.Popen(self.arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=env)
        self.url = self._wait_for_address(start_timeout)
        self.port = int(self.url.rsplit(":", 1)[1])

    def _wait_for_address(self, timeout):
        deadline = time.monotonic() + timeout * PATIENCE
        while time.monotonic() < deadline:
            match = LISTENING.search(self.log())
            if match:
                return match.group(1)
            if self.popen.poll() is not None:
                raise RuntimeError(f"{self.arguments} ended with {self.popen.returncode}:\n{self.log()}")
            time.sleep(0.005)
        self.stop()
        raise RuntimeError(f"{self.arguments} did not say where it listens within {timeout} s:\n{self.log()}")

    @property
    def pid(self):
        return self.popen.pid

    def log(self):
        return self.log_path.read_text(errors="replace")

    def log_records(self, part=""):
        """The log lines that are JSON objects and contain `part`."""
        records = []
        for line in self.log().splitlines():
            if line.startswith("{") and line.endswith("}") and part in line:
                records.append(json.loads(line))
        return records

    def log_line_of(self, request_id, timeout=5.0):
        """The one line that a request leaves in the log at its end."""
        def found():
            return [record for record in self.log_records(request_id) if request_id in record.values()]
        lines = wait_until(found, timeout, what=f"log line of {request_id}")
        assert len(lines) == 1, lines
        return lines[0]

    def is_running(self):
        return self.popen.poll() is None

    def signal(self, number):
        self.popen.send_signal(number)

    def wait(self, timeout=10.0):
        return self.popen.wait(timeout)

    def resident_kib(self):
        """Resident memory, the `VmRSS` line of /proc; it tells nothing of a program that keeps what was freed."""
        if SANITIZED:
            return 0
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text).group(1))

    def stop(self):
        """Ends the program at once. Tests of a proper end send SIGTERM themselves."""
        if self.is_running():
            self.popen.send_signal(signal.SIGKILL)
        self.popen.wait(10)


def start_mock(directory, name="mock", loops=1, port=0, arguments=()):
    return Process([MOCK, "--port", port, "--loops", loops, *arguments], Path(directory) / f"{name}.log")


def write_config(directory, config, name="sluice"):
    path = Path(directory) / f"{name}.json5"
    path.write_text("// written by a test\n" + json.dumps(config, indent=2) + "\n")
    return path


def start_sluice(directory, config, name="sluice", arguments=(), environment=None):
    path = write_config(directory, config, name)
    process = Process([SLUICE, "serve", "--config", path, *arguments], Path(directory) / f"{name}.log", environment)
    process.config_path = path
    return process


def run_sluice(*arguments, environment=None, timeout=20, cwd=None):
    """Runs a subcommand to its end; returns the completed process with text output."""
    env = {name: value for name, value in os.environ.items() if name not in AMBIENT}
    env.update(environment or {})
    return subprocess.run([SLUICE, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, env=env,
                          cwd=cwd)
