"""EventBridge: PutEvents, and the checks of rules and targets; moto keeps them."""
