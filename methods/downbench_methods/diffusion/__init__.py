"""Diffusion models: noise schedules, prediction targets, solvers."""
