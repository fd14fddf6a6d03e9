"""The default inference functions, for scripts without their own."""

from tandem.script.inference_functions import (
    default_input_fn,
    default_output_fn,
    default_predict_fn,
)

__all__ = ["default_input_fn", "default_output_fn", "default_predict_fn"]
