"""Lineage: from tags and names to the root, without mirrors, copies and mistaken parents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from leakbound.evidence.naming import canonical, contradiction, naming_rules, parse_name

DEEPEST = 32
COPY_SCORE_GAP = 0.02
FEWEST_SCORES = 3
SIZE_LOW, SIZE_HIGH = 0.8, 1.3
TWICE = 0.03


def roots(names: pd.Series, tags: pd.Series) -> pd.DataFrame:
    """Return the root of every model by following its base-model tag, and what went wrong.

    Parameters
    ----------
    names
        Models, each once.
    tags
        The base model each names: "(Merge)" is cut off, several bases make a merge.

    Returns
    -------
    DataFrame with `root` ("" where none), `depth` (tags followed) and `problem` ("" if fine),
    indexed like `names`.
    """
    clean = tags.fillna("").str.replace(r"\s*\(merge\)\s*$", "", case=False, regex=True)
    clean = clean.str.strip(" []'\"")
    several = clean.str.contains(r"[,;\s]", regex=True)
    removed = clean.str.lower().isin(naming_rules().removed_tags)
    children, parents = canonical(names), canonical(clean)
    itself = parents == children
    step = dict(zip(children, parents, strict=True))
    ends = set(children[removed | several | itself])
    root, depth, moving = children.copy(), pd.Series(0, names.index), ~removed & ~several & ~itself
    first_move = moving.copy()
    for _ in range(DEEPEST):
        moving &= ~(root.isin(ends)) & root.isin(list(step))
        if not moving.any():
            break
        root = root.where(~moving, root.map(step))
        depth = depth + moving.astype(int)
    problem = pd.Series("", names.index)
    problem = problem.where(~moving, "base-model tags form a cycle")
    problem = problem.where(~itself, "names itself as its base")
    problem = problem.where(~several, "merge of several bases")
    problem = problem.where(
        ~(root.isin(set(children[several])) & (depth > 0)), "descends from a merge"
    )
    problem = problem.where(~(removed & (depth == 0)), "base-model tag empty or removed")
    return pd.DataFrame(
        {"root": root.where(first_move & (problem == ""), ""), "depth": depth, "problem": problem}
    )


def doubts(names: pd.Series, bases: pd.Series) -> pd.Series:
    """Return how each derivative's name contradicts its base ("" if it does not)."""
    found = [contradiction(*pair) for pair in zip(names.tolist(), bases.tolist(), strict=True)]
    return pd.Series(found, index=names.index, dtype="str")


def size_doubts(sizes: pd.Series, base_sizes: pd.Series) -> pd.DataFrame:
    """Return a reason and a note per derivative from parameter counts (any one unit).

    Twice the base's size is a known artefact of the counts and only noted.
    """
    ratio = sizes / base_sizes
    twice = (ratio - 2.0).abs() <= TWICE
    other = ratio.notna() & ~twice & ~ratio.between(SIZE_LOW, SIZE_HIGH)
    return pd.DataFrame(
        {
            "reason": np.where(other, "has another parameter count than its base", ""),
            "note": np.where(twice, "parameters counted twice", ""),
        },
        index=sizes.index,
    )


def copies(wide: pd.DataFrame, keys: Sequence[str]) -> pd.Series:
    """Return why a derivative is a copy of its base or of another derivative ("" if it is not).

    A copy repeats one effort, so counting it as an attempt would make attempts look weaker. Copies
    are: a name that is its base's, or another derivative's, but for organisation and copy suffix
    (with a suffix, or with scores within 0.02 on each benchmark), and scores identical on at
    least three benchmarks. The developer's upload, then the earliest, stands for its copies.

    Parameters
    ----------
    wide
        One row per derivative: `name`, `base_model`, `released`, `score:KEY`, `base:KEY`.
    keys
        The benchmarks.
    """
    table = _parsed(wide)
    scores = _part(wide, "score", keys)
    of_base = _part(wide, "base", keys)
    out = pd.Series("", wide.index)
    like_base = table["of_base"] & (table["copied"] | _near(scores, of_base))
    like_base |= _equal(scores, of_base)
    out = out.where(~like_base, "mirror or quantised copy of the base")
    by_name = _copies_within(table, scores, ["base", "stem"], out == "")
    out = out.where((out != "") | (by_name == ""), "copy of another derivative: " + by_name)
    vectors = table.join(scores.add_prefix("score:"))
    told = (out == "") & (scores.notna().sum(axis=1) >= FEWEST_SCORES)
    same = _copies_within(vectors, scores, ["base", *vectors.columns[-len(keys) :]], told)
    same_as = "same scores, hence same weights, as another derivative: " + same
    return out.where((out != "") | (same == ""), same_as)


