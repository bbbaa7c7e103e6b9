"""Athena's binary functions in Python: encodings, checksums and hashes. They return a varbinary result as hex digits.

https://trino.io/docs/current/functions/binary.html
"""

import base64
import binascii
import hashlib
import hmac
import struct
import zlib
from collections.abc import Callable
from typing import Any

_MASK = 2**64 - 1


def _failure(text: str) -> ValueError:
    return ValueError(f"INVALID_FUNCTION_ARGUMENT: {text}")


def _decoder(decode: Callable[[Any], bytes]) -> Callable[[Any], str]:
    def function(text: Any) -> str:
        try:
            return decode(text).hex()
        except (binascii.Error, ValueError) as error:
            raise _failure(str(error)) from None

    return function


def _from_hex(text: str | bytes) -> bytes:
    digits = text.decode() if isinstance(text, bytes) else text
    if len(digits) % 2:
        raise ValueError(f"invalid input length {len(digits)}")
    return bytes.fromhex(digits)


def _unpacked(form: str) -> Callable[[bytes], str]:
    """Return a function that unpacks a number from bytes, and returns the number as a string.

    :param form: format of Python's ``struct`` module, such as ``>i``
    """
    size = struct.calcsize(form)

    def function(value: bytes) -> str:
        if len(value) != size:
            raise _failure(f"expected {size}-byte input, but got instead: {len(value)}")
        return repr(struct.unpack(form, value)[0])

    return function


def _packed(form: str) -> Callable[[float], str]:
    return lambda number: struct.pack(form, number).hex()


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & _MASK


def _murmur_mixed(value: int) -> int:
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        value = (value ^ value >> 33) * factor & _MASK
    return value ^ value >> 33


def _murmur3(data: bytes) -> str:
    """Return the hash MurmurHash3_x64_128 with seed 0, as hex digits. https://github.com/aappleby/smhasher."""
    first, second = 0x87C37B91114253D5, 0x4CF5AD432745937F
    h1 = h2 = 0
    whole = len(data) // 16 * 16
    for place in range(0, whole, 16):
        k1, k2 = struct.unpack("<QQ", data[place : place + 16])
        h1 ^= _rotated(k1 * first & _MASK, 31) * second & _MASK
        h1 = ((_rotated(h1, 27) + h2) * 5 + 0x52DCE729) & _MASK
        h2 ^= _rotated(k2 * second & _MASK, 33) * first & _MASK
        h2 = ((_rotated(h2, 31) + h1) * 5 + 0x38495AB5) & _MASK
    k1, k2 = struct.unpack("<QQ", data[whole:].ljust(16, b"\0"))
    h2 ^= _rotated(k2 * second & _MASK, 33) * first & _MASK
    h1 ^= _rotated(k1 * first & _MASK, 31) * second & _MASK
    h1, h2 = h1 ^ len(data), h2 ^ len(data)
    h1 = (h1 + h2) & _MASK
    h2 = (h2 + h1) & _MASK
    h1, h2 = _murmur_mixed(h1), _murmur_mixed(h2)
    h1 = (h1 + h2) & _MASK
    h2 = (h2 + h1) & _MASK
    return struct.pack("<QQ", h1, h2).hex()


_XX = (11400714785074694791, 14029467366897019727, 1609587929392839161, 9650029242287828579, 2870177450012600261)
"""The prime constants of xxHash64. https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md."""


def _xx_round(lane: int, value: int) -> int:
    return _rotated((lane + value * _XX[1]) & _MASK, 31) * _XX[0] & _MASK


def _xx_lanes(data: bytes, whole: int) -> int:
    lanes = [(_XX[0] + _XX[1]) & _MASK, _XX[1], 0, -_XX[0] & _MASK]
    for place in range(0, whole, 32):
        values = struct.unpack("<4Q", data[place : place + 32])
        lanes = [_xx_round(lane, value) for lane, value in zip(lanes, values, strict=True)]
    result = sum(_rotated(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True)) & _MASK
    for lane in lanes:
        result = ((result ^ _xx_round(0, lane)) * _XX[0] + _XX[3]) & _MASK
    return result


