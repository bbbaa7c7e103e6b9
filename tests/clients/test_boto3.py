"""boto3 runs the scenario of the other clients. A failure here is not caused by the other clients."""

import asyncio

from botocore import xform_name
from botocore.exceptions import ClientError
from support.clients import NEWER, UnknownOperation, knows, rejection_of, result_of, run_scenario
from support.memory import is_modelled


def test_boto3_passes_the_client_scenario(each_entry_point):
    async def call(service, operation, params):
        client = each_entry_point(service)
        if not knows(client, operation):
            raise UnknownOperation(operation)
        try:
            return result_of(getattr(client, xform_name(operation))(**params))
        except ClientError as error:
            raise rejection_of(error) from None

    unknown = asyncio.run(run_scenario(call))
    assert unknown == {name for name in NEWER if not is_modelled(name)}
