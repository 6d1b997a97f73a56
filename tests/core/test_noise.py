"""Every noise's functions are those of one law with mean zero."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from perturbcli.core.noise import NOISES, Floats
from perturbcli.options import NoiseName

LAWS: dict[str, Any] = {
    "gaussian": stats.norm(),
    "gumbel": stats.gumbel_r(loc=-np.euler_gamma),
    "logistic": stats.logistic(),
    "laplace": stats.laplace(),
}
EACH = pytest.mark.parametrize("name", NOISES)


def expectation(name: str, power: int, values: str = "identity") -> float:
    """E g(Z)^power by adaptive quadrature, g the identity or a function of the noise."""

    def integrand(z: float) -> float:
        at = np.asarray(z)
        value = at if values == "identity" else getattr(NOISES[name], values)(at)
        return float(value**power * LAWS[name].pdf(z))

    return float(sum(quad(integrand, a, b)[0] for a, b in [(-40, -4), (-4, 0), (0, 4), (4, 60)]))


def test_the_command_line_offers_all() -> None:
    assert get_args(NoiseName) == tuple(NOISES) == tuple(LAWS)


@EACH
def test_distribution(name: str) -> None:
    noise, law = NOISES[name], LAWS[name]
    z = np.linspace(-4, 4, 81) if name == "gumbel" else np.linspace(-30, 30, 81)
    np.testing.assert_allclose(noise.density(z), law.pdf(z), rtol=1e-12)
    np.testing.assert_allclose(noise.cdf(z), law.cdf(z), rtol=1e-12)
    np.testing.assert_allclose(noise.survival(z), law.sf(z), rtol=1e-12)
    far = np.array([-1e4, 1e4])
    np.testing.assert_array_equal(noise.cdf(far), [0.0, 1.0])
    np.testing.assert_array_equal(noise.survival(far), [1.0, 0.0])
    np.testing.assert_array_equal(noise.density(far), [0.0, 0.0])


@EACH
def test_quantiles_in_both_tails(name: str) -> None:
    noise, law = NOISES[name], LAWS[name]
    low = np.array([1e-300, 1e-100, 1e-17, 2.0**-54, 1e-8, 0.01, 0.3, 0.5, 0.7, 0.99])
    high = np.array([2.0**-53, 1e-15, 1e-8, 1e-4])
    np.testing.assert_allclose(noise.quantile(low), law.ppf(low), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(
        noise.quantile(1 - high), law.isf(1 - (1 - high)), rtol=1e-12
    )  # 1 - high is rounded
    np.testing.assert_allclose(noise.cdf(noise.quantile(low)), low, rtol=1e-12)


@EACH
def test_moments(name: str) -> None:
    assert expectation(name, 1) == pytest.approx(0.0, abs=1e-9)
    assert expectation(name, 2) == pytest.approx(NOISES[name].variance, rel=1e-9)


@EACH
def test_score(name: str) -> None:
    noise = NOISES[name]
    z, h = np.array([-3.1, -1.2, 0.4, 2.5]), 1e-4
    slope = (np.log(noise.density(z + h)) - np.log(noise.density(z - h))) / (2 * h)
    np.testing.assert_allclose(noise.score(z), -slope, atol=1e-6)
    assert expectation(name, 1, "score") == pytest.approx(0.0, abs=1e-9)
    assert expectation(name, 2, "score") == pytest.approx(noise.information, rel=1e-9)


@EACH
def test_curvature(name: str) -> None:
    noise = NOISES[name]
    z, h = np.array([-3.1, -1.2, 0.4, 2.5]), 1e-4
    curvature = noise.curvature(z)
    if name == "laplace":
        assert curvature is None
        return
    assert curvature is not None
    slope = (noise.score(z + h) - noise.score(z - h)) / (2 * h)
    np.testing.assert_allclose(curvature, slope, rtol=1e-6)
    assert expectation(name, 1, "curvature") == pytest.approx(noise.information, rel=1e-9)


@EACH
def test_samples(name: str) -> None:
    z: Floats = NOISES[name].sample(np.random.default_rng(0), (100, 200))
    assert z.shape == (100, 200)
    assert stats.kstest(z.reshape(-1), LAWS[name].cdf).pvalue > 1e-3
