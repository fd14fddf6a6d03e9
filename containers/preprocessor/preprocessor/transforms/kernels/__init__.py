"""The arithmetic of the transforms in numpy alone, the same for estimators and for serving."""
