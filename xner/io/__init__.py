"""Files of all formats to sentence pairs and back: streaming, strict, and bad rows told in words."""
