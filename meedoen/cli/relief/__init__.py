"""Relief (ontzorgen) from the command line: every operation of the service's HTTP API, for desks and for scripts.

`group` gathers the commands and costs nothing to import; a command loads what it needs when it runs. The commands of
every day are written out, the others stand in a table and take their fields from the service's own OpenAPI document.
"""
