"""Test data for datasets: the rows of three feature groups, and the expected datasets, computed by pandas without SQL.

The rows are written in two sessions, at different times. The second session corrects rows, deletes records, and puts one record again.
"""

import io
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

START = 1_767_225_600
"""2026-01-01T00:00:00Z. Event times are in seconds after it."""

FIRST, BETWEEN, SECOND, AFTER = (datetime(2026, 2, day, 12, tzinfo=UTC) for day in (1, 2, 3, 4))
"""The times of the two sessions, a time between them, and a time after them."""

BUCKET, STORE, OUTPUT = "datasets", "s3://datasets/store", "s3://datasets/answers"
ROLE = "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole"

FRACTIONAL, STRING = "Fractional", "String"


def times(seconds, kind):
    """Return event times as values of a feature type.

    :param seconds: seconds after ``START``
    :param kind: the feature type of the event times
    """
    if kind == FRACTIONAL:
        return seconds.astype(float) + START
    return seconds.map(lambda second: f"{datetime.fromtimestamp(START + second, UTC):%Y-%m-%dT%H:%M:%SZ}")


@dataclass(frozen=True)
class Table:
    """A feature group: the rows and deletions of its sessions, with event times in seconds after ``START``."""

    name: str
    key: str
    time: str
    sessions: tuple[pd.DataFrame, pd.DataFrame]
    deletions: tuple[tuple[str, int], ...] = ()

    def written(self, session_number, kind):
        """Return the rows of a session, as they are put."""
        frame = self.sessions[session_number]
        return frame.assign(**{self.time: times(frame[self.time], kind)})

    def deleted(self, kind):
        """Return the identifiers and event times of the deletions in the second session."""
        frame = pd.DataFrame(self.deletions, columns=[self.key, self.time])
        return frame.assign(**{self.time: times(frame[self.time], kind)})

    def history(self, kind):
        """Return all rows of the offline store, with the number of their session and their ``is_deleted``."""
        rows = [
            self.written(session_number, kind).assign(session_number=session_number, is_deleted=False)
            for session_number in (0, 1)
        ]
        if self.deletions:
            rows.append(self.deleted(kind).assign(session_number=1, is_deleted=True))
        whole = self.sessions[0].select_dtypes("integer").columns.drop(self.time)
        return pd.concat(rows, ignore_index=True).astype(dict.fromkeys(whole, "Int64"))  # deletions contain NULL

    def deduplicated(self, rows):
        """Return the last written row for each identifier and event time."""
        return rows.sort_values("session_number", kind="stable").drop_duplicates([self.key, self.time], keep="last")

    def alive(self, rows, deletions=None):
        """Return the rows after the last deletion of their identifier, by event time and then by the time of writing."""
        deletions = (rows if deletions is None else deletions).query("is_deleted")
        last = self.deduplicated(deletions).sort_values(self.time).drop_duplicates(self.key, keep="last")
        both = rows.merge(
            last[[self.key, self.time, "session_number"]], on=self.key, how="left", suffixes=("", "_of_deletion")
        )
        at, deleted_at = both[self.time], both[f"{self.time}_of_deletion"]
        later = (at > deleted_at) | ((at == deleted_at) & (both["session_number"] > both["session_number_of_deletion"]))
        return both[deleted_at.isna() | later][list(rows.columns)]

    def features(self, rows):
        """Return rows with the columns of a dataset."""
        return rows[list(self.sessions[0].columns)]

    def dataset(self, kind):
        """Return the default dataset: deduplicated, and without deleted records."""
        rows = self.history(kind)
        return self.features(self.alive(self.deduplicated(rows), rows))


ORDERS = Table(
    "orders",
    "order_id",
    "et",
    (
        pd.DataFrame(
            {
                "order_id": [f"o{number}" for number in range(8)],
                "customer": ["c0", "c1", "c2", "c0", "c1", "c9", "c0", "c1"],
                "et": [100 * number for number in range(8)],
                "amount": [1.5, None, 3.25, 4.0, 5.5, 6.0, None, 8.125],
                "count": [3, 1, 4, 1, 5, 9, 2, 6],
            }
        ),
        pd.DataFrame(
            {
                "order_id": ["o1", "o3", "o0", "o8"],
                "customer": ["c1", "c0", "c0", "c2"],
                "et": [100, 300, 900, 800],
                "amount": [2.25, None, 7.75, -0.5],
                "count": [1, 8, 3, 2],
            }
        ),
    ),
    (("o0", 850), ("o2", 1000), ("o4", 400)),
)
"""o1 and o3 are corrected. o0 is deleted and put again. o2 is deleted later, and o4 at its own event time."""

SCORES = Table(
    "scores",
    "customer",
    "score_time",
    (
        pd.DataFrame(
            {
                "customer": ["c0", "c0", "c1", "c1", "c2", "c3"],
                "score_time": [-50, 250, 50, 650, 750, 10],
                "score": [0.25, 0.5, 0.75, 1.0, None, 1.5],
            }
        ),
        pd.DataFrame({"customer": ["c1", "c0"], "score_time": [50, 1000], "score": [0.875, 2.0]}),
    ),
    (("c3", 20),),
)

SHOPS = Table(
    "shops",
    "shop",
    "opened",
    (
        pd.DataFrame(
            {
                "shop": ["s0", "s1", "s2"],
                "opened": [-1000, 150, 2000],
                "limit": [1.0, 5.5, 2.0],
                "owner": ["c0", "c1", None],
            }
        ),
        pd.DataFrame({"shop": ["s3"], "opened": [350], "limit": [6.0], "owner": ["c0"]}),
    ),
)

TABLES = (ORDERS, SCORES, SHOPS)


def pairs(base, *others):
    """Return the cross join of a base and other frames. The columns of frame n get the suffix ``.n``."""
    for number, other in enumerate(others, 1):
        base = base.merge(other.add_suffix(f".{number}"), how="cross")
    return base


def known(base, key, time, scores):
    """Join each row of a base with the scores of its customer that were known at its time.

    :param key: the column of the customer
    :param time: the column of the time
    """
    joined = pairs(base, scores)
    return joined[(joined[key] == joined["customer.1"]) & (joined[time] >= joined["score_time.1"])]


def most_recent(rows, key, by, number):
    """Return the most recent rows of each key."""
    return rows.sort_values(by).groupby(key).tail(number)


def same(read, expected):
    """Check that rows are the same, in any order. They are compared as CSV, which is the format of Athena's results."""
    expected = pd.read_csv(io.StringIO(expected.to_csv(index=False)))
    columns = list(expected.columns)
    assert list(read.columns) == columns
    read, expected = (frame.sort_values(columns).reset_index(drop=True) for frame in (read, expected))
    pd.testing.assert_frame_equal(read, expected, rtol=1e-12, atol=0)
