"""The six pilots of relief side by side: their households, and the commands to the services for them."""
