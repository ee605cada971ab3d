"""How messages leave: one port, two adapters, and the worker that takes messages up outside any handler."""
