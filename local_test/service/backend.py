"""The state that all operations share: records, S3, logs, threads, engines."""

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from local_test.engines import Engine, EngineName
from local_test.engines.aws_access import NO_AWS_ACCESS, AwsAccess
from local_test.engines.owner import name_owner
from local_test.platform.limits import DEFAULT_MAX_INSTANCES
from local_test.samples.folder import SampleFolder
from local_test.service.api.json_protocol import DEFAULT_REGION
from local_test.service.api.resource_type import ResourceType
from local_test.service.api.service_model import ServiceModel
from local_test.service.background.alarm_rounds import AlarmRounds
from local_test.service.background.async_queues import AsyncQueues
from local_test.service.background.capture_writer import CaptureWriter
from local_test.service.background.cloudwatch_logs import CloudWatchLogs
from local_test.service.background.container_metrics import ContainerMetrics
from local_test.service.background.endpoint_metrics import EndpointMetrics
from local_test.service.background.recent_requests import RecentRequests
from local_test.service.background.running_endpoints import RunningEndpoints
from local_test.service.background.shadow_traffic import ShadowTraffic
from local_test.service.background.stateful_sessions import StatefulSessions
from local_test.service.background.threads import JobThreads
from local_test.service.change_signal import ChangeSignal
from local_test.service.clock import SERVICE_CLOCK
from local_test.service.container_access.role_access import (
    OpenListener,
    RoleAccess,
    refuse_listener,
)
from local_test.service.container_access.role_sessions import RoleSessions
from local_test.service.events.bus import EventBus
from local_test.service.execution_role import ExecutionRole
from local_test.service.feature_store.feature_records import FeatureRecords
from local_test.service.feature_store.store_settings import StoreSettings
from local_test.service.gateway.moto_gateway import MotoGateway
from local_test.service.images.image_map import Use
from local_test.service.images.image_resolution import ImageResolver
from local_test.service.images.local_image import LocalImage
from local_test.service.images.map_file import read_image_map
from local_test.service.schedules.timetable import Timetable
from local_test.service.storage.aws_clients import AwsClients
from local_test.service.storage.metric_store import MetricStore
from local_test.service.storage.records import Records
from local_test.service.storage.s3 import S3Storage
from local_test.service.storage.sample_buckets import SampleBuckets
from local_test.service.storage.settings_buckets import SettingsBuckets
from local_test.service.storage.state.journal import Journal, Migration
from local_test.service.storage.state.log_lines import LogLines
from local_test.service.storage.state.s3_objects import S3Objects
from local_test.service.storage.state.saver import Saver
from local_test.service.storage.wsgi_client import WsgiClient


