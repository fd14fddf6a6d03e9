"""The local mode of version 2 of the SageMaker Python SDK: it runs the image itself, with compose.

    sdk_local_mode.py IMAGE PORT FOLDER

FOLDER gets what the containers write, and `told.json` with what came of it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sagemaker.deserializers import CSVDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.local import LocalSession
from sagemaker.serializers import CSVSerializer

image, port, place = sys.argv[1:]
folder = Path(place)
session = LocalSession()
session.config = {
    "local": {"local_code": True, "container_root": str(folder), "serving_port": int(port)}
}
(folder / "data").mkdir()
rows = "".join(f"{3 * (row % 7)},{row % 7},{row}\n" for row in range(210))
(folder / "data" / "all.csv").write_text(rows, encoding="utf-8")
booster = Estimator(
    image,
    "arn:aws:iam::123456789012:role/any",
    1,
    "local",
    # One round and no penalty: a tree of depth 3 tells seven labels apart, exactly.
    hyperparameters={"num_round": 1, "eta": 1, "lambda": 0, "max_depth": 3},
    output_path=f"file://{folder}/out",
    sagemaker_session=session,
)
booster.fit({"train": TrainingInput(f"file://{folder}/data", content_type="text/csv")})
predictor = booster.deploy(1, "local", serializer=CSVSerializer(), deserializer=CSVDeserializer())
said = predictor.predict("4,9\n6,9\n")
predictor.delete_endpoint()
told = {"model": booster.model_data, "answers": said}
(folder / "told.json").write_text(json.dumps(told), encoding="utf-8")
