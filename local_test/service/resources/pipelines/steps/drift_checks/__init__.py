"""Steps that compare a new baseline with an earlier one."""
