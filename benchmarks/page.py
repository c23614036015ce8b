"""The explaining page in a headless Chromium: its size, how soon it can be used, and how long a move of a slider takes.

    python benchmarks/page.py [EXPR NAME=VALUE …]

A move is timed from the event to the end of the script, and to the end of style and layout.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from browser import MISSING, browser
from measuring import table

from difftape import parse

THIRTY = (
    "sin(x)*x**2 + exp(-x**2/2)*cos(3*x) + log(1+x**2)/(1+x**2) + sqrt(x**2+1)*tanh(x) - atan(x)/2 + sin(x*cos(x))*x"
)
CASES = {
    "sin(x)*x**2": {"x": 1.0},
    THIRTY: {"x": 1.0},
    THIRTY.replace("cos(3*x)", "cos(3*x*y)"): {"x": 1.0, "y": 0.5},
    "besselj(0, x)*gamma(x)": {"x": 2.0},
    "+".join(f"sin({k}*x)*exp(x/{k})" for k in range(1, 84)): {"x": 1.0},
}
MOVES = """
const [name, done] = arguments, slider = document.getElementById(name), found = [];
let k = 0;
function next() {
  if (k === 40) { done(found); return; }
  slider.value = Number(slider.value) + (k++ % 2 ? 7 : -6);
  const start = performance.now();
  slider.dispatchEvent(new Event("input"));
  const script = performance.now();
  document.body.getBoundingClientRect();
  found.push([script - start, performance.now() - start]);
  setTimeout(next);
}
next();
"""
READY = """
const t = performance.getEntriesByType("navigation")[0];
return [t.domInteractive, t.domContentLoadedEventEnd];
"""


def main() -> None:
    """Prints a row an expression."""
    if MISSING:
        raise SystemExit(MISSING)
    cases = CASES
    if len(sys.argv) > 1:
        cases = {sys.argv[1]: {n: float(x) for n, _, x in (word.partition("=") for word in sys.argv[2:])}}
    rows = []
    with tempfile.TemporaryDirectory() as folder, browser() as window:
        window.size(1200, 900)
        for text, at in cases.items():
            target = Path(folder, "page.html")
            html = parse(text).explain(at, check=False).html
            target.write_text(html, encoding="utf-8")
            readies = []
            for _ in range(5):
                window.open(target)
                readies.append(window.run(READY)[1])
            moves = window.later(MOVES, f"x{len(at) - 1}")
            script, laid = [median(column) for column in zip(*moves, strict=True)]
            worst = max(laid for _, laid in moves)
            operations = html.count('<tr id="r')
            rows.append((text[:30], f"{operations}", f"{len(html.encode()) / 1000:.0f} kB", f"{median(readies):.0f} ms",
                         f"{script:.1f} ms", f"{laid:.1f} ms", f"{worst:.1f} ms"))  # fmt: skip
    table(("expression", "records", "size", "ready", "script", "with layout", "worst"), rows)


if __name__ == "__main__":
    main()
