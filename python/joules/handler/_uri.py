# SPDX-License-Identifier: MIT
"""What may be said of a database's URI: everything but its secrets. The rule is libjoules'."""

from .. import _core


def shown(uri):
    """The URI without its password and without its options, which can hold secrets too."""
    return _core.uri_shown(_plain(uri))


def unescaped(uri):
    """Does the password hold a character that ends it too early? A driver takes the rest for something else, which it may print."""
    return _core.uri_unescaped(_plain(uri))


def scrub(message, uri):
    """The message, or in place of it a note where it repeats a secret of this URI."""
    return _core.uri_scrubbed(_plain(message), _plain(uri))


def _plain(value):
    """Any object as text that C can take."""
    return str(value).encode("utf-8", "replace").decode().replace("\0", "?")
