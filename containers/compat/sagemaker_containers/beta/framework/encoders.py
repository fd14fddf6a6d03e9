"""Arrays to bodies and back. Unlike in the original, nothing is unpickled."""

from tandem.script.encoders import (
    array_to_csv,
    array_to_json,
    array_to_npy,
    csv_to_numpy,
    decode,
    encode,
    json_to_numpy,
    npy_to_numpy,
)

__all__ = [
    "array_to_csv",
    "array_to_json",
    "array_to_npy",
    "csv_to_numpy",
    "decode",
    "encode",
    "json_to_numpy",
    "npy_to_numpy",
]
