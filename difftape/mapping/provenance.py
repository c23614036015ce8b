"""What a finished file is the result of, kept with it where the file system keeps such things (extended attributes).

So a run that is to be resumed can tell a file that it had finished from one that only has the same name.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from typing import Any

_NAME = "user.difftape"
_LONGEST = 200  # characters; of what is longer its hash is kept, for there is little room
_ABSENT = {errno.ENODATA, getattr(errno, "ENOATTR", errno.ENODATA)}


def write(path: str, identity: dict[str, Any]) -> None:
    """Notes what a file is the result of, if that is possible."""
    if hasattr(os, "setxattr"):
        with contextlib.suppress(OSError):
            os.setxattr(path, _NAME, json.dumps(short(identity)).encode())


def read(path: str) -> dict[str, Any] | None:
    """What was noted with a file; nothing in it where nothing was, None where that means nothing."""
    if not hasattr(os, "getxattr"):
        return None
    try:
        found = json.loads(os.getxattr(path, _NAME))
    except OSError as error:
        return {} if error.errno in _ABSENT else None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def short(identity: dict[str, Any]) -> dict[str, Any]:
    """The identity with hashes in the place of what is long.

    >>> short({"order": 1, "expression": "x" * 1000})["expression"][:12]
    'sha256 fa083'
    """
    import hashlib

    found = {}
    for name, value in identity.items():
        text = json.dumps(value, sort_keys=True)
        is_long = len(text) > _LONGEST
        found[name] = f"sha256 {hashlib.sha256(text.encode()).hexdigest()}" if is_long else value
    return found
