"""Estimators of the Jacobian J = d y*_eps / d theta. An estimator is one file and one line here.

leave-one-out   Cov(y*, S)/eps
regression      Cov(y*, S) Cov(S)^-1 E[S S^T]/eps, on the span of Y - Y
second-order    E[(F - mean F)(S S^T - diag(hess nu))]/eps^2, a cross-check
"""

from __future__ import annotations

from perturbcli.core.jacobians.accumulator import Accumulator, Draws, Frame
from perturbcli.core.jacobians.leave_one_out import LeaveOneOut
from perturbcli.core.jacobians.regression import Regression
from perturbcli.core.jacobians.second_order import SecondOrder

__all__ = ["ESTIMATORS", "Accumulator", "Draws", "Frame"]

ESTIMATORS: dict[str, type[Accumulator]] = {
    "leave-one-out": LeaveOneOut,
    "regression": Regression,
    "second-order": SecondOrder,
}
