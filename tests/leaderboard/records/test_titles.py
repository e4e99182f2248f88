"""Names of files as people write them."""

import pytest

from downbench_leaderboard.records.titles import file_title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("haduk_uk_12km_daily_2010_2022", "HadUK UK 12 km daily 2010 to 2022"),
        ("knmi_20100826_1km_5min", "KNMI 2010-08-26 1 km 5 min"),
        ("mrms_qpe_201609_east_4km_1h_full", "MRMS QPE 2016-09 east 4 km 1 h full"),
        ("harvey_2017_pair_mrms_imerg_0p1deg_3h", "Harvey 2017 pair MRMS IMERG 0.1° 3 h"),
        ("rain_20101345", "Rain 20101345"),
        ("rain_201613_x2", "Rain 201613 x2"),
        ("run_12345678", "Run 12345678"),
        ("_my__own_", "My own"),
        ("kmh_<b>", "Kmh <b>"),
    ],
)
def test_dates_amounts_and_names_are_written_as_people_do(name, title):
    assert file_title(name) == title
