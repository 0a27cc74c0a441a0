"""Languages, scripts, tokens, offsets and label sequences: what every stage knows about text."""
