"""What every service shares: the event contract, the messaging core, the database and the service application."""
