"""Print the image URIs that version 2 of the SDK gives in every region, one a line."""

import functools
import sys

import botocore.loaders  # type: ignore[import-untyped]
from sagemaker import image_uris
from sagemaker.image_uris import config_for_framework

FRAMEWORKS = {"xgboost": ("1.0-1", "1.7-1"), "sklearn": ("0.23-1", "1.2-1")}

# The SDK reads botocore's table of all endpoints for each URI, which takes 13 of 17 seconds.
botocore.loaders.create_loader = functools.cache(botocore.loaders.create_loader)

for framework, versions in FRAMEWORKS.items():
    config = config_for_framework(framework)
    regions = config["training"]["versions"] if "training" in config else config["versions"]
    for version in versions:
        for region in regions[version]["registries"]:
            sys.stdout.write(image_uris.retrieve(framework, region, version) + "\n")
for region in config_for_framework("clarify")["processing"]["versions"]["1.0"]["registries"]:
    sys.stdout.write(image_uris.retrieve("clarify", region) + "\n")
for region in config_for_framework("model-monitor")["versions"][""]["registries"]:
    sys.stdout.write(image_uris.retrieve("model-monitor", region) + "\n")
