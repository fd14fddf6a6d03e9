"""Does an image keep the contract? One check a function, one registry, for anybody's image."""

from local_test.conformance.check import Check, Severity, Status, Verdict
from local_test.conformance.harness.image_under_test import Subject
from local_test.conformance.runner import Report, examine

__all__ = ["Check", "Report", "Severity", "Status", "Subject", "Verdict", "examine"]
