"""Models: where they come from, and the only places that load weights."""
