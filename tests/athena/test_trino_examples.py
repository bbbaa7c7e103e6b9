"""The examples of Trino's function pages, in trino/*.toml. support/trino.py describes the files."""

import pytest
from support.trino import EXAMPLES, counts


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.page}: {example.sql[:60]}")
def test_trino_example_returns_documented_result_or_failure_reason(engine, example):
    if example.status == "exact" and example.rows is not None:
        rows = [["null" if value is None else value for value in row] for row in engine.rows(example.sql)]
        expected = example.rows
        if "ORDER BY" not in example.sql:
            rows, expected = sorted(rows), sorted(expected)
        assert rows == expected
        return
    reason = engine.reason(example.sql)
    assert example.reason in reason
    assert ("NOT_SUPPORTED: " in reason and "moto_featurestore" in reason) == (example.status == "refused")


def test_at_least_95_percent_of_trino_examples_return_the_exact_result():
    examples = counts("example")
    assert examples["exact"] / (examples["exact"] + examples["refused"]) >= 0.95
