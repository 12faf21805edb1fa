"""``python -m pincite_ui``: the same as ``pincite ui``."""

from pincite_ui.command import main

if __name__ == "__main__":
    main()