@dataclass
class Backend:
    """The state of one running service.

    `folder` holds its state, `url` is its own address. `max_model_size` is how many bytes an
    archive or a gzip object may unpack to, None for the default. `types` are all resource types.
    `samples` has the contents of public buckets, None for a service without them.
    `max_instances` is the most sets of containers of a variant; these are stopped after `idle_stop`
    seconds without a request, never if None.
    `images_file` has entries of the map of images, before those of the state folder's and ours.
    `live_metrics` has the metrics of training jobs by the job's key and the metric's name: pairs of
    the time in seconds since 1970 and the value. `internal_headers` mark the service's own
    requests, which pass while the state is being restored. `record_signal` and `log_signal` count
    changes of records and writes of log lines. `features` are the settings of the feature store.
    `open_bridge_listener` serves the API to the containers of a Docker network.
    """

    folder: Path
    url: str
    engine: EngineName = "auto"
    max_model_size: int | None = None
    types: Sequence[ResourceType] = ()
    samples: SampleFolder | None = None
    images_file: Path | None = None
    max_instances: int = DEFAULT_MAX_INSTANCES
    features: StoreSettings = field(default_factory=StoreSettings)
    idle_stop: float | None = None
    open_bridge_listener: OpenListener = refuse_listener
    api: ServiceModel = field(default_factory=ServiceModel)
    runtime: ServiceModel = field(default_factory=lambda: ServiceModel("sagemaker-runtime"))
    threads: JobThreads = field(default_factory=JobThreads)
    running_endpoints: RunningEndpoints = field(default_factory=RunningEndpoints)
    async_queues: AsyncQueues = field(default_factory=AsyncQueues)
    alarm_rounds: AlarmRounds = field(default_factory=AlarmRounds)
    recent_requests: RecentRequests = field(default_factory=RecentRequests)
    sessions: StatefulSessions = field(default_factory=StatefulSessions)
    shadow_traffic: ShadowTraffic = field(default_factory=ShadowTraffic)
    live_metrics: dict[str, dict[str, list[tuple[float, float]]]] = field(default_factory=dict)
    record_signal: ChangeSignal = field(default_factory=ChangeSignal)
    log_signal: ChangeSignal = field(default_factory=ChangeSignal)

    def __post_init__(self) -> None:
        self.image_map = read_image_map(self.folder, self.images_file)
        self.saver = Saver(self.folder)
        self.records = Records(self.folder, self.saver)
        self.records.observe(lambda _change: self.record_signal.notify())
        self.metric_store = MetricStore(self.folder)
        self.feature_records = FeatureRecords(self.folder, self.features)
        self.ready = threading.Event()
        self.restoring = "nothing yet"
        # No one else can be let in while the state is being brought back.
        self.internal_headers = {"X-Local-Sagemaker-Internal": secrets.token_urlsafe()}
        self.aws = AwsClients(self.url, self.internal_headers)
        self.role = ExecutionRole(partial(self.aws.client, "iam"))
        lines = LogLines(self.folder / "logs", self.saver)
        self.logs = CloudWatchLogs(self._log_client, lines, self.log_signal.notify)
        self.capture_writer = CaptureWriter(self.storage)
        path = self.folder / "journal.jsonl"
        self.journal = Journal(self.url, path, self.internal_headers, self.saver)
        self.moto = WsgiClient(MotoGateway())
        self._moto_clients = AwsClients(self.url, {}, self.moto)
        moto_s3 = self._moto_clients.client("s3", DEFAULT_REGION)
        self.s3_objects = S3Objects(moto_s3, self.folder / "s3")
        self.sample_buckets = SampleBuckets(self.samples, moto_s3)
        self.settings_buckets = SettingsBuckets(moto_s3)
        self.timetable = Timetable(SERVICE_CLOCK, self.folder / "clock.json")
        self.endpoint_metrics = EndpointMetrics()
        self.container_metrics = ContainerMetrics(self.running_endpoints, self.endpoint_metrics)
        self.role_sessions = RoleSessions(partial(self._moto_clients.client, "sts"))
        self.event_bus = EventBus(self.moto_client, self.aws.client, self.logs)

    def start(self, migrate: Migration = list) -> None:
        """Restore the state of an earlier service from the folder, and save changes from now on.

        The HTTP server must be running: requests to other services are replayed through it. An
        earlier version may have kept requests that resources answer now: `migrate` makes their
        records.
        """
        self.feature_records.check_online()
        self.restoring = "S3 objects"
        self.s3_objects.start()
        self.restoring = "log lines"
        self.logs.start()
        self.capture_writer.start()
        self.restoring = "requests to other services"
        self.journal.replay(migrate)
        self.saver.start()
        self.endpoint_metrics.start()
        self.container_metrics.start()
        self.event_bus.start()

    def moto_client(self, service: str, region: str) -> Any:
        """Return a client of moto in this process: what it changes is not kept in the journal."""
        return self._moto_clients.client(service, region)

    def storage(self, region: str) -> S3Storage:
        """Return the S3 objects of a region."""
        return S3Storage(self.aws.client("s3", region))

    def make_aws_access(self, region: str, role_arn: str | None, *, isolated: bool) -> AwsAccess:
        """Return the access to AWS of a job or model; an isolated one has none."""
        if isolated:
            return NO_AWS_ACCESS
        return RoleAccess(self.url, region, role_arn, self.role_sessions, self.open_bridge_listener)

    def resolve_images(self, uris: Sequence[str], use: Use) -> tuple[Engine, list[LocalImage]]:
        """Return an engine that has all of these images or their stand-ins, and its images."""
        owner = name_owner(self.folder)
        return ImageResolver(self.engine, use, self.image_map, owner).resolve(uris)

    def check_image(self, uri: str, use: Use) -> None:
        """Raise UserError when the map of images refuses an image that this machine has not."""
        entry = self.image_map.find_entry(uri, use)
        if entry is not None and entry.refusal:
            self.resolve_images([uri], use)

    def close(self) -> None:
        """Stop all work, write the last log lines and close all connections."""
        self.record_signal.close()
        self.log_signal.close()
        self.timetable.close()
        self.async_queues.close()
        self.threads.close()
        self.shadow_traffic.close()
        self.container_metrics.close()
        self.running_endpoints.close()
        self.capture_writer.close()
        self.endpoint_metrics.close()
        self.records.close()
        self.event_bus.close()
        self.logs.close()
        try:
            self.s3_objects.close()
        finally:
            self._moto_clients.close()
            self.aws.close()
            try:
                self.saver.close()
            finally:
                self.metric_store.close()
                self.feature_records.close()
                self.records.close_store()

    def _log_client(self, region: str) -> Any:
        return self.aws.client("logs", region)
