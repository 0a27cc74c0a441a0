"""The app is run by a server, never imported by the search for doctests."""

collect_ignore_glob = ["*.py"]
