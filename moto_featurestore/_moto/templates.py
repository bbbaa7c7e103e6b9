"""The feature groups of a CloudFormation template, its functions resolved by moto's own parser."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from moto_featurestore._moto.services.cloudformation import TYPE, properties_of
from moto_featurestore.offline.optional_dependencies import MissingExtraError

if TYPE_CHECKING:
    from moto_featurestore.store.group import Store

Params = dict[str, Any]


def read(text: str) -> Params:
    """A document in YAML, with the short forms of CloudFormation's functions, or in JSON, which is YAML too.

    :raises ValueError: where it is neither
    :raises MissingExtraError: where a library is missing
    """
    try:
        import yaml
        from moto.cloudformation.utils import yaml_tag_constructor
    except ImportError as error:
        raise _missing(error) from None

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # it is Any without types
        """moto's own loader is not a safe one."""

    Loader.add_multi_constructor("", yaml_tag_constructor)
    try:
        document = yaml.load(text, Loader)  # noqa: S506 - a safe one
    except yaml.YAMLError as error:
        raise ValueError(f"This is neither JSON nor YAML: {error}") from None
    if isinstance(document, dict):
        return document
    raise ValueError("This is no JSON object, nor the like in YAML.")


def groups_of(store: "Store", template: Mapping[str, Any], parameters: Mapping[str, str]) -> list[Params]:
    """The parameters of CreateFeatureGroup of all groups that a template has; what they refer to is made in moto.

    :param parameters: the template's, those with a default can be left out
    :raises ValueError: where it has none, or what it says cannot be resolved
    :raises MissingExtraError: where a library is missing
    """
    from moto.core import exceptions
    from werkzeug.exceptions import HTTPException

    refusals = HTTPException, getattr(exceptions, "ServiceException", HTTPException)  # the latter in newer releases
    try:
        found = list(_groups(store, dict(template), parameters))
    except refusals as error:
        raise ValueError(f"The template is refused: {getattr(error, 'message', error)}") from None
    except KeyError as error:  # moto's, of a name that it does not find
        raise ValueError(f"The template refers to {error}, and has no such thing.") from None
    except ImportError as error:
        raise _missing(error) from None
    if not found:
        raise ValueError(f"There is no {TYPE} in this template, or its condition is not met.")
    return found


def _groups(store: "Store", template: Params, parameters: Mapping[str, str]) -> Iterator[Params]:
    from moto.cloudformation.models import cloudformation_backends
    from moto.cloudformation.parsing import ResourceMap, clean_json

    exports = cloudformation_backends[store.account_id][store.region].exports
    if not all(isinstance(resource, dict) and "Type" in resource for resource in _resources(template)):
        raise ValueError("The template's Resources are to be resources by name, each with its Type.")
    arn = f"arn:aws:cloudformation:{store.region}:{store.account_id}:stack/template/0"
    unknown = parameters.keys() - template.get("Parameters", {}).keys()
    if unknown:
        raise ValueError(f"The template has no parameter {', '.join(sorted(unknown))}.")
    resources = ResourceMap(arn, "template", dict(parameters), {}, store.region, store.account_id, template, exports)
    resources.load_mapping()
    resources.load_parameters()
    resources.load_conditions()
    for resource in _resources(template):
        condition = resource.get("Condition")
        if resource["Type"] == TYPE and (condition is None or resources.lazy_condition_map[condition]):
            yield properties_of(clean_json(resource.get("Properties", {}), resources))


def _missing(error: ImportError) -> MissingExtraError:
    """What moto's CloudFormation wants, which imports half of moto's services and so their libraries."""
    return MissingExtraError(error.name or str(error), "server", "Reading a template")


def _resources(template: Params) -> list[Any]:
    resources = template["Resources"]
    return list(resources.values()) if isinstance(resources, dict) else [resources]
