"""Print the oldest dependencies that pyproject.toml promises, engines included, as pins for pip."""

import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
promised = project["dependencies"] + project["optional-dependencies"]["engines"]
print(*(bound.replace(">=", "==") for bound in promised))
