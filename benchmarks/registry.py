"""All benchmarks. To add one, write a module with a `BENCHMARK` and add it here."""

from __future__ import annotations

from benchmarks.automl import comparison as automl_comparison
from benchmarks.deployment import bad_models, diurnal_scaling
from benchmarks.features import comparison, killed_ingestion
from benchmarks.footprint import image_size, import_cost, program_start
from benchmarks.harness.benchmark import Benchmark
from benchmarks.hosts import merged_sketches, scaling
from benchmarks.load import peer_comparison
from benchmarks.monitoring import analysis, false_alarms, memory_limit
from benchmarks.pipeline import batch_transform, covertype, intermediate_format, large_batch
from benchmarks.service import (
    local_service,
    metric_writers,
    record_store,
    run_page,
    tuning_strategies,
)
from benchmarks.serving import (
    csv_numbers,
    hot_path,
    multi_model,
    predict_row,
    request_row,
    timing_overhead,
    transform_row,
    transform_text,
    unusual_values,
)
from benchmarks.soak import endurance
from benchmarks.tails import tail_latency
from benchmarks.training import fit_out_of_core, sketch_memory, train_out_of_core, training_memory

BENCHMARKS: tuple[Benchmark, ...] = (
    *peer_comparison.BENCHMARKS,
    tail_latency.BENCHMARK,
    import_cost.BENCHMARK,
    image_size.BENCHMARK,
    program_start.BENCHMARK,
    record_store.BENCHMARK,
    local_service.BENCHMARK,
    metric_writers.BENCHMARK,
    tuning_strategies.BENCHMARK,
    false_alarms.BENCHMARK,
    analysis.BENCHMARK,
    memory_limit.BENCHMARK,
    comparison.BENCHMARK,
    killed_ingestion.BENCHMARK,
    bad_models.BENCHMARK,
    diurnal_scaling.BENCHMARK,
    batch_transform.BENCHMARK,
    large_batch.BENCHMARK,
    csv_numbers.BENCHMARK,
    intermediate_format.BENCHMARK,
    multi_model.BENCHMARK,
    training_memory.BENCHMARK,
    *train_out_of_core.BENCHMARKS,
    transform_row.BENCHMARK,
    transform_text.BENCHMARK,
    covertype.BENCHMARK,
    automl_comparison.BENCHMARK,
    merged_sketches.BENCHMARK,
    unusual_values.BENCHMARK,
    predict_row.BENCHMARK,
    request_row.BENCHMARK,
    sketch_memory.BENCHMARK,
    hot_path.BENCHMARK,
    timing_overhead.BENCHMARK,
    fit_out_of_core.BENCHMARK,
    scaling.BENCHMARK,
    endurance.BENCHMARK,
    # The last: its browser and its servers end with the whole run.
    run_page.BENCHMARK,
)
