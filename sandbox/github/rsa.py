"""RSA as far as a GitHub App's key needs it: made, written down as GitHub gives it out, and verified with.

For the sandbox alone: it signs nothing and guards nothing, so it need not resist anybody. The form is that of
RFC 8017 (PKCS #1), the algorithm RS256 of RFC 7518.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import textwrap
from dataclasses import dataclass
from functools import cache

_BITS = 2048
_PUBLIC_EXPONENT = 65_537
_SMALL_PRIMES = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before a SHA-256 digest in a signature (RFC 8017, section 9.2)."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key, of which verifying uses the public half."""

    first: int
    second: int

    @property
    def modulus(self) -> int:
        return self.first * self.second

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether the private key signed ``message`` with RS256."""
        size = _BITS // 8
        found = pow(int.from_bytes(signature, "big"), _PUBLIC_EXPONENT, self.modulus).to_bytes(size, "big")
        digest = _SHA256 + hashlib.sha256(message).digest()
        return found == b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest

    def pem(self) -> str:
        """The private key as the file that GitHub has a person download."""
        p, q = self.first, self.second
        secret = pow(_PUBLIC_EXPONENT, -1, (p - 1) * (q - 1))
        parts = (
            *(0, self.modulus, _PUBLIC_EXPONENT, secret, p, q),
            *(secret % (p - 1), secret % (q - 1), pow(q, -1, p)),
        )
        body = b"".join(_tagged(2, part.to_bytes(part.bit_length() // 8 + 1, "big")) for part in parts)
        lines = textwrap.wrap(base64.b64encode(_tagged(0x30, body)).decode(), 64)
        label = "RSA PRIVATE KEY"
        return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


@cache
def key_pair() -> KeyPair:
    """The one of this process: finding primes takes a while."""
    return KeyPair(_prime(_BITS // 2), _prime(_BITS // 2))


def _prime(bits: int) -> int:
    while True:
        # with both highest bits set, the product of two has all the bits that it should have
        found = secrets.randbits(bits) | (3 << (bits - 2)) | 1
        if found % _PUBLIC_EXPONENT == 1 or not all(found % small for small in _SMALL_PRIMES):
            continue
        if _probable(found):
            return found


def _probable(number: int) -> bool:
    """Miller and Rabin's test."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(8):
        power = pow(secrets.randbelow(number - 3) + 2, odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = pow(power, 2, number)
            if power == number - 1:
                break
        else:
            return False
    return True


def _tagged(tag: int, content: bytes) -> bytes:
    """One value in DER."""
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
