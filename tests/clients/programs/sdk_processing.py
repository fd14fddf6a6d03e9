"""A client's program: the SageMaker SDK has a table split by a script, as its guide shows."""

import sys

from sagemaker.processing import (
    ProcessingInput,
    ProcessingOutput,
    ScriptProcessor,
)

role, image, script, data = sys.argv[1:]
processor = ScriptProcessor(
    role=role,
    image_uri=image,
    command=["python3"],
    instance_count=1,
    instance_type="ml.m5.large",
    base_job_name="split",
    max_runtime_in_seconds=600,
)
processor.run(
    code=script,
    inputs=[ProcessingInput(source=data, destination="/opt/ml/processing/input/data")],
    outputs=[
        ProcessingOutput(output_name=name, source=f"/opt/ml/processing/output/{name}")
        for name in ("train", "test")
    ],
    arguments=["--test-share", "0.25"],
)
told = processor.latest_job.describe()
print("message:", told["ExitMessage"])
for output in processor.latest_job.outputs:
    print(f"{output.output_name}: {output.destination}")
