from segments import segments


def test_each_customer_has_a_segment(customers):
    assert segments(["c-1", "c-2", "c-3"]) == {"c-1": "loyal", "c-2": "regular", "c-3": "new"}


def test_unknown_customer_has_no_segment(customers):
    assert segments(["c-9"]) == {}


def test_segment_follows_the_features(customers):
    customers.load("customers", [{"id": "c-2", "time": "2026-02-01T00:00:00Z", "orders": 2, "spent": 600}])
    assert segments(["c-2"]) == {"c-2": "loyal"}


def test_segments_of_all_customers_are_read_with_one_request(customers):
    segments(["c-1", "c-2", "c-3"])
    customers.calls.assert_called("BatchGetRecord", times=1)
