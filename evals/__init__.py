"""How good it is: benches now; metrics, judges and suites live here too."""
