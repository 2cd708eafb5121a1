"""The vault: seals credentials so that a stolen database holds no token, and a moved row none that opens.

An envelope is version (1 byte) + length of the key id (1) + key id (ASCII) + nonce (12) + ciphertext and tag,
by AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D, section 8.2.2). Bound to it as associated data are the
envelope's head and the place it belongs to.
"""

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NoReturn

from pydantic import SecretBytes

if TYPE_CHECKING:
    # Imported where a secret is sealed or opened: the web's door does neither, and it is 7 MB.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_VERSION = 1
_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")


class VaultError(Exception):
    """A secret can't be sealed or opened; the message says what to do and holds no secret."""


class NoKey(VaultError):
    """There is no key at all."""


class MalformedKey(VaultError):
    """The text of the key ring can't be read."""


class UnknownKey(VaultError):
    """An envelope was sealed with a key that is not in the ring."""


class Changed(VaultError):
    """An envelope is not what was sealed for this place, or its key is another one of the same id."""


class Keyring:
    """The keys by id, newest first: the newest seals, all open. Only the ids can be read from it.

    Takes `id:base64 of 32 bytes` or the bare base64, separated by commas or white space. Raises NoKey and MalformedKey.
    """

    def __init__(self, text: str) -> None:
        keys: dict[str, SecretBytes] = {}
        for number, entry in enumerate(text.replace(",", " ").split(), 1):
            key_id, key = _parse_entry(entry, number)
            if key_id in keys:
                raise MalformedKey(f"key {number} of the key ring has the same id as an earlier one: {key_id}")
            keys[key_id] = SecretBytes(key)
        if not keys:
            raise NoKey(
                "no key to seal secrets with: make one by `agnox vault new-key` and set it as AGNOX_SECRET_KEYS"
            )
        self._keys: Mapping[str, SecretBytes] = keys

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._keys)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key ring is not to be written anywhere")

    def __contains__(self, key_id: object) -> bool:
        return key_id in self._keys

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._keys)

    @property
    def newest(self) -> str:
        return self.ids[0]

    def cipher(self, key_id: str) -> "AESGCM":
        """Gives the cipher of a key. Raises UnknownKey."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if key_id not in self._keys:
            raise UnknownKey(
                f"a secret was sealed with key {key_id!r}, which is not in the key ring ({', '.join(self._keys)}): "
                "put that key back at the end of the ring, or enter the secret anew"
            )
        return AESGCM(self._keys[key_id].get_secret_value())


def new_key() -> str:
    """Makes a key in the form of the key ring, `id:base64`."""
    key = os.urandom(KEY_BYTES)
    return f"{_derived_id(key)}:{base64.b64encode(key).decode()}"


class Vault:
    """Seals texts for one place and opens them only there.

    A place is an organization, a provider and a field. `reload` gives the key ring anew when an envelope names a key
    that is not known, so that a key added to the key file is found without a restart.
    """

    def __init__(self, keyring: Keyring, reload: Callable[[], Keyring] | None = None) -> None:
        self._keyring = keyring
        self._reload = reload

    def __repr__(self) -> str:
        return f"Vault({self._keyring!r})"

    @property
    def keyring(self) -> Keyring:
        return self._keyring

    def seal(self, text: str, *, organization_id: str, provider: str, field: str) -> bytes:
        """Encrypts under the newest key."""
        key_id = self._keyring.newest
        head = bytes([_VERSION, len(key_id)]) + key_id.encode()
        place = _associated(head, organization_id, provider, field)
        nonce = os.urandom(_NONCE_BYTES)
        # surrogatepass: any str comes back as it was, and no UnicodeError carries the text into a log.
        plain = text.encode("utf-8", "surrogatepass")
        return head + nonce + encrypt(self._keyring.cipher(key_id), nonce, plain, place)

    def open(self, envelope: bytes, *, organization_id: str, provider: str, field: str) -> str:
        """Decrypts what was sealed for this place. Raises UnknownKey and Changed."""
        from cryptography.exceptions import InvalidTag

        key_id = self.key_id(envelope)
        if self._reload is not None and key_id not in self._keyring:
            self._keyring = self._reload()
        cipher = self._keyring.cipher(key_id)
        start = 2 + len(key_id)
        nonce, sealed = envelope[start : start + _NONCE_BYTES], envelope[start + _NONCE_BYTES :]
        place = _associated(envelope[:start], organization_id, provider, field)
        try:
            return decrypt(cipher, nonce, sealed, place).decode("utf-8", "surrogatepass")
        except InvalidTag:
            raise Changed(
                f"the {provider} secret {field} of organization {organization_id} was changed or moved, or key "
                f"{key_id!r} of the key ring is not the one that sealed it: restore the key or enter the secret anew"
            ) from None

    @staticmethod
    def key_id(envelope: bytes) -> str:
        """Tells which key sealed an envelope. Raises Changed for what can't be an envelope."""
        length = envelope[1] if len(envelope) > 1 else 0
        key_id = envelope[2 : 2 + length].decode("latin-1")
        whole = len(envelope) >= 2 + length + _NONCE_BYTES + _TAG_BYTES
        if not whole or envelope[0] != _VERSION or _KEY_ID.fullmatch(key_id) is None:
            raise Changed("a stored secret was changed: it is not an envelope of this vault; enter the secret anew")
        return key_id


def encrypt(cipher: "AESGCM", nonce: bytes, plain: bytes, associated: bytes) -> bytes:
    """Gives ciphertext and 16-byte tag."""
    return cipher.encrypt(nonce, plain, associated)


def decrypt(cipher: "AESGCM", nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
    """Opens what `encrypt` gave. Raises InvalidTag."""
    return cipher.decrypt(nonce, sealed, associated)


def _associated(head: bytes, *fields: str) -> bytes:
    # Each part carries its length: no two places give the same bytes.
    parts = [head, *(field.encode("utf-8", "surrogatepass") for field in fields)]
    return b"".join(len(part).to_bytes(4) + part for part in parts)


def _parse_entry(entry: str, number: int) -> tuple[str, bytes]:
    key_id, colon, encoded = entry.rpartition(":")
    try:
        key = base64.b64decode(_standard(encoded), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    # What is wrong is told by position only: a malformed entry may hold a key anywhere.
    if len(key) != KEY_BYTES or (colon and _KEY_ID.fullmatch(key_id) is None):
        raise MalformedKey(
            f"key {number} of the key ring is not `id:base64 of {KEY_BYTES} bytes` (ids: letters, digits, . _ -): "
            "`agnox vault new-key` prints one"
        )
    return key_id or _derived_id(key), key


def _standard(encoded: str) -> str:
    bare = encoded.rstrip("=").replace("-", "+").replace("_", "/")
    return bare + "=" * (-len(bare) % 4)


def _derived_id(key: bytes) -> str:
    return "k" + hashlib.sha256(key).hexdigest()[:8]
