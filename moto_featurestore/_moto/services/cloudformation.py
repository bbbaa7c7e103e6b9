"""The resource type AWS::SageMaker::FeatureGroup for moto's CloudFormation.

To create, change or delete a group, this module calls the operations of the control plane. The schema of the resource
type in cfn-lint defines the properties, and which properties can change. The order of the calls follows AWS's handler:
https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-sagemaker (aws-sagemaker-featuregroup).
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any, NoReturn

from botocore.model import ListShape, Shape, StructureShape

from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore._moto.internal_client import OperationError, call
from moto_featurestore._moto.patching import Undo, wrap_function
from moto_featurestore.operations.tags import tag_list
from moto_featurestore.protocol.constraints import describe, violations
from moto_featurestore.protocol.model import CONTROL_PLANE, input_shape, service_model
from moto_featurestore.store.group import FeatureGroup

Params = dict[str, Any]

TYPE = "AWS::SageMaker::FeatureGroup"

#: Members in the request of CreateFeatureGroup, at any level, that are not in the schema of the resource type.
_LACKING = {"CollectionConfig", "CollectionType", "ResolvedOutputS3Uri"}
_READ_ONLY = {"CreationTime", "FeatureGroupStatus"}
_ON_DEMAND = {"ThroughputMode": "OnDemand"}
_RETAINING = {"Retain", "RetainExceptOnCreate"}
_PYTHON_TYPES = {"string": str, "boolean": bool, "integer": int}
_NUMBER = re.compile(r"-?[0-9]{1,10}")

#: A dict from error code of the API to error code of AWS's resource handler. Source: Translator.java of the handler.
_HANDLER_CODES = {
    "ResourceInUse": "AlreadyExists",
    "ResourceLimitExceeded": "ServiceLimitExceeded",
    "ResourceNotFound": "NotFound",
    "ThrottlingException": "Throttling",
    "ValidationException": "InvalidRequest",
}


def add_resource(parsing: Any, name: str) -> Undo:
    """Add the resource type to moto's list of resource types, and clear moto's caches of this list.

    Return a function that removes the resource type again.
    """
    restore = wrap_function(lambda original: [*original(), FeatureGroupResource])(parsing, name)

    def undo() -> None:
        restore()
        _clear_caches(parsing)

    _clear_caches(parsing)
    return undo


def _clear_caches(parsing: Any) -> None:
    parsing.get_model_map.cache_clear()
    parsing.get_name_type_map.cache_clear()


def forget_removed(
    original: Callable[..., None], resources: Any, template: Params, parameters: Params | None = None
) -> None:
    """Update a stack's resources. From moto's cache, remove feature groups that are not in the new template.

    moto does not create resources that are in its cache. Without the removal, a later template could not create a group
    with the logical ID of a removed group.
    """
    names = set(resources._resource_json_map)
    original(resources, template, parameters)
    for name in names - set(template["Resources"]):
        if isinstance(resources._parsed_resources.get(name), FeatureGroupResource):
            del resources._parsed_resources[name]


class FeatureGroupResource:
    """A feature group in a CloudFormation stack. moto's CloudFormation calls the public methods.

    The state of the group is in the Store of the account and region.
    """

    def __init__(self, template: Params, account_id: str, region: str, logical_id: str, stack_id: str) -> None:
        self._account_id = account_id
        self._region = region
        self._stack_id = stack_id
        self._is_retained = template.get("DeletionPolicy") in _RETAINING
        self._survives_replacement = template.get("UpdateReplacePolicy") in _RETAINING
        self.logical_resource_id = logical_id
        self.properties: Params = properties_of(template.get("Properties", {}))

    @staticmethod
    def cloudformation_type() -> str:
        """Return the resource type."""
        return TYPE

    @staticmethod
    def cloudformation_name_type() -> str:
        """Return the name of the property that contains the resource's name."""
        return "FeatureGroupName"

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, template: Params, account_id: str, region: str, **stack_ids: str
    ) -> "FeatureGroupResource":
        """Create a feature group with the properties of a resource in a template."""
        resource = cls(template, account_id, region, stack_ids["LogicalId"], stack_ids["StackId"])
        resource._create()
        return resource

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: "FeatureGroupResource",
        new_resource_name: str,  # noqa: ARG003 - moto's signature; moto generates a name if there is none
        cloudformation_json: Params,
        account_id: str,
        region_name: str,
    ) -> "FeatureGroupResource":
        """Apply the changes in a new template to a group. Replace the group if a changed property cannot be updated."""
        old = original_resource
        new = cls(cloudformation_json, account_id, region_name, old.logical_resource_id, old._stack_id)
        if _fixed(old.properties) == _fixed(new.properties):
            new._change(old.properties)
        elif old.physical_resource_id == new.physical_resource_id:
            # Verbatim: https://github.com/convox/rack/issues/2941
            _fail(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing."
                f" Rename {old.physical_resource_id} and update the stack again."
            )
        else:
            new._create()
            if not old._survives_replacement:
                old._delete()
        return new

    def delete(self, _account_id: str, _region: str) -> None:
        """Delete the group, unless its DeletionPolicy is Retain."""
        if not self._is_retained:
            self._delete()

    @staticmethod
    def is_created() -> bool:
        """Return True, because moto cannot wait until the group is created.

        Therefore a stack can be complete while its group still has the status Creating.
        """
        return True

    @property
    def physical_resource_id(self) -> str:
        """The value of Ref: the group's name."""
        return str(self.properties["FeatureGroupName"])

    @staticmethod
    def has_cfn_attr(attribute: str) -> bool:
        """Return True if Fn::GetAtt supports an attribute. Fn::GetAtt supports only read-only attributes."""
        return attribute in _READ_ONLY

    def get_cfn_attribute(self, attribute: str) -> str:
        """Return the value of Fn::GetAtt for an attribute, from the current state of the group."""
        if not self.has_cfn_attr(attribute):
            from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

            raise UnformattedGetAttTemplateException
        value = self._call("DescribeFeatureGroup")[attribute]
        if attribute == "CreationTime":
            moment = datetime.fromtimestamp(value, UTC)
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return str(value)

    def _create(self) -> None:
        stack_tags, system_tags = self._tags_of_stack()
        tags = stack_tags | {tag["Key"]: tag["Value"] for tag in self.properties.get("Tags", [])}
        self._call("CreateFeatureGroup", **self.properties | {"Tags": tag_list(tags)})
        # Read the store directly. A call of DescribeFeatureGroup would advance a status transition that counts calls.
        group = self._group()
        with group.lock:
            group.update_members(tags=group.tags | system_tags)  # AddTags rejects the prefix "aws:"
        if group.status == "CreateFailed":
            self._delete()  # like CloudFormation's rollback
            # Source of the text: CfnNotStabilizedException in https://github.com/aws-cloudformation/
            # cloudformation-cli-java-plugin, which CreateHandler.java throws. This package adds the reason at the end.
            _fail(
                f"Resource of type '{TYPE}' with identifier '{self.physical_resource_id}' did not stabilize."
                f" (HandlerErrorCode: NotStabilized): {group.failure_reason}"
            )

    def _tags_of_stack(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the tags of the stack and CloudFormation's system tags. AWS adds both to the group.

        Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
        """
        from moto.cloudformation.models import cloudformation_backends

        stack = cloudformation_backends[self._account_id][self._region].stacks.get(self._stack_id)
        if stack is None:  # the stack belongs to a stack set, and moto does not list it
            return {}, {}
        system_tags = {
            "stack-name": stack.name,
            "logical-id": self.logical_resource_id,
            "stack-id": stack.stack_id,
        }
        return stack.tags, {f"aws:cloudformation:{name}": value for name, value in system_tags.items()}

    def _change(self, before: Params) -> None:
        """Call UpdateFeatureGroup once for each kind of change: features, time to live, throughput.

        :param before: the properties before the update of the stack
        """
        described = self._call("DescribeFeatureGroup")
        for change in _changes(before, self.properties, described):
            self._group().update = None  # AWS waits for the end of the previous update; moto cannot wait
            self._call("UpdateFeatureGroup", **change)

    def _group(self) -> FeatureGroup:
        group = MotoWorld().store(self._account_id, self._region).find(self.physical_resource_id)
        if group is None:
            _fail(f"The FeatureGroup named [{self.physical_resource_id}] was deleted during the operation.")
        return group

    def _delete(self) -> None:
        try:
            call(self._account_id, self._region, "DeleteFeatureGroup", {"FeatureGroupName": self.physical_resource_id})
        except OperationError as error:
            if error.code != "ResourceNotFound":  # CloudFormation ignores a group that was deleted outside the stack
                _fail(_reason(error))

    def _call(self, operation: str, **params: Any) -> Params:
        try:
            return call(
                self._account_id, self._region, operation, {"FeatureGroupName": self.physical_resource_id, **params}
            )
        except OperationError as error:
            _fail(_reason(error))


# Properties of a template.


def properties_of(template_properties: Any) -> Params:
    """Convert the properties of a feature group in a template to parameters of CreateFeatureGroup, and validate them.

    :raises moto.cloudformation.exceptions.ValidationError: if a property is invalid
    """
    shape = input_shape(service_model(CONTROL_PLANE).operation_model("CreateFeatureGroup"))
    properties: Params = _coerce(shape, template_properties, "#")
    if broken := violations(shape, properties):
        _fail(describe(broken))
    return properties


def _coerce(shape: Shape, value: Any, path: str) -> Any:
    """Convert strings, numbers and Booleans in a property's value to the types that ``shape`` requires.

    CloudFormation makes the same conversions.

    :param path: the path of the value in the template, for error messages
    """
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name in value:
            if name not in shape.members or name in _LACKING:
                _fail(f"Model validation failed ({path}: extraneous key [{name}] is not permitted)")
        return {name: _coerce(shape.members[name], item, f"{path}/{name}") for name, item in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        items = (item for item in value if item is not None)  # AWS::NoValue
        return [_coerce(shape.member, item, f"{path}/{index}") for index, item in enumerate(items)]
    coerced = _coerce_scalar(shape.type_name, value)
    if type(coerced) is not _PYTHON_TYPES.get(shape.type_name):
        _fail(f"Model validation failed ({path}: expected type: {shape.type_name}, found: {value!r})")
    return coerced


def _coerce_scalar(type_name: str, value: Any) -> Any:
    if isinstance(value, date):  # YAML parses dates
        value = value.isoformat()
    if type_name == "string" and isinstance(value, bool | int | float):
        return json.dumps(value)
    if type_name == "boolean" and isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    if type_name == "integer" and isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    return value


def _fixed(properties: Params) -> Params:
    """Return the properties that CloudFormation cannot update (createOnlyProperties in the resource type's schema).

    If one of these properties changes, CloudFormation replaces the group.
    """
    fixed = {
        name: value for name, value in properties.items() if name not in ("FeatureDefinitions", "ThroughputConfig")
    }
    online_store = properties.get("OnlineStoreConfig", {})
    fixed["OnlineStoreConfig"] = {name: value for name, value in online_store.items() if name != "TtlDuration"}
    fixed["Tags"] = sorted(json.dumps(tag, sort_keys=True) for tag in properties.get("Tags", []))
    return fixed


def _changes(before: Params, target: Params, described: Params) -> Iterator[Params]:
    """Yield the parameters of each necessary call of UpdateFeatureGroup.

    The function compares the new properties with the current state of the group. A comparison with the old properties
    does not suffice: moto retries failed updates, so an earlier attempt may have made some of the changes.

    :param before: the properties before the update of the stack
    :param target: the properties after the update
    :param described: the response of DescribeFeatureGroup
    """
    names = {definition["FeatureName"] for definition in target["FeatureDefinitions"]}
    for definition in before["FeatureDefinitions"]:
        if definition["FeatureName"] not in names:
            # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureGroup.html; the text is assumed
            _fail(f"The feature named [{definition['FeatureName']}] cannot be removed from the FeatureGroup.")
    additions = [added for added in target["FeatureDefinitions"] if added not in described["FeatureDefinitions"]]
    if additions:
        yield {"FeatureAdditions": additions}
    time_to_live = target.get("OnlineStoreConfig", {}).get("TtlDuration", {})
    if time_to_live != described.get("OnlineStoreConfig", {}).get("TtlDuration", {}):
        yield {"OnlineStoreConfig": {"TtlDuration": time_to_live}}
    throughput = target.get("ThroughputConfig", _ON_DEMAND)
    if throughput != described["ThroughputConfig"]:
        yield {"ThroughputConfig": throughput}


# Errors.


def _reason(error: OperationError) -> str:
    """Return the message that CloudFormation shows if an operation of the API fails in a resource handler."""
    code = _HANDLER_CODES.get(error.code, "GeneralServiceException")
    return f'Resource handler returned message: "{error}" (HandlerErrorCode: {code})'


def _fail(reason: str) -> NoReturn:
    """Raise moto's ValidationError, so that the creation or update of the stack fails."""
    from moto.cloudformation.exceptions import ValidationError

    raise ValidationError(message=reason)
