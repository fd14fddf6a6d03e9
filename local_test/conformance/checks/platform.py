"""Sentences that are the platform's to keep, not an image's: `local_test` holds them itself."""

from local_test.conformance.bench import Bench
from local_test.conformance.check import MUST, Check
from local_test.conformance.findings import inapplicable

_SENTENCES = {
    66: "The client's Accept reaches the last container of a pipeline only.",
    67: "After an error in one container the next is not called; the client gets 424 naming it.",
    71: "A pipeline without the label, or not of 2 to 15 containers, is not started.",
    76: "Batch output is <key>.out in order, and none for an object with a failing request.",
    77: "A failed batch request is tried again as often and as long as the job says.",
    78: "InputFilter, OutputFilter and JoinSource give the documented shapes.",
    80: "A record above MaxPayloadInMB fails its object.",
    87: "Configuration, mounts and host names are the documented ones.",
    88: "The grace is 120 s for training and 30 s for serving; exit code and failure decide.",
    89: "Archives have relative members and no links; clashing names of hosts are an error.",
    90: "4xx and 5xx become 424 with the original status; limits are kept.",
}


def _look(_: Bench) -> None:
    inapplicable("the platform keeps this, whatever the image")


def _sentence(number: int, sentence: str) -> Check:
    return Check(f"C-{number:03}", MUST, sentence, "", "", _look)


CHECKS = tuple(_sentence(number, sentence) for number, sentence in _SENTENCES.items())
