"""The estimators of OF-Diff's paper, beside its Table 1: for reading only, apart from all other scores."""
