"""Does an image keep the contract? One check a function, one registry, for anybody's image."""

from local_test.conformance.check import Check, Severity, Status, Verdict
from local_test.conformance.runner import Report, examine
from local_test.conformance.subject import Subject

__all__ = ["Check", "Report", "Severity", "Status", "Subject", "Verdict", "examine"]
