"""The bench an image is examined on: what is dear is made once, and when it is first asked for."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Self

from local_test.conformance.harness import checkpoint_resume, inference_pipeline, layout_variants
from local_test.conformance.harness.image_under_test import Subject
from local_test.conformance.harness.serving_container import (
    Hosting,
    Reply,
    Served,
    healthy,
    launched,
)
from local_test.conformance.harness.trainer import Live, Oddity, Plan, Run, Trainer
from local_test.conformance.outcomes import Blocked, Failed, inapplicable
from local_test.endpoints.endpoint import Endpoint
from local_test.engines.protocol import Engine, ImageFacts
from local_test.errors import LocalError, UserError
from local_test.platform.archives import pack


class Bench:
    """One subject on one engine; `with` ends what runs."""

    def __init__(self, subject: Subject, engine: Engine, directory: Path) -> None:
        self.subject = subject
        self.engine = engine
        self.trainer = Trainer(subject, engine, directory)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # --- the image ---

    @cached_property
    def image(self) -> ImageFacts:
        """What the image says of itself; not applicable where it is a program."""
        facts = self.engine.inspect_image(self.subject.image)
        if facts is None:
            inapplicable("a program on the engine `process` has no image to look into")
        return facts

    def needs_docker(self) -> None:
        """Raise NotApplicable on an engine that cannot confine a container."""
        if self.engine.name != "docker":
            inapplicable("only the engine `docker` can confine a container so")

    # --- training ---

    def train(self, plan: Plan | None = None, seconds: float = 300.0) -> Run:
        """Run a training to its end."""
        return self.trainer.run(plan, seconds)

    def training(self, plan: Plan, pause: float = 0.0) -> AbstractContextManager[Live]:
        """Start a training that is ended at the end of the block."""
        return self.trainer.started(plan, pause)

    @cached_property
    def ordinary(self) -> Run:
        """The ordinary training, however it ended."""
        return self.trainer.run()

    @cached_property
    def trained(self) -> Run:
        """The ordinary training. Raises Blocked where it failed."""
        if not self.ordinary.ok:
            raise Blocked(f"the ordinary training failed: {self.ordinary.ending}")
        return self.ordinary

    def tolerates(self, oddity: Oddity) -> None:
        """See that an oddity does no harm: all at once, and each alone where that fails."""
        self.trained  # noqa: B018 - blocks what cannot be told apart from an image that trains never
        if self._tolerates_all:
            return
        run = self.trainer.run(Plan(odd=(oddity,)))
        if not run.ok:
            raise Failed(run.ending)

    @cached_property
    def _tolerates_all(self) -> bool:
        return self.trainer.run(Plan(odd=layout_variants.ALL)).ok

    @cached_property
    def resumed(self) -> tuple[Run, Run, Run]:
        """A training that was killed, the one that went on from it, and one left alone."""
        _ = self.trained
        return checkpoint_resume.resumed(self.subject, self.trainer)

    # --- serving ---

    @cached_property
    def archive(self) -> Path:
        """The trained model as `model.tar.gz`."""
        if self.subject.model is not None:
            return self.subject.model
        archive = self.trainer.directory("archive") / "model.tar.gz"
        try:
            pack(self.trained.tree.model, archive)
        except UserError as error:
            raise Blocked(f"the model cannot be packed: {error}") from error
        return archive

    def hosting(self, plan: Hosting | None = None) -> AbstractContextManager[Served]:
        """Serve the trained model, or what the plan says, until the end of the block."""
        return healthy(self.subject, self.engine, self._home(), self._planned(plan))

    def launching(self, plan: Hosting | None = None) -> AbstractContextManager[Served]:
        """Serve as `hosting`, without waiting for health."""
        return launched(self.subject, self.engine, self._home(), self._planned(plan))

    @contextmanager
    def another(self, plan: Hosting | None = None) -> Iterator[Served]:
        """Serve for one check alone. Raises Blocked where that does not get well."""
        with ExitStack() as stack:
            try:
                served = stack.enter_context(self.hosting(plan))
            except LocalError as error:
                raise Blocked(f"the trained model is not served: {error}") from error
            yield served

    @cached_property
    def served(self) -> Served:
        """The one container that serves for all checks that do it no harm."""
        return self._stack.enter_context(self.another())

    @cached_property
    def first(self) -> Reply:
        """The first answer after /ping said 200, whatever it was."""
        return self.served.ask()

    @cached_property
    def answer(self) -> Reply:
        """The answer to the request. Raises Blocked where it is no 200."""
        if self.first.status != 200:
            raise Blocked(f"the request is not answered with 200: {self.first}")
        return self.first

    # --- a pipeline ---

    @property
    def following(self) -> Subject:
        """The image behind this one, as it was given; not applicable where there is none."""
        if self.subject.following is None:
            inapplicable("give --next IMAGE, the image that stands behind this one")
        return self.subject.following

    @cached_property
    def behind(self) -> "Bench":
        """The bench of the image behind this one, which learns from this one's answers."""
        _ = self.following
        folder = self.trainer.directory("features")
        found = inference_pipeline.behind(self.served, self.subject, self.answer, folder)
        bench = Bench(found, self.engine, self.trainer.directory("behind"))
        return self._stack.enter_context(bench)

    @cached_property
    def pipeline(self) -> Endpoint:
        """Both images in one network. Raises Blocked where they do not get well."""
        links = [(self.subject, self.archive), (self.behind.subject, self.behind.archive)]
        try:
            return self._stack.enter_context(inference_pipeline.pipeline(self.engine, links))
        except LocalError as error:
            raise Blocked(f"the pipeline does not get well: {error}") from error

    def _home(self) -> Path:
        return self.trainer.directory("hosting")

    def _planned(self, plan: Hosting | None) -> Hosting:
        plan = plan or Hosting()
        if plan.many is not None or plan.model is not None:
            return plan
        return replace(plan, model=self.archive)
