"""Every figure beside its floor, in the same run, on the same rows: `make bench` writes build/bench.json."""
