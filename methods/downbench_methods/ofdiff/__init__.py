"""OF-Diff: optical-flow diffusion for precipitation downscaling (arXiv 2312.06071, first version)."""
