"""The commands that show the call log and the controls to the console."""

import pytest
from support.memory import START, Service
from support.views import create, put

from moto_featurestore.testing import control_views
from moto_featurestore.testing.endpoint import call

# Calls.


def test_show_calls_returns_pages_that_start_with_the_newest_call(service, view):
    create(service)
    for number in range(5):
        put(service, str(number))
    first = view("show_calls", size=4)
    second = view("show_calls", size=4, before=first["next"])
    assert [entry["number"] for entry in first["calls"]] == [6, 5, 4, 3]
    assert [entry["operation"] for entry in second["calls"]] == ["PutRecord", "CreateFeatureGroup"]
    assert second["next"] is None
    assert set(first["calls"][0]) == {
        "error_code",
        "group",
        "identity",
        "milliseconds",
        "number",
        "operation",
        "status",
        "time",
    }


@pytest.mark.parametrize(
    ("filters", "operations"),
    [
        ({"operation": "put"}, ["PutRecord", "PutRecord"]),
        ({"group": "GROUP"}, ["PutRecord", "CreateFeatureGroup"]),
        ({"errors": True}, ["PutRecord"]),
        ({"operation": "delete"}, []),
    ],
)
def test_show_calls_with_filter_returns_matching_calls(service, view, filters, operations):
    create(service)
    put(service, "1")
    service.put("other", {"id": "1"})
    service.control("ListFeatureGroups")
    assert [entry["operation"] for entry in view("show_calls", **filters)["calls"]] == operations


def test_show_calls_with_rarely_matching_filter_continues_in_the_next_page(service, view, monkeypatch):
    monkeypatch.setattr(control_views, "_SCANNED", 3)
    create(service)
    for number in range(5):
        put(service, str(number))
    first = view("show_calls", operation="Create")
    assert (first["calls"], first["next"]) == ([], 4)
    assert [entry["number"] for entry in view("show_calls", operation="Create", before=4)["calls"]] == [1]


def test_show_call_returns_parameters_and_response(service, view):
    create(service)
    service.get("group", "1")
    shown = view("show_call", number=2)
    assert shown["params"] == {"FeatureGroupName": "group", "RecordIdentifierValueAsString": "1"}
    assert (shown["response"], shown["status"], shown["time"]) == (
        {"Record": None, "ExpiresAt": None},
        200,
        START // 1_000_000,
    )
    assert shown["milliseconds"] > 0


@pytest.mark.parametrize("number", [0, 2, 3])
def test_show_call_for_call_that_is_not_in_the_call_log_raises_lookup_error(service, view, number):
    service.control("ListFeatureGroups")
    create(service)
    service.control("ListFeatureGroups")
    service.world.controls.calls.forget("123456789012", "us-east-1")
    with pytest.raises(LookupError, match=f"no longer contains the call {number}"):
        view("show_call", number=number)


def test_show_call_for_call_of_another_account_or_region_raises_lookup_error(service, view):
    other = Service(service.world)
    other.caller = type(service.caller)("210987654321", "us-east-1", "aws")
    service.control("ListFeatureGroups")
    other.control("ListFeatureGroups")
    with pytest.raises(LookupError, match="no longer contains the call 2"):
        view("show_call", number=2)


# Controls.


def test_show_controls_lists_faults_and_throughput_limits_and_snapshots(stage):
    handle = stage.featurestore
    handle.fail("PutRecord", "InternalFailure", times=3, group="customers", record_identifier="1")
    handle.delay("GetRecord", 0.5)
    handle.drop("*", when_done=False)
    handle.leave_unprocessed("BatchGetRecord")
    handle.deny("PutRecord", group="customers")
    handle.enforce_throughput("customers")
    handle(region_name="eu-west-1").fail("PutRecord", "InternalFailure")
    snapshot = handle.snapshot()
    controls = show_controls(stage)
    assert [(fault["kind"], fault["operation"], fault["error"]) for fault in controls["faults"]] == [
        ("fail", "PutRecord", "InternalFailure"),
        ("delay", "GetRecord", None),
        ("drop", "*", "ConnectionClosed"),
        ("leave_unprocessed", "BatchGetRecord", None),
        ("deny", "PutRecord", None),
    ]
    fault = controls["faults"][0]
    assert (fault["times"], fault["hits"], fault["group"], fault["record_identifier"]) == (3, 0, "customers", "1")
    assert [limit["group"] for limit in controls["throughput"]] == ["customers"]
    assert snapshot.id in [shown["id"] for shown in controls["snapshots"]]
    assert controls["is_persistent"] is False
    handle.lift(everywhere=True)
    snapshot.forget()
    assert show_controls(stage)["faults"] == []


def show_controls(stage):
    if stage.url:
        return call(stage.url, "show_controls", {})
    from moto_featurestore._moto.admin_api import open_store

    return control_views.show_controls(*open_store(None, None))


def test_show_operations_lists_the_errors_that_a_fault_can_return(view):
    operations = view("show_operations")
    assert "ResourceNotFound" in operations["GetRecord"]
    assert all("InternalFailure" in errors and len(errors) == len(set(errors)) for errors in operations.values())


def test_show_calls_with_non_string_argument_raises_type_error(view):
    with pytest.raises(TypeError, match="operation must be a string, not 7"):
        view("show_calls", operation=7)
