"""The documents hold: what they list is what there is."""

import re
from pathlib import Path

from support.memory import supported_operations

from moto_featurestore.model import CONTROL_PLANE, input_shape

DOCS = Path(__file__).parents[1] / "docs"


def test_the_control_plane_s_table_lists_every_member_of_every_operation():
    rows = re.findall(
        r"^\| ?(\w*) \| ?(.*?) ?\|", (DOCS / "control_plane.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    listed, operation = {}, ""
    for name, members in rows[1:]:
        operation = name or operation
        listed.setdefault(operation, set()).update(re.findall(r"`(\w+)`", members))
    modelled = {name: set(input_shape(model).members) for name, model in supported_operations(CONTROL_PLANE).items()}
    assert [(name, missing) for name, members in modelled.items() if (missing := members - listed[name])] == []
