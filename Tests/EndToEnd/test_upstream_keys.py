"""Several keys of one upstream: one that is used up or refused makes way for the next."""

import pytest

from support.keyed_upstream import KeyedUpstream
from support.metrics import metrics
from support.raw_http import chat_body, post

CHAT = "/v1/chat/completions"
LIMITED = (429, {}, "rate_limit_exceeded")
EXHAUSTED = (429, {}, "insufficient_quota")
REFUSED = (401, {}, "invalid_api_key")


@pytest.fixture
def keyed():
    upstream = KeyedUpstream()
    yield upstream
    upstream.stop()


@pytest.fixture
def gateway(start_gateway, keyed):
    return start_gateway({
        "upstreams": [{"name": "keyed", "base_url": keyed.url + "/v1", "keys": ["key-1", "key-2", "key-3"]}],
        "models": [{"name": "*", "upstream": "keyed"}]})


def ask(gateway, **options):
    return post(gateway.port, CHAT, chat_body("m"), **options)


def test_one_key_is_used_as_long_as_it_works(gateway, keyed):
    for _ in range(5):
        assert ask(gateway).status == 200
    assert keyed.asked == ["key-1"] * 5


@pytest.mark.parametrize("failure", [LIMITED, EXHAUSTED, REFUSED], ids=["limited", "exhausted", "refused"])
def test_a_key_that_fails_makes_way_in_the_same_request(gateway, keyed, failure):
    keyed.answers["key-1"] = failure
    answer = ask(gateway)
    assert answer.status == 200
    assert answer.headers["x-sluice-attempts"] == "2"
    assert keyed.asked == ["key-1", "key-2"]


@pytest.mark.parametrize("failure", [LIMITED, EXHAUSTED, REFUSED], ids=["limited", "exhausted", "refused"])
def test_it_is_put_aside_for_those_that_follow(gateway, keyed, failure):
    keyed.answers["key-1"] = failure
    for _ in range(6):
        assert ask(gateway).status == 200
    assert keyed.counts() == {"key-1": 1, "key-2": 6}


def test_a_key_comes_back_when_its_limit_is_over(gateway, keyed):
    keyed.answers["key-1"] = (429, {"retry-after-ms": "300"}, "rate_limit_exceeded")
    keyed.answers["key-2"] = keyed.answers["key-3"] = REFUSED
    assert ask(gateway).status != 200
    assert keyed.asked[:3] == ["key-1", "key-2", "key-3"]
    del keyed.answers["key-1"]
    # When all are put aside, the one that comes back first is used.
    assert ask(gateway).status == 200
    assert keyed.asked[-1] == "key-1"
    assert keyed.counts()["key-2"] == 1 and keyed.counts()["key-3"] == 1


def test_when_all_are_exhausted_that_is_the_answer(gateway, keyed):
    keyed.answers.update({key: EXHAUSTED for key in ("key-1", "key-2", "key-3")})
    answer = ask(gateway)
    assert answer.status == 429
    assert answer.error()["code"] == "insufficient_quota"
    assert keyed.asked == ["key-1", "key-2", "key-3"]


def test_when_all_are_refused_it_is_the_gateways_fault(gateway, keyed):
    keyed.answers.update({key: REFUSED for key in ("key-1", "key-2", "key-3")})
    answer = ask(gateway)
    assert answer.status == 502
    assert answer.error()["code"] == "upstream_auth_failed"
    assert keyed.asked == ["key-1", "key-2", "key-3"]


def test_keys_of_their_own_come_before_another_upstream(start_gateway, keyed):
    other = KeyedUpstream()
    gateway = start_gateway({
        "upstreams": [{"name": "keyed", "base_url": keyed.url + "/v1", "keys": ["key-1", "key-2"]},
                      {"name": "other", "base_url": other.url + "/v1", "key": "key-9"}],
        "models": [{"name": "*", "targets": [{"upstream": "keyed"}, {"upstream": "other"}]}]})
    keyed.answers["key-1"] = LIMITED
    assert ask(gateway).headers["x-sluice-upstream"] == "keyed"
    keyed.answers["key-2"] = LIMITED
    answer = ask(gateway)
    assert answer.status == 200 and answer.headers["x-sluice-upstream"] == "other"
    assert (keyed.asked, other.asked) == (["key-1", "key-2", "key-2"], ["key-9"])
    other.stop()


def test_metrics_count_the_keys_that_are_put_aside(gateway, keyed):
    assert metrics(gateway)['sluice_upstream_keys_benched{upstream="keyed"}'] == 0
    keyed.answers.update({"key-1": EXHAUSTED, "key-2": REFUSED})
    assert ask(gateway).status == 200
    assert metrics(gateway)['sluice_upstream_keys_benched{upstream="keyed"}'] == 2


def test_no_key_is_told_to_anybody(gateway, keyed):
    keyed.answers.update({key: REFUSED for key in ("key-1", "key-2", "key-3")})
    answer = ask(gateway)
    told = answer.body.decode() + str(answer.headers) + gateway.log()
    assert not any(key in told for key in ("key-1", "key-2", "key-3"))


def test_keys_from_files(start_gateway, keyed, tmp_path):
    for number in (1, 2):
        (tmp_path / f"key{number}").write_text(f"from-file-{number}\n")
    gateway = start_gateway({
        "upstreams": [{"name": "keyed", "base_url": keyed.url + "/v1",
                       "key_files": [str(tmp_path / "key1"), str(tmp_path / "key2")]}],
        "models": [{"name": "*", "upstream": "keyed"}]})
    keyed.answers["from-file-1"] = EXHAUSTED
    assert ask(gateway).status == 200
    assert keyed.asked == ["from-file-1", "from-file-2"]