def with_mirrored_base_scores(wide: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return `wide` with scores of a base that has none filled from its unquantised mirrors.

    A mirror holds the same weights, so its scores in this harness are the base's. Of several the
    median is taken, as a fine-tune may carry its base's name.
    """
    lacking = _part(wide, "base", keys).isna().any(axis=1)
    family = wide[wide["base_model"].isin(wide.loc[lacking, "base_model"])]
    table = _parsed(family)
    mirror = table["of_base"] & ~table["quantised"]
    medians = family[mirror].groupby("base_model").median(numeric_only=True)
    out, filled = wide.copy(), pd.Series(False, wide.index)
    for key in keys:
        given = wide["base_model"].map(medians[f"score:{key}"])
        filled |= wide[f"base:{key}"].isna() & given.notna()
        out[f"base:{key}"] = wide[f"base:{key}"].fillna(given)
    note = "base scored through an unquantised mirror"
    return out.assign(note=out["note"].where(~filled, note))


def _parsed(wide: pd.DataFrame) -> pd.DataFrame:
    names = [parse_name(name) for name in wide["name"].tolist()]
    bases = [parse_name(name) for name in wide["base_model"].tolist()]
    pairs = list(zip(names, bases, strict=True))
    told = {
        "base": wide["base_model"],
        "name": wide["name"],
        "released": wide["released"],
        "stem": pd.Series([name.stem for name in names], wide.index, dtype="str"),
        "copied": [name.copy != "" for name in names],
        "quantised": [name.copy == "quantised" for name in names],
        "foreign": [name.organisation != base.organisation for name, base in pairs],
        "of_base": [name.stem == base.stem for name, base in pairs],
    }
    return pd.DataFrame(told, index=wide.index)


def _part(wide: pd.DataFrame, kind: str, keys: Sequence[str]) -> pd.DataFrame:
    return wide[[f"{kind}:{key}" for key in keys]].set_axis(list(keys), axis=1)


def _copies_within(
    table: pd.DataFrame, scores: pd.DataFrame, by: list[str], among: pd.Series
) -> pd.Series:
    """Return the derivative each row copies, within groups of `by` ("" if none)."""
    order = ["foreign", "copied", "released", "name"]
    ranked = table[among].sort_values(order, kind="stable").assign(row=lambda t: t.index)
    leader = ranked.groupby(by, sort=False, dropna=False)["row"].transform("first")
    followers = leader[leader != leader.index]
    leading = scores.loc[followers].set_axis(followers.index, axis=0)
    alike = table.loc[followers.index, "copied"] | _near(scores.loc[followers.index], leading)
    copied: pd.Series = table["name"].loc[followers[alike]].set_axis(followers.index[alike], axis=0)
    return copied.reindex(table.index, fill_value="")


def _near(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.Series:
    gap = (ours - theirs).abs()
    return _all_known(gap, gap <= COPY_SCORE_GAP)


def _equal(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.Series:
    gap = (ours - theirs).abs()
    return _all_known(gap, gap == 0)


def _all_known(gap: pd.DataFrame, holds: pd.DataFrame) -> pd.Series:
    known = gap.notna().sum(axis=1)
    every: pd.Series = holds.sum(axis=1) == known
    return every & (known >= FEWEST_SCORES)
