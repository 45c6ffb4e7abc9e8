"""Do the methods hold what they promise? Computes it, and writes docs/explanation/calibration.md.

    python benchmarks/calibration.py

All tables that a survey can give are enumerated wherever there are not too many. A
promise that is not kept fails the run, and nothing is written.
"""

import sys
import time
import warnings
from pathlib import Path

from _calibration_page import page
from _calibration_pictures import pictures
from _calibration_promises import promises
from _calibration_results import computed

import cxmetrics as cx

TARGET = Path(__file__).parents[1] / "docs/explanation"


def main(target: Path = TARGET) -> None:
    """Compute, check and write."""
    start = time.monotonic()

    def step(text: str) -> None:
        print(f"{time.monotonic() - start:4.0f} s  {text}", flush=True)

    with warnings.catch_warnings():
        for category in (cx.errors.ZeroWidthWarning, cx.errors.ConcentrationWarning):
            warnings.simplefilter("ignore", category)
        results = computed(step)
    kept = promises(results)
    if broken := [promise for promise in kept if not promise.kept]:
        sys.exit("\n".join(["Promises that are not kept:", *map(str, broken)]))
    (target / "img").mkdir(parents=True, exist_ok=True)
    for name, picture in pictures(results).items():
        (target / "img" / name).write_text(picture, encoding="utf-8")
    text = page(results, kept, minutes=(time.monotonic() - start) / 60)
    (target / "calibration.md").write_text(text, encoding="utf-8")
    step(f"{len(kept)} promises, all kept; wrote {target / 'calibration.md'}")


if __name__ == "__main__":
    main()
