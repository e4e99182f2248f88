"""Built-in downscaling methods: descriptions only, the implementations load on first use."""

from downbench import MethodInfo, hookimpl

_PAPER = "Srivastava et al. 2023, arXiv:2312.06071"


@hookimpl
def downbench_methods() -> list[MethodInfo]:
    """Describe the built-in methods."""
    return [
        MethodInfo(
            name="nearest",
            target="downbench_methods.interpolation:Nearest",
            title="Nearest neighbour (the coarse cell repeated)",
            probabilistic=False,
            tags=("control", "interpolation"),
        ),
        MethodInfo(
            name="bilinear",
            target="downbench_methods.interpolation:Bilinear",
            title="Bilinear interpolation",
            probabilistic=False,
            tags=("interpolation",),
        ),
        MethodInfo(
            name="bicubic",
            target="downbench_methods.interpolation:Bicubic",
            title="Bicubic interpolation",
            probabilistic=False,
            tags=("control", "interpolation"),
            reference="Keys 1981, doi:10.1109/TASSP.1981.1163711",
        ),
        MethodInfo(
            name="quantile-mapping",
            target="downbench_methods.quantile_mapping:QuantileMapping",
            title="Bilinear interpolation with empirical quantile mapping",
            probabilistic=False,
            tags=("control", "statistical"),
            reference="Panofsky and Brier 1968; Wood et al. 2004, doi:10.1023/B:CLIM.0000013685.99609.9e",
        ),
        MethodInfo(
            name="mean-noise",
            target="downbench_methods.mean_noise.method:MeanNoise",
            title="Swin-IR mean with unstructured residual noise",
            tags=("control", "network"),
        ),
        MethodInfo(
            name="ofdiff",
            target="downbench_methods.ofdiff.method:OFDiff",
            title="OF-Diff: Swin-IR, optical flow and residual diffusion",
            past=2,
            tags=("network", "diffusion", "video"),
            reference=_PAPER,
        ),
    ]
