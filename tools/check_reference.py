"""Check that the reference pages show every public name, and nothing else."""

import re
import sys
from pathlib import Path

import cxmetrics

DIRECTIVE = re.compile(r"^::: cxmetrics\.([\w.]+)$", re.MULTILINE)

pages = [page.read_text(encoding="utf-8") for page in Path("docs/reference").rglob("*.md")]
shown = {name for page in pages for name in DIRECTIVE.findall(page)}
public = {name for name in cxmetrics.__all__ if not name.startswith("__")}

# The members of a public module stand on the module's page.
modules = {name for name in shown if f"cxmetrics.{name}" in sys.modules}
inside = {member for name in modules for member in vars(sys.modules[f"cxmetrics.{name}"])}

if missing := sorted(public - shown - inside):
    sys.exit(f"docs/reference does not show {', '.join(missing)}")
if unknown := sorted(shown - public - modules):
    sys.exit(f"docs/reference shows {', '.join(unknown)}, not public in cxmetrics")
