"""`train`: reads the channels, boosts round by round, and writes the model."""

from __future__ import annotations

import zlib

from booster.data import job_channels
from booster.data.dataset import Dataset
from booster.distributed import row_counts, schema_agreement
from booster.distributed.host_group import HostGroup, join_group
from booster.distributed.host_schema import HostSchema, describe_columns, parse_schema
from booster.distributed.row_counts import RowCounts, Shard
from booster.distributed.schema_alignment import align_dataset
from booster.model import booster_io
from booster.params.hyperparameters import CANDIDATES, KFOLD, SAVE_ON_TERMINATION
from booster.params.training_config import TrainingConfig, resolve_config
from booster.report import training_report
from booster.report.training_report import TrainingOutcome
from booster.rounds import evaluation_history, run_record, training_continuation
from booster.rounds.boosting import Boosting, HostShare, TrainingState
from booster.rounds.candidates import train_candidates
from booster.rounds.checkpoints import Checkpoints, describe_datasets, identify_job
from booster.rounds.cross_validation import cross_validate
from booster.rounds.progress_log import ProgressLog
from booster.rounds.training_matrices import prepare_matrices
from tandem.contract.training_job import Job
from tandem.errors import Stopped, UserError
from tandem.logs import logger
from tandem.machine.process_memory import release_memory


def train(job: Job) -> None:
    """Train as the job says and write `xgboost-model`.

    Several hosts train one model, and the first by name that has rows writes it. Raises UserError
    when the user can fix the cause, TandemError when another host is gone, and Stopped, after
    writing the model so far, when a stop is requested.
    """
    everyone = HostGroup(job.hosts, job.current_host)
    if job.hyperparameters[KFOLD] is not None and not everyone.alone:
        raise UserError(f"hyperparameter '_kfold' needs one host, and the job has {len(job.hosts)}")
    sets = job_channels.read_channels(job)
    with row_counts.stay_reachable(everyone, job) as status:
        sets, census = _agree_on_columns(job, everyone, sets)
        if not sets:
            return
        release_memory()
        job_channels.log_categories(job, sets["train"])
        config = resolve_config(job.hyperparameters, sets["train"].names, sets["train"].width)
        sets = job_channels.drop_unused_queries(sets, config)
        job.stop.check()
        if job.hyperparameters[CANDIDATES] is not None:
            _train_candidates(job, sets, everyone)
            return
        if job.hyperparameters[KFOLD] is not None:
            _cross_validate(job, sets, config)
            return
        job_channels.check_queries(job, sets, config)
        group = HostGroup(census.hosts, job.current_host) if census else everyone
        with join_group(group, row_counts.TRAINING_PORT, job, status):
            boosting = _boost(job, config, sets, group, census)
    if group.leads:
        _save_model(job, boosting, sets)
    elif not boosting.finished:
        raise Stopped(f"stopped on request; {group.leader} keeps the model")


def _agree_on_columns(
    job: Job, everyone: HostGroup, sets: dict[str, Dataset]
) -> tuple[dict[str, Dataset], RowCounts | None]:
    """Return the data sets with the columns of all hosts; none on a host without rows."""
    if everyone.alone:
        return sets, None
    if not sets or not len(sets["train"].label):
        return {}, row_counts.exchange_row_counts(everyone, row_counts.NO_ROWS, b"", job)
    schema_bytes = describe_columns(sets).to_json()
    counts = row_counts.exchange_row_counts(
        everyone, _build_shard(sets, schema_bytes), schema_bytes, job
    )
    agreed = schema_agreement.agree_on_schema(
        [
            HostSchema(host, parse_schema(content))
            for host, content in zip(counts.hosts, counts.schemas, strict=True)
        ]
    )
    return {name: align_dataset(dataset, agreed, name) for name, dataset in sets.items()}, counts


