"""California housing: the columns and ranges of the census of 1990, values by a generator."""

import io
import random
import tarfile

from local_test.samples.packages import Packages
from local_test.samples.sample import Files, Sample

_KEY = "datasets/tabular/california_housing/cal_housing.tgz"
_ROWS = 20_640
_SEED = 1990
_COLUMNS = (
    *("longitude", "latitude", "housingMedianAge", "totalRooms", "totalBedrooms"),
    *("population", "households", "medianIncome", "medianHouseValue"),
)


def _make_district(draw: random.Random) -> list[float]:
    """Return a row: value depends on income, age, crowding and distance from the coast."""
    latitude = draw.uniform(32.5, 42.0)
    coast = -117.1 - (latitude - 32.5) * 0.76  # longitude of the coast at this latitude
    inland = min(draw.expovariate(0.8), 6.0)
    households = max(1, round(draw.lognormvariate(6.0, 0.7)))
    rooms = max(2, round(households * draw.gauss(5.3, 0.9)))
    people = max(3, round(households * draw.lognormvariate(1.05, 0.2)))
    income = min(max(draw.lognormvariate(1.25, 0.45), 0.5), 15.0)
    age = draw.randint(1, 52)
    value = 45_000 * income + 900 * age - 22_000 * inland - 9_000 * people / households
    value = min(max(value * draw.lognormvariate(0.0, 0.2) + 40_000, 14_999), 500_001)
    bedrooms = max(1, round(rooms * draw.gauss(0.205, 0.02)))
    place = [round(coast + inland, 2), round(latitude, 2)]
    return [*place, age, rooms, bedrooms, people, households, round(income, 4), round(value, -2)]


def _build(_packages: Packages) -> Files:
    draw = random.Random(_SEED)  # noqa: S311 - made-up data
    lines = (",".join(f"{cell:f}" for cell in _make_district(draw)) for _ in range(_ROWS))
    domain = "".join(f"{name}: continuous.\n" for name in _COLUMNS)
    members = {
        "CaliforniaHousing/cal_housing.data": "".join(f"{line}\n" for line in lines).encode(),
        "CaliforniaHousing/cal_housing.domain": domain.encode(),
    }
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return {_KEY: archive.getvalue()}


SAMPLE = Sample(
    "california-housing",
    f"generated with seed {_SEED}: no package has the original",
    _build,
    stand_in=True,
)
