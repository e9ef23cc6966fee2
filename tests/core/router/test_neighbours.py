import numpy as np
import pytest

from core.router.neighbours import NeighbourIndex, joined


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
    index = NeighbourIndex(16)
    index.add(range(30), rows)
    places, _ = index.nearest_many(rows, k=5, own=np.arange(30))
    assert not (places == np.arange(30)[:, None]).any()


def test_joined_similarity_is_the_mean_of_head_and_tail():
    ends = np.stack([directions(2), directions(2, seed=3)], axis=1)
    both = joined(ends)
    assert both[0] @ both[1] == pytest.approx((ends[0, 0] @ ends[1, 0] + ends[0, 1] @ ends[1, 1]) / 2, abs=1e-6)


def test_vectors_of_another_length_are_refused():
    with pytest.raises(ValueError, match="vectors are"):
        NeighbourIndex(16).add([1], directions(1, d=8))


def prompts(n: int, *, long: int, seed: int = 0) -> np.ndarray:
    """Heads and tails joined, equal for all but the first `long`."""
    ends = np.stack([directions(n, seed=seed)] * 2, axis=1)
    ends[:long, 1] = directions(long, seed=seed + 1)
    return joined(ends)


def test_short_prompts_are_kept_once_and_long_ones_with_their_tail():
    rows, queries = prompts(300, long=40), prompts(20, long=10, seed=5)
    index = NeighbourIndex(32)
    index.add(range(300), rows)
    places, similarity = index.nearest_many(queries, k=15)
    truth = queries @ rows.T
    assert (np.sort(places) == np.sort(np.argsort(-truth, kind="stable")[:, :15])).all()
    assert similarity == pytest.approx(np.take_along_axis(truth, places, axis=1), abs=1e-5)
    assert index.nbytes == 4 * 16 * 340


def test_tails_follow_their_rows_through_deletes_and_changes():
    rows = prompts(80, long=30)
    index = NeighbourIndex(32)
    index.add(range(80), rows)
    gone = [0, 5, 29, 30, 79, 31, 2]
    index.remove(gone)
    left = [row for row in range(80) if row not in gone]
    rows[left[0]], rows[left[-1]] = rows[left[-1]].copy(), rows[left[0]].copy()  # a long one gets short, a short long
    index.add([left[0], left[-1]], rows[[left[0], left[-1]]])
    for query in prompts(10, long=10, seed=9):
        found = index.nearest(query, k=len(left))
        assert sorted(found.keys) == left
        assert found.similarity == pytest.approx(rows[list(found.keys)] @ query, abs=1e-5)


def test_very_many_rows_are_searched_by_a_short_form_that_finds_nearly_all_of_the_nearest():
    random = np.random.default_rng(3)
    plane = random.normal(size=(12, 96)).astype(np.float32)  # what prompts are about has fewer dimensions than vectors
    made = random.normal(size=(12_000, 12)).astype(np.float32) @ plane
    made += 0.5 * random.normal(size=made.shape).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    index = NeighbourIndex(96, exact_up_to=5_000)
    index.add(range(11_000), made[:11_000])
    index.nearest(made[-1], k=5)
    index.add(range(11_000, 11_980), made[11_000:11_980])
    index.remove(range(100))
    recall = []
    for query in made[-20:]:
        truth = set((100 + np.argsort(-(made[100:11_980] @ query))[:50]).tolist())
        found = index.nearest(query, k=50)
        assert found.similarity == pytest.approx(made[list(found.keys)] @ query, abs=1e-5)
        recall.append(len(truth & set(found.keys)) / 50)
    assert np.mean(recall) > 0.95
    assert all(key >= 100 for key in found.keys)
