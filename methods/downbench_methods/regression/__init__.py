"""Networks trained to predict the mean, a quantile, or an ensemble scored as a whole."""
