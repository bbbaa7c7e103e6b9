"""The log of calls and its bounds."""

from threading import Thread

import pytest

from moto_featurestore.controls.calls import CallLog
from moto_featurestore.protocol.http import Request, Response
from moto_featurestore.world import Caller

CALLER = Caller("123456789012", "us-east-1", "aws")


def call(number, size=0, caller=CALLER):
    return number, caller, Request("PUT", "/FeatureGroup/g", "", bytes(size)), Response(200, {}, bytes(size))


def times(log):
    return [found[0] for found in log.of("123456789012", "us-east-1")]


def test_the_oldest_calls_go_where_there_are_too_many():
    log = CallLog(most_calls=10)
    for number in range(11):
        log.add(call(number))
    assert times(log) == list(range(2, 11))  # some more than need be: it is seldom done


def test_the_oldest_calls_go_where_they_are_too_large():
    log = CallLog(most_bytes=1000)
    for number in range(6):
        log.add(call(number, size=100))
    assert times(log) == [2, 3, 4, 5]


def test_a_call_that_is_too_large_alone_is_not_kept():
    log = CallLog(most_bytes=1000)
    log.add(call(1))
    log.add(call(2, size=600))
    assert times(log) == []


def test_a_lost_answer_has_no_size():
    log = CallLog(most_calls=1)
    for number in range(3):
        log.add((number, CALLER, Request("PUT", "/", "", b"x"), None))
    assert len(times(log)) <= 1


def test_calls_of_other_accounts_and_regions_are_others():
    log = CallLog()
    log.add(call(1))
    log.add(call(2, caller=Caller("123456789012", "eu-west-1", "aws")))
    log.add(call(3, caller=Caller("210987654321", "us-east-1", "aws")))
    assert times(log) == [1]


def test_threads_lose_nothing():
    log = CallLog()
    threads = [Thread(target=lambda: [log.add(call(number)) for number in range(500)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(times(log)) == 2000


@pytest.mark.parametrize("again", [False, True])
def test_what_is_forgotten_is_gone(again):
    log = CallLog(most_bytes=1000)
    for _ in range(1 + again):
        log.add(call(1, size=400))
        log.clear()
    log.add(call(2, size=400))
    assert times(log) == [2]
