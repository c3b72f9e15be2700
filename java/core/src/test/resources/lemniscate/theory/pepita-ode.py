#!/usr/bin/env python3
"""Writes pepita-ode.json: solutions of the order-parameter equations of OnlineLearningEquations, by another integrator (SciPy's
DOP853 at 1e-12) over formulas written down independently, from overlaps of random weights of finite size D.

    python3 pepita-ode.py > pepita-ode.json      (numpy, scipy; half a minute)
"""
import json
import sys

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import erf

TIMES = [0.0, 10.0, 20.0, 30.0, 60.0]


def g(x):
    return erf(x / np.sqrt(2))


def dg(x):
    return np.sqrt(2 / np.pi) * np.exp(-x * x / 2)


def gg(C, i, j):
    return 2 / np.pi * np.arcsin(C[i, j] / np.sqrt((1 + C[i, i]) * (1 + C[j, j])))


def dxg(C, i, j, k):
    l3 = (1 + C[i, i]) * (1 + C[k, k]) - C[i, k] ** 2
    return 2 / np.pi / np.sqrt(l3) * (C[j, k] * (1 + C[i, i]) - C[i, j] * C[i, k]) / (1 + C[i, i])


def dgg(C, k, i, j):
    s = 1 + C[k, k]
    cii, cjj, cij = C[i, i] - C[i, k] ** 2 / s, C[j, j] - C[j, k] ** 2 / s, C[i, j] - C[i, k] * C[j, k] / s
    return np.sqrt(2 / np.pi / s) * 2 / np.pi * np.arcsin(cij / np.sqrt((1 + cii) * (1 + cjj)))


def ddgg(C, a, b, c, d):
    """Saad and Solla's form, with their Lambdas."""
    l4 = (1 + C[a, a]) * (1 + C[b, b]) - C[a, b] ** 2
    l0 = (l4 * C[c, d] - C[b, c] * C[b, d] * (1 + C[a, a]) - C[a, c] * C[a, d] * (1 + C[b, b])
          + C[a, b] * C[a, c] * C[b, d] + C[a, b] * C[a, d] * C[b, c])
    l1 = l4 * (1 + C[c, c]) - C[b, c] ** 2 * (1 + C[a, a]) - C[a, c] ** 2 * (1 + C[b, b]) + 2 * C[a, b] * C[a, c] * C[b, c]
    l2 = l4 * (1 + C[d, d]) - C[b, d] ** 2 * (1 + C[a, a]) - C[a, d] ** 2 * (1 + C[b, b]) + 2 * C[a, b] * C[a, d] * C[b, d]
    return 4 / np.pi**2 / np.sqrt(l4) * np.arcsin(l0 / np.sqrt(l1 * l2))


def covariance(Q, R, T, A, S, phi):
    K, M = R.shape
    C = np.zeros((K + M + 1, K + M + 1))
    C[:K, :K], C[:K, K:-1], C[K:-1, :K], C[K:-1, K:-1] = Q, R, R.T, T
    C[:K, -1] = C[-1, :K] = A
    C[K:-1, -1] = C[-1, K:-1] = S
    C[-1, -1] = phi
    return C


def error(Q, R, T, v, teacher):
    K, M = R.shape
    C, c = covariance(Q, R, T, np.zeros(K), np.zeros(M), 0.0), np.concatenate([v, -teacher])
    return sum(c[i] * c[j] * gg(C, i, j) for i in range(K + M) for j in range(K + M)) / 2


def flow(Q, R, A, v, T, S, phi, teacher, eta, pepita):
    K, M = R.shape
    C, c, n = covariance(Q, R, T, A, S, phi), np.concatenate([v, -teacher]), K + M
    xe = lambda k, j: sum(c[i] * dxg(C, k, j, i) for i in range(n))
    e2 = lambda k: sum(c[i] * c[j] * dgg(C, k, i, j) for i in range(n) for j in range(n))
    dde2 = lambda k, l: sum(c[i] * c[j] * ddgg(C, k, l, i, j) for i in range(n) for j in range(n))
    dR = np.array([[-eta * A[k] * xe(k, K + m) for m in range(M)] for k in range(K)])
    dQ = np.array([[-eta * A[k] * xe(k, l) - eta * A[l] * xe(l, k) + eta**2 * A[k] * A[l] * dde2(k, l)
                    for l in range(K)] for k in range(K)])
    dA = np.array([-eta * A[k] * xe(k, n) for k in range(K)])
    dv = np.array([-eta * sum(c[i] * gg(C, k, i) for i in range(n)) for k in range(K)])
    if pepita:
        AJ = A * np.array([e2(k) for k in range(K)])
        dR, dQ = dR + eta * np.outer(AJ, S), dQ + eta * (np.outer(AJ, A) + np.outer(A, AJ))
        dA, dv = dA + eta * phi * AJ, dv + eta * AJ
    return dQ, dR, dA, dv


