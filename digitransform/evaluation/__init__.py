"""How good a forecast is, and making forecasts agree."""
