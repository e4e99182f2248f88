"""Built-in datasets of downbench."""

from downbench import DatasetInfo, hookimpl


@hookimpl
def downbench_datasets() -> list[DatasetInfo]:
    """Declare the built-in datasets."""
    return [
        DatasetInfo(
            name="xshield",
            target="downbench_datasets.xshield.xshield:XShield",
            title="X-SHiELD and FV3GFS, 200 km to 25 km, 3-hourly; an embedded stand-in without --data-root",
            tags=("global", "cubed-sphere", "8x"),
            reference="arXiv:2312.06071",
        ),
        DatasetInfo(
            name="files",
            target="downbench_datasets.files.rain_files:RainFiles",
            title="Any NetCDF or zarr with a precipitation variable, coarsened by block means",
            tags=("regional", "your own data"),
        ),
    ]
