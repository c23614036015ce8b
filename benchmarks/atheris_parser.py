"""Coverage-guided fuzzing of the parser by atheris: nothing but a DifftapeError may come out of any text.

python benchmarks/atheris_parser.py -runs=1000000 CORPUS_FOLDER     (needs `pip install atheris`; no dependency)

What parses is printed, and the print must parse to the same graph; spans must lie inside the text.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parent.parent))
with atheris.instrument_imports(include=["difftape"]):
    import difftape.mistakes  # noqa: F401  (imported when a text is refused: too late to be instrumented)
    from difftape.errors import DifftapeError
    from difftape.parser import parse
    from difftape.printer import printed


def one(data: bytes) -> None:
    """One text: parsed, printed, parsed again."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        program = parse(text)
    except DifftapeError as error:
        assert len(str(error).encode("utf-8", "surrogatepass")) < 4096, "a message of more than 4 KiB"
        return
    for begin, end in program.spans:
        assert 0 <= begin < end <= len(program.text), "a span outside the text"
    shown = printed(program.steps, program.root)
    again = parse(shown)
    assert printed(again.steps, again.root) == shown, "printing is not parsing backwards"


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
