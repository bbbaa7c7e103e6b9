"""boto3 goes the round that clients of other makes go: what fails here is not the other client's."""

import asyncio

from botocore import xform_name
from botocore.exceptions import ClientError
from support.clients import NEWER, Unknown, go_round, knows, refusal_of, result_of
from support.memory import is_modelled


def test_boto3_goes_the_whole_round(border):
    async def call(service, operation, params):
        client = border(service)
        if not knows(client, operation):
            raise Unknown(operation)
        try:
            return result_of(getattr(client, xform_name(operation))(**params))
        except ClientError as error:
            raise refusal_of(error) from None

    unknown = asyncio.run(go_round(call))
    assert unknown == {name for name in NEWER if not is_modelled(name)}
