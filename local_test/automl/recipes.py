"""Variants of the preprocessor's recipe that are tried, by what the columns hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local_test.automl.data.profile import Profile, parse_numbers

_SKEW = 1.0
_LOG = "-log"
TREES, LINEAR = "gbtree", "gblinear"


@dataclass(frozen=True)
class RecipeVariant:
    """A recipe: its name, the hyperparameters of the preprocessor, and the boosters it is for."""

    name: str
    boosters: tuple[str, ...]
    sentence: str
    settings: Mapping[str, str]

    @property
    def scales_target(self) -> bool:
        """Whether the booster learns log(1 + target)."""
        return self.settings.get("target_scale") == "log1p"


def list_recipes(
    profile: Profile, dropped: Sequence[str], labels: Sequence[str], boosters: Sequence[str]
) -> list[RecipeVariant]:
    """Return the variants for these columns and boosters; the first is the one tried first.

    Trees do not care how numbers are scaled. Without missing numbers there is one recipe for both
    boosters, whose models an ensemble can put together.
    """
    common = {
        "target": profile.target,
        "target_type": "class" if profile.problem.has_classes else "number",
        "missing_target": "leave_out",
        "unparsable": "missing",
    }
    if dropped:
        common["drop"] = (
            ",".join(dropped)
            if not any("," in name for name in dropped)
            else ("[" + ",".join(f'"{name}"' for name in dropped) + "]")
        )
    used = [one for one in profile.columns if one.name not in {*dropped, profile.target}]
    words = any(not column.is_number and column.distinct > 1 for column in used)
    made: list[tuple[str, tuple[str, ...], str, dict[str, str]]] = []
    if any(column.is_number and column.missing for column in used):
        made.append(
            (
                "onehot",
                (TREES,),
                "one-hot categories, missing numbers stay missing",
                {"impute": "none"},
            )
        )
    made.append(
        (
            "scaled",
            (TREES, LINEAR),
            "standardised numbers, the median for missing ones, and one-hot categories",
            {"impute": "median", "scale": "standard"},
        )
    )
    if words:
        made.append(
            (
                "target",
                (TREES,),
                "categories as means of the target, cross-fitted",
                {"impute": "none", "encode": "target_encode"},
            )
        )
        made.append(
            (
                "ordinal",
                (TREES,),
                "categories as numbers in their order",
                {"impute": "none", "encode": "ordinal"},
            )
        )
    variants = [
        RecipeVariant(name, kept, sentence, common | settings)
        for name, known, sentence, settings in made
        if (kept := tuple(one for one in known if one in boosters))
    ]
    if not profile.problem.has_classes and _is_skewed(labels):
        return [two for one in variants for two in (one, _scale_target(one))]
    return variants


def _scale_target(recipe: RecipeVariant) -> RecipeVariant:
    return RecipeVariant(
        recipe.name + _LOG,
        recipe.boosters,
        f"{recipe.sentence}; log(1 + target)",
        {**recipe.settings, "target_scale": "log1p"},
    )


def _is_skewed(labels: Sequence[str]) -> bool:
    values = parse_numbers([label for label in labels if label])
    if values.min() < 0 or values.std() == 0:
        return False
    return bool(((values - values.mean()) ** 3).mean() / values.std() ** 3 > _SKEW)
