"""The syntax of feature values. Sources: the quotas page of the developer guide, and the model. The rest is assumed."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moto_featurestore.values import (
    EARLIEST,
    LATEST,
    byte_size,
    format_iso,
    is_fractional,
    is_integral,
    is_string,
    parse_event_time,
)

NS = 10**9


@pytest.mark.parametrize("text", ["0", "-0", "+7", "007", "9223372036854775807", "-9223372036854775808", "0" * 400_000])
def test_is_integral_accepts_decimal_64_bit_integers(text):
    assert is_integral(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.0",
        "NA",
        "nan",
        "True",
        "1_000",
        " 5",
        "5 ",
        "5\n",
        "٣",
        "1e3",
        "0x1",
        "+",
        "9223372036854775808",
        "-9223372036854775809",
        "9" * 400_000,
    ],
)
def test_is_integral_rejects_other_strings(text):
    assert not is_integral(text)


@pytest.mark.parametrize("text", ["0", "-1.5", "+.5", "5.", "1e308", "1E-400", "187512346.0", "0." + "0" * 100_000])
def test_is_fractional_accepts_decimal_and_scientific_numbers(text):
    assert is_fractional(text)


@pytest.mark.parametrize(
    "text",
    ["", ".", "inf", "-Infinity", "nan", "NA", "1_0.0", " 1.0", "1.0\n", "١.٥", "1e309", "1e2000000", "0x1p3", "e5"],
)
def test_is_fractional_rejects_other_strings(text):
    assert not is_fractional(text)


def test_is_integral_and_is_fractional_take_linear_time_for_long_strings():
    # Regular expressions with backtracking need seconds, or hours, for each of these texts.
    for text in ("0" * 358_399 + "x", "1" * 358_399 + "x", "-" + "0" * 358_398 + "x", "1." + "1" * 358_397 + "x"):
        assert not is_integral(text)
        assert not is_fractional(text)


@given(st.text())
def test_is_string_accepts_every_string(text):
    assert is_string(text)


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.5Z", NS // 2),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("2000-02-29T12:00:00.036Z", 951_825_600 * NS + 36_000_000),
        ("0000-01-01T00:00:00Z", EARLIEST),
        ("0000-02-29T00:00:00Z", EARLIEST + 59 * 86_400 * NS),
        ("0001-01-01T00:00:00Z", EARLIEST + 366 * 86_400 * NS),
        ("9999-12-31T23:59:59.999999999Z", LATEST),
    ],
)
def test_parse_event_time_of_iso_8601_string_returns_nanoseconds(text, nanoseconds):
    assert parse_event_time(text, "String") == nanoseconds


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00z",
        "2026-01-01T00:00:00+00:00",
        "2026-01-01T00:00Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.0000000001Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z",
        "２０２６-01-01T00:00:00Z",
        "20260101T000000Z",
        "10000-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z\n",
        "1767225600.0",
    ],
)
def test_parse_event_time_of_invalid_iso_8601_string_returns_none(text):
    assert parse_event_time(text, "String") is None


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0", 0),
        ("-0.000000001", -1),
        ("1673596800", 1_673_596_800 * NS),
        ("3141592.6535897", 3_141_592_653_589_700),
        ("1.6735968e9", 1_673_596_800 * NS),
        ("1767225600.1234567899", 1_767_225_600_123_456_789),
        ("253402300799.999999999", LATEST),
        ("-62167219200", EARLIEST),
        ("1e-400", 0),
        ("-1e-99999999999999999999999", 0),
        ("0." + "3" * 100_000, 333_333_333),
    ],
)
def test_parse_event_time_of_epoch_seconds_returns_nanoseconds(text, nanoseconds):
    assert parse_event_time(text, "Fractional") == nanoseconds


@pytest.mark.parametrize(
    "text", ["", "now", "253402300800", "-62167219201", "1e300", "1e2000000", "2026-01-01T00:00:00Z"]
)
def test_parse_event_time_of_invalid_epoch_seconds_returns_none(text):
    assert parse_event_time(text, "Fractional") is None


@given(st.integers(EARLIEST + 366 * 86_400 * NS, LATEST))
def test_parse_event_time_of_iso_8601_string_equals_the_result_of_datetime(nanoseconds):
    seconds, rest = divmod(nanoseconds, NS)
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    text = f"{time.year:04}-{time:%m-%dT%H:%M:%S}.{rest:09}Z"
    assert parse_event_time(text, "String") == nanoseconds


@given(st.decimals(-62_167_219_200, 253_402_300_799, places=9))
def test_parse_event_time_of_epoch_seconds_is_exact(seconds):
    assert parse_event_time(str(seconds), "Fractional") == Fraction(seconds) * NS


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(0, "1970-01-01T00:00:00Z"), (NS + 36_999_999, "1970-01-01T00:00:01.036Z"), (LATEST, "9999-12-31T23:59:59.999Z")],
)
def test_format_iso_writes_milliseconds_only_if_they_are_not_zero(nanoseconds, text):
    assert format_iso(nanoseconds) == text


@pytest.mark.parametrize(("value", "size"), [("abc", 3), ("ä", 2), (("a", "ä"), 3), ((), 0)])
def test_byte_size_returns_number_of_utf_8_bytes(value, size):
    assert byte_size(value) == size
