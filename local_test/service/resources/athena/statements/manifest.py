"""The list of the files that a statement wrote, beside the output location of its query."""

from local_test.service.storage.s3 import S3Uri, parse_uri


def find_manifest(output: str) -> S3Uri:
    """Return the place of the manifest of a query with this output location."""
    uri = parse_uri(output)
    return S3Uri(uri.bucket, f"{uri.key}-manifest.csv")
