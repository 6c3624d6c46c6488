"""Which encounters are asked about when a touchpoint asks only a share of them."""

from hashlib import sha256


def in_sample(reference: str, touchpoint: str, share: float) -> bool:
    """Whether this encounter belongs to the sample; `share` runs from 0 (never) to 1 (always).

    The lot is drawn from the SHA-256 of the touchpoint and the encounter's reference: the same on every
    replica and every rerun, and anybody can check it. A larger share keeps all of a smaller one's
    sample, and the samples of two touchpoints have nothing to do with each other.
    """
    digest = sha256(f"{touchpoint}\n{reference}".encode()).digest()
    return int.from_bytes(digest[:8]) < share * 2**64
