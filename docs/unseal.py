#!/usr/bin/env python3
"""Opens a sealed backup with nothing but this file, Python 3 and the package `cryptography` (Debian: python3-cryptography).

    unseal.py KEYS BACKUP > frames

KEYS is a folder with the owner's keys: one file a key, named by its id, as the entries of the Secret are; each holds 32 bytes in base64 or in
64 hexadecimal digits. BACKUP is the folder of the backup: manifest.json and data/. What comes out are the frames of all segments in order, as
they were before they were sealed: `zstd -d` reads them where `codec` in the manifest is Zstd, and so on. Nothing comes out that was not
found to be what was sealed; when something is wrong, the exit code is 1 and what came out before is to be thrown away.

It is written from docs/backup-format.md and shares nothing with the product: it proves the specification.
"""
import base64
import hashlib
import hmac
import json
import os
import re
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TAG = 16
NONCE = 12
ENDS_SEGMENT, ENDS_STREAM = 1, 2


class Trouble(Exception):
    pass


def owner_key(folder, key_id):
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,253}", key_id) or key_id == "." or key_id.startswith(".."):
        raise Trouble("sealing.keyId is no name of a key")
    try:
        with open(os.path.join(folder, key_id)) as file:
            text = file.read().strip()
    except FileNotFoundError:
        raise Trouble(f"the backup was sealed with the key '{key_id}', and {folder} has no such file")
    try:
        key = bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise Trouble(f"{folder}/{key_id} is no key: 32 bytes in base64 or in 64 hexadecimal digits are one")
    return key


def derive(data_key, purpose):
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(data_key)


def unwrap(manifest, key):
    sealing, backup = manifest["sealing"], manifest["backup"]
    wrapped = bytes.fromhex(sealing["wrappedKey"])
    context = "\n".join(["controlplane wrapped key 1", sealing["keyId"], backup["namespace"], backup["cluster"], backup["name"], backup["uid"]])
    try:
        return AESGCM(key).decrypt(wrapped[:NONCE], wrapped[NONCE:], context.encode())
    except InvalidTag:
        raise Trouble(f"the key '{sealing['keyId']}' is not the one that the backup was sealed with, or the manifest's wrapped key was changed")


def check_manifest(data, manifest, data_key):
    mac = manifest["sealing"]["mac"].encode()
    if len(mac) != 64 or data.count(mac) != 1:
        raise Trouble("the manifest has no one HMAC")
    expected = hmac.new(derive(data_key, b"controlplane backup manifest 1"), data.replace(mac, b"0" * 64), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), mac):
        raise Trouble("the manifest was changed after it was written")


def frames(manifest, folder, data_key):
    aes = AESGCM(derive(data_key, b"controlplane backup chunks 1"))
    backup, segments = manifest["backup"], manifest["segments"]
    root = f"{backup['namespace']}/{backup['cluster']}/{backup['name']}-{backup['uid']}/"
    for index, segment in enumerate(segments):
        name = segment["key"]
        if not re.fullmatch(r"data/[0-9]{2,}/[0-9]{8,}", name):
            raise Trouble(f"{name} is no key of a segment")
        with open(os.path.join(folder, name), "rb") as file:
            chunk, flags = 0, 0
            while not flags & ENDS_SEGMENT:
                head = file.read(4)
                flags, length = (head[0], int.from_bytes(head[1:], "big")) if len(head) == 4 else (0, 0)
                body = file.read(length + TAG)
                if len(head) != 4 or len(body) != length + TAG:
                    raise Trouble(f"{name} ends before its last chunk does")
                bound = (root + name).encode() + b"\0" + struct.pack(">Q", chunk) + head
                try:
                    yield aes.decrypt(struct.pack(">IQ", index, chunk), body, bound)
                except InvalidTag:
                    raise Trouble(f"chunk {chunk} of {name} is not what was sealed there")
                if flags & ENDS_STREAM and index != len(segments) - 1:
                    raise Trouble(f"the stream ends in {name}, and the manifest names more segments")
                chunk += 1
            if file.read(1):
                raise Trouble(f"{name} goes on after its last chunk")
    if not flags & ENDS_STREAM:
        raise Trouble("the stream goes on after the last segment")


def main(keys, folder):
    with open(os.path.join(folder, "manifest.json"), "rb") as file:
        data = file.read()
    manifest = json.loads(data)
    if manifest.get("sealing", {}).get("scheme") != "aes-256-gcm-chunks":
        raise Trouble("the manifest tells of no seal that is known here")
    data_key = unwrap(manifest, owner_key(keys, manifest["sealing"]["keyId"]))
    check_manifest(data, manifest, data_key)
    for frame in frames(manifest, folder, data_key):
        sys.stdout.buffer.write(frame)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(sys.argv[1], sys.argv[2])
    except (Trouble, OSError) as trouble:
        sys.exit(f"unseal: {trouble}")
