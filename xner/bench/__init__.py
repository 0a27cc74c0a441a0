"""The project's own benchmarks: functions that measure and return rows; the command line prints them."""
