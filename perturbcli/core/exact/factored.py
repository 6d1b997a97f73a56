"""Jacobians that are known as a sum of outer products off the diagonal."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from perturbcli.core.exact.form import ExactForm, from_pairs
from perturbcli.core.noise import Floats

Factor = NDArray[np.float64] | NDArray[np.complex128]


class Factored(ExactForm):
    """J_ij = -Re sum_r B_ri B_rj / eps for i != j, with rows that sum to zero.

    The rows r of B go by in blocks and are never all held. With S_r = sum_j B_rj,

        (J v)_i = Re sum_r B_ri (S_r v_i - (B v)_r) / eps,

    where B_ri^2, which does not belong to J, cancels.
    """

    @abstractmethod
    def _factors(self) -> Iterator[Factor]:
        """Blocks of rows of B, (rows, d)."""

    def jacobian(self) -> Floats:
        products = np.zeros((self.theta.size, self.theta.size))
        for rows in self._factors():
            products += gram(rows.real)
            if np.iscomplexobj(rows):
                products -= gram(rows.imag)
        return from_pairs(products, self.epsilon)

    def jacobian_diagonal(self) -> Floats:
        diagonal = np.zeros(self.theta.size)
        for rows in self._factors():
            rest = rows.sum(axis=1)[:, np.newaxis] - rows
            diagonal += (rows * rest).sum(axis=0).real
        return diagonal / self.epsilon

    def jvp(self, v: Floats) -> Floats:
        v = v - v[self.theta.argmax()]  # J ignores a shift, and rounding is least near the winner
        product = np.zeros(self.theta.size)
        for rows in self._factors():
            mixed = rows.sum(axis=1)[:, np.newaxis] * v - (rows @ v)[:, np.newaxis]
            product += (rows * mixed).sum(axis=0).real
        return product / self.epsilon


def gram(rows: Floats) -> Floats:
    """rows^T rows, symmetric to the last bit since BLAS is told that it is (a contiguous array)."""
    rows = np.ascontiguousarray(rows)
    return rows.T @ rows
