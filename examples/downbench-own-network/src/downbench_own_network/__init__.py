"""A plug-in with a network of its own: descriptions here, torch is imported when a method is used."""

from downbench import MethodInfo, hookimpl


@hookimpl
def downbench_methods() -> list[MethodInfo]:
    """Describe both methods; no frame needs the samples of others, so they may be cut in time."""
    return [
        MethodInfo(
            name="own-unet",
            target="downbench_own_network.methods:OwnUNet",
            title="A U-Net of its own, squared error",
            probabilistic=False,
            cuts=("tile", "time"),
        ),
        MethodInfo(
            name="own-unet-ensemble",
            target="downbench_own_network.methods:OwnEnsemble",
            title="A U-Net of its own with noise, trained on the CRPS",
            cuts=("tile", "time"),
        ),
    ]
