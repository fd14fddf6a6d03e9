"""The memory that a fit needs, and the choice between in memory and out of core."""

from __future__ import annotations

import os
import resource

from preprocessor.fit.out_of_core.dataset_summary import DatasetSummary
from preprocessor.hyperparameters import FIT_IN_PARTS
from preprocessor.recipe.recipe_request import RecipeRequest
from tandem.contract.settings import MEGABYTE
from tandem.contract.training_job import Channel, Job
from tandem.data.schema.record_schema import RecordSchema
from tandem.errors import UserError
from tandem.logs import logger
from tandem.machine.cgroup import memory_limit
from tandem.machine.process_memory import read_resident_memory

# Bytes of memory that a whole fit takes for each byte of a file: as text, and packed.
_PLAIN, _PACKED = 28, 120
# Bytes that a fit takes before it has read anything.
_ALWAYS = 300 * MEGABYTE
_PACKED_ENDINGS = (".gz", ".parquet", ".arrow")
# Bytes of a gathered cell, scikit-learn's copies among them.
_NUMBER, _TEXT = 40, 160


def must_fit_in_parts(job: Job, request: RecipeRequest, channel: Channel) -> bool:
    """Return whether to fit out of core: several hosts, as requested, or too little memory."""
    mode = request.values[FIT_IN_PARTS]
    if len(job.hosts) > 1:
        if mode == "false":
            raise UserError(
                f"hyperparameter 'fit_in_parts' is false, and there are {len(job.hosts)} hosts",
                remedy="Several hosts fit in parts; leave it out, or take one host",
            )
        return True
    if mode != "auto" or channel.pipe:
        return mode == "true"
    needed = _ALWAYS + sum(map(_estimate_memory, _list_sizes(channel)))
    available = read_memory_limit()
    if needed > available:
        logger.info(
            "fitted in parts: whole, about %d MB of memory would be needed, and %d MB are there",
            needed // MEGABYTE,
            available // MEGABYTE,
        )
    return needed > available


def read_memory_limit() -> int:
    """Return the memory limit of this process in bytes."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    address_space = resource.getrlimit(resource.RLIMIT_AS)[0]
    return min(
        memory_limit() or physical, physical, address_space if address_space > 0 else physical
    )


def check_memory(schema: RecordSchema, dataset_summary: DatasetSummary) -> None:
    """Raise UserError when the rows of the schema's columns do not fit into memory."""
    cells = [_NUMBER if field.kind == "number" else _TEXT for field in schema.fields]
    needed = dataset_summary.rows * sum(cells)
    available = read_memory_limit() - read_resident_memory()
    if needed > available:
        names = ", ".join(repr(field.name) for field in schema.fields)
        raise UserError(
            f"the steps of {names} cannot be fitted in parts: all {dataset_summary.rows:,} rows of"
            f" them are needed at once, about {needed // MEGABYTE} MB, and"
            f" {available // MEGABYTE} MB are there",
            remedy="Take other steps (docs/fit-in-parts.md lists them), drop the columns, or take a"
            " larger instance",
        )


def _list_sizes(channel: Channel) -> list[tuple[str, int]]:
    return [] if channel.empty else [(p.name, p.stat().st_size) for p in channel.files()]


def _estimate_memory(file: tuple[str, int]) -> int:
    name, size = file
    return size * (_PACKED if name.endswith(_PACKED_ENDINGS) else _PLAIN)
