"""EventBridge Scheduler: schedules, their groups, and the invocation of their targets."""
