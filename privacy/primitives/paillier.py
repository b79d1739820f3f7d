"""Paillier encryption with g = N + 1 over integers (Paillier, EUROCRYPT 1999, section 4; CRT of section 7).

Enc(m; r) = (1 + N)^m * r^N mod N^2. Ciphertexts multiply to add plaintexts and rise to a power to scale them.
They are semantically secure against passive adversaries under the decisional composite residuosity
assumption, and malleable by design: never decrypt what came without a proof. Plaintexts are signed integers
|m| <= (N - 1)/2; there is no fixed-point and no float here. Any implementation with g = N + 1 can add and
decrypt these ciphertexts.

Keys are Paillier-Blum: p = q = 3 mod 4, gcd(N, phi(N)) = 1, so that the modulus proof applies and r -> r^N is
a uniform mask of the N-th residues. 3072 bits give 128-bit security (NIST SP 800-57 part 1 rev. 5, table 2);
2048 is for tests and benchmarks. Key-owner exponentiations use GMP's side-channel silent powmod; Python's own
integer arithmetic around it is not constant-time.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, field

import gmpy2

from privacy.errors import KeyRefused, MalformedEncoding, NotAUnit, OutOfRange
from privacy.primitives import primes
from privacy.primitives.secret import Secret
from privacy.primitives.wire import Reader, check_integer, encode_uint, header

KEY_BITS = 3072
BENCHMARK_KEY_BITS = 2048
SUPPORTED_KEY_BITS = (KEY_BITS, BENCHMARK_KEY_BITS)

_KEY_TAG, _KEY_VERSION = b"PLSK", 1


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A Paillier modulus.

    Attributes:
        modulus: N, odd, of 3072 bits (2048 for tests and benchmarks).
        insecure_size: Lifts the rule on length, for known-answer tests with toy keys only.

    Raises:
        KeyRefused: N is even, not greater than 1, or has an unsupported length.
    """

    modulus: int
    insecure_size: bool = field(default=False, compare=False, kw_only=True)

    def __post_init__(self) -> None:
        if self.modulus <= 1 or self.modulus % 2 == 0:
            raise KeyRefused("a Paillier modulus is odd and greater than one")
        if not self.insecure_size and self.modulus.bit_length() not in SUPPORTED_KEY_BITS:
            raise KeyRefused(f"a Paillier modulus of {self.modulus.bit_length()} bits is not supported")

    @property
    def square(self) -> int:
        """N^2, the modulus of ciphertexts."""
        return self.modulus * self.modulus

    @property
    def modulus_bytes(self) -> int:
        """Length in bytes of an encoded residue modulo N."""
        return (self.modulus.bit_length() + 7) // 8

    @property
    def ciphertext_bytes(self) -> int:
        """Length in bytes of an encoded ciphertext: twice that of a residue modulo N."""
        return 2 * self.modulus_bytes

    @property
    def plaintext_bound(self) -> int:
        """(N - 1)/2: the largest absolute value of a plaintext."""
        return (self.modulus - 1) // 2


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey(Secret):
    """The two primes of a modulus and what decryption derives from them.

    Build it with `generate_key`, `import_key`, or `insecure_test_key`.
    """

    p: int
    q: int
    public: PublicKey
    p_square: int = field(init=False)
    q_square: int = field(init=False)
    p_inverse: int = field(init=False)
    p_square_inverse: int = field(init=False)
    h_p: int = field(init=False)
    h_q: int = field(init=False)

    def __post_init__(self) -> None:
        p, q = self.p, self.q
        if p * q != self.public.modulus or p == q or not (primes.is_prime(p) and primes.is_prime(q)):
            raise KeyRefused("the modulus is not the product of two different primes")
        if math.gcd(p * q, (p - 1) * (q - 1)) != 1:
            raise KeyRefused("N and phi(N) share a factor")
        if not self.public.insecure_size and (p % 4, q % 4) != (3, 3):
            raise KeyRefused("both primes are 3 modulo 4")
        derived = {
            "p_square": p * p,
            "q_square": q * q,
            "p_inverse": pow(p, -1, q),
            "p_square_inverse": pow(p * p, -1, q * q),
            # (1 + N)^(p-1) = 1 + (p-1)N mod p^2, hence L_p of it is -q mod p.
            "h_p": pow(-q, -1, p),
            "h_q": pow(-p, -1, q),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)


