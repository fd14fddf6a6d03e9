"""Variants of the preprocessor's recipe that are tried, by what the columns hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local_test.automl.data.profile import Profile, parse_numbers

_SKEW = 1.0
_LOG = "-log"


@dataclass(frozen=True)
class RecipeVariant:
    """A recipe: its name, the hyperparameters of the preprocessor, and the booster it is for."""

    name: str
    booster: str
    sentence: str
    settings: Mapping[str, str]

    @property
    def scales_target(self) -> bool:
        """Whether the booster learns log(1 + target)."""
        return self.settings.get("target_scale") == "log1p"


def list_recipes(
    profile: Profile, dropped: Sequence[str], labels: Sequence[str]
) -> list[RecipeVariant]:
    """Return the variants for these columns; the first is the one tried first."""
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
    words = any(
        not column.is_number and column.distinct > 1
        for column in profile.columns
        if column.name not in {*dropped, profile.target}
    )
    made = [
        ("onehot", "gbtree", "one-hot categories, missing numbers stay missing", {"impute": "none"})
    ]
    if words:
        made.append(
            (
                "target",
                "gbtree",
                "categories as means of the target, cross-fitted",
                {"impute": "none", "encode": "target_encode"},
            )
        )
        made.append(
            (
                "ordinal",
                "gbtree",
                "categories as numbers in their order",
                {"impute": "none", "encode": "ordinal"},
            )
        )
    made.append(
        (
            "linear",
            "gblinear",
            "standardised numbers and one-hot categories",
            {"impute": "median", "scale": "standard"},
        )
    )
    variants = [
        RecipeVariant(name, booster, sentence, common | settings)
        for name, booster, sentence, settings in made
    ]
    if not profile.problem.has_classes and _is_skewed(labels):
        return [two for one in variants for two in (one, _scale_target(one))]
    return variants


def _scale_target(recipe: RecipeVariant) -> RecipeVariant:
    return RecipeVariant(
        recipe.name + _LOG,
        recipe.booster,
        f"{recipe.sentence}; log(1 + target)",
        {**recipe.settings, "target_scale": "log1p"},
    )


def _is_skewed(labels: Sequence[str]) -> bool:
    values = parse_numbers([label for label in labels if label])
    if values.min() < 0 or values.std() == 0:
        return False
    return bool(((values - values.mean()) ** 3).mean() / values.std() ** 3 > _SKEW)
