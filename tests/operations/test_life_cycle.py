"""Feature groups whose status changes take time.

It is assumed which requests the service rejects in the meantime, unless a comment says otherwise.
"""

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
def delayed(service):
    """Return a service whose groups change their status after three Describe or List calls."""
    service.world.looks = 3
    return service


@pytest.fixture(params=["Creating", "Deleting"])
def in_transition(service, request):
    """Return a service with a group in status Creating or Deleting."""
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


def test_group_status_after_create_is_creating_until_the_third_describe(delayed):
    delayed.create("customers")
    assert [status(delayed) for _ in range(4)] == ["Creating", "Creating", "Created", "Created"]


def test_group_status_after_delete_is_deleting_until_the_group_is_removed(delayed):
    delayed.world.looks = 0
    delayed.create("customers")
    delayed.world.looks = 3
    delayed.control("DeleteFeatureGroup", FeatureGroupName="customers")
    assert [status(delayed), status(delayed)] == ["Deleting", "Deleting"]
    assert describe(delayed).code == "ResourceNotFound"
    assert delayed.control("ListFeatureGroups").body["FeatureGroupSummaries"] == []


def test_last_update_status_of_group_is_in_progress_and_then_successful(delayed):
    # The statuses and their order: notebook outputs of
    # github.com/aws-samples/amazon-sagemaker-feature-store-end-to-end-workshop (m3_nb4).
    delayed.world.looks = 0
    delayed.create("customers")
    delayed.world.looks = 2
    added = [{"FeatureName": "added", "FeatureType": "Integral"}]
    delayed.control("UpdateFeatureGroup", FeatureGroupName="customers", FeatureAdditions=added)
    assert [describe(delayed).body["LastUpdateStatus"]["Status"] for _ in range(3)] == ["InProgress"] + [
        "Successful"
    ] * 2


def test_update_feature_group_during_another_update_is_rejected(delayed):
    # Assumed, because SageMaker rejects UpdateEndpoint while an endpoint is updating.
    delayed.world.looks = 0
    delayed.create("customers")
    delayed.world.looks = 1
    update = {"FeatureAdditions": [{"FeatureName": "added", "FeatureType": "Integral"}]}
    assert delayed.control("UpdateFeatureGroup", FeatureGroupName="customers", **update).status == 200
    update = {"OnlineStoreConfig": {"TtlDuration": {"Unit": "Days", "Value": 1}}}
    answer = delayed.control("UpdateFeatureGroup", FeatureGroupName="customers", **update)
    assert (answer.status, answer.code, answer.message) == (
        400,
        "ValidationException",
        "Validation Error: The last update of the FeatureGroup named [customers] is [InProgress];"
        " wait until that update has ended, and retry.",
    )
    assert "TtlDuration" not in describe(delayed).body["OnlineStoreConfig"]
    assert delayed.control("UpdateFeatureGroup", FeatureGroupName="customers", **update).status == 200


def test_list_feature_groups_advances_the_status_of_every_group(delayed):
    delayed.create("customers")

    def listed(**params):
        summaries = delayed.control("ListFeatureGroups", **params).body["FeatureGroupSummaries"]
        return [summary["FeatureGroupStatus"] for summary in summaries]

    assert [listed() for _ in range(3)] == [["Creating"], ["Creating"], ["Created"]]
    delayed.control("DeleteFeatureGroup", FeatureGroupName="customers")
    assert [listed(NameContains="nothing") for _ in range(2)] == [[], []]
    assert listed() == []


def test_record_operations_on_creating_or_deleting_group_fail_like_on_an_unknown_group(in_transition):
    for answer in (
        in_transition.put("customers", RECORD),
        in_transition.get("customers", "1"),
        in_transition.delete("customers", "1", "2026-01-01T00:00:00Z"),
    ):
        assert (answer.status, answer.code, answer.message) == (400, "ValidationError", UNKNOWN)
    answer = in_transition.post("/BatchGetRecord", Identifiers=READS)
    assert [error["ErrorMessage"] for error in answer.body["Errors"]] == [UNKNOWN]


