"""A file of points to a file of values and gradients, whole process: `difftape map`, and pandas with JAX.

    python benchmarks/map.py [ROWS]

The peer's script reads with pandas, computes by jit(vmap(value_and_grad)) and writes the same columns with pandas.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import ENVIRONMENT, PEERS, processes, shown, table

FORMULA = "exp(-x*x/2)*sin(y*z) + log(x + y)*tanh(z)"
PEER = """
import sys
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as np
import pandas

source, target = sys.argv[1:]
is_csv = source.endswith("csv")
points = pandas.read_csv(source) if is_csv else pandas.read_parquet(source)
f = lambda x, y, z: np.exp(-x*x/2)*np.sin(y*z) + np.log(x + y)*np.tanh(z)
value, slopes = jax.jit(jax.vmap(jax.value_and_grad(f, (0, 1, 2))))(*(points[name].to_numpy() for name in "xyz"))
points["value"] = value
for name, slope in zip("xyz", slopes):
    points[f"d_{name}"] = slope
if is_csv:
    points.to_csv(target, index=False)
else:
    points.to_parquet(target, index=False)
"""
MAKE = """
import sys, numpy, pyarrow, pyarrow.csv, pyarrow.parquet
rows, folder = int(sys.argv[1]), sys.argv[2]
draw = numpy.random.default_rng(1)
columns = {name: draw.uniform(0.1, 3, rows) for name in "xyz"}
with open(folder + "/points.csv", "w") as file:
    file.write("x,y,z\\n")
    file.writelines(f"{x!r},{y!r},{z!r}\\n" for x, y, z in zip(*(column.tolist() for column in columns.values())))
pyarrow.parquet.write_table(pyarrow.table(columns), folder + "/points.parquet")
"""


def has_peer() -> bool:
    """Whether pandas, JAX and pyarrow are there."""
    return not subprocess.run(
        [PEERS, "-c", "import pandas, jax, pyarrow"], capture_output=True, env=ENVIRONMENT
    ).returncode


def piped(source: Path, rounds: int = 3) -> float:
    """The seconds that the rows take through a pipe, in and out."""
    taken = []
    for _ in range(rounds):
        begin = time.perf_counter()
        with open(source, "rb") as stream:
            cat = subprocess.Popen(["cat"], stdin=stream, stdout=subprocess.PIPE)
            command = [sys.executable, "-m", "difftape", "map", FORMULA, "-", "--with-value"]
            ours = subprocess.Popen(command, stdin=cat.stdout, stdout=subprocess.PIPE, env=ENVIRONMENT)
            assert ours.stdout is not None
            while ours.stdout.read(1 << 20):
                pass
            assert ours.wait() == 0 and cat.wait() == 0
        taken.append(time.perf_counter() - begin)
    return sorted(taken)[len(taken) // 2]


def main() -> None:
    """Prints the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-c", MAKE, str(rows), name], check=True, env=ENVIRONMENT)
        lines = []
        for format in ("csv", "parquet"):
            source = folder / f"points.{format}"
            ours = [sys.executable, "-m", "difftape", "map", FORMULA, str(source), "--with-value"]
            commands = {
                "-j 1": [*ours, "-j", "1", "-o", str(folder / f"one.{format}")],
                "-j, as it is": [*ours, "-o", str(folder / f"all.{format}")],
            }
            if has_peer():
                commands["pandas + JAX"] = [PEERS, "-c", PEER, str(source), str(folder / f"peer.{format}")]
            found = processes(commands, 5)
            assert (folder / f"one.{format}").read_bytes() == (folder / f"all.{format}").read_bytes()
            base = found.get("pandas + JAX")
            for way, seconds in found.items():
                ratio = f"{seconds / base:.2f}" if base else "–"
                lines.append([f"{format} to {format}", way, shown(seconds), f"{rows / seconds / 1e6:.2f}", ratio])
        seconds = piped(folder / "points.csv")
        lines.append(["csv through a pipe", "one process", shown(seconds), f"{rows / seconds / 1e6:.2f}", "–"])
        print(f"{rows} rows of 3 columns, value and gradient of {FORMULA}, whole process")
        table(["files", "way", "time", "million rows/s", "of pandas + JAX"], lines)


if __name__ == "__main__":
    main()
