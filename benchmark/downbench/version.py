"""The release, as it stands in every record."""

import sys

__version__ = "0.1.0"
RELEASE = f"downbench {__version__} on Python {sys.version_info[0]}.{sys.version_info[1]}"  # of all workers
