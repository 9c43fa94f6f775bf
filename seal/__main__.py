"""`python -m seal`: the command line."""

from .cli import main

main()