@pytest.mark.parametrize("operation", ["ListRecords", "UpdateRecord"])
def test_list_records_and_update_record_on_creating_or_deleting_group_return_resource_not_found(
    in_transition, operation
):
    needs(operation)
    call = {
        "ListRecords": lambda: in_transition.list_records("customers"),
        "UpdateRecord": lambda: in_transition.update("customers", "1", {"city": "Bern"}),
    }[operation]
    assert (call().status, call().code, call().message) == (404, "ResourceNotFound", UNKNOWN)


def test_batch_write_record_to_creating_or_deleting_group_returns_each_entry_as_error(in_transition):
    needs("BatchWriteRecord")
    entry = {
        "FeatureGroupName": "customers",
        "Record": [{"FeatureName": name, "ValueAsString": value} for name, value in RECORD.items()],
    }
    answer = in_transition.post("/BatchWriteRecord", Entries=[entry])
    assert [error["ErrorMessage"] for error in answer.body["Errors"]] == [UNKNOWN]


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("UpdateFeatureGroup", {"FeatureAdditions": [{"FeatureName": "added", "FeatureType": "Integral"}]}),
        ("UpdateFeatureMetadata", {"FeatureName": "city", "Description": "where"}),
    ],
)
def test_update_operations_on_creating_or_deleting_group_are_rejected(in_transition, operation, params):
    answer = in_transition.control(operation, FeatureGroupName="customers", **params)
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert answer.message == (
        f"Validation Error: The FeatureGroup named [customers] is [{status(in_transition)}];"
        " it can be updated while it is [Created]."
    )


def test_create_feature_group_with_name_of_creating_or_deleting_group_is_rejected(in_transition):
    assert in_transition.create("customers").code == "ResourceInUse"


def test_creating_or_deleting_group_can_be_described_and_listed_and_tagged(in_transition):
    arn = describe(in_transition).body["FeatureGroupArn"]
    assert len(in_transition.control("ListFeatureGroups").body["FeatureGroupSummaries"]) == 2
    assert in_transition.control("AddTags", ResourceArn=arn, Tags=[{"Key": "team", "Value": "risk"}]).status == 200


def test_delete_feature_group_in_status_creating_is_rejected(delayed):
    delayed.create("customers")
    answer = delayed.control("DeleteFeatureGroup", FeatureGroupName="customers")
    assert (answer.code, answer.message) == (
        "ValidationException",
        "Validation Error: The FeatureGroup named [customers] is [Creating]; it cannot be deleted.",
    )
    assert [status(delayed) for _ in range(3)][-1] == "Created"


def test_delete_feature_group_in_status_deleting_changes_nothing(delayed):
    delayed.world.looks = 0
    delayed.create("customers")
    delayed.world.looks = 3
    delayed.control("DeleteFeatureGroup", FeatureGroupName="customers")
    assert status(delayed) == "Deleting"
    assert delayed.control("DeleteFeatureGroup", FeatureGroupName="customers").status == 200
    assert status(delayed) == "Deleting"
    assert describe(delayed).code == "ResourceNotFound"


def test_fifth_parallel_create_feature_group_is_rejected(delayed):
    # The text is verbatim: github.com/SuperCowPowers/workbench, docs/admin/aws_service_limits.md.
    for number in range(4):
        assert delayed.create(f"group-{number}").status == 200
    answer = delayed.create("customers")
    assert (answer.status, answer.code, answer.message) == (
        400,
        "ResourceLimitExceeded",
        "The account-level service limit 'Maximum number of feature group creation workflows executing in parallel' is"
        " 4 FeatureGroups, with current utilization of 4 FeatureGroups and a request delta of 1 FeatureGroups. Please"
        " use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, contact"
        " AWS support to request an increase for this quota.",
    )
    for _ in range(3):
        delayed.control("DescribeFeatureGroup", FeatureGroupName="group-0")
    assert delayed.create("customers").status == 200


def test_create_feature_group_with_role_that_does_not_trust_sagemaker_is_rejected(service):
    # Source of the text: github.com/hashicorp/terraform-provider-aws, internal/service/sagemaker/feature_group.go.
    role = "arn:aws:iam::123456789012:role/nobody"
    service.world.distrusted = {role}
    answer = service.create("customers", RoleArn=role)
    assert (answer.code, answer.message) == (
        "ValidationException",
        "Validation Error: The execution role ARN is invalid.",
    )
    assert describe(service).code == "ResourceNotFound"
