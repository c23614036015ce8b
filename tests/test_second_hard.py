"""Mixed derivatives, Hessians, Jacobians and series at hard points: the truth or a status, entry by entry."""

from __future__ import annotations

import math
import random
from typing import Any, NamedTuple

import pytest

import difftape
from difftape.derivatives import Singular
from difftape.errors import DomainError, KinkError, UsageError
from difftape.parser import parse
from difftape.partials import mixed


class Hard(NamedTuple):
    """A mixed derivative (or a second one) at a point, and what is true of it."""

    text: str
    at: dict[str, float]
    by: str
    status: str
    truth: float | None = None


ZERO = {"x": 0.0, "y": 0.0}
HARD = [
    Hard("sin(x*y)/x", {"x": 0.0, "y": 2.0}, "xxy", "removable", -4.0),
    Hard("sin(x)*sin(y)/(x*y)", ZERO, "xy", "removable", 0.0),
    Hard("sin(x)*sin(y)/(x*y)", ZERO, "xxyy", "removable", 1 / 9),
    Hard("(exp(x*y) - 1)/x", {"x": 0.0, "y": 3.0}, "xyy", "removable", 1.0),
    Hard("(1 - cos(x*y))/(x*y)**2", ZERO, "xy", "removable", 0.0),
    Hard("abs(x)*y", {"x": 0.0, "y": 1.0}, "xy", "kink"),
    Hard("abs(x)*abs(y)", ZERO, "xy", "undecided"),
    Hard("abs(x)**3*y", {"x": 0.0, "y": 2.0}, "xxy", "ok", 0.0),
    Hard("abs(x) + x*y", {"x": 0.0, "y": 1.0}, "xy", "ok", 1.0),
    Hard("sqrt(x) + x*y**2", {"x": 0.0, "y": 3.0}, "xy", "ok", 6.0),
    Hard("x**2.5*y", {"x": 0.0, "y": 2.0}, "xxy", "ok", 0.0),
    Hard("sqrt(x)*y", {"x": 0.0, "y": 2.0}, "xy", "infinite"),
    Hard("log(x)*y", {"x": -1.0, "y": 2.0}, "xy", "outside"),
    Hard("log(x)*y", {"x": 0.0, "y": 2.0}, "xy", "pole"),
    Hard("floor(x)*y", {"x": 2.0, "y": 1.0}, "xy", "jump"),
    Hard("x/y", {"x": 1.0, "y": 0.0}, "xy", "pole"),
    Hard("x*y*(x**2 - y**2)/(x**2 + y**2)", ZERO, "xy", "undecided"),
    Hard("max(x, y)*x", {"x": 1.0, "y": 1.0}, "xy", "kink"),
    Hard("max(x*y, 3)", {"x": 1.0, "y": 1.0}, "xy", "ok", 0.0),
    Hard("where(x > 0, x*y, -x*y)", {"x": 0.0, "y": 1.0}, "xy", "kink"),
    Hard("where(x > 0, log(x)*y, y)", {"x": -1.0, "y": 1.0}, "xy", "ok", 0.0),
    Hard("log(1 + exp(x*y))", {"x": 40.0, "y": 20.0}, "xy", "ok", 1.0),
    Hard("sqrt(x*x + y*y)", {"x": 1e200, "y": 2e200}, "xy", "ok", -2 / 5**1.5 * 1e-200),
    Hard("exp(x + y)*exp(-x)*x", {"x": 1000.0, "y": 1.0}, "xyy", "ok", math.e),
    Hard("gamma(x + y)/gamma(x)", {"x": 198.0, "y": 2.0}, "yy", "ok", 198 * 199 * (5.295815283**2 + 0.005012521)),
    Hard("x**-300*y**-300", {"x": 1e-3, "y": 1e-3}, "xy", "overflow"),
]


@pytest.mark.parametrize("case", HARD, ids=lambda c: f"{c.text} by {c.by}")
def test_the_table(case: Hard) -> None:
    answer = difftape.parse(case.text).mixed_answer(case.at, list(case.by), check=False)
    assert not complaint(case, answer)


def complaint(case: Hard, answer: Any) -> str:
    """What is wrong with an answer; the gamma ratio is stated to six digits."""
    got = next(iter(answer.grad.values()))
    if answer.status != case.status:
        return f"{answer.status} ({answer.error}) is not {case.status}"
    if case.truth is None:
        return "" if got is None and str(answer.error) else f"{got} where there is none"
    tolerance = 1e-5 if "gamma" in case.text else 1e-12
    return "" if got is not None and math.isclose(got, case.truth, rel_tol=tolerance, abs_tol=1e-300) else f"{got}"


