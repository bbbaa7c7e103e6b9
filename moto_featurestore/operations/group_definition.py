"""Validation of a feature group's definition, beyond the constraints in botocore's model.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateFeatureGroup.html, and the Feature Store
pages of the developer guide. If no comment names the source of an error text, AWS does not document this text, and the
text is this package's own.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from moto_featurestore.aws.identifiers import is_arn, is_s3_uri
from moto_featurestore.limits import FEATURES
from moto_featurestore.offline.optional_dependencies import MissingExtraError, check_pyarrow, require_pyiceberg
from moto_featurestore.protocol.errors import ResourceLimitExceeded, ValidationException
from moto_featurestore.store.group import FeatureGroup

#: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html
_RESERVED = ("is_deleted", "write_time", "api_invocation_time")

_CAPACITY_UNITS = ("ProvisionedReadCapacityUnits", "ProvisionedWriteCapacityUnits")
_GLUE_NAME = re.compile(r"[a-z_][a-z0-9_]*")

Params = dict[str, Any]


def check_definition(params: Params) -> None:
    """Check the parameters of CreateFeatureGroup.

    :raises ValidationException: if the definition breaks a rule; the message describes the first broken rule
    """
    violation = next(_violations(params), None)
    if violation is not None:
        raise ValidationException(f"Validation Error: {violation}")


def check_additions(group: FeatureGroup, additions: list[Params]) -> None:
    """Check that features can be added to a group.

    :param additions: FeatureAdditions of UpdateFeatureGroup
    :raises ValidationException: if the new features break a rule; the message describes the first broken rule
    :raises ResourceLimitExceeded: if the group would have too many features
    """
    definitions = [*(definition.given for definition in group.definitions.values()), *additions]
    storage_type = (group.online_store or {}).get("StorageType")
    special = {group.record_identifier, group.event_time}
    partitions = _partition_name(additions, group.event_time) if group.is_iceberg else ()
    names = (*_names(definitions), *(_folded_names(definitions) if group.offline_store else ()))
    violations = [*names, *_collections(definitions, storage_type, special), *partitions]
    if violations:
        raise ValidationException(f"Validation Error: {violations[0]}")
    if len(definitions) > FEATURES:
        raise ResourceLimitExceeded(
            f"The FeatureGroup named [{group.name}] would have {len(definitions)} features; the limit is {FEATURES}."
        )


def _violations(params: Params) -> Iterator[str]:
    """Yield an error text for each rule that a definition breaks, in the order of the checks."""
    online, offline = params.get("OnlineStoreConfig", {}), params.get("OfflineStoreConfig")
    if not online.get("EnableOnlineStore") and offline is None:
        # Verbatim: https://github.com/aws/sagemaker-core/issues/175
        yield (
            "OnlineStore and OfflineStore cannot be both disabled."
            " Please enable at least one of them and retry the request."
        )
    yield from _features(params)
    yield from _online_store(params, online)
    yield from throughput_violations(params.get("ThroughputConfig", {"ThroughputMode": "OnDemand"}), online)
    if offline is not None:
        yield from _offline_store(params, online, offline)


def _features(params: Params) -> Iterator[str]:
    definitions = params["FeatureDefinitions"]
    yield from _names(definitions)
    types = {definition["FeatureName"]: definition["FeatureType"] for definition in definitions}
    for member in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
        if params[member] not in types:
            yield f"{member} [{params[member]}] is not among the FeatureDefinitions."
    event_time = params["EventTimeFeatureName"]
    if types[event_time] not in ("String", "Fractional"):
        yield f"The event time, the feature named [{event_time}], must be of type String or Fractional."


def _names(definitions: list[Params]) -> Iterator[str]:
    seen = set()
    for definition in definitions:
        name = definition["FeatureName"]
        if name in seen:
            yield f"The feature named [{name}] is defined more than once."
        seen.add(name)
        if name in _RESERVED:
            yield f"The feature name [{name}] is reserved."


def _folded_names(definitions: list[Params]) -> Iterator[str]:
    """Yield an error text for each pair of names that differ only in case.

    Glue and Athena convert names to lower case, so both features would have the same column:
    https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html. AWS does not document whether the
    service rejects such pairs; this function assumes that it does.
    """
    seen = {name: name for name in _RESERVED}
    for definition in definitions:
        name = definition["FeatureName"]
        other = seen.setdefault(name.lower(), name)
        if other != name:
            yield f"The feature names [{other}] and [{name}] differ only in case. An OfflineStore ignores case."


def _online_store(params: Params, online: Params) -> Iterator[str]:
    if "TtlDuration" in online and not online.get("EnableOnlineStore"):
        yield "TtlDuration needs an OnlineStore."
    if len(online.get("TtlDuration", {})) == 1:
        yield "TtlDuration needs both Unit and Value."
    yield from _kms_key(online.get("SecurityConfig", {}))
    special = {params["RecordIdentifierFeatureName"], params["EventTimeFeatureName"]}
    yield from _collections(params["FeatureDefinitions"], online.get("StorageType"), special)


def _kms_key(config: Params) -> Iterator[str]:
    """Yield an error text if KmsKeyId is not an ARN.

    The service rejects key IDs and aliases: https://github.com/aws/sagemaker-python-sdk/pull/3704. AWS does not document
    the error text, so the text is this package's own.

    :param config: SecurityConfig of the online store, or S3StorageConfig
    """
    key = config.get("KmsKeyId")
    if key is not None and not is_arn(key):
        yield f"The KmsKeyId [{key}] must be the ARN of a KMS key."


def _collections(definitions: list[Params], storage_type: str | None, special: set[str]) -> Iterator[str]:
    vectors = 0
    for definition in definitions:
        name, collection = definition["FeatureName"], definition.get("CollectionType")
        if collection is None:
            if "CollectionConfig" in definition:
                yield f"The feature named [{name}] has a CollectionConfig but no CollectionType."
            continue
        if storage_type != "InMemory":
            yield f"The feature named [{name}] is a {collection}; collections need the storage type InMemory."
        if name in special:
            yield (
                f"The feature named [{name}] cannot be a collection, because it is the record identifier or the event"
                " time."
            )
        if collection == "Vector":
            vectors += 1
            yield from _vector(definition, vectors)


def throughput_violations(throughput: Params, online: Params) -> Iterator[str]:
    """Yield an error text for each rule that a ThroughputConfig breaks.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-throughput-mode.html

    :param online: OnlineStoreConfig of the group; empty if the group has no online store
    """
    units = [unit for unit in _CAPACITY_UNITS if throughput.get(unit)]
    if throughput["ThroughputMode"] == "OnDemand" and units:
        yield f"{units[0]} needs the throughput mode Provisioned."
    if throughput["ThroughputMode"] == "Provisioned":
        # botocore's documentation of ThroughputConfig: read units are "for feature groups with online store".
        needed = [unit for unit in _CAPACITY_UNITS if online.get("EnableOnlineStore") or "Write" in unit]
        if not all(unit in throughput for unit in needed):
            yield f"The throughput mode Provisioned needs {' and '.join(needed)}."
        if online.get("StorageType") == "InMemory":
            yield "The storage type InMemory does not support the throughput mode Provisioned."


def shown_throughput(throughput: Params) -> Params:
    """Return a valid ThroughputConfig as DescribeFeatureGroup returns it.

    For the mode OnDemand, the result has no capacity units, even if the request sets them to zero. AWS does not
    document whether the service accepts such zeros. This function assumes that it does, because Terraform's provider
    sends them:
    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sagemaker/feature_group.go
    (expandThroughputConfigUpdate).
    """
    return {"ThroughputMode": "OnDemand"} if throughput["ThroughputMode"] == "OnDemand" else throughput


def _vector(definition: Params, count: int) -> Iterator[str]:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-collection-types.html
    name = definition["FeatureName"]
    if definition["FeatureType"] != "Fractional":
        yield f"The feature named [{name}] is a Vector and must be of type Fractional."
    if "VectorConfig" not in definition.get("CollectionConfig", {}):
        yield f"The feature named [{name}] is a Vector and needs a VectorConfig with its Dimension."
    if count > 1:
        yield f"The feature named [{name}] is a second Vector; a feature group can have at most one Vector."


def _offline_store(params: Params, online: Params, offline: Params) -> Iterator[str]:
    if "RoleArn" not in params:
        yield "An OfflineStore needs a RoleArn."
    if online.get("EnableOnlineStore") and online.get("StorageType") == "InMemory":
        # https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-storage-configurations-offline-store.html
        yield "The storage type InMemory does not support an OfflineStore."
    uri = offline["S3StorageConfig"]["S3Uri"]
    if not is_s3_uri(uri):
        # The text begins as in
        # https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sagemaker/feature_group.go
        yield f"Invalid S3Uri provided. [{uri}] is not of the form s3://bucket/prefix."
    yield from _kms_key(offline["S3StorageConfig"])
    yield from _folded_names(params["FeatureDefinitions"])
    event_time = params["EventTimeFeatureName"]
    types = {definition["FeatureName"]: definition["FeatureType"] for definition in params["FeatureDefinitions"]}
    if offline.get("TableFormat") == "Iceberg":
        if types[event_time] != "String":
            yield f"The table format Iceberg needs an event time of type String; [{event_time}] is {types[event_time]}."
        yield from _missing_library(require_pyiceberg)
        yield from _partition_name(params["FeatureDefinitions"], event_time)
        if offline.get("DisableGlueTableCreation"):
            yield "The table format Iceberg does not support DisableGlueTableCreation."
    else:
        yield from _missing_library(check_pyarrow)
    if "DataCatalogConfig" in offline:
        yield from _data_catalog(offline["DataCatalogConfig"])


def _missing_library(require: Callable[[], None]) -> Iterator[str]:
    """Yield an error text if the library that writes the offline store is missing.

    Without this check, the group would be created, but its rows could never be written.

    :param require: a function that raises MissingExtraError if the library is missing
    """
    try:
        require()
    except MissingExtraError as error:
        yield str(error)


def _partition_name(definitions: list[Params], event_time: str) -> Iterator[str]:
    """Yield an error text if a feature has the same name as the partition field of the Iceberg table."""
    reserved = f"{event_time}_trunc"
    if any(definition["FeatureName"] == reserved for definition in definitions):
        yield f"The feature name [{reserved}] is reserved for the partition field of the table format Iceberg."


def _data_catalog(catalog: Params) -> Iterator[str]:
    # https://github.com/aws/sagemaker-python-sdk/pull/5927
    if catalog["Catalog"] != "AwsDataCatalog":
        yield f"The Catalog [{catalog['Catalog']}] is not supported; it must be AwsDataCatalog."
    for member, longest in (("TableName", 252), ("Database", 255)):
        name = catalog[member]
        if len(name) > longest or not _GLUE_NAME.fullmatch(name):
            yield (
                f"The {member} [{name}] must have at most {longest} lower-case letters, digits and underscores, and"
                " not begin with a digit."
            )
