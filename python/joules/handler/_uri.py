# SPDX-License-Identifier: MIT
"""What may be said of a database's URI: everything but its secrets."""

import re
from urllib.parse import unquote_plus


def _split(uri):
    """(scheme, what stands before the last @ or None, the rest)"""
    scheme, mark, rest = uri.partition("://")
    if not mark:
        scheme, rest = "", uri
    user, mark_at, hosts = rest.rpartition("@")
    return scheme + mark, user if mark_at else None, hosts


def shown(uri):
    """The URI without its password and without its options, which can hold secrets too."""
    scheme, user, hosts = _split(str(uri))
    hosts, mark, _ = hosts.partition("?")
    if user is None:
        return scheme + hosts + (mark and "?…")
    name, colon, _ = user.partition(":")
    return f"{scheme}{name}{':***' if colon else ''}@{hosts}{mark and '?…'}"


def unescaped(uri):
    """Does the password hold a character that ends it too early? A driver takes the rest for something else, which it may print."""
    user = _split(str(uri))[1]
    name, _, password = (user or "").partition(":")
    if re.search("[/?]", name) or re.match("[0-9]+[/,]", password):
        return False  # The @ stands behind the hosts.
    return bool(re.search(r"[]:/?#@[]", password))


def _secrets(uri):
    _, user, hosts = _split(str(uri))
    if user is not None and ":" in user:
        password = user.partition(":")[2]
        # A password that is not escaped is cut at these, and a driver then takes a piece of it for a host or a port.
        yield from (password, *re.split("[/@:?#,]", password))
    for option in hosts.partition("?")[2].split("&"):
        value = option.partition("=")[2]
        if re.search("password|properties|token|secret", option.partition("=")[0], re.IGNORECASE):
            yield from (value, *re.split("[:,]", value))


def scrub(message, uri):
    """The message, or in place of it a note where it repeats a secret of this URI."""
    message = str(message)
    for secret in _secrets(uri):
        for form in {secret, unquote_plus(secret)}:
            if form and form in message:
                return "(the driver's message repeats a part of the password and is not shown)"
    return message