def test_the_judge_sees_each_kind_of_mistake() -> None:
    case = HARD[0]
    answer = difftape.parse(case.text).mixed_answer(case.at, list(case.by), check=False)
    (key,) = answer.grad
    assert not complaint(case, answer)
    assert complaint(case, answer._replace(grad={key: -4.0001}))
    assert complaint(case, answer._replace(grad={key: None}))
    assert complaint(case, answer._replace(statuses={key: "ok"}))


SMOOTH_PARTS = ["x", "y", "(x - 2*y)", "sin(x)", "exp(y/3)", "cos(x*y)", "(1 + x*y)", "(2 - x)"]


@pytest.mark.parametrize("seed", range(40))
def test_products_written_as_quotients_have_the_mixed_derivatives_of_the_products(seed: int) -> None:
    """(smooth · u)/u with u a variable that is 0: a removable point whose truth is the smooth function's."""
    draw = random.Random(seed)
    smooth = "*".join(draw.sample(SMOOTH_PARTS, 3))
    zero = draw.choice(["x", "y", "x*y", "sin(x)", "(exp(y) - 1)"])
    at = {"x": 0.0, "y": 0.0}
    by = ["x", "y", *draw.choices("xy", k=draw.randrange(2))]
    truth = difftape.parse(f"{smooth}*(1 + x*y)").mixed(by, at)
    answer = difftape.parse(f"({smooth})*(1 + x*y)*{zero}/({zero})").mixed_answer(at, by, check=False)
    assert answer.status == "removable", answer.error
    assert next(iter(answer.grad.values())) == pytest.approx(truth, rel=1e-11, abs=1e-12), (smooth, zero, by)


def test_a_hessian_has_a_status_for_each_entry() -> None:
    e, at = difftape.parse("abs(x)*y + z**2*y"), {"x": 0, "y": 2, "z": 1}
    answer = e.hessian_answer(at, check=False)
    assert {k: s for k, s in answer.statuses.items() if s != "ok"} == {"x,x": "kink", "x,y": "kink", "y,x": "kink"}
    assert answer.grad["y,z"] == answer.grad["z,y"] == 2.0 and answer.grad["z,z"] == 4.0 and answer.grad["x,z"] == 0.0
    with pytest.raises(KinkError):
        e.hessian(at)
    assert e.hessian(at, wrt=["z", "y"]) == {"z": {"z": 4.0, "y": 2.0}, "y": {"z": 2.0, "y": 0.0}}
    assert e.hessian(at, subgradient=True)["x"] == {"x": 0.0, "y": 0.0, "z": 0.0}
    assert e.value_and_hessian(at, ["z"]) == (2.0, {"z": {"z": 4.0}})


def test_a_hessian_where_the_function_is_not_has_no_entry_at_all() -> None:
    answer = difftape.parse("log(x) + y").hessian_answer({"x": -1, "y": 1}, check=False)
    assert set(answer.statuses.values()) == {"outside"} and set(answer.grad.values()) == {None}


def test_a_removable_hessian() -> None:
    """On an axis where the function is 0/0 throughout it is continued from beside it."""
    e = difftape.parse("sin(x*y)/(x*y)")
    assert e.hessian({"x": 0, "y": 2}, ["x"]) == {"x": {"x": pytest.approx(-4 / 3)}}
    answer = e.hessian_answer({"x": 0, "y": 0}, check=False)
    assert answer.statuses["x,x"] == "removable" and answer.grad["x,x"] == answer.grad["x,y"] == 0.0


@pytest.mark.parametrize(
    ("text", "x", "order", "found", "statuses"),
    [
        ("sin(x)/x", 0, 4, [1.0, 0.0, -1 / 6, 0.0, 1 / 120], {"removable"}),
        ("abs(x)**3", 0, 4, [0.0, 0.0, 0.0, None, None], {"ok", "kink"}),
        ("x**2.5", 0, 4, [0.0, 0.0, 0.0, None, None], {"ok", "infinite"}),
        ("abs(x)", 0, 0 + 1, [0.0, None], {"ok", "kink"}),
        ("1/x", 0, 2, [None, None, None], {"pole"}),
        ("log(1 + exp(x))", 800, 2, [800.0, 1.0, 0.0], {"ok"}),
        ("where(x > 0, exp(x), 1 + x)", 0, 2, [1.0, 1.0, None], {"ok", "kink"}),
    ],
)
def test_series_at_hard_points(text: str, x: float, order: int, found: list[float | None], statuses: set[str]) -> None:
    answer = difftape.parse(text).taylor_answer({"x": x}, None, order, check=False)
    assert set(answer.statuses.values()) == statuses
    assert list(answer.grad.values()) == [c if c is None else pytest.approx(c) for c in found]


