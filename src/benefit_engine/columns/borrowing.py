"""Arrays that are only borrowed: numba counts references to an array on every call of a function that is handed it.

The kernel calls small functions some hundred times for a line. An array made from an address has nothing to count; who calls
the kernel keeps the array itself alive meanwhile.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from benefit_engine.columns.arrays import Ints


@intrinsic
def _pointer(_context: Any, address: Any) -> Any:
    """An address as a pointer."""

    def generate(_cgctx: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(address), generate


@njit
def borrowed(array: Ints) -> Ints:
    """The same numbers, of a one-dimensional array, without a count of references."""
    return carray(_pointer(array.ctypes.data), array.size, np.int64)
