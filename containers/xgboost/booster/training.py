"""`train`: reads the channels, boosts round by round, keeps the model."""

from __future__ import annotations

import zlib

from booster.data import job_channels
from booster.data.dataset import Dataset
from booster.distributed import row_counts, schema_agreement
from booster.distributed.host_group import Group, joined
from booster.distributed.host_schema import Told, from_json, layout
from booster.distributed.row_counts import Census, Shard
from booster.distributed.schema_alignment import arranged
from booster.model import booster_io
from booster.params.hyperparameters import KFOLD, SAVE_ON_TERMINATION
from booster.params.training_config import Recipe, recipe
from booster.report import training_report
from booster.report.training_report import Outcome
from booster.rounds import evaluation_history, training_continuation
from booster.rounds.boosting import Boosting, Share, Start
from booster.rounds.checkpoints import Checkpoints, described, identity
from booster.rounds.cross_validation import cross_validate
from booster.rounds.progress_log import Progress
from booster.rounds.training_matrices import prepared
from tandem.contract.training_job import Job
from tandem.errors import Stopped, UserError
from tandem.logs import logger
from tandem.machine.process_memory import release_memory


def train(job: Job) -> None:
    """Train as the job says and write `xgboost-model`.

    Several hosts train one model, and the first that has rows writes it. Raises UserError for what
    the user can mend, TandemError when another host is gone, and Stopped, once the model so far is
    written, when the platform asked for an end.
    """
    everyone = Group(job.hosts, job.current_host)
    if job.hyperparameters[KFOLD] is not None and not everyone.alone:
        raise UserError(f"hyperparameter '_kfold' needs one host, and the job has {len(job.hosts)}")
    sets = job_channels.read(job)
    with row_counts.present(everyone, job) as light:
        sets, census = _agreed(job, everyone, sets)
        if not sets:
            return
        release_memory()
        job_channels.tell(job, sets["train"])
        plan = recipe(job.hyperparameters, sets["train"].names, sets["train"].width)
        sets = job_channels.weighed(sets, plan)
        job.stop.check()
        if job.hyperparameters[KFOLD] is not None:
            _cross_validate(job, sets, plan)
            return
        job_channels.check_queries(job, sets, plan)
        group = Group(census.hosts, job.current_host) if census else everyone
        with joined(group, row_counts.TRAINING_PORT, job, light):
            boosting = _boost(job, plan, sets, group, census)
    if group.leads:
        _keep(job, boosting, sets)
    elif not boosting.finished:
        raise Stopped(f"stopped on request; {group.leader} keeps the model")


def _agreed(
    job: Job, everyone: Group, sets: dict[str, Dataset]
) -> tuple[dict[str, Dataset], Census | None]:
    """Return the data sets as all hosts call their columns; none on a host without rows."""
    if everyone.alone:
        return sets, None
    if not sets or not len(sets["train"].label):
        return {}, row_counts.take(everyone, row_counts.NO_ROWS, b"", job)
    words = layout(sets).to_json()
    census = row_counts.take(everyone, _shard(sets, words), words, job)
    agreed = schema_agreement.common(
        [Told(host, from_json(told)) for host, told in zip(census.hosts, census.words, strict=True)]
    )
    return {name: arranged(held, agreed, name) for name, held in sets.items()}, census


def _boost(
    job: Job, plan: Recipe, sets: dict[str, Dataset], group: Group, census: Census | None
) -> Boosting:
    beginning = training_continuation.begin(job, plan, sets["train"])
    # Updating a model's trees is short, and half an update is no model.
    folder = job.checkpoints if group.leads and not plan.updates else None
    dealt = {"the hosts' data": str(census)} if census and not group.alone else None
    data = (dealt or described(sets)) | training_continuation.described(beginning)
    kept = Checkpoints(folder, identity(plan, data)) if folder else None
    start = _start(group, kept)
    start = start if start.model else Start(beginning)
    share = Share(group, census.rows() if census else {})
    with prepared(sets, plan, group) as made:
        release_memory()
        boosting = Boosting(plan, made, start, share)
        _run(job, boosting, group, kept)
    return boosting


def _run(job: Job, boosting: Boosting, group: Group, kept: Checkpoints | None) -> None:
    progress = Progress(boosting.recipe.rounds, boosting.course.rounds)

    def after_round(_: Boosting) -> bool:
        if group.leads:
            progress.after_round(boosting.course)
        if kept:
            kept.after_round(boosting)
        return group.any(job.stop.requested)

    boosting.run(after_round)
    if kept:
        kept.write(boosting)


def _keep(job: Job, boosting: Boosting, sets: dict[str, Dataset]) -> None:
    if not boosting.finished:
        _stopped(job, boosting, sets["train"])
    model = boosting.result()
    booster_io.save(
        model,
        job.model_dir,
        names=sets["train"].names,
        categories=sets["train"].categorical,
    )
    logger.info("kept %d rounds", model.num_boosted_rounds())
    # Of several hosts, the one that writes the report may have no row for validation.
    with_rows = {name: rows for name, rows in sets.items() if len(rows.label)}
    training_report.write(job, Outcome(boosting, model, with_rows))


def _start(group: Group, kept: Checkpoints | None) -> Start:
    """Give all hosts the leading one's start. Raises UserError on all where that one refuses."""
    start, refusal = Start(), None
    try:
        start = kept.newest() if kept else start
    except UserError as error:
        refusal = error
    if group.any(refusal is not None):
        raise refusal or UserError(f"{group.leader} refuses this job", remedy="See its log")
    led = group.led(start.course.to_json() if start.course else None)
    found = evaluation_history.from_json(led) if led else None
    return Start(group.led(start.model), found, group.led(start.best))


def _shard(sets: dict[str, Dataset], words: bytes) -> Shard:
    rows = [len(sets[name].label) if name in sets else 0 for name in ("train", "validation")]
    check = zlib.crc32("; ".join(described(sets).values()).encode() + words)
    return Shard(rows[0], rows[1], check)


def _cross_validate(job: Job, sets: dict[str, Dataset], plan: Recipe) -> None:
    if job.optional_channel("model") or plan.updates:
        raise UserError("hyperparameter '_kfold' trains models of its own; it takes no given one")
    cross_validate(job, sets, plan)


def _stopped(job: Job, boosting: Boosting, training: Dataset) -> None:
    if not job.hyperparameters[SAVE_ON_TERMINATION]:
        raise Stopped("stopped on request; save_model_on_termination is false, no model is kept")
    model = boosting.result()
    booster_io.save(model, job.model_dir, names=training.names, categories=training.categorical)
    raise Stopped(f"stopped on request; the model of {model.num_boosted_rounds()} rounds is kept")
