"""The command line: ``python -m xner``."""
