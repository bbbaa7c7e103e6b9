"""A training set: what was known about a customer when each loan was granted (a point-in-time join), with a plot.

Run it with ``pip install 'moto-featurestore[examples]'`` and ``python training_set.py``.
"""

import random

import matplotlib as mpl
import pandas as pd

from moto_featurestore import featurestore, mock_featurestore

# {loans} stands for the table of the group "loans".
SQL = """
    SELECT loan, customer, granted, score FROM (
        SELECT l.id AS loan, l.customer, l.time AS granted, s.score,
               row_number() OVER (PARTITION BY l.id ORDER BY s.time DESC) AS version
        FROM {loans} l JOIN {scores} s ON s.customer = l.customer AND s.time <= l.time
        WHERE NOT l.is_deleted AND NOT s.is_deleted
    ) WHERE version = 1 ORDER BY granted
"""


def history() -> pd.DataFrame:
    """Return the score of each customer in each month: a random walk."""
    generator = random.Random(7)  # noqa: S311 - no secret
    rows = []
    for customer in ("anna", "ben", "cleo"):
        score = 600.0
        for month in range(1, 13):
            score += generator.gauss(8, 25)
            rows.append({"customer": customer, "time": f"2026-{month:02}-01T00:00:00Z", "score": round(score, 1)})
    return pd.DataFrame(rows)


def loans() -> pd.DataFrame:
    """Return the granted loans."""
    times = [
        ("anna", "03-15"),
        ("anna", "09-20"),
        ("ben", "02-01"),
        ("ben", "07-04"),
        ("cleo", "05-31"),
        ("cleo", "11-11"),
    ]
    rows = [(f"l-{number}", customer, f"2026-{day}T00:00:00Z") for number, (customer, day) in enumerate(times)]
    return pd.DataFrame(rows, columns=["id", "customer", "time"])


def training_set() -> pd.DataFrame:
    """Write both groups, and join them in Athena."""
    for name, frame, identifier in (("scores", history(), "customer"), ("loans", loans(), "id")):
        featurestore.create_group(name, frame, record_identifier=identifier, event_time="time", offline=True)
        featurestore.load(name, frame)
    return featurestore.query(SQL).to_dataframe()


def plot(scores: pd.DataFrame, joined: pd.DataFrame, path: str) -> None:
    """Plot the scores over time, with the score that was known at each loan."""
    mpl.use("Agg")  # works without a screen
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots()
    for customer, rows in scores.groupby("customer"):
        [line] = axes.step(pd.to_datetime(rows["time"]), rows["score"], where="post", label=customer)
        known = joined[joined["customer"] == customer]
        axes.plot(pd.to_datetime(known["granted"]), known["score"], "o", color=line.get_color())
    axes.set(title="Score of each customer, and the score known at each loan (points)", ylabel="score")
    axes.legend()
    figure.autofmt_xdate()
    figure.savefig(path, bbox_inches="tight")


def main() -> None:
    """Print the training set, and save the plot."""
    with mock_featurestore():
        joined = training_set()
    print(joined.to_string(index=False))
    plot(history(), joined, "training_set.png")


if __name__ == "__main__":
    main()
