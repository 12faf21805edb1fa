"""Question sets, metrics, the fits that chose our constants, and benchmarks."""
