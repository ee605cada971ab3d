"""The rules stand beside their tests; this folder is on the path so that they can be imported."""

import sys
from pathlib import Path

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)
