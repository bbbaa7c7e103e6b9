"""The integration with moto. No other package imports moto at module level or uses moto's internals."""
