"""AWS::SageMaker::FeatureGroup for moto's CloudFormation, which makes, changes and deletes groups by their own operations.

Properties, and which of them can change, are those of the resource's schema, which cfn-lint ships; the calls are those of
https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-sagemaker (aws-sagemaker-featuregroup).
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any, NoReturn

from botocore.model import ListShape, Shape, StructureShape

from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore._moto.internal_client import Refused, ask
from moto_featurestore._moto.patching import Undo, around
from moto_featurestore.operations.tags import tag_list
from moto_featurestore.protocol.constraints import describe, violations
from moto_featurestore.protocol.model import CONTROL_PLANE, input_shape, service_model
from moto_featurestore.store.group import FeatureGroup

Params = dict[str, Any]

TYPE = "AWS::SageMaker::FeatureGroup"

#: Members of CreateFeatureGroup that the resource's schema lacks.
_LACKING = {"CollectionConfig", "CollectionType", "ResolvedOutputS3Uri"}
_READ_ONLY = {"CreationTime", "FeatureGroupStatus"}
_ON_DEMAND = {"ThroughputMode": "OnDemand"}
_RETAINING = {"Retain", "RetainExceptOnCreate"}
_PYTHON_TYPES = {"string": str, "boolean": bool, "integer": int}
_NUMBER = re.compile(r"-?[0-9]{1,10}")

#: Handler's error codes, as the resource's own Translator.java gives them.
_HANDLER_CODES = {
    "ResourceInUse": "AlreadyExists",
    "ResourceLimitExceeded": "ServiceLimitExceeded",
    "ResourceNotFound": "NotFound",
    "ThrottlingException": "Throttling",
    "ValidationException": "InvalidRequest",
}


def add_resource(parsing: Any, name: str) -> Undo:
    """Change moto's list of resources: it contains feature groups from now on, in stacks that exist already too."""
    restore = around(lambda original: [*original(), FeatureGroupResource])(parsing, name)

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
    """Update a stack's resources, and forget the groups that left its template.

    moto remembers what it has parsed, and would not create such a group again: which is how a group is replaced by name.
    """
    names = set(resources._resource_json_map)
    original(resources, template, parameters)
    for name in names - set(template["Resources"]):
        if isinstance(resources._parsed_resources.get(name), FeatureGroupResource):
            del resources._parsed_resources[name]


class FeatureGroupResource:
    """A feature group of a stack. The methods are those that moto calls; the group itself lives in the store."""

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
        """The resource's type."""
        return TYPE

    @staticmethod
    def cloudformation_name_type() -> str:
        """The property that holds the resource's name."""
        return "FeatureGroupName"

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, template: Params, account_id: str, region: str, **of_stack: str
    ) -> "FeatureGroupResource":
        """Make the group of a template."""
        resource = cls(template, account_id, region, of_stack["LogicalId"], of_stack["StackId"])
        resource._create()
        return resource

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: "FeatureGroupResource",
        new_resource_name: str,  # noqa: ARG003 - moto's signature: it would invent a name where there is none
        cloudformation_json: Params,
        account_id: str,
        region_name: str,
    ) -> "FeatureGroupResource":
        """Change the group as a template has changed, or replace it."""
        old = original_resource
        new = cls(cloudformation_json, account_id, region_name, old.logical_resource_id, old._stack_id)
        if _fixed(old.properties) == _fixed(new.properties):
            new._change(old.properties)
        elif old.physical_resource_id == new.physical_resource_id:
            # Verbatim: https://github.com/convox/rack/issues/2941
            _refuse(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing."
                f" Rename {old.physical_resource_id} and update the stack again."
            )
        else:
            new._create()
            if not old._survives_replacement:
                old._delete()
        return new

    def delete(self, _account_id: str, _region: str) -> None:
        """Delete the group, unless it is to be retained."""
        if not self._is_retained:
            self._delete()

    @staticmethod
    def is_created() -> bool:
        """Whether a stack can go on: moto cannot wait, and so a stack is complete while its group is still Creating."""
        return True

    @property
    def physical_resource_id(self) -> str:
        """What Ref gives: the group's name."""
        return str(self.properties["FeatureGroupName"])

    @staticmethod
    def has_cfn_attr(attribute: str) -> bool:
        """Whether Fn::GetAtt knows an attribute: those that are read only."""
        return attribute in _READ_ONLY

    def get_cfn_attribute(self, attribute: str) -> str:
        """What Fn::GetAtt gives: the group as it is now."""
        if not self.has_cfn_attr(attribute):
            from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

            raise UnformattedGetAttTemplateException
        value = self._ask("DescribeFeatureGroup")[attribute]
        if attribute == "CreationTime":
            moment = datetime.fromtimestamp(value, UTC)
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return str(value)

    def _create(self) -> None:
        of_stack, of_cloudformation = self._tags_of_stack()
        tags = of_stack | {tag["Key"]: tag["Value"] for tag in self.properties.get("Tags", [])}
        self._ask("CreateFeatureGroup", **self.properties | {"Tags": tag_list(tags)})
        # Looked at in the store: a description would count as a look at a status that takes its time.
        group = self._group()
        with group.lock:
            group.tags = group.tags | of_cloudformation  # which nobody else may set
            group.changed()
        if group.status == "CreateFailed":
            self._delete()  # as a rollback does
            # The sentence of https://github.com/aws-cloudformation/cloudformation-cli-java-plugin
            # (CfnNotStabilizedException), which the resource's CreateHandler.java throws; the reason is added.
            _refuse(
                f"Resource of type '{TYPE}' with identifier '{self.physical_resource_id}' did not stabilize."
                f" (HandlerErrorCode: NotStabilized): {group.failure_reason}"
            )

    def _tags_of_stack(self) -> tuple[dict[str, str], dict[str, str]]:
        """The stack's own tags, and CloudFormation's, both of which the schema lets the group have.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
        """
        from moto.cloudformation.models import cloudformation_backends

        stack = cloudformation_backends[self._account_id][self._region].stacks.get(self._stack_id)
        if stack is None:  # an instance of a stack set, which moto hides
            return {}, {}
        of_cloudformation = {
            "stack-name": stack.name,
            "logical-id": self.logical_resource_id,
            "stack-id": stack.stack_id,
        }
        return stack.tags, {f"aws:cloudformation:{name}": value for name, value in of_cloudformation.items()}

    def _change(self, before: Params) -> None:
        """UpdateFeatureGroup, once for each kind of change."""
        described = self._ask("DescribeFeatureGroup")
        for change in _changes(before, self.properties, described):
            self._group().update = None  # CloudFormation waits until the last one has ended, which moto's cannot
            self._ask("UpdateFeatureGroup", **change)

    def _group(self) -> FeatureGroup:
        group = MotoWorld().store(self._account_id, self._region).find(self.physical_resource_id)
        if group is None:
            _refuse(f"The FeatureGroup named [{self.physical_resource_id}] was deleted meanwhile.")
        return group

    def _delete(self) -> None:
        try:
            ask(self._account_id, self._region, "DeleteFeatureGroup", {"FeatureGroupName": self.physical_resource_id})
        except Refused as refused:
            if refused.code != "ResourceNotFound":  # deleted outside the stack: CloudFormation is content
                _refuse(_reason(refused))

    def _ask(self, operation: str, **params: Any) -> Params:
        try:
            return ask(
                self._account_id, self._region, operation, {"FeatureGroupName": self.physical_resource_id, **params}
            )
        except Refused as refused:
            _refuse(_reason(refused))


