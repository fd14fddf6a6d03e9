"""What a sample data set is: files below the key prefix of a bucket, and where they come from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local_test.samples.packages import Packages

BUCKETS = ("sagemaker-sample-files", "sagemaker-example-files-prod-REGION")
"""Amazon's public buckets, which hold the same data sets; REGION stands for any region."""

Files = Mapping[str, bytes]
"""Contents by S3 key."""


@dataclass(frozen=True)
class Sample:
    """A data set: `build` returns its files.

    `origin` says where the values come from. A stand-in has the columns and types of Amazon's
    file, and other values. `needs` are the importable packages that `build` uses, `buckets` those
    that have the files.
    """

    name: str
    origin: str
    build: Callable[[Packages], Files]
    stand_in: bool = False
    needs: tuple[str, ...] = ()
    buckets: tuple[str, ...] = BUCKETS
