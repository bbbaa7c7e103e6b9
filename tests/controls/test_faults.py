"""Latencies, and the calls that a fault matches."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moto_featurestore.controls.faults import Fault, Target, as_latency

SECONDS = st.floats(0, 100)


@given(SECONDS, st.integers())
def test_latency_from_a_number_always_returns_that_delay(seconds, seed):
    assert as_latency(seconds).draw(Random(seed)) == seconds


@given(st.dictionaries(st.floats(0, 100), SECONDS, min_size=1, max_size=5), st.integers())
def test_latency_from_percentiles_is_between_the_smallest_and_largest_value(percentiles, seed):
    seconds = as_latency(percentiles).draw(Random(seed))
    assert min(percentiles.values()) - 1e-9 <= seconds <= max(percentiles.values()) + 1e-9


def test_latency_from_percentiles_is_below_the_50th_percentile_in_half_of_the_draws():
    latency, random = as_latency({0: 0, 50: 0.1, 100: 1}), Random(1)
    delays = [latency.draw(random) for _ in range(1000)]
    assert 450 < sum(seconds < 0.1 for seconds in delays) < 550


def test_as_latency_accepts_percentiles_as_strings():
    assert as_latency({"50": 0.5}).draw(Random(1)) == 0.5


@pytest.mark.parametrize(
    ("target", "is_match"),
    [
        (Target("1", "r", "g", "i"), True),
        (Target("2", "r", "g", "i"), False),
        (Target("1", "s", "g", "i"), False),
        (Target("1", "r", "h", "i"), False),
        (Target("1", "r", "g", "j"), False),
        (Target("1", "r", None), False),
    ],
)
def test_fault_matches_only_calls_of_its_account_region_group_and_record(target, is_match):
    fault = Fault("PutRecord", "1", "r", group="g", record_identifier="i")
    assert fault.applies_to("PutRecord", [target]) is is_match
    assert not fault.applies_to("GetRecord", [target])
    assert fault.hits == is_match
