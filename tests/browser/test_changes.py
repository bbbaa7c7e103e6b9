"""Writes and controls of the console, in a real browser."""

import json

import boto3
import pytest
from moto import settings
from moto.core.responses import ActionAuthenticatorMixin

from moto_featurestore import featurestore
from moto_featurestore.testing.endpoint import call

TIME = "2026-01-01T00:00:00Z"
RUNTIME = "sagemaker-featurestore-runtime"
ACCOUNT = "123456789012"


# Records.


def test_put_record_form_writes_a_record(console, customers):
    console.open("groups/customers/put")
    console.fill("id", "c-1")
    console.fill("age", "41")
    console.click("Put the record")
    console.sees("c-1 was written.")
    console.sees("version 1")
    record = featurestore.records("customers").online["c-1"]
    assert (record["age"], "city" in record) == ("41", False)
    assert [logged.operation for logged in featurestore.calls][-1] == "PutRecord"


def test_put_record_form_shows_validation_errors_at_the_invalid_fields(console, customers):
    console.open("groups/customers/put")
    console.click("Put the record")
    identifier = console.control("id")
    console.wait(lambda: identifier.get_attribute("aria-invalid") == "true")
    assert (
        "no value for its record identifier" in console.find(f"//p[@id='{identifier.get_attribute('id')}-error']").text
    )
    console.fill("id", "c-1")
    console.fill("age", "old")
    console.click("Put the record")
    age = console.control("age")
    console.wait(lambda: age.get_attribute("aria-invalid") == "true")
    assert identifier.get_attribute("aria-invalid") is None
    assert console.driver.switch_to.active_element == age
    assert featurestore.records("customers").online == {}


def test_edit_of_one_feature_preserves_the_other_values_of_the_record(console, customers):
    customers("c-1", age=41, city="Bern")
    console.open("groups/customers")
    console.click("Edit c-1")
    console.wait(lambda: console.control("city").get_attribute("value") == "Bern")
    console.fill("age", "42")
    console.click("Put the record")
    console.sees("age 41 → 42")
    record = featurestore.records("customers").online["c-1"]
    assert (record["age"], record["city"]) == ("42", "Bern")


def test_delete_button_removes_a_record(console, customers):
    customers("c-1")
    console.open("groups/customers")
    console.click("Delete c-1")
    console.fill("Event time of the deletion", "yesterday")
    console.click("Delete the record")
    console.sees("must be an ISO-8601 time")
    console.fill("Event time of the deletion", "2026-01-02T00:00:00Z")
    console.fill("Mode", "HardDelete")
    console.click("Delete the record")
    console.sees("c-1 was deleted.")
    console.rows_when("Records of the online store", lambda rows: rows == [])
    assert featurestore.records("customers").online == {}


# Groups.


def test_csv_file_import_creates_a_group(console, tmp_path):
    file = tmp_path / "my customers.csv"
    file.write_text(f"customer_id,seen,age,zip\nc-1,{TIME},30,08001\nc-2,{TIME},,4001\n")
    console.click("Create from a CSV file")
    console.control("CSV file").send_keys(str(file))
    console.sees("4 columns and 2 rows")
    assert console.control("Group name").get_attribute("value") == "my-customers"
    assert console.control("Event time").get_attribute("value") == "seen"
    console.fill("zip", "String")  # the server proposes Integral
    console.click("Create the group and put 2 records")
    console.sees("my-customers was created with 2 records.")
    console.rows_when("Records of the online store", lambda rows: len(rows) == 2)
    assert featurestore.records("my-customers").online["c-1"]["zip"] == "08001"
    operations = [logged.operation for logged in featurestore.calls]
    assert operations == ["CreateFeatureGroup", "BatchWriteRecord"]


def test_csv_file_import_without_event_time_column_adds_an_event_time_feature(console, tmp_path):
    file = tmp_path / "items.csv"
    file.write_text("id,name\n1,a\n")
    console.open("create")
    console.control("CSV file").send_keys(str(file))
    console.control("Offline store").click()
    console.click("Create the group and put 1 record")
    console.sees("items was created with 1 record.")
    assert set(featurestore.records("items").online["1"]) == {"id", "name", "event_time"}


def test_csv_file_import_whose_group_is_rejected_shows_the_error_at_its_field(console, tmp_path, customers):
    file = tmp_path / "customers.csv"
    file.write_text("id,write_time\n1,a\n")
    console.open("create")
    console.control("CSV file").send_keys(str(file))
    console.sees("2 columns")
    console.fill("Group name", "not valid!")
    console.click("Create the group and put 1 record")
    name = console.control("Group name")
    console.wait(lambda: name.get_attribute("aria-invalid") == "true")
    console.fill("Group name", "valid")
    console.click("Create the group and put 1 record")
    feature = console.control("write_time")
    console.wait(lambda: feature.get_attribute("aria-invalid") == "true")
    console.sees("The feature name [write_time] is reserved.")


