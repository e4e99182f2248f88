"""The table of scores has what the record has, to the bit, and null where there is nothing."""

import pyarrow.parquet as pq

from downbench.store.record_parts import ScoreRow
from downbench.store.score_table import save_scores

WHERE = {"component": "", "region": "all", "season": "all", "unit": "mm/h", "members": 8}
ROWS = [
    ScoreRow(
        metric="crps",
        value=0.1 + 0.2,
        low=1e-300,
        high=1.0,
        n=950,
        n_eff=237,
        reason=None,
        reason_interval=None,
        **WHERE,
    ),
    ScoreRow(
        metric="psd",
        value=None,
        low=None,
        high=None,
        n=0,
        n_eff=None,
        reason="too small",
        reason_interval="no value",
        **WHERE,
    ),
]


def test_rows_come_back_as_they_were(tmp_path):
    save_scores(tmp_path, ROWS)
    table = pq.read_table(tmp_path / "scores.parquet")
    assert table.column_names == list(ScoreRow.model_fields)
    assert [ScoreRow(**row) for row in table.to_pylist()] == ROWS


def test_the_same_scores_give_the_same_bytes(tmp_path):
    files = []
    for _ in range(2):
        save_scores(tmp_path, ROWS)
        files.append((tmp_path / "scores.parquet").read_bytes())
    assert files[0] == files[1]
