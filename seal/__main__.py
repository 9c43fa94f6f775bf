"""`python -m seal`: the command line."""

from .cli.app import main

main()
