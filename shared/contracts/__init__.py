"""Generated from the events and committed: schemas, the catalogue page, AsyncAPI. Reads `shared.events` alone."""
