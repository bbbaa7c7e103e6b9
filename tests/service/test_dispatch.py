"""A request's whole way: any input gets an answer that the model knows, and the checks come in the service's order."""

import json
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.cases import load_groups
from support.memory import MemoryWorld, Service, supported_operations

from moto_featurestore.controls.faults import Fault
from moto_featurestore.operations import OPERATIONS
from moto_featurestore.protocol import errors
from moto_featurestore.protocol.errors import ProtocolError, ServiceError
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, input_shape, service_model

GROUPS = {name: group for name, group in load_groups().items() if name != "customers-v2"}
DEEPEST = 6  # of recursive shapes
EVENT_TIMES = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000001Z", "1767225600.5", "0000-01-01T00:00:00Z", "soon"]

# Strategies from the model: values that obey a shape, nearly, or not at all.


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


WILD = st.recursive(
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
    modelled = kinds[shape.type_name]()
    # One value in twenty is of any other type.
    return st.integers(0, 19).flatmap(lambda n: WILD if n == 0 else modelled)


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


def fresh():
    service = Service(MemoryWorld())
    for group in GROUPS.values():
        assert service.control("CreateFeatureGroup", **group).status == 200
    service.put("customers", {"customer_id": "c-1", "event_time": "2026-01-01T00:00:00Z"})
    return service


def send(service, name, params):
    """As any HTTP client could: labels and query as texts, the rest as JSON."""
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


def known(service):
    modelled = {shape.name for shape in service_model(service).error_shapes}
    return modelled | {error.__name__ for error in ProtocolError.__subclasses__()}


def state(service):
    """All that a rejected request must leave as it is."""
    return {
        (place, group.name): (
            [(r.sequence, r.event_time, r.values, r.expires_at, r.is_deleted) for r in group.records.order],
            list(group.buffer),
            group.online_bytes,
        )
        for place, store in service.world.stores.items()
        for group in store.groups.values()
    }


@pytest.mark.parametrize("is_rehearsed", [False, True])
@pytest.mark.parametrize("service_name", [RUNTIME, CONTROL_PLANE])
def test_any_request_gets_an_answer_that_the_model_knows_and_a_rejected_one_changes_nothing(service_name, is_rehearsed):
    service = fresh()
    if is_rehearsed:  # by a fault that never happens
        service.world.rehearsal.arm(Fault("*", service.caller.account_id, service.caller.region, group="nobody-at-all"))
        service.world.rehearsal.enforce(service.caller.account_id, service.caller.region, None)

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(requests(service_name))
    def run(request):
        before = state(service)
        answer = send(service, *request)
        assert answer.status == 200 or (400 <= answer.status < 500 and answer.code in known(service_name))
        assert answer.status == 200 or state(service) == before
        if answer.status != 200:
            assert answer.message

    run()


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH", ""]),
    st.text(max_size=30).map(lambda text: f"/{text}") | st.sampled_from(["/FeatureGroup/customers", "/BatchGetRecord"]),
    st.text(max_size=30),
    st.binary(max_size=60) | WILD.map(lambda value: json.dumps(value).encode()),
    st.none() | st.sampled_from(["SageMaker.CreateFeatureGroup", "SageMaker.", "x"]),
)
def test_any_bytes_get_an_answer_that_the_model_knows(method, path, query, body, target):
    answer = Service(MemoryWorld()).send(method, path, query, body, target)
    assert answer.status == 200 or answer.code in known(CONTROL_PLANE if target else RUNTIME)


# The order of the checks, as the service makes them (assumed): a request that breaks several rules hears of the first.

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
def test_the_first_broken_rule_is_told(service, code, text, params):
    service.create("customers")
    answer = service.send("PUT", "/FeatureGroup/customers", body=json.dumps(params).encode())
    assert answer.code == code
    assert text in answer.message


def test_a_broken_constraint_comes_before_the_missing_group(service):
    assert "at 'targetStores'" in service.put("nobody", [OFFLINE], TargetStores=["Tape"]).message
    assert "FeatureGroup with name [nobody]" in service.put("nobody", [OFFLINE], TargetStores=["OnlineStore"]).message


# Guards against drift.


def test_every_operation_of_the_runtimes_model_is_supported():
    assert set(service_model(RUNTIME).operation_names) <= set(OPERATIONS)


def test_every_error_is_modelled_or_a_protocol_error():
    modelled = {shape.name for name in (RUNTIME, CONTROL_PLANE) for shape in service_model(name).error_shapes}
    modelled |= {"ConflictException"}  # older models of the runtime have no UpdateRecord
    classes = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, ServiceError)]
    unknown = {c.__name__ for c in classes if c.__name__ not in modelled and not issubclass(c, ProtocolError)}
    assert unknown == {"ServiceError"}
