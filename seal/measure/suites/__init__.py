"""Public benchmarks on disk as questions of ours, their scores as published, and tables of them."""
