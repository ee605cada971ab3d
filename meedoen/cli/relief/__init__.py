"""Relief (ontzorgen) from the command line: every operation of the service's HTTP API, for offices and for scripts.

`group` gathers the commands and is cheap to import; a command loads what it needs when it runs. The everyday commands
are written out; the others are in a table and take their fields from the service's own OpenAPI document.
"""