def overlaps(w, ws, f, v, teacher):
    D = f.size
    return dict(Q=w @ w.T / D, R=w @ ws.T / D, T=ws @ ws.T / D, A=w @ f / D, S=ws @ f / D, phi=f @ f / D, v=v, teacher=teacher)


def starts(pepita, eta, scale, align, copies=2, D=500, K=2, M=2, end=60):
    """Copies of a random network; the second follows in the stream of random numbers after the training of the first."""
    rng, found, root = np.random.default_rng(0), [], np.sqrt(D)
    for copy in range(copies):
        ws, f = rng.standard_normal((M, D)), scale * rng.standard_normal(D)
        w, v, teacher = 0.5 * rng.standard_normal((K, D)) + align * f, 0.1 * rng.standard_normal(K) + 0.2, np.ones(M)
        found.append(overlaps(w, ws, f, v.copy(), teacher))
        for _ in range(end * D if copy < copies - 1 else 0):
            x = rng.standard_normal(D)
            lam = w @ x / root
            e = v @ g(lam) - teacher @ g(ws @ x / root)
            if pepita:
                x2 = x - f / root * e
                lam2 = w @ x2 / root
                w, v = w - eta / root * np.outer(g(lam) - g(lam2), x2), v - eta / D * g(lam2) * e
            else:
                w, v = w - eta / root * np.outer(w @ f / D * dg(lam) * e, x), v - eta / D * g(lam) * e
    return found


def case(name, pepita, eta, start, times):
    Q, R, T, A, S, phi, v, teacher = (start[k] for k in ("Q", "R", "T", "A", "S", "phi", "v", "teacher"))
    K, M = R.shape
    split = lambda y: (y[:K * K].reshape(K, K), y[K * K:K * K + K * M].reshape(K, M), y[-2 * K:-K], y[-K:])
    join = lambda parts: np.concatenate([p.ravel() for p in parts])
    solution = solve_ivp(lambda t, y: join(flow(*split(y), T, S, phi, teacher, eta, pepita)), (0, times[-1]),
                         join((Q, R, A, v)), method="DOP853", t_eval=times, rtol=1e-12, atol=1e-13)
    states = [split(y) for y in solution.y.T]
    last = states[-1]
    return dict(name=name, rule="PEPITA" if pepita else "AFA", eta=eta, **start, times=times,
                error=[error(q, r, T, vv, teacher) for q, r, _, vv in states],
                endQ=last[0], endR=last[1], endA=last[2], endV=last[3])


def main():
    cases = []
    for name, pepita, eta, scale, align in (("afa", False, 0.5, 1.0, 0.5), ("pepita 0.3", True, 0.5, 0.3, 1.5), ("pepita 0.1", True, 1.0, 0.1, 3.0)):
        cases += [case(name, pepita, eta, start, TIMES) for start in starts(pepita, eta, scale, align)]
    # More units than the teacher's, output weights of both signs, and a feedback that overlaps with the teacher.
    rng = np.random.default_rng(7)
    ws, f = rng.standard_normal((2, 20)), 0.4 * rng.standard_normal(20)
    f = f + 0.2 * ws[0]
    w = 0.6 * rng.standard_normal((3, 20)) + np.array([[1.0], [-0.7], [0.4]]) * f
    start = overlaps(w, ws, f, np.array([0.3, -0.2, 0.5]), np.array([1.0, -0.8]))
    cases += [case("odd", pepita, 0.8, start, [0.0, 1.0, 5.0, 12.0]) for pepita in (False, True)]
    plain = lambda x: x.tolist()
    sys.stdout.write("[\n" + ",\n".join(json.dumps(c, default=plain) for c in cases) + "\n]\n")


main()
