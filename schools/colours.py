"""Whether words in a colour can be read: contrast as WCAG 2.2 defines it (success criteria 1.4.3 and 1.4.11)."""

TEXT = 4.5  # words on a background, level AA
SHAPES = 3.0  # bars, borders and other shapes that mean something, level AA


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str = "#ffffff") -> float:
    """From 1 (the same) to 21 (black on white), for colours like #1d70b8."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def verdict(colour: str, needed: float) -> str:
    """The check in words; "" when the colour may be used against white."""
    found = contrast(colour)
    if found >= needed:
        return ""
    return (
        f"{colour} is too light to be read against white: its contrast is {found:.1f} to 1 and at least {needed:g} to 1 is needed. "
        "Choose a darker colour."
    )
