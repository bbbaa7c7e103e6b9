"""A group's statuses, where they take their time. What is refused meanwhile is assumed, unless a comment says otherwise."""

import pytest
from support.memory import needs

RECORD = {"customer_id": "1", "event_time": "2026-01-01T00:00:00Z"}
READS = [{"FeatureGroupName": "customers", "RecordIdentifiersValueAsString": ["1"]}]
WRITES = [{"FeatureGroupName": "customers", "Record": []}]
UNKNOWN = "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [customers]."


def describe(service):
    return service.control("DescribeFeatureGroup", FeatureGroupName="customers")


def status(service):
    return describe(service).body["FeatureGroupStatus"]


@pytest.fixture
def slow(service):
    """A service whose groups take three looks from one status to the next."""
    service.world.looks = 3
    return service


@pytest.fixture(params=["Creating", "Deleting"])
def on_its_way(service, request):
    """A service with a group on its way from or to nowhere."""
    service.create("other")
    if request.param == "Deleting":
        service.create("customers")
        service.put("customers", RECORD)
    service.world.looks = 3
    if request.param == "Creating":
        service.create("customers")
    else:
        service.control("DeleteFeatureGroup", FeatureGroupName="customers")
    return service


def test_a_group_is_creating_until_it_has_been_looked_at_often_enough(slow):
    slow.create("customers")
    assert [status(slow) for _ in range(4)] == ["Creating", "Creating", "Created", "Created"]


def test_a_group_is_deleting_until_it_is_gone(slow):
    slow.world.looks = 0
    slow.create("customers")
    slow.world.looks = 3
    slow.control("DeleteFeatureGroup", FeatureGroupName="customers")
    assert [status(slow), status(slow)] == ["Deleting", "Deleting"]
    assert describe(slow).code == "ResourceNotFound"
    assert slow.control("ListFeatureGroups").body["FeatureGroupSummaries"] == []


def test_an_update_is_in_progress_and_then_successful(slow):
    # InProgress first, then Successful: notebook outputs of github.com/aws-samples/
    # amazon-sagemaker-feature-store-end-to-end-workshop (m3_nb4).
    slow.world.looks = 0
    slow.create("customers")
    slow.world.looks = 2
    added = [{"FeatureName": "added", "FeatureType": "Integral"}]
    slow.control("UpdateFeatureGroup", FeatureGroupName="customers", FeatureAdditions=added)
    assert [describe(slow).body["LastUpdateStatus"]["Status"] for _ in range(3)] == ["InProgress"] + ["Successful"] * 2


def test_an_update_that_is_in_progress_lets_no_other_begin(slow):
    # Assumed, as SageMaker refuses UpdateEndpoint while an endpoint is updating.
    slow.world.looks = 0
    slow.create("customers")
    slow.world.looks = 1
    update = {"FeatureAdditions": [{"FeatureName": "added", "FeatureType": "Integral"}]}
    assert slow.control("UpdateFeatureGroup", FeatureGroupName="customers", **update).status == 200
    update = {"OnlineStoreConfig": {"TtlDuration": {"Unit": "Days", "Value": 1}}}
    answer = slow.control("UpdateFeatureGroup", FeatureGroupName="customers", **update)
    assert (answer.status, answer.code, answer.message) == (
        400,
        "ValidationException",
        "Validation Error: The last update of the FeatureGroup named [customers] is [InProgress];"
        " it can be updated again once that has ended.",
    )
    assert "TtlDuration" not in describe(slow).body["OnlineStoreConfig"]
    assert slow.control("UpdateFeatureGroup", FeatureGroupName="customers", **update).status == 200


def test_a_list_is_a_look_at_every_group(slow):
    slow.create("customers")

    def listed(**params):
        summaries = slow.control("ListFeatureGroups", **params).body["FeatureGroupSummaries"]
        return [summary["FeatureGroupStatus"] for summary in summaries]

    assert [listed() for _ in range(3)] == [["Creating"], ["Creating"], ["Created"]]
    slow.control("DeleteFeatureGroup", FeatureGroupName="customers")
    assert [listed(NameContains="nothing") for _ in range(2)] == [[], []]
    assert listed() == []


def test_records_are_as_those_of_an_unknown_group(on_its_way):
    for answer in (
        on_its_way.put("customers", RECORD),
        on_its_way.get("customers", "1"),
        on_its_way.delete("customers", "1", "2026-01-01T00:00:00Z"),
    ):
        assert (answer.status, answer.code, answer.message) == (400, "ValidationError", UNKNOWN)
    answer = on_its_way.post("/BatchGetRecord", Identifiers=READS)
    assert [error["ErrorMessage"] for error in answer.body["Errors"]] == [UNKNOWN]