def _xxhash64(data: bytes) -> str:
    """Return the hash xxHash64 with seed 0, as big-endian hex digits."""
    whole = len(data) // 32 * 32
    result = _xx_lanes(data, whole) if whole else _XX[4]
    result = (result + len(data)) & _MASK
    rest = data[whole:]
    while len(rest) >= 8:  # noqa: PLR2004 - a 64-bit number has 8 bytes
        result ^= _xx_round(0, struct.unpack("<Q", rest[:8])[0])
        result, rest = (_rotated(result, 27) * _XX[0] + _XX[3]) & _MASK, rest[8:]
    if len(rest) >= 4:  # noqa: PLR2004 - a 32-bit number has 4 bytes
        result ^= struct.unpack("<I", rest[:4])[0] * _XX[0] & _MASK
        result, rest = (_rotated(result, 23) * _XX[1] + _XX[2]) & _MASK, rest[4:]
    for byte in rest:
        result = _rotated(result ^ byte * _XX[4] & _MASK, 11) * _XX[0] & _MASK
    for shift, factor in ((33, _XX[1]), (29, _XX[2])):
        result = (result ^ result >> shift) * factor & _MASK
    return f"{result ^ result >> 32:016x}"


def _hmac(name: str) -> Callable[[bytes, bytes], str]:
    return lambda value, key: hmac.new(key, value, name).hexdigest()


def _padded(value: bytes, size: int, padding: bytes, *, left: bool) -> str:
    if not 0 <= size <= 2**31 - 1:
        raise _failure("Target length must be in the range [0..2147483647]")
    if not padding:
        raise _failure("Padding bytes must not be empty")
    missing = max(size - len(value), 0)
    filler = (padding * (missing // len(padding) + 1))[:missing]
    return ((filler + value) if left and missing else (value + filler)[:size]).hex()


def _substring(value: bytes, start: int, size: int = 2**31) -> str:
    if start == 0 or abs(start) > len(value) or size <= 0:
        return ""
    first = start - 1 if start > 0 else len(value) + start
    return value[first : first + size].hex()


def _text(value: bytes, replacement: str = "\N{REPLACEMENT CHARACTER}") -> str:
    """Decode UTF-8 bytes. Replace each invalid sequence by ``replacement``."""
    if len(replacement) > 1:
        raise _failure("Replacement character string must empty or a single character")
    text = ""
    while True:
        try:
            return text + value.decode()
        except UnicodeDecodeError as error:
            text += value[: error.start].decode() + replacement
            value = value[error.end :]


BINARY: dict[str, Callable[..., str]] = {
    "from_base32": _decoder(base64.b32decode),
    "from_base64url": _decoder(base64.urlsafe_b64decode),
    "from_hex": _decoder(_from_hex),
    "hmac_md5": _hmac("md5"),
    "hmac_sha1": _hmac("sha1"),
    "hmac_sha256": _hmac("sha256"),
    "hmac_sha512": _hmac("sha512"),
    "binary_lpad": lambda value, size, padding: _padded(value, size, padding, left=True),
    "binary_rpad": lambda value, size, padding: _padded(value, size, padding, left=False),
    "binary_reverse": lambda value: value[::-1].hex(),
    "binary_substr": _substring,
    "murmur3": _murmur3,
    "sha512": lambda value: hashlib.sha512(value).hexdigest(),
    "to_big_endian_32": _packed(">i"),
    "to_big_endian_64": _packed(">q"),
    "to_ieee754_32": _packed(">f"),
    "to_ieee754_64": _packed(">d"),
    "xxhash64": _xxhash64,
}
"""A dict from name to a Python function that implements an Athena function with a varbinary result.

The functions ``binary_lpad``, ``binary_rpad``, ``binary_reverse`` and ``binary_substr`` implement Athena's lpad(), rpad(),
reverse() and substr() for varbinary arguments. All other names are Athena's function names.
"""

TABLE: dict[str, Callable[..., str]] = {
    **BINARY,
    "crc32": lambda value: str(zlib.crc32(value)),
    "from_big_endian_32": _unpacked(">i"),
    "from_big_endian_64": _unpacked(">q"),
    "from_ieee754_32": _unpacked(">f"),
    "from_ieee754_64": _unpacked(">d"),
    "from_utf8": _text,
    "to_base32": lambda value: base64.b32encode(value).decode(),
    "to_base64url": lambda value: base64.urlsafe_b64encode(value).decode(),
}