def test_a_series_beyond_what_derivatives_can_be() -> None:
    """170! is the last factorial that a double holds; coefficients go on."""
    coefficients = difftape.parse("1/(1 - x/2)").taylor("x", {"x": 0}, 400)
    assert coefficients[400] == 0.5**400
    with pytest.raises(DomainError):
        difftape.parse("abs(x)").taylor("x", {"x": 0}, 3)
    assert difftape.parse("abs(x)").taylor_answer({"x": 0}, "x", 2, check=False, subgradient=True).grad["1"] == 0.0


def test_a_jacobian_has_a_status_for_each_entry() -> None:
    from difftape.questions import jacobian_answer

    rows = [parse("x*y"), parse("abs(x) + z"), parse("pi*3")]
    answer = jacobian_answer(rows, {"x": 0, "y": 1, "z": 2})
    assert answer.grad["1,x"] == 1.0 and answer.grad["1,z"] == 0.0 and answer.grad["3,y"] == 0.0
    assert answer.statuses["2,x"] == "kink" and answer.grad["2,x"] is None and answer.grad["2,z"] == 1.0
    assert answer.check is not None and answer.check.verdicts["1,x"] == "agree"
    assert [row.value for row in answer.rows] == [0.0, 2.0, pytest.approx(3 * math.pi)]
    assert jacobian_answer(rows, {"x": 1, "y": 1, "z": 2, "pi": 2}, ["pi"]).grad == {
        "1,pi": 0.0,
        "2,pi": 0.0,
        "3,pi": 3.0,
    }
    with pytest.raises(UsageError, match="no value for z"):
        jacobian_answer(rows, {"x": 1, "y": 1})
    with pytest.raises(UsageError, match="variable q"):
        jacobian_answer(rows, {"x": 1, "y": 1, "z": 1, "q": 1})


def test_names_are_asked_for_as_they_must_be() -> None:
    e = difftape.parse("x*y")
    with pytest.raises(TypeError, match="list of names"):
        e.mixed("xy", {"x": 1, "y": 1})  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="variable q"):
        e.mixed(["x", "q"], {"x": 1, "y": 1})
    with pytest.raises(UsageError, match="at least"):
        e.mixed([], {"x": 1, "y": 1})
    with pytest.raises(UsageError, match="in one variable"):
        e.taylor_answer({"x": 1, "y": 1}, None, 3)


def test_the_fast_path_pays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from difftape import continuation, diagnosis, directions

    def no(*_: Any) -> Any:
        raise AssertionError("no diagnosis is asked for at a regular point")

    for module in (diagnosis, directions, continuation):
        monkeypatch.setattr(module, "diagnose", no)
    e, at = difftape.parse("exp(x*y)/y"), {"x": 1, "y": 2}
    assert e.hessian(at) and e.mixed(["x", "y"], at) and e.taylor("x", at, 3)
    with pytest.raises(Singular):
        mixed(parse("x*y/(x - 1)"), {"x": 1.0, "y": 1.0}, ["x", "y"])


def test_pairs_that_never_meet_are_not_asked_of_sympy_where_there_are_many() -> None:
    text = " + ".join(f"x{i}**2" for i in range(40))
    answer = difftape.parse(text).hessian_answer({f"x{i}": 1.0 for i in range(40)}, check_timeout=60)
    assert answer.check is not None and answer.check.verdict == "agree" and len(answer.check.verdicts) == 40
    assert len(answer.grad) == 1600


def test_a_limit_that_depends_on_the_direction_is_none() -> None:
    found = difftape.parse("x*y/(x**2 + y**2)").value_answer({"x": 0.0, "y": 0.0})
    assert found.value is None
    assert found.status == "jump"
    assert difftape.parse("sin(x*y)/(x*y) + y").value_answer({"x": 0.0, "y": 0.0}).status != "jump"
