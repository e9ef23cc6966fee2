import gzip

import numpy as np
import pytest

from core.errors import UnreadableFile
from core.router.outcomes import read_outcomes

HEAD = "prompt,model,quality,cost_usd,task\n"


def written(tmp_path, text: str, name: str = "o.csv"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def test_repeats_are_averaged_and_like_prompts_are_one_row(tmp_path):
    rows = "Say  hello,a,1,0.2,chat\nsay hello,a,0,0.4,chat\nSay hello,b,1,,chat\nBye,a,0.5,0,\n"
    found = read_outcomes(written(tmp_path, HEAD + rows, "o.csv.gz"))
    assert len(found.prompts) == 2
    hello = next(row for row, prompt in enumerate(found.prompts) if "ello" in prompt)
    assert found.models == ("a", "b")
    assert found.quality[hello].tolist() == [0.5, 1.0]
    assert found.cost[hello][0] == pytest.approx(0.3)
    assert found.tasks[hello] == "chat"


def test_what_nobody_measured_is_unknown_and_a_cost_of_nothing_too(tmp_path):
    found = read_outcomes(written(tmp_path, HEAD + "x,a,1,0,\ny,b,0,0.1,\n"))
    assert np.isnan(found.quality).tolist() == [[False, True], [True, False]]
    assert np.isnan(found.cost[:, 0]).all()


def test_a_prompt_of_a_megabyte_over_many_lines_is_read(tmp_path):
    prompt = "line\n" * 200_000
    found = read_outcomes(written(tmp_path, f'{HEAD}"{prompt}",a,1,0.1,\n'))
    assert len(found.prompts[0]) > 900_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("question,model,quality\nx,a,1\n", "no column prompt"),
        (HEAD + "x,a,1,0,\ny,a,1.5,0,\n", "Line 3"),
        (HEAD + "x,a,,0,\n", "Line 2"),
        (HEAD + ",a,1,0,\n", "Line 2"),
        (HEAD + "x,a,1,minus,\n", "Line 2"),
        (HEAD, "no rows"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(tmp_path, text, said):
    with pytest.raises(UnreadableFile, match=said):
        read_outcomes(written(tmp_path, text))


def test_a_file_that_is_no_table_is_refused_in_plain_words(tmp_path):
    path = tmp_path / "o.csv.gz"
    path.write_bytes(b"\x1f\x8b" + b"not really gzip")
    with pytest.raises(UnreadableFile) as caught:
        read_outcomes(path)
    assert caught.value.next_step
    with pytest.raises(UnreadableFile):
        read_outcomes(tmp_path / "absent.csv")
