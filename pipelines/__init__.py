"""When and where it runs: definitions, jobs, schedules, sensors, resources, the command line.

Does not belong here: domain logic.
"""
