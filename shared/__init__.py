"""What every service speaks and stands on: the event contract, the messaging core, the database, the service frame."""
