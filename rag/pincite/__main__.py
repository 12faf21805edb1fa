"""``python -m pincite`` is the ``pincite`` command."""

from pincite.cli import main

main()