def _boost(
    job: Job,
    config: TrainingConfig,
    sets: dict[str, Dataset],
    group: HostGroup,
    counts: RowCounts | None,
) -> Boosting:
    start_model = training_continuation.load_start_model(job, config, sets["train"])
    # An update of trees is short, and a partial one is no valid model.
    folder = job.checkpoints if group.leads and not config.updates_model else None
    checkpoints = None
    if folder:  # a check sum of all values is for the checkpoints alone
        host_data = {"the hosts' data": str(counts)} if counts and not group.alone else None
        data = (host_data or describe_datasets(sets)) | training_continuation.describe_start_model(
            start_model
        )
        checkpoints = Checkpoints(folder, identify_job(config, data))
    start = _share_state(group, checkpoints)
    start = start if start.model else TrainingState(start_model)
    share = HostShare(group, counts.count_rows() if counts else {})
    if group.leads:
        run_record.log_datasets(job, sets)
    with prepare_matrices(sets, config, group) as matrices:
        release_memory()
        boosting = Boosting(config, matrices, start, share)
        _run_rounds(job, boosting, group, checkpoints)
    return boosting


def _run_rounds(
    job: Job, boosting: Boosting, group: HostGroup, checkpoints: Checkpoints | None
) -> None:
    progress = ProgressLog(boosting.config.rounds, boosting.history.rounds)

    def after_round(_: Boosting) -> bool:
        if group.leads:
            progress.after_round(boosting.history)
            run_record.log_newest_round(job, boosting.history)
        if checkpoints:
            checkpoints.after_round(boosting)
        return group.any(job.stop.requested)

    boosting.run(after_round)
    if checkpoints:
        checkpoints.write(boosting)


def _save_model(job: Job, boosting: Boosting, sets: dict[str, Dataset]) -> None:
    if not boosting.finished:
        _end_stopped_job(job, boosting, sets["train"])
    model = boosting.build_result()
    booster_io.save(
        model,
        job.model_dir,
        names=sets["train"].names,
        categories=sets["train"].categorical,
        form=job.model_format,
    )
    logger.info("kept %d rounds", model.num_boosted_rounds())
    run_record.describe_model(job)
    # The host that writes the report may have no validation rows.
    with_rows = {name: rows for name, rows in sets.items() if len(rows.label)}
    training_report.write_report(job, TrainingOutcome(boosting, model, with_rows))


def _share_state(group: HostGroup, checkpoints: Checkpoints | None) -> TrainingState:
    """Return the leader's state on all hosts. Raises UserError on all when the leader refuses."""
    start, refusal = TrainingState(), None
    try:
        start = checkpoints.load_newest() if checkpoints else start
    except UserError as error:
        refusal = error
    if group.any(refusal is not None):
        raise refusal or UserError(f"{group.leader} refuses this job", remedy="See its log")
    history_bytes = group.broadcast(start.history.to_json() if start.history else None)
    history = evaluation_history.from_json(history_bytes) if history_bytes else None
    return TrainingState(group.broadcast(start.model), history, group.broadcast(start.best_model))


def _build_shard(sets: dict[str, Dataset], schema_bytes: bytes) -> Shard:
    rows = [len(sets[name].label) if name in sets else 0 for name in ("train", "validation")]
    checksum = zlib.crc32("; ".join(describe_datasets(sets).values()).encode() + schema_bytes)
    return Shard(rows[0], rows[1], checksum)


def _cross_validate(job: Job, sets: dict[str, Dataset], config: TrainingConfig) -> None:
    if job.optional_channel("model") or config.updates_model:
        raise UserError("hyperparameter '_kfold' trains models of its own; it takes no given one")
    cross_validate(job, sets, config)


def _train_candidates(job: Job, sets: dict[str, Dataset], group: HostGroup) -> None:
    if not group.alone:
        raise UserError(
            f"hyperparameter '_candidates' needs one host, and the job has {len(job.hosts)}"
        )
    if job.optional_channel("model"):
        raise UserError("hyperparameter '_candidates' trains models of its own; it takes no model")
    train_candidates(job, sets)


def _end_stopped_job(job: Job, boosting: Boosting, training: Dataset) -> None:
    if not job.hyperparameters[SAVE_ON_TERMINATION]:
        raise Stopped("stopped on request; save_model_on_termination is false, no model is kept")
    model = boosting.build_result()
    booster_io.save(
        model,
        job.model_dir,
        names=training.names,
        categories=training.categorical,
        form=job.model_format,
    )
    raise Stopped(f"stopped on request; the model of {model.num_boosted_rounds()} rounds is kept")
