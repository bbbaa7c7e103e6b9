"""Feature groups from CloudFormation templates. moto's own parser resolves the template's functions, such as Ref."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from moto_featurestore._moto.services.cloudformation import TYPE, properties_of
from moto_featurestore.aws.identifiers import Arn
from moto_featurestore.offline.optional_dependencies import MissingExtraError

if TYPE_CHECKING:
    from moto_featurestore.store.group import Store

Params = dict[str, Any]


def read(text: str) -> Params:
    """Parse a document in YAML or JSON. YAML may contain short forms of CloudFormation functions, such as ``!Ref``.

    :raises ValueError: if the text is neither YAML nor JSON, or if the document is not a mapping
    :raises MissingExtraError: if PyYAML, or a library that moto's CloudFormation requires, is not installed
    """
    try:
        import yaml
        from moto.cloudformation.utils import yaml_tag_constructor
    except ImportError as error:
        raise _missing(error) from None

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types
        """A safe YAML loader for templates. moto's own loader can execute code in a document."""

    Loader.add_multi_constructor("", yaml_tag_constructor)
    try:
        document = yaml.load(text, Loader)  # noqa: S506 - the loader is safe
    except yaml.YAMLError as error:
        raise ValueError(f"The document is neither JSON nor YAML: {error}") from None
    if isinstance(document, dict):
        return document
    raise ValueError("The document must be a JSON object or a YAML mapping.")


def groups_of(store: "Store", template: Mapping[str, Any], parameters: Mapping[str, str]) -> list[Params]:
    """Return the parameters of CreateFeatureGroup for each feature group in a CloudFormation template.

    If a group refers to other resources of the template, such as a role, create these resources in moto.

    :param parameters: values for the template's parameters; parameters with a default are optional
    :raises ValueError: if the template contains no feature group, or if its functions cannot be resolved
    :raises MissingExtraError: if a library that moto's CloudFormation requires is not installed
    """
    from moto.core import exceptions
    from werkzeug.exceptions import HTTPException

    # Only newer releases of moto have ServiceException.
    service_errors = HTTPException, getattr(exceptions, "ServiceException", HTTPException)
    try:
        groups = list(_groups(store, dict(template), parameters))
    except service_errors as error:
        raise ValueError(f"The template is invalid: {getattr(error, 'message', error)}") from None
    except KeyError as error:  # moto raises it for an unknown name
        raise ValueError(f"The template refers to {error}, which it does not define.") from None
    except ImportError as error:
        raise _missing(error) from None
    if not groups:
        raise ValueError(f"The template contains no resource of the type {TYPE} whose condition is true.")
    return groups


def _groups(store: "Store", template: Params, parameters: Mapping[str, str]) -> Iterator[Params]:
    from moto.cloudformation.models import cloudformation_backends
    from moto.cloudformation.parsing import ResourceMap, clean_json

    exports = cloudformation_backends[store.account_id][store.region].exports
    if not all(isinstance(resource, dict) and "Type" in resource for resource in _resources(template)):
        raise ValueError("The template's Resources must map names to resources, and each resource must have a Type.")
    arn = str(Arn("aws", "cloudformation", store.region, store.account_id, "stack/template/0"))
    unknown = parameters.keys() - template.get("Parameters", {}).keys()
    if unknown:
        raise ValueError(f"The template does not define the parameter {', '.join(sorted(unknown))}.")
    resources = ResourceMap(arn, "template", dict(parameters), {}, store.region, store.account_id, template, exports)
    resources.load_mapping()
    resources.load_parameters()
    resources.load_conditions()
    for resource in _resources(template):
        condition = resource.get("Condition")
        if resource["Type"] == TYPE and (condition is None or resources.lazy_condition_map[condition]):
            yield properties_of(clean_json(resource.get("Properties", {}), resources))


def _missing(error: ImportError) -> MissingExtraError:
    """Convert an ImportError of moto's CloudFormation to an error that tells the user which extra to install."""
    return MissingExtraError(error.name or str(error), "server", "Reading a template")


def _resources(template: Params) -> list[Any]:
    resources = template["Resources"]
    return list(resources.values()) if isinstance(resources, dict) else [resources]
