import numpy as np
import pytest

from core.router.neighbours import NeighbourIndex, joined, nearest_rows


def directions(n: int, d: int = 16, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_the_nearest_are_those_a_full_search_finds():
    rows, query = directions(500), directions(1, seed=1)[0]
    index = NeighbourIndex(16)
    index.add(range(500), rows)
    found = index.nearest(query, k=10)
    assert found.keys == tuple(np.argsort(-(rows @ query), kind="stable")[:10].tolist())
    assert np.all(np.diff(found.similarity) <= 0)


def test_what_is_removed_is_never_found_and_the_rest_stays_right():
    rows = directions(200)
    index = NeighbourIndex(16)
    index.add([f"run-{row}" for row in range(200)], rows)
    index.remove([f"run-{row}" for row in range(0, 200, 2)])
    assert len(index) == 100
    for row in range(1, 200, 2):
        assert index.nearest(rows[row], k=1).keys == (f"run-{row}",)
    assert all(int(str(key)[4:]) % 2 for key in index.nearest(rows[0], k=100).keys)


def test_a_key_added_again_gets_the_new_vector():
    rows = directions(2)
    index = NeighbourIndex(16)
    index.add(["a"], rows[:1])
    index.add(["a"], rows[1:])
    assert len(index) == 1
    assert index.nearest(rows[1], k=5).similarity[0] == pytest.approx(1)


def test_an_empty_index_finds_nothing():
    assert NeighbourIndex(16).nearest(directions(1)[0], k=3).keys == ()


def test_many_neighbours_with_the_same_text_are_all_found_once():
    index = NeighbourIndex(16)
    index.add(range(50), np.tile(directions(1), (50, 1)))
    found = index.nearest(directions(1)[0], k=40)
    assert len(set(found.keys)) == 40
    assert found.similarity == pytest.approx(np.ones(40), abs=1e-5)


def test_a_row_is_not_its_own_neighbour():
    rows = directions(30)
    places, _ = nearest_rows(rows, rows, k=5, own=np.arange(30))
    assert not (places == np.arange(30)[:, None]).any()


def test_joined_similarity_is_the_mean_of_head_and_tail():
    ends = np.stack([directions(2), directions(2, seed=3)], axis=1)
    both = joined(ends)
    assert both[0] @ both[1] == pytest.approx((ends[0, 0] @ ends[1, 0] + ends[0, 1] @ ends[1, 1]) / 2, abs=1e-6)


def test_vectors_of_another_length_are_refused():
    with pytest.raises(ValueError, match="vectors are"):
        NeighbourIndex(16).add([1], directions(1, d=8))
