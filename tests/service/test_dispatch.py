"""The path of a request: any input gets a modeled response, and the checks are in the order of the service."""

import json
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.cases import load_cases, load_groups
from support.memory import MemoryWorld, Service, supported_operations

from moto_featurestore.controls.faults import Fault
from moto_featurestore.operations import OPERATIONS
from moto_featurestore.protocol import errors
from moto_featurestore.protocol.errors import ProtocolError, ServiceError
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, input_shape, service_model

GROUPS = {name: group for name, group in load_groups().items() if name != "customers-v2"}
DEEPEST = 6  # limit for recursive shapes
EVENT_TIMES = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000001Z", "1767225600.5", "0000-01-01T00:00:00Z", "soon"]

# Strategies from the model: values that conform to a shape, almost conform, or do not conform.


def texts(shape):
    likely = [
        "customers",
        "sessions",
        "items",
        "archive",
        "customer_id",
        "event_time",
        "time",
        "orders",
        "c-1",
        "1",
        "",
    ]
    options = [st.sampled_from([*likely, *EVENT_TIMES]), st.text(max_size=20)]
    if "enum" in shape.metadata:
        options.insert(0, st.sampled_from(shape.metadata["enum"]))
    return st.one_of(options)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def values(shape, depth=0):
    kinds = {
        "string": lambda: texts(shape),
        "integer": lambda: st.integers(0, 3) | st.integers(),
        "boolean": st.booleans,
        "timestamp": lambda: st.floats(allow_nan=False) | st.integers(),
        "list": lambda: st.lists(values(shape.member, depth + 1), max_size=4) if depth < DEEPEST else st.just([]),
        "structure": lambda: structures(shape, depth + 1),
    }
    modeled = kinds[shape.type_name]()
    # One value in twenty has any type.
    return st.integers(0, 19).flatmap(lambda n: ANY_JSON if n == 0 else modeled)


def structures(shape, depth=0):
    required = {name: values(member, depth) for name, member in shape.members.items() if name in shape.required_members}
    optional = {name: values(member, depth) for name, member in shape.members.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


def requests(service):
    models = supported_operations(service)

    @cache  # a strategy is made of hundreds, which takes longer than an example
    def request(name):
        return st.tuples(st.just(name), structures(input_shape(models[name])))

    return st.sampled_from(sorted(models)).flatmap(request)


def service_with_groups():
    service = Service(MemoryWorld())
    for group in GROUPS.values():
        assert service.control("CreateFeatureGroup", **group).status == 200
    service.put("customers", {"customer_id": "c-1", "event_time": "2026-01-01T00:00:00Z"})
    return service


def send(service, name, params):
    """Send a request like an HTTP client: labels and query as strings, the rest as JSON."""
    if name in service_model(CONTROL_PLANE).operation_names:
        return service.send("POST", "/", body=json.dumps(params).encode(), target=f"SageMaker.{name}")
    model = service_model(RUNTIME).operation_model(name)
    body, query, label = {}, [], ""
    for member, value in params.items():
        shape = input_shape(model).members[member]
        location = shape.serialization.get("location")
        if location == "uri":
            label = str(value)
        elif location == "querystring":
            query += [(shape.serialization["name"], item) for item in (value if isinstance(value, list) else [value])]
        else:
            body[member] = value
    return service.send(*_request(model, label, query, body))


def _request(model, label, query, body):
    from urllib.parse import quote, urlencode

    path = model.http["requestUri"].replace("{FeatureGroupName}", quote(label.encode("utf-8", "replace"), safe=""))
    texts_of_query = [(name, str(value).encode("utf-8", "replace")) for name, value in query]
    return model.http["method"], path, urlencode(texts_of_query), json.dumps(body).encode() if body else b""


def known_codes(service):
    modeled = {shape.name for shape in service_model(service).error_shapes}
    return modeled | {error.__name__ for error in ProtocolError.__subclasses__()}


def state(service):
    """Return the state that a rejected request must not change."""
    return {
        (place, group.name): (
            [(r.sequence, r.event_time, r.values, r.expires_at, r.is_deleted) for r in group.records.order],
            list(group.buffer),
            group.online_bytes,
        )
        for place, store in service.world.stores.items()
        for group in store.groups.values()
    }


@pytest.mark.parametrize("has_controls", [False, True])
@pytest.mark.parametrize("service_name", [RUNTIME, CONTROL_PLANE])
def test_respond_to_random_request_returns_a_modeled_response_and_rejection_changes_nothing(service_name, has_controls):
    service = service_with_groups()
    if has_controls:  # a fault that never matches, and a throughput limit
        service.world.controls.arm(Fault("*", service.caller.account_id, service.caller.region, group="nobody-at-all"))
        service.world.controls.enforce(service.caller.account_id, service.caller.region, None)

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(requests(service_name))
    def run(request):
        before = state(service)
        answer = send(service, *request)
        assert answer.status == 200 or (400 <= answer.status < 500 and answer.code in known_codes(service_name))
        assert answer.status == 200 or state(service) == before
        if answer.status != 200:
            assert answer.message

    run()


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH", ""]),
    st.text(max_size=30).map(lambda text: f"/{text}") | st.sampled_from(["/FeatureGroup/customers", "/BatchGetRecord"]),
    st.text(max_size=30),
    st.binary(max_size=60) | ANY_JSON.map(lambda value: json.dumps(value).encode()),
    st.none() | st.sampled_from(["SageMaker.CreateFeatureGroup", "SageMaker.", "x"]),
)
def test_respond_to_random_bytes_returns_a_modeled_response(method, path, query, body, target):
    answer = Service(MemoryWorld()).send(method, path, query, body, target)
    assert answer.status == 200 or answer.code in known_codes(CONTROL_PLANE if target else RUNTIME)


