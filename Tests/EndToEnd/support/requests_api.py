"""The gateway's own routes about running requests."""

from .polling import wait_until
from .raw_http import RawClient, exchange, get


def stop(gateway, request_id, method="POST", headers=None):
    target = f"/v1/requests/{request_id}" + ("/stop" if method == "POST" else "")
    return exchange(gateway.port, method, target, headers, b"" if method == "POST" else None)


def listed(gateway, headers=None):
    """The running requests by id."""
    answer = get(gateway.port, "/v1/requests", headers)
    assert answer.status == 200, answer
    assert answer.json()["object"] == "list"
    return {item["id"]: item for item in answer.json()["data"]}


def wait_until_listed(gateway, request_id, headers=None):
    return wait_until(lambda: listed(gateway, headers).get(request_id), what=f"{request_id} is listed")


def wait_until_not_listed(gateway, request_id, headers=None):
    return wait_until(lambda: request_id not in listed(gateway, headers), what=f"{request_id} is no longer listed")


def begin(gateway, target, body, request_id=None, headers=None):
    """Sends a request on a connection of its own and leaves the answer to the caller."""
    client = RawClient(gateway.port)
    client.post_json(target, body, {**({"X-Request-Id": request_id} if request_id else {}), **(headers or {})})
    return client
