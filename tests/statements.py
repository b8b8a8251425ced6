"""What the lines of a page in a terminal say."""

import re


def statements(page):
    """Return the lines of a page in a terminal that say something, each on one line."""
    joined = re.sub(r"\n {3,}(?=[=≈∈+⊙])", " ", page)
    return [line.strip() for line in joined.splitlines() if re.search(r" [=≈∈] ", line)]


def links(statement):
    """Return the signs and what follows each of them."""
    parts = re.split(r" ([=≈∈]) ", statement)
    return list(zip(parts[1::2], parts[2::2], strict=True))
