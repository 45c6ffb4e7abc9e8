"""The one engine: constrained maximum likelihood of a linear score of counts.

A linear score is θ = Σ w p over the points of a scale. Score and likelihood-ratio
intervals and tests, of one sample or of the difference between two, are all readings
of one distribution: the most likely one whose score is a given θ (Aitchison & Silvey
1958; Owen 2001). For a θ below the observed score it is

    q ∝ p / (1 + ρ u),    u = (w - w_min) / (w_max - w_min),    0 ≤ ρ ≤ ∞,

so that everything is explicit in ρ. At ρ = ∞ the end of the scale takes up the mass
that is missing, also where nobody was seen there: this gives an interval its width
when all answers are alike.

Only this lower side is written down; the upper one is the mirror image. Points run
along the first axis, the rows of a batch along the last. `p` are the shares, `u` the
scores on 0..1, `mean` their mean, `d` the scores less their mean. With r = 1/(1 + ρu)
and the multiplier m = ρ Σ p r, the score statistic T spends

    c = T²/N = ρ²/(1 + ρ mean) Σ p d² r = m (mean - θ)

and the likelihood ratio G² spends 2 log(1 + c) + 2 Σ p log(1 + ρ d/(1 + ρ mean)).

References:
    Aitchison, J. and Silvey, S. D. (1958). Maximum-likelihood estimation of
    parameters subject to restraints. Annals of Mathematical Statistics 29, 813-828.
    Miettinen, O. and Nurminen, M. (1985). Comparative analysis of two rates.
    Statistics in Medicine 4, 213-226.
    Owen, A. B. (2001). Empirical Likelihood. Chapman & Hall.
    Tango, T. (1998). Equivalence test and confidence interval for the difference in
    proportions for the paired-sample design. Statistics in Medicine 17, 891-908.
"""

from cxmetrics.likelihood.beta_geometric import (
    BetaGeometric,
    beta_geometric_limits,
    fit_beta_geometric,
    number_at_risk,
)
from cxmetrics.likelihood.dirichlet import dirichlet_cdf, dirichlet_quantile
from cxmetrics.likelihood.one_sample import (
    likelihood_limits,
    likelihood_statistic,
    score_limits,
    score_statistic,
)
from cxmetrics.likelihood.resampling import Law, bootstrap_law, permutation_law, studentised
from cxmetrics.likelihood.sign_flips import SignFlips, sign_flips
from cxmetrics.likelihood.two_samples import difference_limits, difference_statistic

__all__ = [
    "BetaGeometric",
    "Law",
    "SignFlips",
    "beta_geometric_limits",
    "bootstrap_law",
    "difference_limits",
    "difference_statistic",
    "dirichlet_cdf",
    "dirichlet_quantile",
    "fit_beta_geometric",
    "likelihood_limits",
    "likelihood_statistic",
    "number_at_risk",
    "permutation_law",
    "score_limits",
    "score_statistic",
    "sign_flips",
    "studentised",
]
