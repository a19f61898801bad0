"""The one exception that a user may see as it is."""


class GlideError(Exception):
    """Bad input or a full disk, not a defect: one sentence, what happened and what to do.

    The command line prints it and leaves with status 2; the window shows it as a notice.
    """
