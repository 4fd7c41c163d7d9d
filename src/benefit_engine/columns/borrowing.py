"""Numbers by their address alone: what the kernel's functions hand on to each other instead of arrays.

numba hands on an array as seven values, counts references to it on every call, and asks of every index whether it is negative.
The kernel calls small functions some hundred times for a line, so it hands on addresses; who calls the kernel keeps the arrays
themselves alive meanwhile. What is ``fixed`` does not change while the kernel runs, so that the compiler reads it once where
the kernel writes something else in between.
"""

from __future__ import annotations

import operator
from typing import Any

from numba import carray, njit, types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.extending import intrinsic, lower_builtin, register_model
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from benefit_engine.columns.arrays import Ints

_NUMBERS = cgutils.intp_t.as_pointer()


class Address(types.Type):
    """Where 64-bit integers begin."""

    def __init__(self, *, fixed: bool) -> None:
        self.fixed = fixed
        super().__init__(name=f"Address({'fixed' if fixed else 'changing'})")


@register_model(Address)
class _AddressModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Address) -> None:
        super().__init__(manager, kind, _NUMBERS)


@infer_global(operator.getitem)
class _Reading(AbstractTemplate):
    def generic(self, args: Any, _kws: Any) -> Any:
        """``address[i]`` is an integer."""
        if (
            len(args) == 2
            and isinstance(args[0], Address)
            and isinstance(args[1], types.Integer | types.IntegerLiteral)
        ):
            return signature(types.int64, args[0], types.int64)
        return None


@infer_global(operator.setitem)
class _Writing(AbstractTemplate):
    def generic(self, args: Any, _kws: Any) -> Any:
        """``address[i] = integer``."""
        if len(args) == 3 and isinstance(args[0], Address):
            return signature(types.none, args[0], types.int64, types.int64)
        return None


@lower_builtin(operator.getitem, Address, types.int64)
def _read(_context: Any, builder: Any, sig: Any, args: Any) -> Any:
    value = builder.load(builder.gep(args[0], [args[1]]))
    if sig.args[0].fixed:
        value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


@lower_builtin(operator.setitem, Address, types.int64, types.int64)
def _write(context: Any, builder: Any, _sig: Any, args: Any) -> Any:
    builder.store(args[2], builder.gep(args[0], [args[1]]))
    return context.get_dummy_value()


def _made(kind: Address) -> Any:
    @intrinsic
    def address_of(_context: Any, number: Any) -> Any:
        """A number as an address."""

        def generate(_cgctx: Any, builder: Any, _signature: Any, args: Any) -> Any:
            return builder.inttoptr(args[0], _NUMBERS)

        return kind(number), generate

    return address_of


_changing, _fixed = _made(Address(fixed=False)), _made(Address(fixed=True))


@njit
def borrowed(array: Ints) -> Ints:
    """The numbers of a one-dimensional array that the kernel changes."""
    return _changing(array.ctypes.data)


@njit
def fixed(array: Ints) -> Ints:
    """The numbers of a one-dimensional array that nobody changes meanwhile."""
    return _fixed(array.ctypes.data)


@njit
def fact(fx: Ints, part: int, row: int, column: int) -> int:
    """One cell of the facts (``arrays.Facts``)."""
    at = 2 * (part + column)
    return _fixed(fx[at])[row * fx[at + 1]]


@njit
def fact_word(fx: Ints, part: int, row: int, word: int) -> int:
    """One word of a row of a column of two dimensions."""
    return _fixed(fx[2 * part])[row * fx[2 * part + 1] + word]


@intrinsic
def _pointer(_context: Any, number: Any) -> Any:
    """A number as a pointer to anything."""

    def generate(_cgctx: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(number), generate


@njit
def lent(address: int, kind: Any) -> Any:
    """Numbers of a type from an address on; how many there are only who asks knows."""
    return carray(_pointer(address), 1, kind)  # type: ignore[call-arg]
