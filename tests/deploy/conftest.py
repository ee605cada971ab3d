"""What the deploy tests read stands beside them; this folder is on the path so that it can be imported."""

import sys
from pathlib import Path

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)
