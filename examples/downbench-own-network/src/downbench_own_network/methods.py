"""The same U-Net as a deterministic method and, with noise among what it sees, as an ensemble."""

from torch import nn

from downbench import parameter
from downbench_methods.toolkit import TorchConfig, TorchEnsemble, TorchEnsembleConfig, TorchMethod
from downbench_own_network.network import UNet


class UNetConfig(TorchConfig):
    """Parameters of ``own-unet``: those of training, and one more."""

    width: int = parameter(16, "Maps of the first level, a multiple of 4.", gt=0, multiple_of=4)


class OwnUNet(TorchMethod[UNetConfig]):
    """A U-Net, squared error."""

    Config = UNetConfig
    multiple = 4  # the network halves its maps twice

    @classmethod
    def network(cls, config: UNetConfig, channels: int, factor: int) -> nn.Module:
        """Make the untrained network."""
        return UNet(channels, config.width)


class EnsembleConfig(TorchEnsembleConfig):
    """Parameters of ``own-unet-ensemble``."""

    width: int = parameter(16, "Maps of the first level, a multiple of 4.", gt=0, multiple_of=4)


class OwnEnsemble(TorchEnsemble[EnsembleConfig]):
    """The same U-Net with a map of noise, trained on the CRPS."""

    Config = EnsembleConfig
    multiple = 4

    @classmethod
    def network(cls, config: EnsembleConfig, channels: int, factor: int) -> nn.Module:
        """Make the untrained network."""
        return UNet(channels, config.width)
