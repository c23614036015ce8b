"""The shortest decimals of whole arrays of doubles: what repr(float) writes, several times faster.

A double is c·2^q, and every number between the middles to its neighbours is read back as it.  Scaled by the power of
ten that leaves 16 or 17 digits before the point, its decimal is one of four integers: the nearest multiples of ten
below and above if one lies between the middles, else the nearest integers (R. Giulietti, "The Schubfach way to render
doubles").  The scaled numbers are 192 bits wide, of which the highest 64 are kept, their last bit being set where
anything was cut off: comparisons with integers then are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

_PIECE = 1 << 13  # numbers at once: what is in the making then stays in the cache
_LEAST, _MOST = -292, 324  # the powers of ten that scale a double
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_DIGITS = 17
_WIDTH = 32  # eight bytes for a sign and "0.000", then digits, point and "e-324"


def rows(parts: Sequence[Any]) -> bytes:
    """The parts of all rows, one after another; a part is bytes, the same in every row, or an array, a number a row.

    >>> rows([np.array([1.5, -0.0]), b" and ", np.array([1e16, np.nan]), b";"])
    b'1.5 and 1e+16;0.0 and nan;'
    """
    size = max(len(part) for part in parts if not isinstance(part, bytes))
    width = sum(len(part) if isinstance(part, bytes) else _WIDTH for part in parts)
    written = []
    for begin in range(0, size, _PIECE):
        count = min(_PIECE, size - begin)
        table = np.zeros((count, width), np.uint8)
        place = 0
        for part in parts:
            if isinstance(part, bytes):
                table[:, place : place + len(part)] = np.frombuffer(part, np.uint8)
                place += len(part)
            else:
                write(part[begin : begin + count], table[:, place : place + _WIDTH])
                place += _WIDTH
        flat = table.ravel()
        written.append(flat[flat != 0].tobytes())
    return b"".join(written)


def texts(numbers: Any) -> list[str]:
    """The text of every number.

    >>> texts(np.array([0.1, 1e-5, 123456.0]))
    ['0.1', '1e-05', '123456.0']
    """
    return rows([numbers, b"\n"]).decode().split("\n")[:-1] if len(numbers) else []


def write(numbers: Any, table: Any) -> None:
    """Writes the numbers into the rows of a table of bytes; a byte is 0 where nothing stands."""
    with np.errstate(invalid="ignore"):  # a signalling nan
        given = numbers + 0.0  # no negative zero
    odd = np.flatnonzero(~np.isfinite(given) | (given == 0))
    numbers = given.copy()
    numbers[odd] = 1.0
    integers, powers = shortest(numbers.view(np.uint64))
    digits, count, point = _digits(integers, powers)
    _lay_out(table, numbers < 0, digits, count, point)
    for row in odd.tolist():
        text = repr(float(given[row])).encode()
        table[row] = 0
        table[row, : len(text)] = np.frombuffer(text, np.uint8)


def shortest(bits: Any) -> tuple[Any, Any]:
    """The shortest decimals n·10^k of finite doubles but 0, given by their bits, without their sign: n and k.

    >>> [found.tolist() for found in shortest(np.array([0.3, 5e-324]).view(np.uint64))]
    [[3000000000000000, 5], [-16, -324]]
    """
    fraction = bits & np.uint64((1 << 52) - 1)
    biased = (bits >> np.uint64(52)).astype(np.int64) & 0x7FF
    c = fraction | ((biased != 0).astype(np.uint64) << np.uint64(52))
    q = np.maximum(biased, 1) - 1075
    is_uneven = (fraction == 0) & (biased > 1)  # the neighbour below is nearer than the one above
    k = (q * 1262611 - is_uneven * 524031) >> 22
    shift = (q + ((-k * 1741647) >> 19) + 1).astype(np.uint64)
    high, low = _powers_of_ten()
    place = -k - _LEAST
    high, low = high[place], low[place]
    scaled = _product(high, low, c << (shift + np.uint64(2)))
    step = shift + np.uint64(1)  # half the way to the neighbour above, of c in quarters
    above = _rounded(_sum(scaled, _shifted(high, low, step)))
    below = _rounded(_difference(scaled, _shifted(high, low, step - is_uneven)))
    middle = _rounded(scaled)
    is_open = c & np.uint64(1)  # an even c is read back from the middles themselves, too
    below, above = below + is_open, above - is_open
    return _nearest(below, middle, above, k)


def _nearest(below: Any, middle: Any, above: Any, k: Any) -> tuple[Any, Any]:
    """The shortest decimal between two numbers, nearest to a third; all three are in quarters."""
    four, forty = np.uint64(4), np.uint64(40)
    s = middle >> np.uint64(2)
    tens = s // np.uint64(10)
    down, up = below <= forty * tens, forty * tens + forty <= above
    is_short = (down != up) & (s >= 10)
    at = four * s
    is_down, is_up = below <= at, at + four <= above
    half = at + np.uint64(2)
    rounds_up = (middle > half) | ((middle == half) & ((s & np.uint64(1)) == 1))
    integer = s + np.where(is_down != is_up, is_up, rounds_up)
    return np.where(is_short, tens + up, integer), k + is_short


@cache
def _powers_of_ten() -> tuple[Any, Any]:
    """The first 128 bits of the powers of ten, rounded up, as two halves."""
    found = []
    for e in range(_LEAST, _MOST + 1):
        shift = ((e * 1741647) >> 19) - 127
        numerator, denominator = 10 ** max(e, 0) << max(-shift, 0), 10 ** max(-e, 0) << max(shift, 0)
        found.append(-(-numerator // denominator))
    mask = (1 << 64) - 1
    return np.array([g >> 64 for g in found], np.uint64), np.array([g & mask for g in found], np.uint64)


def _wide(a: Any, b: Any) -> tuple[Any, Any]:
    """The upper and the lower 64 bits of products."""
    a1, a0, b1, b0 = a >> _HALF, a & _LOW, b >> _HALF, b & _LOW
    cross = a1 * b0 + ((a0 * b0) >> _HALF)
    other = a0 * b1 + (cross & _LOW)
    return a1 * b1 + (cross >> _HALF) + (other >> _HALF), a * b


def _product(high: Any, low: Any, c: Any) -> tuple[Any, Any, Any]:
    """The 192 bits of (high·2^64 + low)·c."""
    top, middle = _wide(high, c)
    carried, bottom = _wide(low, c)
    middle = middle + carried
    return top + (middle < carried), middle, bottom


def _shifted(high: Any, low: Any, by: Any) -> tuple[Any, Any, Any]:
    """The 192 bits of (high·2^64 + low)·2^by, by being from 1 to 63."""
    back = np.uint64(64) - by
    return high >> back, (high << by) | (low >> back), low << by


def _sum(a: tuple[Any, Any, Any], b: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    bottom = a[2] + b[2]
    carry = bottom < b[2]
    middle = a[1] + b[1]
    over = middle < b[1]
    middle = middle + carry
    return a[0] + b[0] + (over | (carry & (middle == 0))), middle, bottom


def _difference(a: tuple[Any, Any, Any], b: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    borrow = a[2] < b[2]
    under = a[1] < b[1]
    middle = a[1] - b[1]
    return a[0] - b[0] - (under | (borrow & (middle == 0))), middle - borrow, a[2] - b[2]


def _rounded(wide: tuple[Any, Any, Any]) -> Any:
    """The upper 64 bits, the last one set where what was cut off is more than the powers' own rounding."""
    return wide[0] | (wide[1] > 1)


