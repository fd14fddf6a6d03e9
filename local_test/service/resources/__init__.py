"""The SageMaker resources, one folder each, with the operations on it and the work behind them."""