def test_csv_file_import_of_file_that_is_not_csv_shows_an_error(console, tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("id,name\n1\n")
    console.open("create")
    console.control("CSV file").send_keys(str(file))
    console.sees("line 2 must have 2 values, as many as the header")


def test_group_is_deleted_after_a_confirmation(console, customers):
    console.open("groups/customers")
    console.click("Delete group")
    console.click("Cancel")
    console.click("Delete group")
    console.click("Delete the group")
    console.sees("There is no feature group yet")


# Controls.


def test_fault_can_be_armed_and_lifted_and_its_hits_are_shown(console, client, customers):
    console.open("controls")
    console.wait(lambda: "GetRecord" in console.control("Operation").text)
    console.fill("Operation", "GetRecord")
    console.fill("Error", "InternalFailure")
    console.fill("Times", "2")
    console.click("Arm the fault")
    rows = console.rows_when("Armed faults", len)
    assert rows[0][:6] == ["fail", "GetRecord", "InternalFailure", "all", "all", "0 of 2"]
    runtime = client(RUNTIME)
    runtime.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1")  # botocore retries
    console.rows_when("Armed faults", lambda rows: rows[0][5] == "2 of 2")
    console.click("Lift the fault of GetRecord")
    console.rows_when("Armed faults", lambda rows: rows == [])


def test_fault_that_cannot_be_armed_shows_an_error(console):
    console.open("controls")
    console.wait(lambda: "ListFeatureGroups" in console.control("Operation").text)
    console.fill("Effect", "Delay")
    console.fill("Operation", "ListFeatureGroups")
    console.fill("Group", "customers")
    console.click("Arm the fault")
    console.sees("The parameter group is not valid for ListFeatureGroups")


def test_operation_denied_in_the_console_is_denied_to_all_callers(console, client, customers):
    console.open("controls")
    console.wait(lambda: "GetRecord" in console.control("Operation").text)
    console.fill("Effect", "deny")
    console.fill("Operation", "GetRecord")
    console.click("Arm the fault")
    console.rows_when("Armed faults", lambda rows: rows and rows[0][:2] == ["deny", "GetRecord"])
    runtime = client(RUNTIME)
    with pytest.raises(runtime.exceptions.AccessForbidden):
        runtime.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1")
    console.click("Lift the fault of GetRecord")
    console.rows_when("Armed faults", lambda rows: rows == [])


def test_throughput_limit_can_be_enforced_and_lifted(console, customers):
    console.open("controls")
    console.click("Enforce")
    console.rows_when("Throughput limits", lambda rows: rows and rows[0][0] == "all groups")
    console.click("Lift the limit of all groups")
    console.rows_when("Throughput limits", lambda rows: rows == [])


def test_clock_can_be_advanced_and_reset(console):
    console.open("controls")
    console.fill("Advance by", "2")
    console.fill("Unit", "days")
    console.click("Advance")
    console.sees("2 days 00:00:00 ahead of the system clock")
    console.sees("Clock +2 days")
    console.click("Reset to the system clock")
    console.sees("UTC, the system clock")
    assert call(console.url, "changes", {})["ahead"] == 0


def test_snapshot_can_be_taken_and_restored(console, customers):
    customers("1")
    console.open("controls")
    console.click("Take a snapshot")
    rows = console.rows_when("Snapshots", len)
    assert rows[0][1:3] == ["1", "Feature Store"]
    customers("2")
    console.click("Restore")
    console.find("//dialog//button[normalize-space()='Restore']").click()
    console.sees("The snapshot is restored.")
    assert set(featurestore.records("customers").online) == {"1"}
    console.click("Forget")
    console.rows_when("Snapshots", lambda rows: rows == [])


def test_buffered_rows_can_be_flushed(console, customers):
    customers("1")
    console.open("controls")
    console.click("Write all waiting rows")
    console.sees("All rows are in the offline store.")
    assert call(console.url, "show_group", {"group": "customers"})["rows_waiting"] == 0


def test_reset_button_asks_for_a_confirmation(console, customers):
    console.open("controls")
    console.click("Reset the server")
    console.click("Cancel")
    assert featurestore.records("customers")
    console.click("Reset the server")
    console.find("//dialog//button[normalize-space()='Reset']").click()
    console.sees("The server is reset.")
    with pytest.raises(LookupError):
        featurestore.records("customers")


# Identities.


@pytest.fixture
def enforced(console, customers, monkeypatch):
    """Enforce IAM. There is a role that may read and list, but not write."""
    iam = boto3.client("iam", endpoint_url=console.url)
    statement = {"Effect": "Allow", "Action": ["sagemaker:Get*", "sagemaker:List*"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=policy)
    iam.put_role_policy(RoleName="reader", PolicyName="read", PolicyDocument=policy)
    customers("1", age=30)
    monkeypatch.setattr(settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
    monkeypatch.setattr(ActionAuthenticatorMixin, "request_count", 0)


def test_console_is_read_only_without_an_identity(console, enforced):
    console.open("groups/customers")
    console.rows_when("Records of the online store", len)
    console.wait(lambda: console.control("IAM identity").get_attribute("value") == "")
    console.lacks("Put a record")
    console.lacks("Delete")


def test_console_calls_have_the_permissions_of_the_selected_identity(console, enforced):
    console.open("groups/customers")
    console.wait(lambda: "role/reader" in console.control("IAM identity").text)
    console.fill("IAM identity", "role/reader")
    console.sees(f"Calls have the permissions of arn:aws:iam::{ACCOUNT}:role/reader.")
    console.click("Put a record")
    console.fill("id", "2")
    console.click("Put the record")
    console.sees("is not authorized to perform: sagemaker:PutRecord")
    assert list(featurestore.records("customers").online) == ["1"]
    console.open("calls")
    console.rows_when("Calls", lambda rows: rows[0][3:5] == ["403", "AccessForbidden"])
