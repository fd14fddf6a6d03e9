"""The Lambda function: JSON records with named fields in, the endpoint's predictions out.

Its modules know each other by relative names: in the function the package lies alone.
"""
