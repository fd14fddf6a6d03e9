"""Imports of a start collect no garbage, and leave no variable behind."""

from __future__ import annotations

import gc
import importlib
import os

import pytest

from tandem.machine.program_start import import_quickly

TIMEOUT = "OPENBLAS_THREAD_TIMEOUT"


def test_no_garbage_is_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TIMEOUT, raising=False)
    try:
        with import_quickly():
            kept: list[list[int]] = [[] for _ in range(10)]
            assert not gc.isenabled()
            assert os.environ[TIMEOUT] == "4"
        assert gc.isenabled()
        assert TIMEOUT not in os.environ
        assert not any(item is kept for item in gc.get_objects())  # later collections pass it over
    finally:
        gc.unfreeze()


def test_the_user_s_variable_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TIMEOUT, "20")
    try:
        with import_quickly():
            assert os.environ[TIMEOUT] == "20"
        assert os.environ[TIMEOUT] == "20"
    finally:
        gc.unfreeze()


def test_a_failed_import_leaves_it_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TIMEOUT, raising=False)
    try:
        with pytest.raises(ModuleNotFoundError), import_quickly():
            importlib.import_module("no_such_module_at_all")
        assert gc.isenabled()
        assert TIMEOUT not in os.environ
    finally:
        gc.unfreeze()
