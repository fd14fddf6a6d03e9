"""The error for a value that its feature cannot have."""

from local_test.service.api.api_errors import ApiError


def make_value_error(problem: str, advice: str) -> ApiError:
    """Return the ValidationError of the runtime API; both texts are without a full stop."""
    return ApiError("ValidationError", f"Validation Error: {problem}. {advice}.")
