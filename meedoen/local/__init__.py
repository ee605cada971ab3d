"""What one machine needs to run the chain: PostgreSQL and a broker, started, found again and stopped."""
