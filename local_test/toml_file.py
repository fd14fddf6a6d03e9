"""TOML files that a user writes."""

import tomllib
from pathlib import Path
from typing import Any

from local_test.errors import UserError


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """Return the text of a file and its content.

    Raises UserError when the file is missing, cannot be read or is invalid.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no TOML: {error}", "correct that line") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}", "name a TOML file") from error
