"""What every operation works with: records, S3, logs, threads and engines, in one place."""

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from local_test.engines import Engine, EngineName
from local_test.engines.docker_engine.docker_leftovers import name_owner
from local_test.service import image_uris
from local_test.service.api.json_protocol import DEFAULT_REGION
from local_test.service.api.resource_type import Resource
from local_test.service.api.service_model import Api
from local_test.service.background.async_queues import Queues
from local_test.service.background.capture_writer import Captures
from local_test.service.background.cloudwatch_logs import Logs
from local_test.service.background.recent_requests import Visits
from local_test.service.background.running_endpoints import Hosting
from local_test.service.background.threads import Threads
from local_test.service.storage.aws_clients import Aws
from local_test.service.storage.records import Records
from local_test.service.storage.s3 import Storage
from local_test.service.storage.state.journal import Journal
from local_test.service.storage.state.log_lines import Lines
from local_test.service.storage.state.s3_objects import Objects
from local_test.service.storage.state.saver import Saver
from local_test.service.storage.wsgi_client import Inside


@dataclass
class Backend:
    """One running service; `folder` holds its records, `url` is its own address.

    `max_model_size` is how many bytes an archive or a gzip object may unpack to, None for the
    default. `types` are the resource types that the service keeps. `live_metrics` has the metrics
    of training jobs by the job's key and the metric's name, each value with its time in seconds
    since 1970.
    """

    folder: Path
    url: str
    engine: EngineName = "auto"
    max_model_size: int | None = None
    types: Sequence[Resource] = ()
    api: Api = field(default_factory=Api)
    runtime: Api = field(default_factory=lambda: Api("sagemaker-runtime"))
    threads: Threads = field(default_factory=Threads)
    hosting: Hosting = field(default_factory=Hosting)
    queues: Queues = field(default_factory=Queues)
    visits: Visits = field(default_factory=Visits)
    live_metrics: dict[str, dict[str, list[tuple[float, float]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.saver = Saver(self.folder)
        self.records = Records(self.folder / "sagemaker", self.saver)
        self.ready = threading.Event()
        self.restoring = "nothing yet"
        # No one else can be let in while the state is being brought back.
        self.internal = {"X-Local-Sagemaker-Internal": secrets.token_urlsafe()}
        self.aws = Aws(self.url, self.internal)
        self.logs = Logs(self._log_client, Lines(self.folder / "logs", self.saver))
        self.captures = Captures(self.storage)
        path = self.folder / "journal.jsonl"
        self.journal = Journal(self.url, path, self.internal, self.saver)
        self.moto = Inside(DomainDispatcherApplication(create_backend_app))
        self._direct = Aws(self.url, {}, self.moto)
        self.objects = Objects(self._direct.client("s3", DEFAULT_REGION), self.folder / "s3")

    def start(self) -> None:
        """Bring back what an earlier service left in the folder, and follow it from now on.

        The service must answer already: what moto keeps is brought back through its door.
        """
        self.restoring = "S3 objects"
        self.objects.start()
        self.restoring = "log lines"
        self.logs.start()
        self.captures.start()
        self.restoring = "requests to other services"
        self.journal.replay()
        self.saver.start()

    def storage(self, region: str) -> Storage:
        """Return the objects of S3."""
        return Storage(self.aws.client("s3", region))

    def resolve(self, uris: Sequence[str]) -> tuple[Engine, list[str]]:
        """Return an engine that has all of these images, and what it calls them."""
        return image_uris.resolve(uris, self.engine, name_owner(self.folder))

    def close(self) -> None:
        """Stop all work, write the last log lines and let go of all connections."""
        self.queues.close()
        self.threads.close()
        self.hosting.close()
        self.captures.close()
        self.logs.close()
        try:
            self.objects.close()
        finally:
            self._direct.close()
            self.aws.close()
            self.saver.close()

    def _log_client(self, region: str) -> Any:
        return self.aws.client("logs", region)
