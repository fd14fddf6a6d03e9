"""How a message becomes terms; a module beside the script, found in training and serving alike."""

import re
from functools import partial

from sklearn.feature_extraction.text import TfidfVectorizer

NO_LETTER = re.compile("[^a-zA-Z]")


def clean(message: str, skip_lines: int) -> str:
    """Leave the first lines out, which name sender and subject, and all that is no letter."""
    body = "\n".join(message.split("\n")[skip_lines:])
    return NO_LETTER.sub(" ", body).lower()


def vectorizer(skip_lines: int) -> TfidfVectorizer:
    """TF-IDF of words, without scikit-learn's English stop words."""
    return TfidfVectorizer(preprocessor=partial(clean, skip_lines=skip_lines), stop_words="english")
