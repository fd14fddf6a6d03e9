"""Checks whether an image complies with the SageMaker container contract."""

from local_test.conformance.check import Check, CheckStatus, Severity, Verdict
from local_test.conformance.harness.image_under_test import ImageUnderTest
from local_test.conformance.runner import ConformanceReport, examine

__all__ = [
    "Check",
    "CheckStatus",
    "ConformanceReport",
    "ImageUnderTest",
    "Severity",
    "Verdict",
    "examine",
]
