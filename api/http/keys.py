"""Where the keys of an accounts file are: keystores, tokens behind PKCS#11, signing services.

Each participant of the file has exactly one of

    "keystore":   "supplier-1.json"
    "pkcs11":     {"module": "/usr/lib/softhsm/libsofthsm2.so", "token": "gateway", "key": "supplier-1",
                   "pin_env": "GATEWAY_PIN"}                  (or "pin_file": "gateway.pin")
    "web3signer": {"url": "http://signer.internal:9000", "address": "0x5FbD…"}

No secret is in the file: a keystore's password and a PIN come from the environment, or a PIN from a file that
its owner alone can read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chain.signing import Signer, SigningFailed, read_keystore

KINDS = ("keystore", "pkcs11", "web3signer")

_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


class BadKey(Exception):
    """A key is not where it is said to be, or cannot be; the message names the field and the rule."""


@dataclass(frozen=True, slots=True)
class Keystore:
    """A key in a file, under the password of all keystores."""

    path: Path


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A key in a token, whose PIN is in a variable of the environment or in a file: exactly one is named."""

    module: Path
    token: str
    key: str
    pin_env: str = ""
    pin_file: Path | None = None


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """A key with Web3Signer, by its account; with `builds` the service builds transactions itself."""

    url: str
    address: str
    builds: bool = False


KeyPlace = Keystore | TokenKey | ServiceKey


def key_place(given: Mapping[str, Any], folder: Path) -> KeyPlace:
    """Where an account's key is, from its entry in the file; paths are relative to a folder.

    Raises:
        BadKey: it is none of the forms, or a field of it is missing or wrong.
    """
    named = [kind for kind in KINDS if kind in given]
    if len(named) != 1:
        said = " and ".join(named) if named else "none of them is there"
        raise BadKey(f"{', '.join(KINDS)}: exactly one says where the key is; {said}")
    (kind,) = named
    if kind == "keystore":
        return Keystore(folder / _text(given, "keystore", "keystore"))
    place = given[kind]
    if not isinstance(place, dict):
        raise BadKey(f"{kind}: must be an object")
    return _token_key(place, folder) if kind == "pkcs11" else _service_key(place)


@dataclass
class KeyRing:
    """Opens keys; tokens and services are reached once each, whatever number of keys they have.

    Attributes:
        password: of the keystores.
        environment: where PINs may be.
    """

    password: str = field(repr=False)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    _tokens: dict[tuple[Path, str], tuple[TokenKey, Any]] = field(default_factory=dict, repr=False)
    _services: dict[tuple[str, bool], Mapping[str, Signer]] = field(default_factory=dict, repr=False)

    def signer(self, place: KeyPlace) -> Signer:
        """The signer whose key is at a place.

        Raises:
            BadKey: the key cannot be had; the message holds no secret.
        """
        match place:
            case Keystore():
                return self._keystore(place)
            case TokenKey():
                return self._token(place)
            case ServiceKey():
                return self._service(place)

    def close(self) -> None:
        """Logs out of the tokens; their signers sign no more."""
        for _, token in self._tokens.values():
            token.close()
        self._tokens.clear()

    def _keystore(self, place: Keystore) -> Signer:
        try:
            return read_keystore(place.path, self.password)
        except FileNotFoundError as error:
            raise BadKey(f"keystore: there is no {place.path}") from error
        except (ValueError, TypeError, KeyError, RecursionError):
            # What went wrong inside may quote the file; the password or the file is wrong, whichever.
            raise BadKey("keystore: wrong password, or no keystore") from None

    def _token(self, place: TokenKey) -> Signer:
        from chain.signing.pkcs11 import Token

        opened = self._tokens.get((place.module, place.token))
        try:
            if opened is None:
                opened = place, Token(place.module, place.token, self._pin(place))
                self._tokens[(place.module, place.token)] = opened
            elif (opened[0].pin_env, opened[0].pin_file) != (place.pin_env, place.pin_file):
                raise BadKey(f"pkcs11: token {place.token!r} has its PIN from two places; one of them counts")
            signer: Signer = opened[1].signer(place.key)
        except SigningFailed as error:
            raise BadKey(f"pkcs11: {error}") from None
        return signer

    def _pin(self, place: TokenKey) -> str:
        if place.pin_file is None:
            pin = self.environment.get(place.pin_env, "")
            if not pin:
                raise BadKey(f"pkcs11: pin_env: {place.pin_env} is not set in the environment")
            return pin
        try:
            mode = place.pin_file.stat().st_mode & 0o777
            if os.name == "posix" and mode & 0o077:
                raise BadKey(
                    f"pkcs11: pin_file: others can read {place.pin_file} (mode {mode:03o}); chmod 600 it"
                )
            pin = place.pin_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadKey(f"pkcs11: pin_file: {place.pin_file}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise BadKey(f"pkcs11: pin_file: {place.pin_file} is no text") from None
        if not pin:
            raise BadKey(f"pkcs11: pin_file: {place.pin_file} is empty")
        return pin

    def _service(self, place: ServiceKey) -> Signer:
        from chain.signing.web3signer import connect_web3signer

        key = place.url, place.builds
        try:
            if key not in self._services:
                self._services[key] = connect_web3signer(place.url, builds=place.builds)
        except SigningFailed as error:
            raise BadKey(f"web3signer: {place.url}: {error}") from None
        found = {address.lower(): signer for address, signer in self._services[key].items()}
        if place.address.lower() not in found:
            raise BadKey(f"web3signer: {place.url} has no key of {place.address}")
        return found[place.address.lower()]


def _token_key(place: Mapping[str, Any], folder: Path) -> TokenKey:
    if "pin" in place:
        raise BadKey("pkcs11: pin: must not be in the file; name a variable (pin_env) or a file (pin_file)")
    _only(place, "pkcs11", ("module", "token", "key", "pin_env", "pin_file"))
    if ("pin_env" in place) == ("pin_file" in place):
        raise BadKey("pkcs11: pin_env, pin_file: exactly one says where the PIN is")
    module, token, key = (_text(place, name, f"pkcs11: {name}") for name in ("module", "token", "key"))
    if "pin_file" in place:
        file = folder / _text(place, "pin_file", "pkcs11: pin_file")
        return TokenKey(folder / module, token, key, pin_file=file)
    variable = _text(place, "pin_env", "pkcs11: pin_env")
    if not _ENVIRONMENT_NAME.fullmatch(variable):
        raise BadKey("pkcs11: pin_env: must be the name of a variable, not a PIN")
    return TokenKey(folder / module, token, key, pin_env=variable)


def _service_key(place: Mapping[str, Any]) -> ServiceKey:
    _only(place, "web3signer", ("url", "address", "builds"))
    url, address = (_text(place, name, f"web3signer: {name}") for name in ("url", "address"))
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise BadKey("web3signer: url: must be http:// or https:// and a host")
    if parts.username is not None or parts.password is not None:
        raise BadKey("web3signer: url: must hold no name and no password; this file holds no secret")
    if not _ADDRESS.fullmatch(address):
        raise BadKey("web3signer: address: must be 0x and 40 hexadecimal digits")
    builds = place.get("builds", False)
    if not isinstance(builds, bool):
        raise BadKey("web3signer: builds: must be true or false")
    return ServiceKey(url, address, builds)


def _only(place: Mapping[str, Any], kind: str, known: tuple[str, ...]) -> None:
    strange = sorted(set(place) - set(known))
    if strange:
        raise BadKey(f"{kind}: {strange[0]}: is not known; there are {', '.join(known)}")


def _text(given: Mapping[str, Any], name: str, where: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise BadKey(f"{where}: must be text")
    return value
