"""The benchmarks, one module for each subject; every module has a list `CASES`."""