# The order of the checks in the service (assumed): a request with several violations reports the first one.

OFFLINE = {"FeatureName": "city", "ValueAsString": "x"}
STAGES = [
    ("SerializationException", "Record", {"Record": 5, "TargetStores": ["Tape"]}),
    ("ValidationError", "at 'targetStores'", {"Record": [OFFLINE], "TargetStores": ["Tape"]}),
    ("ValidationError", "[OfflineStore]", {"Record": [OFFLINE], "TargetStores": ["OfflineStore"]}),
    ("ValidationError", "[customer_id]", {"Record": [OFFLINE, {"FeatureName": "nothing", "ValueAsString": "x"}]}),
    (
        "ValidationError",
        "[event_time]",
        {
            "Record": [
                {"FeatureName": "nothing", "ValueAsString": "x"},
                {"FeatureName": "customer_id", "ValueAsString": "1"},
            ]
        },
    ),
    (
        "ValidationError",
        "[nothing]",
        {
            "Record": [
                {"FeatureName": "nothing", "ValueAsString": "x"},
                {"FeatureName": "orders", "ValueAsString": "x"},
                {"FeatureName": "customer_id", "ValueAsString": "1"},
                {"FeatureName": "event_time", "ValueAsString": "2026-01-01T00:00:00Z"},
            ]
        },
    ),
]


@pytest.mark.parametrize(("code", "text", "params"), STAGES, ids=[row[1] for row in STAGES])
def test_respond_to_request_with_several_violations_reports_the_first_failed_check(service, code, text, params):
    service.create("customers")
    answer = service.send("PUT", "/FeatureGroup/customers", body=json.dumps(params).encode())
    assert answer.code == code
    assert text in answer.message


def test_respond_to_request_reports_a_constraint_violation_before_a_missing_group(service):
    assert "at 'targetStores'" in service.put("nobody", [OFFLINE], TargetStores=["Tape"]).message
    assert "FeatureGroup with name [nobody]" in service.put("nobody", [OFFLINE], TargetStores=["OnlineStore"]).message


# Completeness.


def test_supported_operations_include_every_operation_of_the_runtime_model():
    assert set(service_model(RUNTIME).operation_names) <= set(OPERATIONS)


def test_error_classes_are_modeled_errors_or_protocol_errors():
    modeled = {shape.name for name in (RUNTIME, CONTROL_PLANE) for shape in service_model(name).error_shapes}
    modeled |= {"ConflictException"}  # older runtime models have no UpdateRecord, whose error this is
    classes = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, ServiceError)]
    unknown = {c.__name__ for c in classes if c.__name__ not in modeled and not issubclass(c, ProtocolError)}
    assert unknown == {"ServiceError"}


def test_every_operation_has_a_conformance_case():
    """The cases are in ``tests/conformance/<operation>.toml``."""
    assert {case.operation for case in load_cases()} >= set(OPERATIONS)
