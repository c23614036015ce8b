"""What `--at` says: `NAME=VALUE[,NAME=VALUE…]`, a VALUE being a constant expression or `START:STOP:COUNT`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..errors import DifftapeError, LimitError, UsageError
from ..lexer import check_name, normal, undecoded
from .grids import Grid

if TYPE_CHECKING:
    from ..exact import Exact

_WHERE = "a point is NAME=VALUE"


def point(
    texts: Iterable[str],
    option: str = "",
    is_exact: bool = False,
    has_intervals: bool = False,
    has_ranges: bool = False,
) -> dict[str, Any]:
    """The values that texts such as `x=3,y=pi/2` give; `option` is how they were given, for messages.

    `is_exact` makes them exact numbers (`exact.py`); where it `has_intervals`, [0.9, 1.1] is one.  Where it
    `has_ranges`, START:STOP is a grid of size 0, for somebody else to say how many points it has.

    >>> point(["x=3,y=max(1, 2)/4"])
    {'x': 3.0, 'y': 0.5}
    """
    at: dict[str, Any] = {}
    for text in texts:
        for name, value in assignments(text, option):
            if name in at:
                raise UsageError(f"{name} is given twice", hint=f"give each name one value: {name}=VALUE")
            if value[0] == "[":
                at[name] = interval(name, value, has_intervals, has_ranges)
            else:
                at[name] = reading(name, value, is_exact, has_ranges)
    return at


def assignments(text: str, option: str = "") -> list[tuple[str, str]]:
    """The names and the texts of their values.

    >>> assignments("x = 1, y=max(1, 2)")
    [('x', '1'), ('y', 'max(1, 2)')]
    """
    if not text.strip():
        raise UsageError(f"{option or '@'} has no value after it", hint=f"{_WHERE}: {option} x=3".replace(":  ", ": "))
    broken = undecoded(text)
    if broken is not None:
        raise UsageError(broken.message, hint=broken.hint)
    pieces = outside_brackets(text)
    pairs: list[tuple[str, str]] = []
    for piece in pieces:
        name, sign, value = (part.strip() for part in piece.partition("="))
        name = normal(name)
        if ";" in piece:
            raise UsageError("';' does not separate values", hint=f"write {text.replace(';', ',')}")
        if not sign:
            raise _without_sign(name, pairs[-1] if pairs else None)
        if not name.isidentifier():
            raise UsageError(f"'{name}' is not a name, in '{piece.strip()}'", hint=f"{_WHERE}, such as x=3")
        if not value:
            raise UsageError(f"{name}= has no value after it", hint=f"{_WHERE}: {name}=3")
        if value[0] == "=":
            raise UsageError(f"one '=' gives a value, '{piece.strip()}' has more", hint=f"write {name}={value[1:]}")
        pairs.append((name, value))
    return pairs


def outside_brackets(text: str) -> list[str]:
    """The text split at commas that are inside no brackets."""
    if "(" not in text and "[" not in text:
        return text.split(",")
    pieces, depth, begin = [], 0, 0
    for i, character in enumerate(text):
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "," and depth <= 0:
            pieces.append(text[begin:i])
            begin = i + 1
    return [*pieces, text[begin:]]


def reading(name: str, text: str, is_exact: bool = False, has_ranges: bool = False) -> Any:
    """The number or grid that a VALUE stands for.

    >>> reading("x", "0:pi", has_ranges=True)
    Grid(start=0.0, stop=3.141592653589793, size=0)
    """
    read = exact_number if is_exact else number
    if ":" not in text:
        return read(name, text)
    parts = text.split(":")
    if len(parts) == 2 and has_ranges:
        return Grid(read(name, parts[0]), read(name, parts[1]), 0)
    if len(parts) != 3:
        raise UsageError(f"{name}={text} is not START:STOP:COUNT", hint=f"write {name}=0:1:11 for eleven points")
    start, stop = (read(name, part) for part in parts[:2])
    count = number(name, parts[2])
    if count < 1 or count != count // 1:
        raise UsageError(f"{name}={text}: COUNT is a whole number from 1, not {parts[2].strip()}")
    return Grid(start, stop, int(count))


def number(name: str, text: str) -> float:
    """The finite double that a constant expression stands for; raises UsageError naming `name`.

    >>> number("x", "pi/2")
    1.5707963267948966
    """
    from ..derivatives import Singular, value
    from ..parser import parse

    try:
        program = parse(text)
    except LimitError:
        raise
    except DifftapeError as error:
        raise UsageError(
            f"{name}={text.strip()}: {error.message}", span=error.span, source=error.source, hint=error.hint
        ) from None
    if program.variables:
        raise UsageError(
            f"{name}={text.strip()}: {program.variables[0]} has no value here",
            hint="a value is a constant expression, such as 3, 1e-9 or pi/2",
        )
    try:
        return value(program, {}) + 0.0
    except (Singular, ArithmeticError, ValueError):
        raise UsageError(f"{name}={text.strip()} is not a finite number") from None


def exact_number(name: str, text: str) -> Exact:
    """The exact number that a constant expression stands for; raises UsageError naming `name`.

    >>> exact_number("x", "0.1").fraction
    Fraction(1, 10)
    """
    from ..exact import exact

    try:
        return exact(text, name)
    except (LimitError, UsageError):
        raise
    except DifftapeError as error:
        raise UsageError(
            f"{name}={text.strip()}: {error.message}", span=error.span, source=error.source, hint=error.hint
        ) from None


def interval(name: str, text: str, is_allowed: bool = True, has_ranges: bool = False) -> Any:
    """The interval that [LOW, HIGH] stands for; only a ball can be over all of it.

    >>> float(interval("x", "[0.9, 1.1]").high)
    1.1
    """
    if has_ranges:
        start, _, stop = text.strip("[]").partition(",")
        raise UsageError(f"{name}={text} is an interval", hint=f"a range is {name}={start.strip()}:{stop.strip()}")
    if not is_allowed:
        raise UsageError(
            f"{name}={text} is an interval, over which only a range can be given", hint="add --certify for that"
        )
    ends = outside_brackets(text[1:-1]) if text[-1] == "]" else []
    if len(ends) != 2:
        raise UsageError(f"{name}={text} is not [LOW, HIGH]", hint=f"write {name}=[0.9,1.1] for all from 0.9 to 1.1")
    from ..certify.ball import Interval

    low, high = (exact_number(name, end) for end in ends)
    if float(low) > float(high):
        raise UsageError(f"{name}={text} ends below its beginning", hint=f"write {name}=[{ends[1]},{ends[0]}]")
    return Interval(low, high)


def named(text: str, option: str, repeated: bool = False) -> tuple[str, ...]:
    """The names in a list such as `x,y`, each once unless they may be `repeated`.

    >>> named("x, y", "--wrt")
    ('x', 'y')
    """
    names: list[str] = []
    for piece in text.split(","):
        name = normal(piece.strip())
        if not name.isidentifier():
            raise UsageError(f"'{name}' is not a name, in {option} '{text}'", hint=f"write {option} x,y")
        try:
            check_name(name)
        except DifftapeError as error:
            raise UsageError(f"{option}: {error.message}", hint=error.hint) from None
        if name in names and not repeated:
            raise UsageError(f"{name} is given twice in {option}")
        names.append(name)
    return tuple(names)


def _without_sign(piece: str, before: tuple[str, str] | None) -> UsageError:
    """The error for a piece that gives no value: half of a decimal comma, or a name alone."""
    if before is not None and piece.isdigit() and before[1].lstrip("+-").isdigit():
        name, whole = before
        return UsageError(f"'{name}={whole},{piece}' has a decimal comma", hint=f"write {name}={whole}.{piece}")
    if piece.isidentifier():
        return UsageError(f"{piece} has no value", hint=f"write {piece}=VALUE")
    return UsageError(f"'{piece}' is not NAME=VALUE", hint=f"{_WHERE}, such as x=3; several are separated by commas")
