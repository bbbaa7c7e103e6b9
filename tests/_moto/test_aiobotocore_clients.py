"""Response bodies of asynchronous clients. tests/clients/test_async.py and test_s3fs.py test the clients themselves."""

import asyncio

from moto_featurestore._moto.aiobotocore_clients import _Body


def test_body_has_the_methods_of_a_response_of_aiohttp():
    """aiobotocore before version 3 enters the response itself (aiobotocore/response.py, StreamingBody.__aenter__)."""

    async def read():
        async with _Body("https://bucket.s3.amazonaws.com/key", b"abc") as body:
            first, is_at_end = await body.content.read(2), body.content.at_eof()
            return first, is_at_end, await body.read(), body.content.at_eof()

    assert asyncio.run(read()) == (b"ab", False, b"c", True)
