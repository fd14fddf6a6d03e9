"""Present names of the types that a skops file of an earlier version names.

A skops file names each type by its module. The modules of this package moved after 0.1.0, so the
names in such a file are replaced before it is checked and loaded.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any
from zipfile import ZipFile

_SCHEMA = "schema.json"
_OLD = "preprocessor."
_NEW = "preprocessor.transforms."
RENAMED: Mapping[str, str] = {
    **{
        f"{_OLD}estimators.{module}.{name}": f"{_NEW}estimators.{moved}.{name}"
        for module, moved, names in (
            ("categories", "categories", ("RareGrouper",)),
            ("dates", "dates", ("DateParser", "DateParts", "DateCycles", "TimeSince")),
            ("hashing", "hashing", ("CategoryHasher",)),
            ("interactions", "interactions", ("Product", "Cross")),
            ("numbers", "numbers", ("Clipper", "Log1p", "Flags")),
            ("target", "target_order", ("TargetOrdinalEncoder",)),
            ("texts", "texts", ("TextCleaner", "Tfidf", "HashedTerms")),
            ("truth", "booleans", ("Truths",)),
        )
        for name in names
    },
    f"{_OLD}steps.clean.CleanReplay": f"{_NEW}kernels.text_cleaning.CleanReplay",
    f"{_OLD}steps.onehot.feature_name": f"{_NEW}steps.onehot.feature_name",
}


def rename_types(body: bytes) -> bytes:
    """Return a skops file with the present names of types in place of those of 0.1.0.

    A file that names none of them is returned as it is. Raises BadZipFile, KeyError or ValueError
    for what is not a skops file.
    """
    with ZipFile(io.BytesIO(body)) as packed:
        schema = json.loads(packed.read(_SCHEMA))
        if not _rename(schema):
            return body
        renamed = io.BytesIO()
        with ZipFile(renamed, "w") as target:
            for item in packed.infolist():
                is_schema = item.filename == _SCHEMA
                target.writestr(item, json.dumps(schema) if is_schema else packed.read(item))
    return renamed.getvalue()


def _rename(schema: Any) -> bool:
    """Rename the types in the tree of a schema; return whether there was one to rename.

    A stack in place of recursion: how deep the tree is, is decided by whoever wrote the file.
    """
    waiting, renamed = [schema], False
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            name = f"{node.get('__module__')}.{node.get('__class__')}"
            if name in RENAMED:
                node["__module__"], _, node["__class__"] = RENAMED[name].rpartition(".")
                renamed = True
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return renamed
