"""Measuring agents and searches: benchmarks, calibration, the examination of an agent, pages with truth."""
