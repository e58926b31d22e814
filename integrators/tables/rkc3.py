#!/usr/bin/env python3
"""Makes rkc3.inc: python3 rkc3.py > rkc3.inc (needs NumPy).

For each number of stages s there is one stability polynomial of order 3 with one pair of zeros in w. The offset is free:
the one below makes the ripples of R 0.95 high. real, imaginary and interval / s^2 are found by Newton's method and fitted
by polynomials in 25 / s^2.
"""
import numpy as np

from stability_polynomial import StabilityPolynomial, newton, print_fits

OFFSET = -0.03
STAGES = list(range(4, 21)) + [24, 28, 34, 40, 50, 60, 80, 110, 150, 200, 250]


def main():
    unknowns, solutions = np.array([0.92, 2.53, 0.488]), {}
    for s in sorted(STAGES, key=lambda s: (s < 20, abs(s - 20))):  # 20 upwards, then downwards
        if s == 19:
            unknowns = solutions[20]
        unknowns = solutions[s] = newton(
            lambda u: StabilityPolynomial(s, u[:2], u[2] * s * s, OFFSET).order_residual(3), unknowns)
    print_fits("rkc3.py", STAGES, [solutions[s] for s in STAGES], ["kReal", "kImaginary", "kInterval"], OFFSET, 4)


if __name__ == "__main__":
    main()
