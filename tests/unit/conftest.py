"""Tests in the folders below import plain implementations and random lives from here, so this is on the path."""

import sys
from pathlib import Path

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)
