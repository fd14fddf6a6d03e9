"""All benchmarks. To add one, write a module with a `BENCHMARK` and add it here."""

from __future__ import annotations

from benchmarks import (
    batch,
    between,
    cells,
    covertype,
    cuts,
    fit_out_of_core,
    hosts,
    hot_path,
    multi_model,
    out_of_core,
    policies,
    predict_row,
    request_row,
    sketches,
    start,
    timing,
    training_memory,
    transform_row,
    transform_text,
)
from benchmarks.base import Benchmark
from benchmarks.load import http, images, imports
from benchmarks.soak import lasting

BENCHMARKS: tuple[Benchmark, ...] = (
    *http.BENCHMARKS,
    imports.BENCHMARK,
    images.BENCHMARK,
    start.BENCHMARK,
    batch.BENCHMARK,
    cells.BENCHMARK,
    between.BENCHMARK,
    multi_model.BENCHMARK,
    training_memory.BENCHMARK,
    out_of_core.BENCHMARK,
    transform_row.BENCHMARK,
    transform_text.BENCHMARK,
    covertype.BENCHMARK,
    cuts.BENCHMARK,
    policies.BENCHMARK,
    predict_row.BENCHMARK,
    request_row.BENCHMARK,
    sketches.BENCHMARK,
    hot_path.BENCHMARK,
    timing.BENCHMARK,
    fit_out_of_core.BENCHMARK,
    hosts.BENCHMARK,
    lasting.BENCHMARK,
)
