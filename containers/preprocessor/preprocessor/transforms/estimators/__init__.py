"""Estimators that scikit-learn does not have, in its style: they clone, print and name features.

They compute with the functions the replays compute with, so that both give the same bits.
"""

from __future__ import annotations

# By module. What a skops file of an artifact may name of this package is this, and no other class.
CLASSES = {
    "categories": ("RareGrouper",),
    "dates": ("DateParser", "DateParts", "DateCycles", "TimeSince"),
    "hashing": ("CategoryHasher",),
    "interactions": ("Product", "Cross"),
    "numbers": ("Clipper", "Log1p", "Flags"),
    "target_order": ("TargetOrdinalEncoder",),
    "texts": ("TextCleaner", "Tfidf", "HashedTerms"),
    "booleans": ("Truths",),
}
