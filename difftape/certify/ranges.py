"""What a number takes on where coordinates are intervals: an enclosure of all of it, made tight by bisection.

On a box the ball that the replay gives encloses, and so does the mean value form f(c) + Σ ∂f/∂x (x - c), c being the
centre; where a slope has one sign, the extremes are on a face.  The box that bounds the result worst is bisected until
what is known to be attained is as far out as what is possible, or often enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .ball import Uncertain, library

_BISECTIONS = 200
_TIGHT = 1e-10  # of the range: as close as this to what is attained is close enough
_SMALL = 40  # halvings of a box on which there is still no ball

Number = Callable[[Mapping[str, Any]], Any]
Slopes = Callable[[Mapping[str, Any]], Mapping[str, Any]]
Box = Mapping[str, tuple[Any, Any]]


class Piece(NamedTuple):
    """A box, the bounds of the number on it, the least and the greatest it is known to have there, and its slopes."""

    box: Box
    low: Any
    high: Any
    least: Any
    greatest: Any
    slopes: Mapping[str, Any]
    depth: int = 0
    failure: Uncertain | None = None


def enclosed(number: Number, slopes: Slopes | None, box: Box) -> tuple[Any, Any]:
    """Exact bounds of all that `number` is on the box; raises Uncertain where a part of it has none."""
    arb = library().arb
    pieces = [_piece(box, number, slopes)]
    for _ in range(_BISECTIONS):
        worst = _worst(pieces)
        if worst is None:
            break
        if worst.depth >= _SMALL * len(box):
            break
        pieces.remove(worst)
        for half in _halves(worst):
            piece = _piece(half, number, slopes)._replace(depth=worst.depth + 1)
            if worst.failure is None and piece.failure is None:
                piece = piece._replace(low=piece.low.max(worst.low), high=piece.high.min(worst.high))
            pieces.append(piece)
    for piece in pieces:
        if piece.failure is not None:
            raise piece.failure
    low, high = pieces[0].low, pieces[0].high
    for piece in pieces:
        low, high = arb.min(low, piece.low), arb.max(high, piece.high)
    return low.lower(), high.upper()


def _worst(pieces: Sequence[Piece]) -> Piece | None:
    """The piece to be bisected next: one without a ball, else one whose bound is farthest from what is attained."""
    failed = next((p for p in pieces if p.failure is not None), None)
    if failed is not None:
        return failed
    lowest = min(pieces, key=lambda p: float(p.low.lower()))
    highest = max(pieces, key=lambda p: float(p.high.upper()))
    below = min(float(p.least.upper()) for p in pieces) - float(lowest.low.lower())
    above = float(highest.high.upper()) - max(float(p.greatest.lower()) for p in pieces)
    width = float(highest.high.upper()) - float(lowest.low.lower())
    if max(below, above) <= _TIGHT * width:
        return None
    return lowest if below >= above else highest


def _halves(piece: Piece) -> list[dict[str, tuple[Any, Any]]]:
    """The box cut in two, across the side along which the number changes most."""

    def change(name: str) -> float:
        low, high = piece.box[name]
        slope = piece.slopes.get(name)
        width = float((high - low).upper())
        return width * float(slope.abs_upper()) if slope is not None else width

    name = max(piece.box, key=change)
    low, high = piece.box[name]
    middle = ((low + high) / 2).mid()
    return [{**piece.box, name: (low, middle)}, {**piece.box, name: (middle, high)}]


def _piece(box: Box, number: Number, slopes: Slopes | None) -> Piece:
    """What is known of a box from the replay on it, at its centre, and on its faces."""
    whole = {name: low.union(high) for name, (low, high) in box.items()}
    centre = {name: ((low + high) / 2).mid() for name, (low, high) in box.items()}
    try:
        natural, middle = number(whole), number(centre)
    except Uncertain as failure:
        nothing = library().arb(0)
        return Piece(box, nothing, nothing, nothing, nothing, {}, failure=failure)
    plain = Piece(box, natural.lower(), natural.upper(), middle, middle, {})
    try:
        found = slopes(whole) if slopes is not None else {}
        faces = _faces(box, whole, found)
        ends = [number(face) for face in faces]
    except Uncertain:
        return plain
    if not found:
        return plain
    mean = middle
    for name, slope in found.items():
        mean += slope * (whole[name] - centre[name])
    low, high = plain.low.max(mean.lower()), plain.high.min(mean.upper())
    least = greatest = middle
    if ends:
        low, high = low.max(ends[0].lower()), high.min(ends[1].upper())
        if all(x.is_exact() for face in faces for x in face.values()):
            least, greatest = ends
    return Piece(box, low, high, least, greatest, found)


def _faces(box: Box, whole: Mapping[str, Any], slopes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Where the least and the greatest are, as far as the signs of the slopes tell; nothing if they tell nothing."""
    least, greatest = dict(whole), dict(whole)
    is_any = False
    for name, slope in slopes.items():
        if slope >= 0:
            least[name], greatest[name] = box[name]
        elif slope <= 0:
            greatest[name], least[name] = box[name]
        else:
            continue
        is_any = True
    return [least, greatest] if is_any else []
