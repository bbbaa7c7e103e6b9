"""The distribution of a feature's values: a histogram of numbers, or the most frequent strings."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from moto_featurestore.offline.parquet import PARSE
from moto_featurestore.values import Value, parse_event_time

SAMPLE = 10_000
"""The maximum number of records whose values are counted."""
_BINS = 20
_MOST_COMMON = 8
_TEXT = 60
"""The maximum number of characters of a frequent string in the result. Longer strings are cut."""


def describe(feature_type: str, values: list[Value | None], *, is_time: bool = False) -> dict[str, Any]:
    """Return the distribution of values as JSON.

    For collections, the distribution counts the items, not the collections.

    :param feature_type: the FeatureType of the API
    :param values: the values of a sample; None for a record without a value
    :param is_time: True if the values are event times; the result then contains milliseconds since 1970
    """
    texts = list(_texts(values))
    counts = Counter(texts)
    numbers: list[float] = []
    if is_time:
        times = (parse_event_time(text, feature_type) for text in texts)
        numbers = [time / 1e6 for time in times if time is not None]
    elif feature_type != "String":
        numbers = [float(PARSE[feature_type](text)) for text in texts]
    return {
        "is_time": is_time,
        "missing": sum(value is None for value in values),
        "distinct": len(counts),
        "common": [[text[:_TEXT], count] for text, count in counts.most_common(_MOST_COMMON)],
        **(_of_numbers(numbers) if numbers else {}),
    }


def _texts(values: Iterable[Value | None]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif value is not None:
            yield from value


def _of_numbers(numbers: list[float]) -> dict[str, Any]:
    """Return the range, the mean, and a histogram: the number of values in each of ``_BINS`` equally wide intervals."""
    low, high = min(numbers), max(numbers)
    bins = [0] * (_BINS if high > low else 1)
    # Divide first: the difference of two finite numbers can be infinite.
    width = high / len(bins) - low / len(bins)
    for number in numbers:
        position = int(number / width - low / width) if width else 0
        bins[min(max(position, 0), len(bins) - 1)] += 1
    mean = sum(number / len(numbers) for number in numbers)
    return {"low": low, "high": high, "mean": mean, "bins": bins}