@pytest.mark.parametrize("operation", ["ListRecords", "UpdateRecord"])
def test_newer_operations_find_no_such_resource(on_its_way, operation):
    needs(operation)
    call = {
        "ListRecords": lambda: on_its_way.list_records("customers"),
        "UpdateRecord": lambda: on_its_way.update("customers", "1", {"city": "Bern"}),
    }[operation]
    assert (call().status, call().code, call().message) == (404, "ResourceNotFound", UNKNOWN)


def test_entries_of_a_batch_fail_each(on_its_way):
    needs("BatchWriteRecord")
    entry = {
        "FeatureGroupName": "customers",
        "Record": [{"FeatureName": name, "ValueAsString": value} for name, value in RECORD.items()],
    }
    answer = on_its_way.post("/BatchWriteRecord", Entries=[entry])
    assert [error["ErrorMessage"] for error in answer.body["Errors"]] == [UNKNOWN]


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("UpdateFeatureGroup", {"FeatureAdditions": [{"FeatureName": "added", "FeatureType": "Integral"}]}),
        ("UpdateFeatureMetadata", {"FeatureName": "city", "Description": "where"}),
    ],
)
def test_updates_are_refused(on_its_way, operation, params):
    answer = on_its_way.control(operation, FeatureGroupName="customers", **params)
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert answer.message == (
        f"Validation Error: The FeatureGroup named [customers] is [{status(on_its_way)}];"
        " it can be updated while it is [Created]."
    )


def test_its_name_is_taken(on_its_way):
    assert on_its_way.create("customers").code == "ResourceInUse"


def test_it_can_be_described_listed_and_tagged(on_its_way):
    arn = describe(on_its_way).body["FeatureGroupArn"]
    assert len(on_its_way.control("ListFeatureGroups").body["FeatureGroupSummaries"]) == 2
    assert on_its_way.control("AddTags", ResourceArn=arn, Tags=[{"Key": "team", "Value": "risk"}]).status == 200


def test_a_group_that_is_creating_cannot_be_deleted(slow):
    slow.create("customers")
    answer = slow.control("DeleteFeatureGroup", FeatureGroupName="customers")
    assert (answer.code, answer.message) == (
        "ValidationException",
        "Validation Error: The FeatureGroup named [customers] is [Creating]; it cannot be deleted.",
    )
    assert [status(slow) for _ in range(3)][-1] == "Created"


def test_deleting_twice_is_deleting_once(slow):
    slow.world.looks = 0
    slow.create("customers")
    slow.world.looks = 3
    slow.control("DeleteFeatureGroup", FeatureGroupName="customers")
    assert status(slow) == "Deleting"
    assert slow.control("DeleteFeatureGroup", FeatureGroupName="customers").status == 200
    assert status(slow) == "Deleting"
    assert describe(slow).code == "ResourceNotFound"


def test_a_fifth_creation_at_once_is_refused(slow):
    # Verbatim: github.com/SuperCowPowers/workbench, docs/admin/aws_service_limits.md.
    for number in range(4):
        assert slow.create(f"group-{number}").status == 200
    answer = slow.create("customers")
    assert (answer.status, answer.code, answer.message) == (
        400,
        "ResourceLimitExceeded",
        "The account-level service limit 'Maximum number of feature group creation workflows executing in parallel' is"
        " 4 FeatureGroups, with current utilization of 4 FeatureGroups and a request delta of 1 FeatureGroups. Please"
        " use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, contact"
        " AWS support to request an increase for this quota.",
    )
    for _ in range(3):
        slow.control("DescribeFeatureGroup", FeatureGroupName="group-0")
    assert slow.create("customers").status == 200


def test_a_role_that_sagemaker_may_not_assume_is_refused(service):
    # The sentence: github.com/hashicorp/terraform-provider-aws, internal/service/sagemaker/feature_group.go.
    role = "arn:aws:iam::123456789012:role/nobody"
    service.world.distrusted = {role}
    answer = service.create("customers", RoleArn=role)
    assert (answer.code, answer.message) == (
        "ValidationException",
        "Validation Error: The execution role ARN is invalid.",
    )
    assert describe(service).code == "ResourceNotFound"
