"""axe-core, by which the tests check pages of the console and reports."""
