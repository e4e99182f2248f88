"""Does an author's method, metric or dataset keep what it promises? For authors' own tests, in three lines::

from downbench.testing import check_method

def test_my_method():
    check_method("my-method")
"""

from downbench.testing.author import CheckFailed, check_dataset, check_method, check_metric
from downbench.testing.check import Report, Result

__all__ = ["CheckFailed", "Report", "Result", "check_dataset", "check_method", "check_metric"]
