"""The page of a model: importance, bias, and the explanation of a record that is typed in."""
