"""Generate the types of operation and error names: ``python tests/support/names.py`` writes moto_featurestore/testing/names.py."""

from pathlib import Path

from moto_featurestore.operations import OPERATIONS
from moto_featurestore.protocol.errors import ProtocolError
from moto_featurestore.testing import fault_parameters

PATH = Path(__file__).parents[2] / "moto_featurestore" / "testing" / "names.py"


def source() -> str:
    """Return the source of the module."""
    modelled = {error for operation in OPERATIONS for error in fault_parameters._modelled(operation)}
    protocol = {error_class.__name__ for error_class in ProtocolError.__subclasses__()}
    return (
        '"""Names of operations and errors as types, generated from botocore\'s model by tests/support/names.py."""\n\n'
        "from typing import Literal\n\n"
        + _literal("Operation", OPERATIONS, "An operation of the Feature Store.")
        + _literal("BatchOperation", fault_parameters._BATCHES, "An operation on several records.")
        + _literal(
            "ErrorCode",
            modelled | protocol | {*fault_parameters._COMMON},
            "An error code that an operation can return.",
        )
    )


def _literal(name, values, text):
    lines = "".join(f'    "{value}",\n' for value in sorted(values))
    return f'{name} = Literal[\n{lines}]\n"""{text}"""\n'


if __name__ == "__main__":
    PATH.write_text(source(), encoding="utf-8")
