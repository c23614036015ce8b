"""`difftape functions` is read off the table, every entry of it."""

from __future__ import annotations

import json

import pytest

from difftape.cli import main
from difftape.expression import parse
from difftape.lookup import elsewhere, facts, found, hard_points, named, operands, rules, written
from difftape.primitives import TABLE
from difftape.report.reference import domain, signature

NAMES = list(TABLE)


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_can_be_looked_up_and_its_example_is_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["functions", name]) == 0
    out = capsys.readouterr().out
    primitive = TABLE[name]
    assert primitive.doc
    assert out.startswith(signature(primitive) + "\n")
    if primitive.example:
        assert f"example: {primitive.example} = {parse(primitive.example).value({})!r}" in out


@pytest.mark.parametrize("primitive", [p for p in TABLE.values() if p.is_called and not p.symbol])
def test_a_signature_is_a_call_with_as_many_operands(primitive: object) -> None:
    assert signature(primitive).count(",") == primitive.arity - 1  # type: ignore[arg-type, attr-defined]
    conditions = {"where"}
    if primitive.name not in conditions:  # type: ignore[attr-defined]
        assert parse(signature(primitive)).program.steps[-1][0] is primitive  # type: ignore[arg-type]


def test_the_listing_has_a_line_an_entry(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["functions"]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows] == NAMES
    assert {len(row) for row in rows} == {4}
    assert main(["functions", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in found] == NAMES
    assert main(["functions", "-f", "table"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(NAMES)


def test_aliases_and_signs_are_names_too(capsys: pytest.CaptureFixture[str]) -> None:
    for word, name in (("ln", "log"), ("**", "pow"), ("and", "both")):
        assert main(["functions", word, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["name"] == name


def test_an_unknown_name_is_an_error_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["functions", "sinn"]) == 2
    assert "did you mean 'sin'?" in capsys.readouterr().err
    assert main(["functions", "frobnicate"]) == 2
    assert "difftape functions" in capsys.readouterr().err


def test_domains_are_said_as_conditions() -> None:
    assert domain(TABLE["log"]) == "x > 0"
    assert domain(TABLE["asin"]) == "-1 < x < 1"
    assert domain(TABLE["sin"]) == ""


@pytest.mark.parametrize("name", NAMES)
def test_rules_are_shown_as_formulas_of_the_language(name: str) -> None:
    """Each is what the library itself writes for the derivative, at a point of the domain."""
    primitive = TABLE[name]
    said = rules(primitive)
    assert tuple(said) == operands(primitive)
    if primitive.is_condition or name == "where" or not primitive.arity:
        return
    names = operands(primitive)
    at = {x: _inside(within, k) for k, (x, within) in enumerate(zip(names, primitive.domain, strict=True))}
    if any(p is None for p in primitive.partials):
        at[names[0]] = 2.0
    expression = written(primitive)
    for by, formula in said.items():
        if formula is None:
            assert primitive.partials[names.index(by)] is None
            continue
        e = parse(formula)
        number = e.value({x: value for x, value in at.items() if x in e.variables})
        assert number == pytest.approx(expression.gradient(at, wrt=[by])[by], rel=1e-12), (by, formula)


def _inside(interval: tuple[float, float], k: int) -> float:
    """A point of an interval, another one for each operand."""
    low = max(interval[0], -1.0)
    return low + (0.6180339887 - 0.1 * k) * (min(interval[1], low + 4.0) - low)


@pytest.mark.parametrize("name", [p.name for p in TABLE.values() if p.hard])
def test_hard_points_are_hard(name: str) -> None:
    known = hard_points(TABLE[name])
    assert len(known) == len(TABLE[name].hard)
    for point, what in known.items():
        assert what not in ("ok", "removable") and not what.startswith("undecided"), point


@pytest.mark.parametrize("name", [p.name for p in TABLE.values() if p.arity and not p.is_condition and not p.hard])
def test_who_names_no_hard_point_has_no_tie_and_no_edge(name: str) -> None:
    primitive = TABLE[name]
    assert primitive.tie is None
    slow = ("zeta", "zetaderiv", "lambertw")  # seconds, or undecided
    assert name in slow or primitive.smooth is not None or not domain(primitive)


def test_a_wrong_hard_point_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TABLE["sqrt"], "hard", ("1",))
    assert hard_points(TABLE["sqrt"]) == {"x = 1": "ok"}


@pytest.mark.parametrize("library", ["numpy", "scipy", "sympy", "mpmath"])
def test_names_elsewhere_exist_there(library: str) -> None:
    module = pytest.importorskip({"scipy": "scipy.special"}.get(library, library))
    place = module.mp if library == "mpmath" else module
    names = {p.name: elsewhere(p)[library] for p in TABLE.values() if library in elsewhere(p)}
    assert len(names) > 2
    missing = [name for name in names.values() if not hasattr(place, name)]
    assert not missing


def test_names_in_the_c_library_exist_there() -> None:
    import ctypes.util

    path = ctypes.util.find_library("m")
    if path is None:
        pytest.skip("there is no C library of mathematics")
    library = ctypes.CDLL(path)
    assert not [p.libm for p in TABLE.values() if p.libm and not hasattr(library, p.libm)]


def test_search_finds_by_name_alias_description_rule_and_name_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    def names(word: str) -> list[str]:
        return [primitive.name for primitive in found(word)]

    assert names("sinh")[:3] == ["sinh", "asinh", "sinhcderiv"]
    assert names("arcsin")[:2] == ["asin", "asinh"]
    assert names("Riemann") == ["zeta"]
    assert "lgamma" in names("digamma(x)")  # its rule
    assert names("tgamma")[0] == "gamma"
    assert names("integral SINE") == ["Si", "Ci", "Shi", "Chi"]
    assert "log10" in names("lg")
    assert main(["functions", "--search", "hyperbolic integral"]) == 0
    assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == ["Shi", "Chi"]
    assert main(["functions", "--search", "riemann", "--json"]) == 0
    assert [entry["name"] for entry in json.loads(capsys.readouterr().out)] == ["zeta"]


def test_a_search_in_vain_is_an_error_with_the_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    for argv, said in (
        (["--search", "sinnh"], "did you mean 'sinh'?"),
        (["--search", "frobnicate"], "difftape functions"),
        (["--search", " "], "nothing to search for"),
        (["sin", "--search", "x"], "leave out one"),
    ):
        assert main(["functions", *argv]) == 2
        assert said in capsys.readouterr().err


def test_json_has_all_that_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["functions", "besselj", "--json"]) == 0
    entry = json.loads(capsys.readouterr().out)
    assert entry["rules"] == {"n": None, "x": "(besselj(n - 1, x) - besselj(n + 1, x))/2"}
    assert entry["latex"] == "J_{n}\\left(x\\right)" and entry["value"] == 1.0
    assert list(entry["hard"]) == ["n = 0.5, x = 0"]
    assert facts(named("pi")).rules == {}


def test_asech_is_not_real_below_0() -> None:
    for question in ("value", "grad"):
        assert main([question, "asech(x)", "--at", "x=-0.5"]) == 4
    assert parse("asech(x)").value({"x": 1}) == 0.0


def test_plot_draws_the_function_where_it_is_defined(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    class Picture:
        def text(self) -> str:
            return "a picture"

    def plot(self: object, at: object) -> Picture:
        asked.append((str(self), at))
        return Picture()

    monkeypatch.setattr("difftape.expression.Expression.plot", plot, raising=False)
    for name in ("log", "besselj", "tan", "hypot"):
        assert main(["functions", name, "--plot"]) == 0
        assert capsys.readouterr().out.endswith("\na picture\n")
    assert asked == [
        ("log(x)", {"x": (0, 5.0)}),
        ("besselj(n, x)", {"n": 1.0, "x": (-5.0, 5.0)}),
        ("tan(x)", {"x": (-5.0, 5.0)}),
        ("hypot(a, b)", {"a": (-5.0, 5.0), "b": (-5.0, 5.0)}),
    ]
    for argv in (["pi", "--plot"], ["where", "--plot"], ["--plot"]):
        assert main(["functions", *argv]) == 2
