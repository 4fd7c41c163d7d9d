"""Money as integers: fen in tables of facts, *atoms* (10⁻⁸ fen) between the base and the one rounding.

Shares and rates are whole basis points (1/10,000). A base may take one share and one rate before it is rounded, so a
figure in atoms is always exact: fen × 10⁸ × (bp/10⁴) × (bp/10⁴) is a whole number.
"""

import re

ATOMS = 10**8
"""Atoms in one fen."""
WHOLE = 10_000
"""Basis points in the whole (100 %)."""
FEN_MAX = 10**15
"""Largest amount that a case may state, in fen (ten trillion yuan): far above any bill, far below trouble."""

_AMOUNT = re.compile(r"-?\d+\.\d\d", re.ASCII)


def parse_yuan(text: str) -> int | None:
    """Fen of a string like ``"1234.50"``; None when it is not of the form ``-?\\d+\\.\\d\\d`` or absurdly long."""
    if len(text) > 19 or not _AMOUNT.fullmatch(text):
        return None
    fen = int(text[:-3] + text[-2:])
    return fen if -FEN_MAX <= fen <= FEN_MAX else None


def yuan(fen: int) -> str:
    """``-123450`` -> ``"-1234.50"``."""
    if fen < 0:
        return f"-{yuan(-fen)}"
    return f"{fen // 100}.{fen % 100:02d}"


def yuan_of_atoms(atoms: int) -> str:
    """Exact decimal yuan of a figure in atoms: at least two decimals, more where the figure has them."""
    fen, rest = divmod(atoms, ATOMS)
    if rest == 0:
        return yuan(fen)
    sign = "-" if atoms < 0 else ""
    whole, part = divmod(abs(atoms), 100 * ATOMS)
    return f"{sign}{whole}.{f'{part:010d}'.rstrip('0')}"


def plain_yuan(fen: int) -> str:
    """Yuan as people write it in a label: ``100000`` -> ``"1000"``, ``12345`` -> ``"123.45"``."""
    return str(fen // 100) if fen % 100 == 0 else yuan(fen)


def percent(bp: int) -> str:
    """Basis points as a percentage: 3000 -> ``"30%"``, 1250 -> ``"12.5%"``, 5 -> ``"0.05%"``."""
    whole, part = divmod(bp, 100)
    return f"{whole}%" if part == 0 else f"{whole}.{f'{part:02d}'.rstrip('0')}%"


def round_half_up(atoms: int) -> int:
    """Atoms to fen, half up (away from zero for the non-negative figures that occur). Contract, arithmetic 5."""
    return (atoms + ATOMS // 2) // ATOMS
