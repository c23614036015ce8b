"""What the parser says of what is not in the language: the words, the place, and a mend that can be pasted."""

from __future__ import annotations

import pytest

import difftape as dt
from difftape.errors import ParseError, UsageError
from difftape.points.values import point


def refused(text: str) -> ParseError:
    """The error that a text is refused with."""
    with pytest.raises(ParseError) as caught:
        dt.parse(text)
    return caught.value


def marked(error: ParseError) -> str:
    """What the carets stand under."""
    assert error.span is not None
    assert error.source is not None
    return error.source[slice(*error.span)]


def test_a_superscript_is_the_number_it_would_be_as_a_literal() -> None:
    assert dt.parse("x²³") == dt.parse("x**23")
    assert "too large for a float64" in refused("x" + "²" * 400).message


@pytest.mark.parametrize("name", ["nan", "NaN", "NAN", "inf", "Inf", "infinity", "Infinity", "INFINITY"])
def test_names_of_what_is_no_number_are_reserved(name: str) -> None:
    assert "is reserved" in refused(f"2*{name} + 1").message
    assert marked(refused(f"2*{name} + 1")) == name
    assert "is reserved" in refused(f"{name}(x)").message


def test_a_name_that_only_holds_a_reserved_one_is_free() -> None:
    assert dt.parse("infinite + nano + info").variables == ("infinite", "nano", "info")


@pytest.mark.parametrize("written", ["pi", "π"])
@pytest.mark.parametrize("given", ["pi", "π"])
def test_pi_has_one_name(written: str, given: str) -> None:
    e = dt.parse(f"x*{written}")
    assert e == dt.parse("x*pi")
    assert e.gradient({"x": 2, given: 3})["pi"] == 2.0
    assert dt.parse(f"2*{written}", [given]).variables == ("pi",)
    assert point([f"{given}=3"]) == {"pi": 3.0}


def test_pi_is_a_letter_inside_longer_names() -> None:
    assert dt.parse("π_1 + λπ").variables == ("π_1", "λπ")


def test_places_are_right_after_pi() -> None:
    assert marked(refused("π*π + sinn(x)")) == "sinn"
    error = dt.parse("log(π - π)*x").answer({"x": 1}, check=False).error
    assert error is not None
    assert marked(error) == "log(π - π)"


@pytest.mark.parametrize("name", ["pi", "e", "tau"])
def test_a_constant_is_no_function(name: str) -> None:
    error = refused(f"{name}(3)")
    assert error.message == f"{name} is not a function"
    assert error.hint == f"a product is written {name}*(…)"


def test_a_function_of_one_or_two_arguments_says_so() -> None:
    assert refused("log(8, 2, 3)").message == "log() takes 1 or 2 arguments, not 3"
    assert refused("log()").message == "log() takes 1 or 2 arguments, not 0"
    assert refused("max(1)").message == "max() takes 2 or more arguments, not 1"
    assert refused("sin(1, 2)").message == "sin() takes 1 argument, not 2"


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("math.sin(1)", "write sin(1)"),
        ("2*np.sin(x)", "write sin(x)"),
        ("np.random.rand(x)", "all functions: difftape functions"),
        ("x.sin()", "write sin(x)"),
        ("math.pi", "write pi"),
        ("x.y", "write x_y"),
    ],
)
def test_names_have_no_dots(text: str, mend: str) -> None:
    error = refused(text)
    assert error.message.endswith("names have no dots")
    assert error.hint == mend
    assert marked(error) == "."


@pytest.mark.parametrize("text", ["1__000", "1_", "2*1_", "1_000_"])
def test_underscores_of_numbers(text: str) -> None:
    assert refused(text).hint == "'_' stands between two digits, once: 1_000"


@pytest.mark.parametrize("word", ["or", "and"])
def test_a_word_with_a_bracket_is_marked_without_it(word: str) -> None:
    assert marked(refused(f"{word}(1, 2)")) == word
    assert marked(refused(f"1 + {word} (1, 2)")) == word


@pytest.mark.parametrize("text", ["x\udcff", "\udcff", "2*\udcff + x", "x\udcff\udcfe(2)"])
def test_a_byte_that_is_not_utf_8_is_named(text: str) -> None:
    error = refused(text)
    assert error.message == f"byte 0xFF at position {text.index(chr(0xDCFF)) + 1} is not UTF-8"
    assert "Latin-1" in error.hint


@pytest.mark.parametrize("text", ["x=\udcff", "\udcff=3", "x\udcff=3", "x=1,\udcff"])
def test_a_point_that_is_not_utf_8_says_so(text: str) -> None:
    with pytest.raises(UsageError, match=r"byte 0xFF .*is not UTF-8"):
        point([text])
