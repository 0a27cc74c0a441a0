"""Run a pipeline over many pairs: batches, failures kept apart, checkpoints."""
