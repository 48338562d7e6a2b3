"""Where the lab's programs are."""
import os
import pathlib
import shutil

HERE = pathlib.Path(__file__).resolve().parent


class LabError(Exception):
    """Something a person can mend: said without a trace."""


def program(name):
    """The path of a server's program; Debian keeps some of them out of a user's search path."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if not found:
        raise LabError(f"{name} is missing; tools/setup installs it")
    return found
