"""The rule of a composite alarm, such as `ALARM("errors") AND NOT OK(latency)`.

Source: CloudWatch API Reference, PutCompositeAlarm: AlarmRule.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from local_test.service.api.api_errors import ApiError

_TOKEN = re.compile(
    r"\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*"
    r"\(\s*(?:\"(?P<quoted>[^\"]+)\"|(?P<plain>[^\s()\"]+))\s*\)"
    r"|(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<mark>[()]))\s*"
)
_ARN_PART = ":alarm:"


@dataclass(frozen=True)
class _Token:
    text: str
    alarm: str = ""


class CompositeRule:
    """A rule that was read. Raises ApiError when it cannot be read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._split(text)
        self.alarms = sorted({token.alarm for token in self._tokens if token.alarm})
        self.is_met({})

    def is_met(self, states: Mapping[str, str]) -> bool:
        """Return True if the rule is met; `states` are those of alarms by name."""
        left = list(reversed(self._tokens))
        met = self._read_any(left, states)
        if left:
            raise self._refuse(left[-1].text)
        return met

    def _split(self, text: str) -> list[_Token]:
        tokens, position = [], 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self._refuse(text[position:])
            alarm = (match["quoted"] or match["plain"] or "").rpartition(_ARN_PART)[2]
            tokens.append(_Token(match["state"] or match["word"] or match["mark"], alarm))
            position = match.end()
        return tokens

    def _read_any(self, left: list[_Token], states: Mapping[str, str]) -> bool:
        met = self._read_all(left, states)
        while left and left[-1].text == "OR":
            left.pop()
            met = self._read_all(left, states) or met
        return met

    def _read_all(self, left: list[_Token], states: Mapping[str, str]) -> bool:
        met = self._read_one(left, states)
        while left and left[-1].text == "AND":
            left.pop()
            met = self._read_one(left, states) and met
        return met

    def _read_one(self, left: list[_Token], states: Mapping[str, str]) -> bool:
        if not left:
            raise self._refuse("its end")
        token = left.pop()
        if token.alarm:
            return states.get(token.alarm) == token.text
        match token.text:
            case "TRUE" | "FALSE":
                return token.text == "TRUE"
            case "NOT":
                return not self._read_one(left, states)
            case "(":
                met = self._read_any(left, states)
                if not left or left.pop().text != ")":
                    raise self._refuse("a parenthesis that is not closed")
                return met
        raise self._refuse(token.text)

    def _refuse(self, where: str) -> ApiError:
        return ApiError(
            "ValidationError",
            f"invalid AlarmRule {self._text!r}: unexpected {where[:80]!r}. Combine ALARM(name), "
            "OK(name), INSUFFICIENT_DATA(name), TRUE and FALSE with AND, OR, NOT and parentheses.",
        )
