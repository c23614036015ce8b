"""Where a file really is that is to be written: at the end of its symbolic links."""

from __future__ import annotations

import errno
import os


def destination(path: str) -> str:
    """The path without links; raises OSError where they lead round in a circle.

    >>> destination("/nowhere/../file")
    '/file'
    """
    real = os.path.realpath(path)
    if os.path.islink(real):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    return real
