"""The proxies under test: how each is configured, started and ended."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

# The generator and the mock upstream run on the first of these cores, the proxy on the second.
LOAD_CORES, PROXY_CORES = "0", "1"
# Seconds until a proxy must take connections; LiteLLM needs most of them.
START_SECONDS = 90

NGINX = """
daemon off;
worker_processes 1;
worker_rlimit_nofile {files};
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections {connections}; }}
http {{
  access_log {access_log};
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  client_max_body_size 64m;
  client_body_buffer_size 2m;
  keepalive_requests 1000000000;
  upstream mock {{ server 127.0.0.1:{upstream}; keepalive 1024; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 1h;
    }}
  }}
}}
"""

HAPROXY = """
global
  nbthread 1
  maxconn {clients}
defaults
  mode http
  option http-no-delay
  http-reuse always
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend clients
  bind 127.0.0.1:{port} backlog 4096
  default_backend mock
backend mock
  server mock 127.0.0.1:{upstream}
"""


LITELLM = """
model_list:
  - model_name: bench
    litellm_params:
      model: openai/bench
      api_base: http://127.0.0.1:{upstream}/v1
      api_key: sk-bench
"""


@dataclass
class Proxy:
    """A kind of proxy. `scenarios` limits where a variant is worth measuring; empty: everywhere."""

    name: str
    binary: str
    scenarios: tuple[str, ...] = ()
    cores: str = PROXY_CORES
    awaits_upstream: bool = False
    # Of Sluice alone: event loops, and a configuration with a place for the upstream's port.
    loops: int = 1
    config: str | None = None
    # What goes with that: further words for the generator, one name and key that it uses, requests until it is warm.
    requests: tuple[str, ...] = ()
    model: str = "bench"
    key: str = "sk-bench"
    warmup: int = 500


def installed() -> list[Proxy]:
    """What there is to compare with, on PATH or in the environment of Python that BENCH_VENV names."""
    folders = [os.environ.get("PATH", ""), "/usr/sbin"]
    if "BENCH_VENV" in os.environ:
        folders.append(os.environ["BENCH_VENV"] + "/bin")
    # One core of LiteLLM is busy with a few hundred requests a second, and its streams end early under such a load.
    # sglang-router does not pass `user` on, which tells the mock upstream what to stream.
    slow = ("blocking_saturated", "start")
    blocking = ("blocking_modest", "blocking_saturated", "prompt", "start")
    kinds = [
        Proxy("nginx", "nginx"), Proxy("nginx+log", "nginx", ("blocking_modest", "blocking_saturated")),
        Proxy("haproxy", "haproxy"), Proxy("sglang-router", "sglang-router", blocking, awaits_upstream=True),
        Proxy("litellm", "litellm", slow),
    ]
    found = [(kind, shutil.which(kind.binary, path=os.pathsep.join(folders))) for kind in kinds]
    return [replace(kind, binary=binary) for kind, binary in found if binary]


@dataclass
class Running:
    """A proxy that has been started."""

    process: subprocess.Popen
    port: int

    def pids(self) -> list[int]:
        """Its processes; complete once it has answered something."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *(int(child) for child in children)]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def descriptors() -> int:
    """How many descriptors a process may have at the most."""
    import resource

    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def command(proxy: Proxy, folder: Path, port: int, upstream: int) -> tuple[list[str], dict[str, str]]:
    """The command line and environment that start a proxy; writes its configuration."""
    environment = dict(os.environ)
    kind = proxy.name.split("+")[0]
    files = descriptors()
    if kind == "nginx":
        access_log = f"{folder}/access.log" if proxy.name.endswith("+log") else "off"
        # Twice as many as it can have: it closes idle connections already when few are left.
        text = NGINX.format(
            folder=folder, files=files, connections=2 * files, access_log=access_log, upstream=upstream, port=port)
        (folder / "nginx.conf").write_text(text)
        return [proxy.binary, "-p", str(folder), "-c", str(folder / "nginx.conf")], environment
    if kind == "haproxy":
        text = HAPROXY.format(clients=files // 2 - 50, upstream=upstream, port=port)
        (folder / "haproxy.cfg").write_text(text)
        return [proxy.binary, "-db", "-q", "-f", str(folder / "haproxy.cfg")], environment
    if kind == "sglang-router":
        return [
            proxy.binary, "launch", "--host", "127.0.0.1", "--port", str(port), "--log-level", "error",
            "--worker-urls", f"http://127.0.0.1:{upstream}", "--prometheus-port", str(free_port()),
            "--max-concurrent-requests", "-1"], environment
    if kind == "litellm":
        (folder / "litellm.yaml").write_text(LITELLM.format(upstream=upstream))
        # Nobody else can reach it here, and the other proxies ask for no key either.
        environment |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR",
                        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true"}
        return [
            proxy.binary, "--config", str(folder / "litellm.yaml"), "--host", "127.0.0.1", "--port", str(port),
            "--telemetry", "False"], environment
    for name in ("OPENAI_API_KEY", "SLUICE_CONFIG", "SLUICE_KEYS"):
        environment.pop(name, None)
    words = [proxy.binary, "serve", "--port", str(port), "--loops", str(proxy.loops)]
    if proxy.config is None:
        environment["SLUICE_UPSTREAM"] = f"http://127.0.0.1:{upstream}/v1"
        return words, environment
    (folder / "sluice.json5").write_text(proxy.config.replace("UPSTREAM_PORT", str(upstream)))
    return [*words, "--config", str(folder / "sluice.json5")], environment


def start(proxy: Proxy, folder: Path, upstream: int, wrapper: list[str] | None = None) -> Running:
    """Starts a proxy on its core, or under `wrapper`, and waits until it takes connections."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    words, environment = command(proxy, folder, port, upstream)
    # The access log goes to a file, as it would in service.
    with open(folder / "out.log", "wb") as out:
        process = subprocess.Popen(
            [*(wrapper or ["taskset", "-c", proxy.cores]), *words], env=environment, cwd=folder, stdout=out,
            stderr=subprocess.STDOUT)
    running = Running(process, port)
    limit = time.monotonic() + START_SECONDS
    while not is_listening(port):
        if process.poll() is not None or time.monotonic() > limit:
            running.stop()
            raise SystemExit(f"{proxy.name} does not start:\n{(folder / 'out.log').read_text()}")
        time.sleep(0.0002)
    return running


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def proportional_kib(pids: list[int]) -> int:
    """Resident memory, pages shared between the processes counted once."""
    total = 0
    for pid in pids:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        match = re.search(r"^Rss:\s+(\d+)" if len(pids) == 1 else r"^Pss:\s+(\d+)", text, re.MULTILINE)
        total += int(match.group(1)) if match else 0
    return total


def version(proxy: Proxy) -> str:
    kind = proxy.name.split("+")[0]
    words = {"nginx": [proxy.binary, "-v"], "haproxy": [proxy.binary, "-v"]}.get(kind, [proxy.binary, "version"])
    if kind in ("litellm", "sglang-router"):
        words = [str(Path(proxy.binary).parent / "python"), "-m", "pip", "show", kind]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    match = re.search(r"\d+\.\d+[\d.]*", done.stdout + done.stderr)
    return match.group(0) if match else "unknown"
