"""When and where it runs: definitions, jobs, schedules, sensors, resources, the command line.

Does not belong here: domain logic.
"""

# The code location, as in workspace.yaml: its name, and the module that Dagster loads.
LOCATION, MODULE = "observatory", "pipelines.definitions"
