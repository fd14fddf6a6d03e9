"""Hyperparameters on their way to a script."""

from __future__ import annotations

from tandem.script import script_arguments


def test_values_are_read_as_json_or_stay_text() -> None:
    texts = {"a": '"gbtree"', "b": "0.5", "c": "true", "d": "plain text", "e": '{"k": [1]}'}
    values = {"a": "gbtree", "b": 0.5, "c": True, "d": "plain text", "e": {"k": [1]}}
    assert script_arguments.decode_all(texts) == values


def test_the_command_line_is_sorted_and_spelled_like_the_toolkits() -> None:
    values = {"zeta": None, "n": 3, "learning-rate": 0.1, "flag": True, "map": {"b": 2, "a": 1}}
    assert script_arguments.format_command_line(values) == (
        ["--flag", "True", "--learning-rate", "0.1", "--map", "a=1,b=2", "-n", "3", "--zeta", ""]
    )


def test_variables_are_upper_case_and_compact_json() -> None:
    assert script_arguments.format_variables(
        {"hp_max-depth": 3, "hps": {"b": [1, 2], "a": "x"}, "n": None}
    ) == {
        "SM_HP_MAX-DEPTH": "3",
        "SM_HPS": '{"a":"x","b":[1,2]}',
        "SM_N": "",
    }


def test_the_platforms_own_hyperparameters_are_kept_from_the_script() -> None:
    values = {
        "sagemaker_program": "a.py",
        "sagemaker_mpi_enabled": True,
        "_tuning_objective_metric": "auc",
        "eta": 1,
    }
    assert script_arguments.select_script_arguments(values) == {"eta": 1}
    assert script_arguments.select_framework_arguments(values) == {"sagemaker_mpi_enabled": True}
