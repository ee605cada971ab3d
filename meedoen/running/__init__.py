"""The parts of a local run: what it keeps, its processes, its broker, and looking at how it fares."""
