"""The demo: a season played from the source documents, told in figures counted from what the services hold."""
