"""The demo: a season based on the source documents, reported in figures counted from what the services hold."""
