"""Settings of the property tests: no deadline, as machines are shared."""

import os

from hypothesis import settings

collect_ignore = ["typing/api.py"]  # for mypy alone

# Every law runs for dozens of members, so few examples each are thousands.
settings.register_profile("default", deadline=None, max_examples=25)
settings.register_profile(
    "ci", settings.get_profile("default"), derandomize=True, database=None, print_blob=True
)
settings.register_profile("nightly", settings.get_profile("default"), max_examples=1000)
usual = "ci" if "CI" in os.environ else "default"
settings.register_profile("quick", settings.get_profile(usual), max_examples=10)
settings.load_profile(usual)