# What a template says.


def properties_of(given: Any) -> Params:
    """A template's properties, checked as CreateFeatureGroup's parameters are."""
    shape = input_shape(service_model(CONTROL_PLANE).operation_model("CreateFeatureGroup"))
    properties: Params = _coerce(shape, given, "#")
    if broken := violations(shape, properties):
        _refuse(describe(broken))
    return properties


def _coerce(shape: Shape, value: Any, path: str) -> Any:
    """A property's value, with texts and numbers made what the shape wants, as CloudFormation does."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name in value:
            if name not in shape.members or name in _LACKING:
                _refuse(f"Model validation failed ({path}: extraneous key [{name}] is not permitted)")
        return {name: _coerce(shape.members[name], item, f"{path}/{name}") for name, item in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        items = (item for item in value if item is not None)  # AWS::NoValue
        return [_coerce(shape.member, item, f"{path}/{place}") for place, item in enumerate(items)]
    coerced = _coerce_scalar(shape.type_name, value)
    if type(coerced) is not _PYTHON_TYPES.get(shape.type_name):
        _refuse(f"Model validation failed ({path}: expected type: {shape.type_name}, found: {value!r})")
    return coerced


def _coerce_scalar(type_name: str, value: Any) -> Any:
    if isinstance(value, date):  # YAML's
        value = value.isoformat()
    if type_name == "string" and isinstance(value, bool | int | float):
        return json.dumps(value)
    if type_name == "boolean" and isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    if type_name == "integer" and isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    return value


def _fixed(properties: Params) -> Params:
    """The properties whose change needs another group: the schema's createOnlyProperties, which are all the others."""
    fixed = {
        name: value for name, value in properties.items() if name not in ("FeatureDefinitions", "ThroughputConfig")
    }
    online_store = properties.get("OnlineStoreConfig", {})
    fixed["OnlineStoreConfig"] = {name: value for name, value in online_store.items() if name != "TtlDuration"}
    fixed["Tags"] = sorted(json.dumps(tag, sort_keys=True) for tag in properties.get("Tags", []))
    return fixed


def _changes(before: Params, wanted: Params, described: Params) -> Iterator[Params]:
    """What UpdateFeatureGroup has to do, by kind. It starts from the group itself: moto tries failed updates again."""
    names = {definition["FeatureName"] for definition in wanted["FeatureDefinitions"]}
    for definition in before["FeatureDefinitions"]:
        if definition["FeatureName"] not in names:
            # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureGroup.html; the text is assumed
            _refuse(f"The feature named [{definition['FeatureName']}] cannot be removed from the FeatureGroup.")
    additions = [given for given in wanted["FeatureDefinitions"] if given not in described["FeatureDefinitions"]]
    if additions:
        yield {"FeatureAdditions": additions}
    time_to_live = wanted.get("OnlineStoreConfig", {}).get("TtlDuration", {})
    if time_to_live != described.get("OnlineStoreConfig", {}).get("TtlDuration", {}):
        yield {"OnlineStoreConfig": {"TtlDuration": time_to_live}}
    throughput = wanted.get("ThroughputConfig", _ON_DEMAND)
    if throughput != described["ThroughputConfig"]:
        yield {"ThroughputConfig": throughput}


# Errors.


def _reason(refused: Refused) -> str:
    """An operation's error, as CloudFormation reports it of a resource's handler."""
    code = _HANDLER_CODES.get(refused.code, "GeneralServiceException")
    return f'Resource handler returned message: "{refused}" (HandlerErrorCode: {code})'


def _refuse(reason: str) -> NoReturn:
    """Fail the stack's creation or change as moto fails it: the call is answered with ValidationError."""
    from moto.cloudformation.exceptions import ValidationError

    raise ValidationError(message=reason)
