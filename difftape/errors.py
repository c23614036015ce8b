"""What can go wrong, with the place in the text and a mend, and how it is shown.

Every failure a user can cause is a `DifftapeError`.  Each class has the exit code and the class word of
the command line; each is also the built-in type that a Python user would expect.
"""

from __future__ import annotations

MESSAGE_LIMIT = 3800  # bytes; a message stays under 4 KiB
_LINE_WIDTH = 100  # characters of a source line shown around a caret


class DifftapeError(Exception):
    """A failure that the user can mend: what happened, where in the text, and how to mend it.

    `span` is a pair of positions (from 0, end exclusive) in `source`, or None.  `status` is the word JSON
    output uses.  The text of the exception is the whole message, caret and hint included; `call` is the mend
    in Python, where it is not that of the command line, `hint`.
    """

    exit_code = 1
    kind = "error"
    status = "usage"

    def __init__(
        self,
        message: str,
        *,
        span: tuple[int, int] | None = None,
        source: str | None = None,
        hint: str = "",
        place: str = "",
        call: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.source = source
        self.hint = hint
        self.place = place
        self.call = call

    def within(self, source: str, place: str = "") -> DifftapeError:
        """The same error, knowing the text it happened in (unless it already did)."""
        if self.source is None:
            self.source = source
        if place and not self.place:
            self.place = place
        return self

    def __str__(self) -> str:
        return self.shown(hint=self.call or self.hint)

    def shown(self, where: str = "", line: int = 0, hint: str | None = None) -> str:
        """The message, the line with a caret and the hint (or another one).

        `where` is put before all of it (a file and line); `line`, the number of a line read from a stream,
        becomes part of the place.
        """
        places = [f"line {line}"] if line else []
        if self.place:
            places.append(self.place)
        elif self.span is not None and self.source is not None and self.status == "parse":
            places.append(_position(self.source, self.span[0]))
        head = f"{where}{self.kind}{' at ' + ', '.join(places) if places else ''}: {self.message}"
        said = [escaped(head, MESSAGE_LIMIT // 2)]
        hint = self.hint if hint is None else hint
        mend = [escaped(hint, MESSAGE_LIMIT // 4)] if hint else []
        if self.span is not None and self.source is not None:
            marked = caret(self.source, self.span)
            if sum(len(text.encode()) + 1 for text in (*said, *marked, *mend)) <= MESSAGE_LIMIT:
                said += marked
        return "\n".join(said + mend)


class ParseError(DifftapeError, ValueError):
    """The text is not in the language."""

    exit_code = 3
    kind = "parse error"
    status = "parse"


class UsageError(DifftapeError, ValueError):
    """Something is missing, left over, or not an option that exists."""

    exit_code = 2
    kind = "usage error"
    status = "usage"


class LimitError(DifftapeError, RuntimeError):
    """Too large, too deep, an order too high, or out of time."""

    exit_code = 5
    kind = "limit error"
    status = "limit"


class InputOutputError(DifftapeError, OSError):
    """A file or stream could not be read or written."""

    exit_code = 6
    kind = "i/o error"
    status = "usage"


class DomainError(DifftapeError, ArithmeticError):
    """The expression is understood, but has no such finite derivative (or value) at the point.

    `status` says why: one of kink, infinite, pole, jump, outside, undecided, overflow.  `left` and `right`
    are the one-sided derivatives where they are known, `limit` the one both sides agree on.
    """

    exit_code = 4
    kind = "domain error"
    status = "undecided"

    def __init__(
        self,
        message: str,
        *,
        status: str = "",
        left: float | None = None,
        right: float | None = None,
        limit: float | None = None,
        span: tuple[int, int] | None = None,
        source: str | None = None,
        hint: str = "",
        place: str = "",
        call: str = "",
    ) -> None:
        super().__init__(message, span=span, source=source, hint=hint, place=place, call=call)
        self.status = status or self.status
        self.left = left
        self.right = right
        self.limit = limit


class KinkError(DomainError):
    """The derivatives from the left and from the right exist and differ."""

    status = "kink"


class TapeError(DifftapeError, RuntimeError):
    """A tape was used in an order that it does not allow."""

    kind = "tape error"


class UnsupportedError(DifftapeError, LookupError):
    """There is no derivative rule for this."""

    kind = "unsupported"


class DifftapeWarning(UserWarning):
    """Something that is allowed but probably not meant."""


def escaped(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """The text with control and invisible characters written as U+XXXX, cut to `limit` bytes.

    >>> escaped("a" + chr(27) + "b")
    'aU+001Bb'
    """
    if len(text) > limit:
        text = text[: limit // 2] + " … " + text[-limit // 4 :]
    if text.isascii() and text.isprintable():
        return text
    text = "".join(c if c == "\n" or is_shown(c) else codepoint(c) for c in text)
    encoded = text.encode()
    if len(encoded) <= limit:
        return text
    return encoded[: limit // 2].decode(errors="ignore") + " … " + encoded[-limit // 4 :].decode(errors="ignore")


def is_shown(character: str) -> bool:
    """Whether a terminal shows the character as a mark of its own (no control, no direction change)."""
    import unicodedata

    return character == " " or unicodedata.category(character)[0] not in "CZ"


def codepoint(character: str) -> str:
    """The character's number as Unicode writes it.

    >>> codepoint("½")
    'U+00BD'
    """
    return f"U+{ord(character):04X}"


def caret(source: str, span: tuple[int, int]) -> list[str]:
    """The source line that holds the span, shortened around it, and a line of carets under it.

    >>> print("\\n".join(caret("2*sn(x)", (2, 4))))
      2*sn(x)
        ^^
    """
    begin, end = span
    first = source.rfind("\n", 0, begin) + 1
    last = source.find("\n", begin)
    last = len(source) if last < 0 else last
    end = max(begin + 1, min(end, last))
    left, right = max(first, begin - _LINE_WIDTH // 2), min(last, begin + _LINE_WIDTH)
    before = ("… " if left > first else "") + source[left:begin]
    marked = source[begin : min(end, right)]
    after = source[min(end, right) : right] + (" …" if right < last else "")
    shown = [escaped(part.replace("\t", " ").replace("\xa0", " ")) for part in (before, marked, after)]
    width = max(1, _columns(shown[1]))
    return [("  " + "".join(shown)).rstrip(), "  " + " " * _columns(shown[0]) + "^" * width]


def _columns(text: str) -> int:
    """How many terminal columns the text takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _position(source: str, at: int) -> str:
    line = source.count("\n", 0, at)
    column = at - (source.rfind("\n", 0, at) + 1) + 1
    return f"line {line + 1}, column {column}" if line else f"column {column}"
