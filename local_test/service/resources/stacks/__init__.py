"""Stacks of CloudFormation: templates whose resources are created by this service's own APIs."""
