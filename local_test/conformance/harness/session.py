"""The session of the checks on one image: what is expensive is made once, on first use."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Self

from local_test.conformance.harness import checkpoint_resume, inference_pipeline, layout_variants
from local_test.conformance.harness.container_stop import ContainerStop
from local_test.conformance.harness.image_under_test import ImageUnderTest
from local_test.conformance.harness.serving_container import (
    ContainerResponse,
    ServingContainer,
    ServingPlan,
    launch_container,
    serve_container,
)
from local_test.conformance.harness.trainer import (
    FinishedTraining,
    LayoutVariant,
    RunningTraining,
    Trainer,
    TrainingPlan,
)
from local_test.conformance.outcomes import CheckBlocked, CheckFailed, raise_not_applicable
from local_test.endpoints.endpoint import Endpoint
from local_test.engines.protocol import Engine, ImageFacts
from local_test.errors import LocalError, UserError
from local_test.platform.archives import pack


class Session:
    """The checks of one image on one engine; leaving `with` stops what runs."""

    def __init__(self, subject: ImageUnderTest, engine: Engine, directory: Path) -> None:
        self.subject = subject
        self.engine = engine
        self.trainer = Trainer(subject, engine, directory)
        self.container_stop = ContainerStop(subject.image)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # --- the image ---

    @cached_property
    def image_facts(self) -> ImageFacts:
        """The facts of the image. Raises NotApplicable when it is a program."""
        facts = self.engine.inspect_image(self.subject.image)
        if facts is None:
            raise_not_applicable("a program on the engine `process` has no image to look into")
        return facts

    def require_docker(self) -> None:
        """Raise NotApplicable when the engine cannot confine a container."""
        if self.engine.name != "docker":
            raise_not_applicable("only the engine `docker` can confine a container so")

    # --- training ---

    def train(self, plan: TrainingPlan | None = None, seconds: float = 300.0) -> FinishedTraining:
        """Run a training job for at most `seconds`."""
        return self.trainer.run(plan, seconds)

    def start_training(
        self, plan: TrainingPlan, pause: float = 0.0
    ) -> AbstractContextManager[RunningTraining]:
        """Start a training job, stopped at the end of the block."""
        return self.trainer.start(plan, pause)

    @cached_property
    def ordinary_run(self) -> FinishedTraining:
        """The ordinary training job, failed or not."""
        return self.trainer.run()

    @cached_property
    def trained_run(self) -> FinishedTraining:
        """The ordinary training job. Raises CheckBlocked when it failed."""
        if not self.ordinary_run.ok:
            raise CheckBlocked(f"the ordinary training failed: {self.ordinary_run.ending}")
        return self.ordinary_run

    def expect_tolerance(self, variant: LayoutVariant) -> None:
        """Raise CheckFailed when a layout variant makes training fail.

        All variants are tried at once first, and each alone only when that fails.
        """
        self.trained_run  # noqa: B018 - blocks what cannot be told apart from an image that trains never
        if self._tolerates_all:
            return
        run = self.trainer.run(TrainingPlan(variants=(variant,)))
        if not run.ok:
            raise CheckFailed(run.ending)

    @cached_property
    def _tolerates_all(self) -> bool:
        return self.trainer.run(TrainingPlan(variants=layout_variants.ALL)).ok

    @cached_property
    def interrupted_runs(self) -> tuple[FinishedTraining, FinishedTraining, FinishedTraining]:
        """A killed training job, the one that resumed it, and an uninterrupted one."""
        _ = self.trained_run
        return checkpoint_resume.train_with_interruption(self.subject, self.trainer)

    # --- serving ---

    @cached_property
    def model_archive(self) -> Path:
        """The trained model as `model.tar.gz`."""
        if self.subject.model is not None:
            return self.subject.model
        archive = self.trainer.make_directory("archive") / "model.tar.gz"
        try:
            pack(self.trained_run.tree.model, archive)
        except UserError as error:
            raise CheckBlocked(f"the model cannot be packed: {error}") from error
        return archive

    def serve(self, plan: ServingPlan | None = None) -> AbstractContextManager[ServingContainer]:
        """Serve the trained model, or that of the plan, until the end of the block."""
        folder, full_plan = self._make_hosting_folder(), self._complete_plan(plan)
        return serve_container(self.subject, self.engine, folder, full_plan, self.container_stop)

    def launch(self, plan: ServingPlan | None = None) -> AbstractContextManager[ServingContainer]:
        """Start a container as `serve` does, without waiting for its health."""
        folder, full_plan = self._make_hosting_folder(), self._complete_plan(plan)
        return launch_container(self.subject, self.engine, folder, full_plan, self.container_stop)

    @contextmanager
    def serve_separately(self, plan: ServingPlan | None = None) -> Iterator[ServingContainer]:
        """Serve for one check alone. Raises CheckBlocked when it does not become healthy."""
        with ExitStack() as stack:
            try:
                server = stack.enter_context(self.serve(plan))
            except LocalError as error:
                raise CheckBlocked(f"the trained model is not served: {error}") from error
            yield server

    @cached_property
    def shared_container(self) -> ServingContainer:
        """The container that is shared by all checks that leave it intact."""
        return self._stack.enter_context(self.serve_separately())

    @cached_property
    def first_response(self) -> ContainerResponse:
        """The first response after /ping returned 200, with any status."""
        return self.shared_container.invoke()

    @cached_property
    def response(self) -> ContainerResponse:
        """The response to the request. Raises CheckBlocked when its status is not 200."""
        if self.first_response.status != 200:
            raise CheckBlocked(f"the request is not answered with 200: {self.first_response}")
        return self.first_response

    # --- a pipeline ---

    @property
    def next_image(self) -> ImageUnderTest:
        """The next image of the pipeline. Raises NotApplicable without one."""
        if self.subject.next_image is None:
            raise_not_applicable("give --next IMAGE, the image that stands behind this one")
        return self.subject.next_image

    @cached_property
    def next_session(self) -> "Session":
        """The session of the next image, which is trained on this one's responses."""
        _ = self.next_image
        folder = self.trainer.make_directory("features")
        next_subject = inference_pipeline.prepare_next_image(
            self.shared_container, self.subject, self.response, folder
        )
        session = Session(next_subject, self.engine, self.trainer.make_directory("behind"))
        return self._stack.enter_context(session)

    @cached_property
    def pipeline(self) -> Endpoint:
        """Both images as a pipeline. Raises CheckBlocked when it does not become healthy."""
        links = [
            (self.subject, self.model_archive),
            (self.next_session.subject, self.next_session.model_archive),
        ]
        try:
            return self._stack.enter_context(inference_pipeline.serve_pipeline(self.engine, links))
        except LocalError as error:
            raise CheckBlocked(f"the pipeline does not get well: {error}") from error

    def _make_hosting_folder(self) -> Path:
        return self.trainer.make_directory("hosting")

    def _complete_plan(self, plan: ServingPlan | None) -> ServingPlan:
        plan = plan or ServingPlan()
        if plan.models is not None or plan.model is not None:
            return plan
        return replace(plan, model=self.model_archive)
