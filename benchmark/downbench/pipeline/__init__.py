"""How one run goes: plan, fit, sample, score."""