@cache
def _fours() -> Any:
    """The four digits of 0 to 9999, as bytes."""
    return np.frombuffer(b"".join(b"%04d" % n for n in range(10000)), np.uint32)


_TENS = np.array([10**n for n in range(_DIGITS + 1)], np.uint64)


def _digits(integers: Any, powers: Any) -> tuple[Any, Any, Any]:
    """24 bytes a number, 17 digits and zeros; how many up to the last that is not 0; where the point stands."""
    length = np.searchsorted(_TENS, integers, "right")
    rest = integers * _TENS[_DIGITS - length]
    fours = np.full((len(integers), 7), 0x30303030, np.uint32)
    for place in (4, 3, 2, 1):
        upper = rest // np.uint64(10000)
        fours[:, place] = _fours()[(rest - upper * np.uint64(10000)).astype(np.intp)]
        rest = upper
    fours[:, 0] = _fours()[rest.astype(np.intp)]
    digits = np.ascontiguousarray(fours.view(np.uint8)[:, 3:27])
    count = _DIGITS - np.argmax(digits[:, _DIGITS - 1 :: -1] != 48, axis=1)
    return digits, count, powers + length


_NOWHERE = 18  # a place behind all digits
_WORD = np.dtype("<u8")


def _words(texts: list[bytes]) -> list[Any]:
    """Texts of up to 24 bytes as three columns of words."""
    table = np.frombuffer(b"".join(text.ljust(24, b"\0") for text in texts), _WORD).reshape(-1, 3)
    return [np.ascontiguousarray(column) for column in table.T]


_BEFORE = _words([b"\xff" * place for place in range(_NOWHERE + 1)])
_AFTER = _words([b"\0" * (place + 1) + b"\xff" * (_NOWHERE - place - 1) for place in range(_NOWHERE + 1)])
_POINTS = _words([(b"\0" * place + b".")[:_NOWHERE] for place in range(_NOWHERE + 1)])
_SIGNS = np.frombuffer(b"".join((sign + b"0." + b"0" * n).ljust(8, b"\0") if n >= 0 else sign.ljust(8, b"\0")
                       for sign in (b"\0", b"-") for n in range(-1, 4)), _WORD)  # fmt: skip


@cache
def _exponents() -> Any:
    """What stands behind the digits for the exponents -400 to 400, in the third word."""
    return np.frombuffer(b"".join(b"\0\0" + (b"e%+03d" % e).ljust(6, b"\0") for e in range(-400, 401)), _WORD)


def _lay_out(table: Any, is_negative: Any, digits: Any, count: Any, point: Any) -> None:
    """Digits, point and exponent where repr(float) has them: an exponent for less than 1e-4 and from 1e16 on."""
    has_exponent = (point <= -4) | (point > 16)
    is_small = ~has_exponent & (point <= 0)
    place = np.where(has_exponent, np.where(count > 1, 1, _NOWHERE), np.where(is_small, _NOWHERE, point))
    length = np.where(place == _NOWHERE, count, np.maximum(count, place + 1) + 1)
    words = np.empty((len(digits), 4), _WORD)
    words[:, 0] = _SIGNS[is_negative * 5 + np.where(is_small, 1 - point, 0)]
    before = np.uint64(0)
    for i, word in enumerate(digits.view(_WORD).T):
        moved = (word << np.uint64(8)) | (before >> np.uint64(56))
        laid = (word & _BEFORE[i][place]) | (moved & _AFTER[i][place]) | _POINTS[i][place]
        words[:, i + 1] = laid & _BEFORE[i][length]
        before = word
    rows = np.flatnonzero(has_exponent)
    if rows.size:
        words[rows, 3] |= _exponents()[point[rows] + 399]
    table[:] = words.view(np.uint8)
