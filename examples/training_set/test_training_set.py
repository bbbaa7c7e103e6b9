import pandas as pd
import pytest
from training_set import SQL, history, loans, main, training_set


@pytest.fixture
def joined(featurestore):
    return training_set()


def test_every_loan_is_in_the_training_set_once(joined):
    assert sorted(joined["loan"]) == sorted(loans()["id"])


def test_each_score_was_known_when_the_loan_was_granted(joined):
    """The same join in pandas gives the same scores."""
    scores, granted = (frame.assign(time=pd.to_datetime(frame["time"])) for frame in (history(), loans()))
    expected = pd.merge_asof(granted.sort_values("time"), scores.sort_values("time"), on="time", by="customer")
    assert list(joined["score"]) == list(expected["score"])


def test_a_later_score_does_not_change_the_training_set(featurestore, joined):
    featurestore.load("scores", [{"customer": "anna", "time": "2026-12-24T00:00:00Z", "score": 0}])
    assert featurestore.records("scores").online["anna"]["score"] == "0"
    assert featurestore.query(SQL).to_dataframe().equals(joined)


def test_main_saves_the_plot(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main()
    assert (tmp_path / "training_set.png").read_bytes().startswith(b"\x89PNG")
