"""At which order each sampler converges on a Gaussian, whose flow and marginals are known; prints, never fails.

    PYTHONPATH=tests python tests/benchmarks/orders.py

The measures are those of `tests/glide/test_samplers.py`: for the solvers of the ODE the distance to the exact
flow over its middle, for whole runs the error of the picture's mean and variance. The order is log2 of the
error's ratio when the steps double.
"""

from __future__ import annotations

import numpy as np

from glide_studio.glide.samplers import SAMPLERS
from tests.glide.test_samplers import MEAN, STD, WHOLE, moments, ode_error, spaced

FLOWS = (("ddim", 1), ("prk", 2), ("plms", 2), ("dpm++2m", 2))
STEPS = (50, 100, 200, 400)


def orders(errors: list[float]) -> str:
    """The orders between neighbours."""
    found = np.log2(errors[:-1]) - np.log2(errors[1:])
    return ", ".join(f"{order:.2f}" for order in found)


def main() -> None:
    print(f"flow, steps {STEPS}")
    for schedule in ("squaredcos_cap_v2", "linear"):
        for name, stated in FLOWS:
            errors = [ode_error(SAMPLERS[name], schedule, steps) for steps in STEPS]
            print(
                f"{name:14} {schedule:18} stated {stated}, found {orders(errors)}; "
                f"last error {errors[-1]:.1e}"
            )
    print(f"whole runs, steps {STEPS}, mean {MEAN}, variance {STD**2}")
    for name, sampler, stated, _ in WHOLE:
        found = [moments(sampler, spaced("squaredcos_cap_v2", steps)) for steps in STEPS]
        errors = [abs(variance - STD**2) for _, variance in found]
        means = max(abs(mean - MEAN) for mean, _ in found)
        print(
            f"{name:14} {'squaredcos_cap_v2':18} stated {stated}, variance {orders(errors)}; "
            f"last error {errors[-1]:.1e}, of the mean at most {means:.1e}"
        )


if __name__ == "__main__":
    main()
