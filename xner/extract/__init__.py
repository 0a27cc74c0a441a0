"""Candidate spans on the target side. A new extractor is a module here, registered in `extractors`."""
