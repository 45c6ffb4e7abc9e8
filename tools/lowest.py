"""Print the oldest runtime dependencies that pyproject.toml promises, as pins for pip."""

import tomllib
from pathlib import Path

pyproject = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
print(*(bound.replace(">=", "==") for bound in pyproject["project"]["dependencies"]))
