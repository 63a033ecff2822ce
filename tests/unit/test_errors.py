"""Errors reach the process that waits for them as they were raised."""

import datetime as dt
import pickle

import numpy as np
import pandas as pd
import pytest

from leakbound.errors import InputError, did_you_mean, shorten
from leakbound.workers import worker_pool


def refuse(found):
    raise InputError("a.toml: scale", "must be positive", found=found, todo="raise it")


def test_a_refusal_in_another_process_is_the_same_line_here():
    pool = worker_pool(1)
    try:
        with pytest.raises(
            InputError, match=r"^a.toml: scale: must be positive; found -1; raise it$"
        ):
            pool.submit(refuse, -1).result()
    finally:
        pool.shutdown()


@pytest.mark.parametrize(("found", "told"), [(..., ...), (-1, "-1"), (lambda: 0, "<function")])
def test_a_refusal_keeps_its_parts_whatever_was_found(found, told):
    error = InputError("a.toml: scale", "must be positive", found=found)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is InputError
    assert str(again) == str(error)
    assert (again.where, again.rule, again.todo) == ("a.toml: scale", "must be positive", "")
    assert again.found is ... if told is ... else again.found.startswith(told)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (np.float64(5e4), "50000.0"), (np.int64(3), "3"), (pd.Timestamp("2023-06-01"), "'2023-06-01 00"),
        (dt.date(2023, 6, 1), "'2023-06-01'"), (np.array([1, 2]), "array"),
    ],
)  # fmt: skip
def test_a_value_is_told_as_a_user_wrote_it(found, told):
    assert shorten(found).startswith(told)


def test_of_many_names_the_rest_is_counted():
    names = [f"name {i:02d}" for i in range(45)]
    told = did_you_mean("xyz", names)
    assert told.startswith("known names: name 00, ")
    assert told.endswith("name 39 and 5 more")
    assert did_you_mean("xyz", names[:40]).endswith("name 39")
    assert did_you_mean("name 07", names).startswith("did you mean name 07")
