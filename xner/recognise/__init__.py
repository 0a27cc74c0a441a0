"""Find entities in a sentence. A new recogniser is a module here and a line in `xner.pipeline`."""
