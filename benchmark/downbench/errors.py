"""Errors that a user can act on."""


class DownbenchError(Exception):
    """What went wrong, where, and what to do about it; shown without a traceback."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}\n  {hint}" if hint else message)
        self.message, self.hint = message, hint


class UserError(DownbenchError):
    """A mistake in what the user asked for or handed over (exit code 2)."""


class RunFailed(DownbenchError):
    """A run that could not be finished through no mistake in the request (exit code 1)."""


class DownbenchWarning(UserWarning):
    """Something the user should know, that stops nothing."""
