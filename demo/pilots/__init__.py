"""The six pilots of relief side by side: who lives there, and what the services are asked for them."""
