"""Malformed HTTP against the server: ``python benchmarks/fuzz_http.py --requests 100000``.

Each connection sends a mutated request and a valid one. The body of the mutated request contains a third request. A server handles it
only if it finds a wrong end of the body. h11 parses the same bytes. The server must not handle a request that h11 does not find, and
must not return a 5xx except for errors raised in moto. The benchmark requires h11.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from random import Random

import h11

CONCURRENT = 64
PATIENCE = 0.5
"""Seconds to wait for a response. An incomplete request gets none."""
SIGNED = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=x"
LENGTHS = ["0", "1", "+3", "-1", "1_0", "0x5", "99999999999999999999999", "1, 1", " 5", "5 ", "", "5;a", "1e2", "05"]
CODINGS = ["chunked"] * 20 + [
    "Chunked",
    "xchunked",
    "chunked, identity",
    "identity",
    "gzip, chunked",
    " chunked",
    "chunked\t",
]
EXTRAS = [
    "X A: 1",
    "X-A : 1",
    "X-A: 1\r\n folded",
    "X-A: \0",
    "X-A: \xff",
    ": 1",
    "X-A",
    "Host: evil.example",
    "Expect: 100-continue",
    "Connection: close",
    "Connection: upgrade\r\nUpgrade: websocket",
    "Content-Encoding: gzip",
    "Origin: http://evil.example",
    "X-Amz-Target: SageMaker.ListFeatureGroups",
    "X-Amz-Target: \xe9",
]
CHUNK_SIZES = ["%x", "%X", "0%x", "%x;a=b", "%x ", " %x", "-%x", "+%x", "0x%x", "%xg", "", "fffffffffffffffff"]
ENDS = ["\r\n"] * 60 + ["\n", "\r", "\r\r\n"]


def main() -> int:
    """Send the requests. Return 1 if the server failed, or handled data that is not a request."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000, help="mutated requests (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the random numbers (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as stderr:
        command = [sys.executable, "-m", "moto_featurestore", "serve", "--port", "0", "--log", "json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as process:  # noqa: S603 - our own
            assert process.stdout
            port = int(process.stdout.readline().rpartition(":")[2])
            try:
                fuzz = Fuzz(port, options.seed)
                asyncio.run(fuzz.run(options.requests))
            finally:
                process.terminate()
        stderr.seek(0)
        lines = stderr.read().splitlines()
    return report(fuzz, [json.loads(line) for line in lines if line.startswith("{")], lines)


def report(fuzz: "Fuzz", entries: list[dict[str, object]], lines: list[str]) -> int:
    """Print what happened. Return 1 if something is wrong."""
    ran = {match[0] for entry in entries if (match := re.search(r"smuggled-[0-9]+", str(entry["path"])))}
    desynchronized = ran - fuzz.visible
    for name in sorted(desynchronized)[:5]:
        print(f"DESYNCHRONIZED: {fuzz.sent[name]!r}")
    raised = Counter(raised_in(lines))
    for frame, count in raised.most_common():
        print(f"{count} errors raised in {frame}")
    own = sum(count for frame, count in raised.items() if "moto_featurestore" in frame)
    moto = raised.total() - own
    print(f"{fuzz.statuses.total()} answers: {dict(sorted(fuzz.statuses.items()))}")
    print(f"{len(fuzz.visible)} requests within bodies are requests by h11; the server ran {len(ran)}")
    unexplained = max(0, len(fuzz.failures) - moto - own)
    print(
        f"{len(desynchronized)} desynchronized; {len(fuzz.failures)} answers of 5xx: {moto} by errors in moto,"
        f" {own} by errors in moto_featurestore, {unexplained} by others"
    )
    for answer, data in fuzz.failures[: 5 if unexplained else 0]:
        print(f"FAILED: {data!r}\n  {answer!r}")
    return int(bool(desynchronized or own or unexplained))


def raised_in(lines: list[str]) -> Iterator[str]:
    """Yield the function of moto or of this package that raised each error, or that called the library which raised it."""
    frame = ""
    for line in [*lines, "Traceback"]:
        if line.startswith(("During handling of the above", "The above exception was")):
            frame = ""  # only the last error of a chain counts
        elif line.startswith("Traceback"):
            if frame:
                yield frame
            frame = "?"
        elif match := re.search(r'File ".*/((?:moto|moto_featurestore)/[^"]+)", line [0-9]+, in (.+)', line):
            frame = " ".join(match.groups())


class Fuzz:
    """Mutated requests, and their outcomes."""

    def __init__(self, port: int, seed: int) -> None:
        self._port, self._chance = port, Random(seed)  # noqa: S311 - keeps no secret
        self.statuses: Counter[int] = Counter()
        self.failures: list[tuple[bytes, bytes]] = []
        self.visible: set[str] = set()
        self.sent: dict[str, bytes] = {}

    async def run(self, requests: int) -> None:
        """Send requests, each over a new connection."""
        numbers = iter(range(requests))
        await asyncio.gather(*(self._client(numbers) for _ in range(CONCURRENT)))

    async def _client(self, numbers: Iterator[int]) -> None:
        for number in numbers:
            name = f"smuggled-{number}"
            data = (
                self._mutated(name)
                + b"GET /moto-api/featurestore/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            )
            if name in seen_by_h11(data):
                self.visible.add(name)
            self.sent[name] = data
            self._count(await self._exchange(data), data)

    async def _exchange(self, data: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        answer = b""
        try:
            writer.write(data)
            answer = await read_to_end(reader)
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()
        return answer

    def _count(self, answer: bytes, data: bytes) -> None:
        statuses = [int(status) for status in re.findall(rb"(?:^|\n|\})HTTP/1\.[01] ([0-9]{3}) ", answer)]
        self.statuses.update(statuses)
        if any(status >= 500 for status in statuses):  # noqa: PLR2004 - errors of servers
            self.failures.append((answer, data))

    # The requests.

    def _mutated(self, name: str) -> bytes:
        chance = self._chance
        inner = f"GET /{name} HTTP/1.1\r\nHost: a\r\n\r\n"
        line, headers = self._start(name)
        body = inner if self._happens(0.7) else '{"MaxResults": 1}'
        has_length = self._happens(0.4)
        if has_length:
            headers.append(f"Content-Length: {len(body) if self._happens(0.8) else chance.choice(LENGTHS)}")
        if not has_length or self._happens(0.1):
            headers.append(f"Transfer-Encoding: {chance.choice(CODINGS)}")
            body = self._chunked(body)
        for _ in range(chance.choice([0, 0, 0, 1, 2])):
            headers.append(chance.choice(EXTRAS))
        chance.shuffle(headers)
        end = chance.choice(ENDS)
        data = bytearray((end.join([line, *headers]) + end + end + body).encode("latin-1"))
        for _ in range(chance.choice([0, 0, 0, 0, 0, 1, 2, 4])):
            self._mutate_bytes(data)
        return bytes(data)

    def _start(self, name: str) -> tuple[str, list[str]]:
        chance = self._chance
        method = chance.choice(["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS"] * 4 + ["get", "FOO"])
        path, headers = chance.choice(
            [
                (
                    f"/FeatureGroup/{name.replace('smuggled', 'outer')}",
                    ["Authorization: " + SIGNED.format("sagemaker")],
                ),
                ("/BatchGetRecord", []),
                ("/", ["X-Amz-Target: SageMaker.ListFeatureGroups"]),
                ("/moto-api/featurestore/health", []),
                ("/bucket/key", ["Authorization: " + SIGNED.format("s3")]),
                ("http://localhost/bucket", ["Authorization: " + SIGNED.format("s3")]),
                ("/%zz%00%2F?a=%zz&a", ["Authorization: " + SIGNED.format("sagemaker")]),
            ]
        )
        version = chance.choice(["HTTP/1.1"] * 40 + ["HTTP/1.0", "HTTP/2.0", "http/1.1", ""])
        return f"{method} {path} {version}", ["Host: localhost", *headers]

    def _chunked(self, body: str) -> str:
        chance = self._chance
        size = (
            (chance.choice(CHUNK_SIZES) if self._happens(0.2) else "%x").replace("%x", "{0:x}").replace("%X", "{0:X}")
        )
        end, last = chance.choice(ENDS), chance.choice(["0", "0", "0", "00", "", "0;a"])
        trailer = chance.choice(["", "", "", "X-T: 1\r\n", "Content-Length: 5\r\n"])
        return f"{size.format(len(body))}{end}{body}{end}{last}\r\n{trailer}\r\n"

    def _happens(self, probability: float) -> bool:
        return self._chance.random() < probability

    def _mutate_bytes(self, data: bytearray) -> None:
        chance = self._chance
        place = chance.randrange(len(data))
        kind = chance.randrange(4)
        if kind == 0:
            data[place] = chance.randrange(256)
        elif kind == 1:
            data[place:place] = bytes(chance.choice(b"\r\n\0 :;\t\x7f\xff") for _ in range(chance.randrange(1, 4)))
        elif kind == 2:  # noqa: PLR2004 - one of four
            del data[place : place + chance.randrange(1, 9)]
        else:
            data[place:place] = data[place : place + chance.randrange(1, 40)]


async def read_to_end(reader: asyncio.StreamReader) -> bytes:
    """Read until the server closes the connection or sends no more data."""
    answer = b""
    try:
        while chunk := await asyncio.wait_for(reader.read(65536), PATIENCE):
            answer += chunk
    except (TimeoutError, ConnectionError):
        pass
    return answer


def seen_by_h11(data: bytes) -> str:
    """Return the targets of the requests that h11 parses from some bytes."""
    targets = ""
    while data := data.lstrip(b"\r\n"):  # servers may skip empty lines before a request: RFC 9112, 2.2
        connection = h11.Connection(h11.SERVER)
        connection.receive_data(data)
        try:
            while (event := connection.next_event()) is not h11.NEED_DATA and not isinstance(event, h11.EndOfMessage):
                if isinstance(event, h11.Request):
                    targets += f"{event.target.decode('latin-1')} "
        except h11.ProtocolError:
            return targets
        if event is h11.NEED_DATA:
            return targets
        data, _ = connection.trailing_data
    return targets


if __name__ == "__main__":
    sys.exit(main())
