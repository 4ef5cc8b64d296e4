"""Which arm of a rollout a unit belongs to, as Leeway's registry and agents say it; for services that assign themselves.

    arm("rollout-7", "customer_000123", lanes=[0.5, 0.5], shares=[0.05, 0.05])

The first lane and share are the control's, the others the candidates'. The bucket is that of GrowthBook's SDKs (hash
version 2), times 10,000.
"""

BUCKETS = 10_000


def fnv1a(text):
    """FNV-1a of 32 bits over UTF-16 code units, as JavaScript has them."""
    units = text.encode("utf-16-le", "surrogatepass")
    value = 0x811C9DC5
    for low, high in zip(units[::2], units[1::2]):
        value = (value ^ (low | high << 8)) * 0x01000193 & 0xFFFFFFFF
    return value


def bucket(seed, unit):
    """In 0 to 9,999."""
    return fnv1a(str(fnv1a(seed + unit))) % BUCKETS


def arm(seed, unit, lanes, shares):
    """0 for the control, 1 for the first candidate, …; None for the rest, which the champion serves uncompared.

    `lanes` are the largest shares that the arms will ever have, the same during a rollout; `shares` those of today.
    """
    lanes, shares = whole(lanes), whole(shares)
    if len(lanes) != len(shares) or any(share > lane for share, lane in zip(shares, lanes)):
        raise ValueError(f"shares of {shares} in lanes of {lanes} ten-thousandths")
    place, first = bucket(seed, unit), 0
    for index, (lane, share) in enumerate(zip(lanes, shares)):
        if first <= place < first + share:
            return index
        first += lane
    return None


def whole(shares):
    """Ten-thousandths."""
    counts = [round(share * BUCKETS) for share in shares]
    if any(not 0 <= s <= 1 or abs(s * BUCKETS - n) >= 1e-6 for s, n in zip(shares, counts)) or sum(counts) > BUCKETS:
        raise ValueError(f"shares {shares}: whole ten-thousandths, together at most 1")
    return counts
