"""Link the words of two sentences. A new aligner is a module here, registered in `aligners`."""
