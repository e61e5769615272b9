from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zc_pipeline.export.names import safe_stem, unique_stems


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2024_广州市增城区科技局（本级）", "2024_广州市增城区科技局（本级）"),
        ("2024_文化/旅游:体育局", "2024_文化_旅游_体育局"),
        ('a<b>c"d\\e|f?g*h', "a_b_c_d_e_f_g_h"),
        ("2024_财政局 . ", "2024_财政局"),
        ("2024_财政\n局\t办", "2024_财政 局 办"),
        ("2024_\u202e局\x00", "2024_局"),
        ("...", "_"),
    ],
)
def test_names_that_every_system_takes(text: str, name: str) -> None:
    assert safe_stem(text) == name


def test_names_alike_on_some_system_are_told_apart() -> None:
    alike = ["x_局A", "x_局a", "x_局Ａ", "x_局A.", "x_别局", "x_局A_2"]
    names = unique_stems(alike)
    assert names == ["x_局A", "x_局a_2", "x_局Ａ_3", "x_局A_4", "x_别局", "x_局A_2_2"]


def test_long_names_are_cut_and_stay_apart() -> None:
    names = unique_stems(["2024_" + "局" * 200 + end for end in ("甲", "乙", "丙")])
    assert len(set(names)) == 3
    assert all(len(name.encode()) <= 200 for name in names)


@given(st.lists(st.text(max_size=300), max_size=8))
def test_any_texts_become_safe_unique_names(texts: list[str]) -> None:
    texts = ["2024_" + text for text in texts]
    names = unique_stems(texts)
    assert len({unicodedata.normalize("NFKC", name).casefold() for name in names}) == len(texts)
    for name in names:
        assert name.startswith("2024")
        assert len(name.encode()) <= 200
        assert not set('<>:"/\\|?*') & set(name)
        assert all(ord(char) >= 32 for char in name)
        assert name == name.strip(" .")
