"""Files are read in a process of their own, held to limits, so that none can take more than itself down."""
