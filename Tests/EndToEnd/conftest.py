"""Fixtures: one mock upstream per worker, one gateway per module, more gateways where a test asks for them.

A module sets `CONFIG` to change the configuration of its gateway, or to a function that makes the changes from the
mock's URL; sections are merged with the base one.
"""

import copy
import itertools
import os
import resource
import shutil

import openai
import pytest

from support.processes import start_mock, start_sluice
from support.recorder import Recorder, unique
from support.tls_upstream import make_certificates

UPSTREAM_KEY = "sk-upstream-secret-0123456789"

# Retries wait little, so that tests need not. `test_defaults.py` pins the defaults.
FAST_RETRY = {"initial": "20ms", "max": "100ms"}

_processes = pytest.StashKey()


def base_config(mock_url):
    return {
        "listen": {"host": "127.0.0.1", "port": 0},
        "upstreams": [{"name": "mock", "base_url": mock_url + "/v1", "key": UPSTREAM_KEY}],
        "models": [{"name": "*", "upstream": "mock"}],
        "retry": dict(FAST_RETRY),
        # Tests let the one upstream fail far more often than these would bear; tests of them switch them on.
        "retry_budget": "off",
        "breaker": "off",
    }


def merged(config, changes):
    """`config` with the members of `changes`; sections are merged one level deep, everything else is replaced."""
    result = copy.deepcopy(config)
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name].update(value)
        else:
            result[name] = value
    return result


@pytest.fixture(scope="session")
def mock(tmp_path_factory, request):
    process = start_mock(tmp_path_factory.mktemp("mock"))
    process.recorder = Recorder(process.url)
    yield process
    process.stop()


@pytest.fixture(scope="session")
def recorder(mock):
    return mock.recorder


@pytest.fixture(scope="module")
def gateway(mock, tmp_path_factory, request):
    """The gateway of a module."""
    changes = getattr(request.module, "CONFIG", {})
    config = merged(base_config(mock.url), changes(mock.url) if callable(changes) else changes)
    process = start_sluice(tmp_path_factory.mktemp("gateway"), config)
    request.node.stash[_processes] = [process]
    yield process
    process.stop()


@pytest.fixture
def start_gateway(mock, tmp_path, request):
    """Starts further gateways: `start_gateway({changes})`."""
    started = request.node.stash.setdefault(_processes, [])
    numbers = itertools.count()

    def start(changes=None, config=None, **options):
        name = f"sluice{next(numbers)}"
        whole = config if config is not None else merged(base_config(mock.url), changes or {})
        process = start_sluice(tmp_path, whole, name, **options)
        started.append(process)
        return process

    yield start
    for process in started:
        process.stop()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """The paths of an authority, a certificate of its for 127.0.0.1, and the key."""
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl command")
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def descriptors():
    """As many as there may be, for this test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def run():
    """A word of this test's own, for `run=` in model names."""
    return unique()


@pytest.fixture
def client(gateway):
    """The OpenAI SDK, without retries of its own."""
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key="sk-client", max_retries=0, timeout=20) as sdk:
        yield sdk


@pytest.fixture
async def async_client(gateway):
    async with openai.AsyncOpenAI(base_url=gateway.url + "/v1", api_key="sk-client", max_retries=0,
                                  timeout=20) as sdk:
        yield sdk


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Adds the end of the gateways' logs to the report of a test that failed; in CI one that cannot run has."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"not run: {report.longrepr[2]}"
    if report.failed:
        owners = [item] + [node for node in item.listchain() if _processes in node.stash]
        for process in {id(p): p for node in owners for p in node.stash.get(_processes, [])}.values():
            report.sections.append((f"log of {process.log_path.name}", process.log()[-6000:]))
            if not process.is_running():
                report.sections.append(("gateway", f"ended with {process.popen.returncode}"))
    return report
