"""The call log and its limits."""

from threading import Thread

import pytest

from moto_featurestore.controls.calls import CallLog
from moto_featurestore.protocol.http import Request, Response
from moto_featurestore.world import Caller

CALLER = Caller("123456789012", "us-east-1", "aws")


def call(number, size=0, caller=CALLER):
    return number, caller, Request("PUT", "/FeatureGroup/g", "", bytes(size)), Response(200, {}, bytes(size))


def times(log):
    return [entry[0] for entry in log.of("123456789012", "us-east-1")]


def test_call_log_with_too_many_calls_removes_the_oldest_call():
    log = CallLog(most_calls=10)
    for number in range(11):
        log.add(*call(number))
    assert times(log) == list(range(2, 11))  # it removes more than necessary, so that it rarely has to


def test_call_log_with_too_many_bytes_removes_the_oldest_call():
    log = CallLog(most_bytes=5000)
    for number in range(6):
        log.add(*call(number, size=250))  # each needs about 1,000 bytes
    assert times(log) == [2, 3, 4, 5]


def test_call_larger_than_the_call_log_replaces_all_earlier_calls():
    log = CallLog(most_bytes=1000)
    log.add(*call(1))
    log.add(*call(2, size=600))
    assert times(log) == [2]


def test_call_log_counts_calls_without_response_towards_its_limit():
    log = CallLog(most_calls=1)
    for number in range(3):
        log.add(number, CALLER, Request("PUT", "/", "", b"x"), None)
    assert len(times(log)) <= 1


def test_call_log_of_account_and_region_returns_only_their_calls():
    log = CallLog()
    log.add(*call(1))
    log.add(*call(2, caller=Caller("123456789012", "eu-west-1", "aws")))
    log.add(*call(3, caller=Caller("210987654321", "us-east-1", "aws")))
    assert times(log) == [1]


def test_call_log_in_concurrent_threads_loses_no_calls():
    log = CallLog()
    threads = [Thread(target=lambda: [log.add(*call(number)) for number in range(500)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(times(log)) == 2000


@pytest.mark.parametrize("is_repeated", [False, True])
def test_clear_of_call_log_removes_all_calls(is_repeated):
    log = CallLog(most_bytes=2000)
    for _ in range(1 + is_repeated):
        log.add(*call(1, size=400))
        log.clear()
    log.add(*call(2, size=400))
    assert times(log) == [2]
