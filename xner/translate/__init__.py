"""Fill in a missing side of a pair. Registered: see `translators.names()`."""
