"""Choose which candidate each entity gets. A new matcher is a module here, registered in `matchers`."""
