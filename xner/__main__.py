"""Entry point of ``python -m xner``."""

from xner.cli.app import main

if __name__ == "__main__":
    main()
