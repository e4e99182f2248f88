"""Built-in downscaling methods: descriptions only, the implementations load on first use."""

from dataclasses import replace
from typing import Literal

from downbench import MethodInfo, StudyInfo, hookimpl
from downbench_methods.costs import costs_of
from downbench_methods.ofdiff.catalogue import ABLATIONS, PAPER_FORMS

# No frame needs the samples of others. Noise with a memory is worked out again from the first frame on, which
# costs little beside a network, and is most of the work of the methods that are not marked so.
IN_TIME: tuple[Literal["tile", "time"], ...] = ("tile", "time")

_PAPER = "Srivastava et al. 2023, arXiv:2312.06071"


@hookimpl
def downbench_methods() -> list[MethodInfo]:
    """Describe the built-in methods."""
    methods = [
        MethodInfo(
            name="nearest",
            target="downbench_methods.interpolation:Nearest",
            title="Nearest neighbour (the coarse cell repeated)",
            cuts=IN_TIME,
            probabilistic=False,
            refines_time=True,
            tags=("control", "interpolation"),
        ),
        MethodInfo(
            name="bilinear",
            target="downbench_methods.interpolation:Bilinear",
            title="Bilinear interpolation",
            cuts=IN_TIME,
            probabilistic=False,
            past=1,
            future=1,
            refines_time=True,
            tags=("interpolation",),
        ),
        MethodInfo(
            name="bicubic",
            target="downbench_methods.interpolation:Bicubic",
            title="Bicubic interpolation (cubic convolution, a = -0.5)",
            cuts=IN_TIME,
            probabilistic=False,
            refines_time=True,
            tags=("control", "interpolation"),
            reference="Keys 1981, doi:10.1109/TASSP.1981.1163711",
        ),
        MethodInfo(
            name="quantile-mapping",
            target="downbench_methods.statistical.quantile_mapping:QuantileMapping",
            title="Bilinear interpolation with empirical quantile mapping",
            cuts=IN_TIME,
            probabilistic=False,
            tags=("control", "statistical"),
            reference="Panofsky and Brier 1968; Wood et al. 2004, doi:10.1023/B:CLIM.0000013685.99609.9e",
        ),
        MethodInfo(
            name="climatology",
            target="downbench_methods.statistical.climatology:Climatology",
            title="Random training frames of the same place, season and hour",
            cuts=IN_TIME,
            tags=("statistical",),
            reference="Wilks 2011, Statistical Methods in the Atmospheric Sciences, 8.1",
        ),
        MethodInfo(
            name="analogs",
            target="downbench_methods.statistical.analogs:Analogs",
            title="Fine fields of the nearest coarse training states",
            cuts=IN_TIME,
            tags=("statistical",),
            reference="Zorita and von Storch 1999, doi:10.1175/1520-0442(1999)012<2474:TAMAAS>2.0.CO;2",
        ),
        MethodInfo(
            name="bcsd",
            target="downbench_methods.statistical.bcsd:BCSD",
            title="Bias-corrected spatial disaggregation",
            cuts=IN_TIME,
            probabilistic=False,
            tags=("statistical",),
            reference="Wood et al. 2004, doi:10.1023/B:CLIM.0000013685.99609.9e",
        ),
        MethodInfo(
            name="quantile-delta-mapping",
            target="downbench_methods.statistical.quantile_delta_mapping:QuantileDeltaMapping",
            title="Bilinear interpolation with quantile delta mapping",
            cuts=IN_TIME,
            whole_record=True,
            probabilistic=False,
            tags=("statistical",),
            reference="Cannon et al. 2015, doi:10.1175/JCLI-D-14-00754.1",
        ),
        MethodInfo(
            name="rainfarm",
            target="downbench_methods.statistical.rainfarm:RainFarm",
            title="RainFARM of pysteps: correlated log-normal noise",
            cuts=IN_TIME,
            tags=("statistical",),
            reference="Rebora et al. 2006, doi:10.1175/JHM517.1",
        ),
        MethodInfo(
            name="lognormal-cascade",
            target="downbench_methods.statistical.cascade:LognormalCascade",
            title="Log-normal random cascade that conserves mass",
            tags=("statistical",),
            reference="Over and Gupta 1996, doi:10.1029/96JD02033",
        ),
        MethodInfo(
            name="mean-noise",
            target="downbench_methods.mean_noise.method:MeanNoise",
            title="Swin-IR mean with unstructured residual noise",
            tags=("control", "network"),
        ),
        MethodInfo(
            name="mean-spectrum-noise",
            target="downbench_methods.mean_noise.spectrum_noise:MeanSpectrumNoise",
            title="Swin-IR mean with noise of the residual's spectrum",
            tags=("control", "network"),
        ),
        MethodInfo(
            name="ofdiff",
            target="downbench_methods.ofdiff.method:OFDiff",
            title="OF-Diff: Swin-IR, optical flow and residual diffusion",
            cuts=IN_TIME,
            past=2,
            tags=("network", "diffusion", "video"),
            reference=_PAPER,
        ),
        MethodInfo(
            name="ofdiff-fast",
            target="downbench_methods.ofdiff.fast:OFDiffFast",
            title="OF-Diff in one or two evaluations, by consistency tuning",
            past=2,
            cuts=IN_TIME,
            tags=("network", "diffusion"),
            reference="Geng et al. 2024, arXiv:2406.14548",
        ),
        *ABLATIONS,
        *PAPER_FORMS,
        MethodInfo(
            name="image-diffusion",
            target="downbench_methods.diffusion.image_diffusion:ImageDiffusion",
            title="Diffusion of rain itself, frame by frame",
            cuts=IN_TIME,
            tags=("network", "diffusion"),
            reference="Saharia et al. 2021, arXiv:2104.07636",
        ),
        MethodInfo(
            name="swin-ir-diffusion",
            target="downbench_methods.diffusion.swinir_diffusion:SwinIRDiffusion",
            title="Residual diffusion over Swin-IR, frame by frame",
            cuts=IN_TIME,
            tags=("network", "diffusion"),
            reference="Mardani et al. 2023, arXiv:2309.15214",
        ),
        MethodInfo(
            name="flow-matching",
            target="downbench_methods.diffusion.flow_matching:FlowMatching",
            title="Rectified flow of the residual over Swin-IR, frame by frame",
            cuts=IN_TIME,
            tags=("network", "diffusion"),
            reference="Lipman et al. 2023, arXiv:2210.02747",
        ),
        MethodInfo(
            name="edm-residual",
            target="downbench_methods.diffusion.edm_residual:EDMResidual",
            title="Residual diffusion over interpolated rain (EDM)",
            cuts=IN_TIME,
            tags=("network", "diffusion"),
            reference="Karras et al. 2022, arXiv:2206.00364",
        ),
        MethodInfo(
            name="video-diffusion",
            target="downbench_methods.diffusion.video_diffusion:VideoDiffusion",
            title="Diffusion of clips of rain itself (VDM)",
            cuts=IN_TIME,
            past=5,
            future=5,
            window=5,
            tags=("network", "diffusion", "video"),
            reference="Ho et al. 2022, arXiv:2204.03458",
        ),
        MethodInfo(
            name="video-swin",
            target="downbench_methods.regression.video_swin:VideoSwin",
            title="Window attention over clips (VRT, PSRT), squared error",
            cuts=IN_TIME,
            probabilistic=False,
            past=2,
            future=2,
            tags=("network", "deterministic", "video"),
            reference="Shi et al. 2022, arXiv:2207.08494",
        ),
        MethodInfo(
            name="stvd",
            target="downbench_methods.diffusion.stvd:STVD",
            title="STVD: residual diffusion of clips over a space-time U-Net",
            cuts=IN_TIME,
            past=5,
            future=5,
            window=5,
            tags=("network", "diffusion", "video"),
            reference="Srivastava et al. 2024, arXiv:2312.06071v3",
        ),
        MethodInfo(
            name="unet",
            target="downbench_methods.regression.methods:UNet",
            title="U-Net, squared error",
            cuts=IN_TIME,
            probabilistic=False,
            tags=("network", "deterministic"),
            reference="Ronneberger et al. 2015, arXiv:1505.04597",
        ),
        MethodInfo(
            name="swin-ir",
            target="downbench_methods.regression.methods:SwinIR",
            title="Swin-IR, squared error",
            cuts=IN_TIME,
            probabilistic=False,
            tags=("network", "deterministic"),
            reference="Liang et al. 2021, arXiv:2108.10257",
        ),
        MethodInfo(
            name="edsr",
            target="downbench_methods.regression.methods:EDSRMethod",
            title="EDSR, squared error",
            cuts=IN_TIME,
            probabilistic=False,
            tags=("network", "deterministic"),
            reference="Lim et al. 2017, arXiv:1707.02921",
        ),
        MethodInfo(
            name="unet-crps",
            target="downbench_methods.regression.ensemble:UNetCRPS",
            title="U-Net with noise, trained on CRPS and energy score",
            cuts=IN_TIME,
            tags=("network",),
            reference="Shen and Meinshausen 2023, arXiv:2307.00835",
        ),
        MethodInfo(
            name="bernoulli-gamma",
            target="downbench_methods.regression.bernoulli_gamma:BernoulliGamma",
            title="U-Net with a Bernoulli-gamma distribution in each cell",
            cuts=IN_TIME,
            tags=("network",),
            reference="Baño-Medina et al. 2020, 10.5194/gmd-13-2109-2020",
        ),
        MethodInfo(
            name="enscale",
            target="downbench_methods.regression.enscale:EnScale",
            title="Stages of super-resolution with noise, trained on energy scores",
            cuts=IN_TIME,
            tags=("network",),
            reference="Schillinger et al. 2025, arXiv:2509.26258",
        ),
        MethodInfo(
            name="wgan-gp",
            target="downbench_methods.gan.wgan:WGANGP",
            title="Conditional Wasserstein GAN with CRPS",
            cuts=IN_TIME,
            tags=("network", "gan"),
            reference="Harris et al. 2022, arXiv:2204.02028",
        ),
        MethodInfo(
            name="residual-gan",
            target="downbench_methods.ofdiff.residual_gan:ResidualGAN",
            title="A GAN's generator of the residual over Swin-IR",
            cuts=IN_TIME,
            tags=("network", "gan"),
            reference="Rampal et al. 2025, 10.1029/2024MS004668",
        ),
        MethodInfo(
            name="srgan",
            target="downbench_methods.gan.srgan:SRGANMethod",
            title="SRGAN",
            cuts=IN_TIME,
            probabilistic=False,
            tags=("network", "gan"),
            reference="Ledig et al. 2017, arXiv:1609.04802",
        ),
    ]
    return [replace(method, costs=costs_of(method)) for method in methods]


@hookimpl
def downbench_studies() -> list[StudyInfo]:
    """Describe the built-in studies."""
    return [
        StudyInfo(
            name="ofdiff-help",
            target="downbench_methods.ofdiff.study:HELP",
            title="The paper's own form of OF-Diff, and what each help is worth",
            reference=_PAPER,
        ),
        StudyInfo(
            name="ofdiff-paper-ablations",
            target="downbench_methods.ofdiff.study:PAPER_ABLATIONS",
            title="OF-Diff's design questions in the paper's own form",
            reference=_PAPER,
        ),
        StudyInfo(
            name="ofdiff-ablations",
            target="downbench_methods.ofdiff.study:ABLATIONS",
            title="OF-Diff's design questions, each with the ablation that answers it",
            reference=_PAPER,
        ),
        StudyInfo(
            name="rivals",
            target="downbench_methods.rivals:RIVALS",
            title="Every other built-in method beside OF-Diff",
        ),
    ]
