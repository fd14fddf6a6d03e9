"""Metric math: expressions over series, one value for each period.

Source: CloudWatch User Guide, 'Using metric math'. Python's parser reads an expression; what is not
in the tables below is refused. An operator gives no value where one of its operands has none.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence

from local_test.service.api.api_errors import ApiError
from local_test.service.metrics.series import Series

Value = float | Series | list[Series]
"""A number, a series, or an array of series."""

_BINARY: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.And: lambda one, other: bool(one) and bool(other),
    ast.Or: lambda one, other: bool(one) or bool(other),
}
_REDUCERS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "SUM": math.fsum,
    "AVG": lambda values: math.fsum(values) / len(values),
    "MIN": min,
    "MAX": max,
}
_SINGLE: Mapping[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
}
_SPELLINGS = ((r"&&|\bAND\b", " and "), (r"\|\||\bOR\b", " or "), (r"\^", "**"))


def compute_expression(
    text: str, series: Mapping[str, Series], begins: Sequence[int], metrics: Sequence[str]
) -> Series:
    """Return the values of an expression; `series` are those that it may name, by their ids.

    `begins` are the begins of all periods, `metrics` the ids of the series that are no expressions.
    Raises ApiError when the expression cannot be read, or is not a single series.
    """
    value = _Evaluation(text, series, begins, metrics).run()
    if isinstance(value, list):
        raise _refuse(text, "it gives several series. Reduce them with SUM, AVG, MIN or MAX.")
    return value if isinstance(value, Mapping) else dict.fromkeys(begins, value)


def check_expression(text: str, ids: Sequence[str], metrics: Sequence[str]) -> None:
    """Raise ApiError when an expression cannot be read, or names what is not among `ids`."""
    compute_expression(text, {name: {0: 1.0} for name in ids}, (0,), metrics)


def _refuse(text: str, why: str) -> ApiError:
    return ApiError("ValidationError", f"invalid expression {text!r}: {why}")


class _Evaluation:
    def __init__(
        self,
        text: str,
        series: Mapping[str, Series],
        begins: Sequence[int],
        metrics: Sequence[str],
    ) -> None:
        self._text = text
        self._series = series
        self._begins = begins
        self._metrics = metrics

    def run(self) -> Value:
        text = self._text
        for pattern, spelling in _SPELLINGS:
            text = re.sub(pattern, spelling, text)
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise _refuse(self._text, "it cannot be read. Check its syntax.") from error
        return self._compute(tree.body)

    def _compute(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return float(number)
            case ast.Name(id=name):
                if name in self._series:
                    return self._series[name]
                raise _refuse(self._text, f"there is no query with the Id {name}. Add it.")
            case ast.List(elts=elements):
                return [self._need_series(self._compute(element)) for element in elements]
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, arguments)
        return self._operate(node)

    def _operate(self, node: ast.expr) -> Value:
        """Compute an operator; operands are read from left to right."""
        kinds: list[type[ast.AST]]
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                kinds, operands = [ast.Sub], [ast.Constant(0.0), operand]
            case ast.BinOp(left=left, op=kind, right=right):
                kinds, operands = [type(kind)], [left, right]
            case ast.Compare(left=left, ops=[kind], comparators=[right]):
                kinds, operands = [type(kind)], [left, right]
            case ast.BoolOp(op=kind, values=values):
                kinds, operands = [type(kind)] * (len(values) - 1), values
            case _:
                kinds, operands = [ast.AST], [node]
        if not _BINARY.keys() >= set(kinds):
            raise _refuse(
                self._text,
                f"{ast.unparse(node)!r} is not supported by the local service. Use + - * / ^, "
                f"comparisons, AND, OR, IF, FILL, METRICS and {', '.join([*_REDUCERS, *_SINGLE])}.",
            )
        value = self._compute(operands[0])
        for one, operand in zip(kinds, operands[1:], strict=True):
            value = self._combine(_BINARY[one], value, self._compute(operand))
        return value

    def _call(self, name: str, nodes: Sequence[ast.expr]) -> Value:
        match name, nodes:
            case "METRICS", []:
                return [self._series[one] for one in self._metrics]
            case "METRICS", [ast.Constant(value=str(part))]:
                return [self._series[one] for one in self._metrics if part in one]
            case "FILL", [node, fill]:
                return self._fill(self._compute(node), fill)
            case "IF", [_, _] | [_, _, _]:
                return self._choose(*map(self._compute, nodes))
            case _, [node] if name in _REDUCERS:
                return self._reduce(_REDUCERS[name], self._compute(node))
            case _, [node] if name in _SINGLE:
                kind = _SINGLE[name]
                return self._combine(lambda one, _: kind(one), self._compute(node), 0.0)
        raise _refuse(
            self._text,
            f"the function {name} with {len(nodes)} arguments is not supported by the local "
            f"service. Use IF, FILL, METRICS, {', '.join([*_REDUCERS, *_SINGLE])}.",
        )

    def _need_series(self, value: Value) -> Series:
        if isinstance(value, list):
            raise _refuse(self._text, "an array is in an array. List single series.")
        return value if isinstance(value, Mapping) else dict.fromkeys(self._begins, value)

    def _combine(self, kind: Callable[[float, float], float], one: Value, other: Value) -> Value:
        """Apply an operator to numbers, to series, or to each series of an array."""
        if isinstance(one, list):
            if isinstance(other, list):
                raise _refuse(self._text, "it combines two arrays. Reduce one of them.")
            return [self._need_series(self._combine(kind, item, other)) for item in one]
        if isinstance(other, list):
            return [self._need_series(self._combine(kind, one, item)) for item in other]
        if not isinstance(one, Mapping) and not isinstance(other, Mapping):
            value = _apply(kind, one, other)
            if value is None:
                raise _refuse(self._text, f"{one} and {other} have no result. Change them.")
            return value
        first, second = self._need_series(one), self._need_series(other)
        found = {
            begin: _apply(kind, value, second[begin])
            for begin, value in first.items()
            if begin in second
        }
        return {begin: value for begin, value in found.items() if value is not None}

    def _reduce(self, kind: Callable[[Sequence[float]], float], value: Value) -> Value:
        """Reduce an array to a series, period by period, and a series to one number."""
        if isinstance(value, list):
            begins = sorted({begin for one in value for begin in one})
            return {begin: kind([one[begin] for one in value if begin in one]) for begin in begins}
        values = list(self._need_series(value).values())
        return kind(values) if values else {}

    def _fill(self, value: Value, node: ast.expr) -> Value:
        if isinstance(value, list):
            return [self._need_series(self._fill(one, node)) for one in value]
        series = self._need_series(value)
        match node:
            case ast.Name(id="REPEAT"):
                filled = dict[int, float]()
                last = None
                for begin in self._begins:
                    last = series.get(begin, last)
                    filled |= {} if last is None else {begin: last}
                return filled
            case ast.Name(id="LINEAR"):
                raise _refuse(self._text, "FILL with LINEAR is not supported. Use REPEAT.")
        default = self._need_series(self._compute(node))
        known = {begin: default[begin] for begin in self._begins if begin in default}
        return dict(sorted({**known, **series}.items()))

    def _choose(self, condition: Value, then: Value, other: Value | None = None) -> Value:
        if isinstance(condition, list):
            raise _refuse(self._text, "the condition of IF is an array. Reduce it.")
        chosen = self._need_series(then), {} if other is None else self._need_series(other)
        found = {}
        for begin, truth in self._need_series(condition).items():
            source = chosen[0] if truth else chosen[1]
            if begin in source:
                found[begin] = source[begin]
        return found


def _apply(kind: Callable[[float, float], float], one: float, other: float) -> float | None:
    """Return the result as a finite number, None if there is none, as for a division by zero."""
    try:
        value = float(kind(one, other))
    except (ArithmeticError, TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None
