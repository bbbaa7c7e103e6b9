"""The settings, and their sources."""

import pytest

from moto_featurestore import cli, mock_featurestore
from moto_featurestore._moto.workers.process import OWNER
from moto_featurestore.settings import OTHER_VARIABLES, Settings, read_settings, section_of, settings_of_test


@pytest.fixture(autouse=True)
def no_settings(environment, monkeypatch):
    """No settings in the environment."""
    monkeypatch.delenv("MOTO_FEATURESTORE_ATHENA_WAIT")


def test_settings_without_environment_and_section_have_defaults():
    assert read_settings({}) == Settings("AccessForbidden", 0, "duckdb")


def test_featurestore_section_of_moto_config_overrides_environment_variables(monkeypatch):
    monkeypatch.setenv("MOTO_FEATURESTORE_ACCESS_DENIED_CODE", "AccessDeniedException")
    assert read_settings({}).access_denied_code == "AccessDeniedException"
    assert read_settings({"access_denied_code": "AccessForbidden"}).access_denied_code == "AccessForbidden"


def test_offline_delay_in_environment_variable_is_parsed(monkeypatch):
    monkeypatch.setenv("MOTO_FEATURESTORE_OFFLINE_DELAY", "300")
    assert read_settings({}).offline_delay == 300
    assert read_settings({"offline_delay": 0.5}).offline_delay == 0.5


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            {"access_denied": "x"},
            "Unknown moto_featurestore setting 'access_denied'; did you mean 'access_denied_code'",
        ),
        ({"?": "x"}, "did you mean 'access_denied_code'"),
        ({"athena": "trino"}, "athena must be one of .*duckdb.*, not 'trino'"),
        ({"offline_delay": "soon"}, "offline_delay must be a number of seconds, not 'soon'"),
        ({"offline_delay": -1}, "offline_delay must be a number of seconds, not -1"),
        ({"offline_delay": float("inf")}, "offline_delay must be a number of seconds, not inf"),
        ({"offline_delay": None}, "offline_delay must be a number of seconds, not None"),
        ({"athena_wait": "soon"}, "athena_wait must be a number of seconds, not 'soon'"),
        ({"athena_memory": "much"}, "athena_memory must be auto or a size such as 512MB, not 'much'"),
        ({"athena_memory": 2}, "athena_memory must be auto or a size such as 512MB, not 2"),
        ({"access_denied_code": "Forbidden"}, "must be one of .*AccessForbidden.*, not 'Forbidden'"),
    ],
)
def test_mock_with_invalid_setting_raises_value_error(section, message):
    with pytest.raises(ValueError, match=message):
        mock_featurestore(config={"featurestore": section})


@pytest.mark.parametrize("name", ["featurestor", "feature_store", "FeatureStore", "featurestores"])
def test_mock_with_misspelled_config_section_raises_value_error(name):
    with pytest.raises(
        ValueError, match=f"Unknown section '{name}' in moto's configuration; did you mean 'featurestore'"
    ):
        mock_featurestore(config={name: {"offline_delay": 1}})


def test_section_of_moto_config_returns_only_the_featurestore_section():
    config = {"batch": {"use_docker": False}, "stepfunctions": {"execute_state_machine": False}}
    assert section_of(config | {"featurestore": {"offline_delay": 1}}) == {"offline_delay": 1}


def test_mock_with_config_section_of_wrong_type_raises_type_error():
    with pytest.raises(
        TypeError, match="section featurestore of moto's configuration must be a mapping of settings, not 3"
    ):
        mock_featurestore(config={"featurestore": 3})


def test_mock_with_empty_config_section_is_accepted():
    with mock_featurestore(config={"featurestore": None}):
        pass


def test_serve_with_invalid_setting_exits_with_an_error(monkeypatch, capsys):
    monkeypatch.setenv("MOTO_FEATURESTORE_ACCESS_DENIED_CODE", "Denied")
    assert cli.main(["serve", "--port", "0"]) == 1
    assert "access_denied_code must be one of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("MOTO_FEATURESTORE_OFLINE_DELAY", "MOTO_FEATURESTORE_OFFLINE_DELAY"),
        ("MOTO_FEATURESTORE_OWNERS", "MOTO_FEATURESTORE_OWNER"),
    ],
)
def test_mock_with_unknown_environment_variable_raises_value_error(monkeypatch, name, nearest):
    monkeypatch.setenv(name, "1")
    message = f"Unknown environment variable '{name}'; did you mean '{nearest}'"
    with pytest.raises(ValueError, match=message):
        mock_featurestore()


def test_list_of_other_environment_variables_includes_the_worker_address():
    assert (OWNER,) == OTHER_VARIABLES


def test_settings_of_test_override_environment_and_section(monkeypatch):
    monkeypatch.setenv("MOTO_FEATURESTORE_OFFLINE_DELAY", "300")
    with settings_of_test({"offline_delay": 1}):
        assert read_settings({"offline_delay": 2}).offline_delay == 1
        with settings_of_test({"athena": "moto"}):
            assert read_settings({}) == Settings(offline_delay=1, athena="moto")
    assert read_settings({"offline_delay": 2}).offline_delay == 2


@pytest.mark.parametrize("settings", [{"offline_dealy": 1}, {"offline_delay": "soon"}])
def test_invalid_settings_of_a_test_raise_value_error_and_do_not_apply(settings):
    with pytest.raises(ValueError, match="offline_delay"), settings_of_test(settings):
        pass
    assert read_settings({}) == Settings()
