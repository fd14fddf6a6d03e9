"""The lineage of feature groups: the contexts that pipelines of feature processors are tied to.

Source: SDK, `feature_store.feature_processor`: `to_pipeline` looks up these names, and associates
a pipeline with the contexts of the groups that it reads and writes. It names the type of the last
one; the others are named alike.
"""

from local_test.service.resources.lineage_tracking.recorder import LineageRecorder
from local_test.service.storage.records import Record

_SUFFIXES = {
    "FeatureGroup": "",
    "FeatureGroupPipeline": "-feature-group-pipeline",
    "FeatureGroupPipelineVersion": "-feature-group-pipeline-version",
}
"""The end of a context's name by the context's type."""


def track_feature_group(recorder: LineageRecorder, record: Record) -> None:
    """Keep the contexts of a feature group that is created."""
    if record["FeatureGroupStatus"] != "Created":
        return
    name = f"{record['FeatureGroupName']}-{int(record['CreationTime'])}"
    for kind, suffix in _SUFFIXES.items():
        recorder.keep_context(f"{name}{suffix}", kind, str(record["FeatureGroupArn"]))