def generate_key(bits: int = KEY_BITS) -> PrivateKey:
    """Draw a fresh Paillier-Blum key of exactly `bits` bits.

    Raises:
        KeyRefused: The length is neither 3072 nor 2048.
    """
    if bits not in SUPPORTED_KEY_BITS:
        raise KeyRefused(f"a Paillier modulus of {bits} bits is not supported")
    while True:
        p, q = primes.random_blum_prime(bits // 2), primes.random_blum_prime(bits // 2)
        # FIPS 186-5 A.1.3: primes too near each other fall to Fermat's factoring.
        if abs(p - q).bit_length() <= bits // 2 - 100 or math.gcd(p * q, (p - 1) * (q - 1)) != 1:
            continue
        return PrivateKey(p, q, PublicKey(p * q))


def insecure_test_key(p: int, q: int) -> PrivateKey:
    """Build a key of any length from given primes, without security: for known-answer tests only."""
    return PrivateKey(p, q, PublicKey(p * q, insecure_size=True))


def export_key(key: PrivateKey) -> bytes:
    """Return the private key as bytes, for a sealed store: the one place where it leaves its object."""
    length = key.public.modulus_bytes
    return (
        header(_KEY_TAG, _KEY_VERSION)
        + encode_uint(length, 2)
        + b"".join(encode_uint(prime, length // 2) for prime in (key.p, key.q))
    )


def import_key(data: bytes) -> PrivateKey:
    """Read a private key back from `export_key`.

    Raises:
        MalformedEncoding: The bytes are no such encoding.
        KeyRefused: The numbers are no Paillier-Blum key of a supported length.
    """
    reader = Reader(data)
    reader.expect_header(_KEY_TAG, _KEY_VERSION)
    length = reader.take_uint(2)
    if 8 * length not in SUPPORTED_KEY_BITS:
        raise MalformedEncoding(f"a key of {length} bytes is not supported")
    p, q = reader.take_uint(length // 2), reader.take_uint(length // 2)
    reader.finish()
    return PrivateKey(p, q, PublicKey(p * q))


def random_unit(modulus: int) -> int:
    """Return a uniform unit modulo `modulus`."""
    while True:
        candidate = 1 + secrets.randbelow(modulus - 1)
        if math.gcd(candidate, modulus) == 1:
            return candidate


def check_unit(value: int, modulus: int, what: str) -> None:
    """Refuse what is not a unit of [1, modulus).

    Raises:
        NotAUnit: The value is out of range or shares a factor with the modulus.
    """
    if not 0 < value < modulus or gmpy2.gcd(value, modulus) != 1:
        raise NotAUnit(f"{what} is not a unit of its modulus")


def check_ciphertext(public: PublicKey, ciphertext: int) -> None:
    """Refuse what is not a unit of [1, N^2).

    Raises:
        NotAUnit: The value is out of range or shares a factor with N.
    """
    check_unit(ciphertext, public.square, "ciphertext")


def encode_ciphertext(public: PublicKey, ciphertext: int) -> bytes:
    """Return the canonical encoding: `public.ciphertext_bytes` bytes, big-endian.

    Raises:
        NotAUnit: The value is no ciphertext.
    """
    check_ciphertext(public, ciphertext)
    return encode_uint(ciphertext, public.ciphertext_bytes)


def decode_ciphertext(public: PublicKey, data: bytes) -> int:
    """Read a ciphertext from its canonical encoding.

    Raises:
        MalformedEncoding: The length is wrong.
        NotAUnit: The value is no ciphertext.
    """
    if len(data) != public.ciphertext_bytes:
        raise MalformedEncoding(f"a ciphertext has {public.ciphertext_bytes} bytes, got {len(data)}")
    ciphertext = int.from_bytes(data, "big")
    check_ciphertext(public, ciphertext)
    return ciphertext


def encode_plaintext(public: PublicKey, plaintext: int) -> int:
    """Return (1 + N)^m mod N^2 = 1 + mN: the ciphertext with randomness one, which hides nothing.

    Raises:
        OutOfRange: m is no integer, or |m| exceeds (N - 1)/2.
    """
    check_integer(plaintext, "a plaintext")
    if abs(plaintext) > public.plaintext_bound:
        raise OutOfRange("the plaintext exceeds half the modulus")
    return (1 + plaintext * public.modulus) % public.square


def encrypt(public: PublicKey, plaintext: int, randomness: int | None = None) -> int:
    """Encrypt a signed integer under a fresh uniform unit (or the given one, for known-answer tests).

    Raises:
        OutOfRange: m is no integer, or |m| exceeds (N - 1)/2.
        NotAUnit: The given randomness is no unit modulo N.
    """
    root = random_unit(public.modulus) if randomness is None else randomness
    check_unit(root, public.modulus, "randomness")
    mask = gmpy2.powmod(root, public.modulus, public.square)
    return int(encode_plaintext(public, plaintext) * mask % public.square)


def power_of_root(key: PrivateKey, root: int) -> int:
    """Return root^N mod N^2 by CRT, for the key owner: about a third of the plain cost.

    Modulo p^2, r^N = (r^q mod p)^p, because x^p mod p^2 depends on x mod p only.
    """
    residues = []
    for prime, other, square in ((key.p, key.q, key.p_square), (key.q, key.p, key.q_square)):
        inner = gmpy2.powmod_sec(root % prime, other % (prime - 1), prime)
        residues.append(gmpy2.powmod_sec(inner, prime, square))
    return _recombine_squares(key, residues[0], residues[1])


def _recombine_squares(key: PrivateKey, residue_p: int, residue_q: int) -> int:
    lift = (residue_q - residue_p) * key.p_square_inverse % key.q_square
    return int(residue_p + key.p_square * lift)


def recombine(key: PrivateKey, residue_p: int, residue_q: int) -> int:
    """Return the residue modulo N with the given residues modulo p and q."""
    return int(residue_p + key.p * ((residue_q - residue_p) * key.p_inverse % key.q))


def encrypt_as_owner(key: PrivateKey, plaintext: int, randomness: int | None = None) -> int:
    """Encrypt as `encrypt` does, with the same result for the same randomness, by CRT.

    Raises:
        OutOfRange: m is no integer, or |m| exceeds (N - 1)/2.
        NotAUnit: The given randomness is no unit modulo N.
    """
    public = key.public
    root = random_unit(public.modulus) if randomness is None else randomness
    check_unit(root, public.modulus, "randomness")
    return encode_plaintext(public, plaintext) * power_of_root(key, root) % public.square


def decrypt(key: PrivateKey, ciphertext: int) -> int:
    """Return the signed plaintext m with |m| <= (N - 1)/2.

    Raises:
        NotAUnit: The value is no ciphertext.
    """
    check_ciphertext(key.public, ciphertext)
    m_p = _log(key.p, key.p_square, ciphertext) * key.h_p % key.p
    m_q = _log(key.q, key.q_square, ciphertext) * key.h_q % key.q
    residue = recombine(key, m_p, m_q)
    return residue if residue <= key.public.plaintext_bound else residue - key.public.modulus


def _log(prime: int, square: int, ciphertext: int) -> int:
    """Return L(c^(prime-1) mod prime^2) with L(u) = (u - 1)/prime."""
    return (int(gmpy2.powmod_sec(ciphertext % square, prime - 1, square)) - 1) // prime


def extract_root(key: PrivateKey, ciphertext: int) -> int:
    """Return the randomness r of a ciphertext, the unique N-th root of c modulo N.

    Raises:
        NotAUnit: The value is no ciphertext.
    """
    check_ciphertext(key.public, ciphertext)
    return nth_root(key, ciphertext % key.public.modulus)


def nth_root(key: PrivateKey, residue: int) -> int:
    """Return the unique x with x^N = residue modulo N, for a unit residue."""
    roots = []
    for prime in (key.p, key.q):
        exponent = pow(key.public.modulus % (prime - 1), -1, prime - 1)
        roots.append(gmpy2.powmod_sec(residue % prime, exponent, prime))
    return recombine(key, roots[0], roots[1])


def add(public: PublicKey, first: int, second: int) -> int:
    """Return a ciphertext of the sum of two plaintexts, modulo N."""
    return int(gmpy2.mpz(first) * second % public.square)


def add_plain(public: PublicKey, ciphertext: int, plaintext: int) -> int:
    """Return a ciphertext of the plaintext plus a public integer; the randomness stays.

    Raises:
        OutOfRange: The integer exceeds half the modulus.
    """
    return add(public, ciphertext, encode_plaintext(public, plaintext))


def multiply(public: PublicKey, ciphertext: int, factor: int) -> int:
    """Return a ciphertext of the plaintext times a signed integer.

    The result shows the factor to whoever knows the randomness of the input: rerandomise before sending it.
    """
    return int(gmpy2.powmod(ciphertext, factor, public.square))


def rerandomise(public: PublicKey, ciphertext: int) -> int:
    """Return a fresh ciphertext of the same plaintext, unlinkable to the first without the key.

    The mask is a uniform N-th residue: toward a key owner who chose p and q a short exponent would not hide.
    """
    return add(public, ciphertext, encrypt(public, 0))
