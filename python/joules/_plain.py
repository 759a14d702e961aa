# SPDX-License-Identifier: MIT
"""Text for a terminal: one rule with text_add_escaped() in src/base/text.c."""

import re

# C0, DEL and C1 controls, ends of line and paragraph, Unicode's Bidi_Control, and bytes that are no UTF-8 (surrogates).
_obeyed = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _escaped(found):
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte, by errors="surrogateescape"
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def plain(text):
    """What a terminal would obey as \\xNN, what would reorder the text as \\u202e."""
    return _obeyed.sub(_escaped, str(text))
