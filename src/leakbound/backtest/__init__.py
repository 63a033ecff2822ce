"""Rolling-origin backtest: refit before each cut, forecast what came after, score every method."""
