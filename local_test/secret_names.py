"""Recognises names of secrets, so that their values are masked."""

import re
from collections.abc import Mapping
from typing import Any

MASK = "********"
_WORDS = {"auth", "authorization", "cookie", "key", "pass", "pwd", "signature", "token"}
_PARTS = ("apikey", "credential", "passphrase", "passwd", "password", "secret")
_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")


def looks_secret(name: str) -> bool:
    """Return whether a name looks like a secret's: `DB_PASSWORD`, `apiToken`, `aws-secret-key`."""
    plain = name.lower()
    if any(part in plain for part in _PARTS):
        return True
    return any(word.lower() in _WORDS for word in _SPLIT.split(name))


def mask_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with those of secret names masked."""
    return {name: MASK if looks_secret(name) else value for name, value in values.items()}


def mask_words(words: list[str]) -> list[str]:
    """Return a command's words with the secrets in `--token X` and `TOKEN=X` masked."""
    shown, hidden = [], False
    for word in words:
        name, equals, _ = word.partition("=")
        option = word.startswith("-")
        if hidden and not option:
            shown.append(MASK)
        elif equals and looks_secret(name):
            shown.append(f"{name}={MASK}")
        else:
            shown.append(word)
        hidden = option and not equals and looks_secret(word)
    return shown
