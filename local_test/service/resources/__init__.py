"""The SageMaker resources, one folder each: its type, its operations and the work behind them."""
