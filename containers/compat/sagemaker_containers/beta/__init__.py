"""The part scripts import from: `sagemaker_containers.beta.framework`."""
