"""The words of the page on calibration, with places for its numbers and tables."""

PAGE = """\
# Calibration

A 95% interval should hold the true value in 95 of 100 surveys, and a test at 5% should find a
difference that is not there in 5 of 100. This page shows how far the methods of cxmetrics keep
that. `make calibrate` computes and writes it.

**Why `score` is the default.** Ten customers answer, and you report an NPS with a 95% interval. By
the textbook formula (`wald`) it holds the truth in {wald_mean} of the surveys on average, and in
{wald_lowest} where nearly all customers agree; Student's t, the usual repair, also falls to
{t_lowest}. With `score` it is {score_mean} on average and {score_lowest} at worst, and the
interval is about as long: {score_width} points on average, where `wald` has {wald_width} and `t`
{t_width}. Some methods are safer still, but you pay in length: `adjusted-wald` has
{adjusted_width} points, `conservative` {conservative_width}; and unlike these two, `score` also
compares two groups. So you get it unless you ask for another one. [The idea](idea.md) tells how it
works.

## Promises

Each row is one promise with the number that shows it. The script checks them all; if one did not
hold it would fail, and this page would not have been written.

{promises}

A *distribution* is the truth about all customers: their shares of detractors, passives and
promoters. The *grid* has {grid} of them, all shares in steps of 1/25 and none of them 0. The two
distributions of happy customers are {extreme}. The other program was written before the library,
with another algorithm.

## How to read the tables

- *Coverage* is the probability that the interval holds the truth. It should be 95% or a little
  more. Below, the survey misleads more often than it says; far above, the interval is wider than
  it has to be.
- Coverage depends on the truth, which nobody knows. So two numbers stand in each cell: the *mean*
  over many distributions, and the *lowest* of them. A method with a good mean and a bad lowest
  fails somebody: mostly those with few answers and happy customers.
- *Width* is the expected length of the interval, averaged over the grid. It only means something
  where coverage is right: an interval that is too short is no bargain.
- In the pictures a line goes from the lowest coverage to the highest, with a dot at the mean. It
  should be short, and close to the line at 95.

## One group

Coverage of the NPS on the grid, mean / lowest in %:

{one_coverage}

![Coverage of nine methods with 10, 20 and 50 answers. Score is close to 95%; wald, t and the
bootstrap reach far down.](img/calibration-one-group.svg)

The same by the true NPS, with ten answers; each dot is one distribution of the grid. Student's t
fails where few answers differ: at both ends of the scale, and at 0 when nearly all are passives.

![Coverage of score and of t at 276 distributions, by the true NPS. Score stays close to 95%; t
falls off towards both ends.](img/calibration-by-nps.svg)

Mean width in points:

{one_width}

Happy customers, coverage at +88 / +96 in %:

{one_extreme}

## Two groups

Eleven pairs of distributions, which [The idea](idea.md#two-groups) lists; in six of them both
scores are equal. Coverage of the difference, mean / lowest of the eleven in %:

{two_coverage}

Wald z is the difference ± 1.96 standard errors. Rocks per group adds the constants of `rocks` to
each group first. They serve one group well from 20 answers on, but here they pull large
differences together: with 10 and 10, bad against excellent, {rocks_lowest} is left. These two are
not in the library.

![Coverage of five methods for groups of 10 and 10, 40 and 10, 20 and 100. Score and mover stay
close to 95%; welch and Wald fall off in unequal groups.](img/calibration-two-groups.svg)

How often does a test at 5% find a difference where both scores are equal? Mean / most of the six
pairs in %:

{two_size}

The pooled z-test and the plain permutation test find a difference that is not there in up to
{pooled_most} and {plain_most} of the surveys. They do not test equal scores, but equal
*distributions*, and polarised and indifferent customers have different ones. Divided by its
standard error, the permuted difference is much closer (`permutation`; Janssen 1997), and exact
where distributions are equal: there it rejects in {permutation_same} at most.

## The same customers

Customers answer twice, and who was happy before mostly still is: both answers go together
(correlation {pair_correlation} before they are cut into three groups). Four changes of the NPS,
from {moves}. Coverage of `paired_difference` in %, and in parentheses the mean width in points:

{pairs}

With few customers `score` is safe and long, because anybody could have moved from one end of the
scale to the other, even if nobody did. `adjusted` is up to {adjusted_shorter} shorter there, and
holds as well. Student's t needs customers who change: from +88 to +96, with ten of them, it covers
{t_pairs_lowest}. Where the NPS stays at +88 it only seems to be right: often nobody changes, and an
interval of no width at 0 happens to hold the truth.

Then two periods of which only some customers are in both. `overlapping_difference` is told who they
are; `difference` takes them for strangers.

{overlaps}

Whoever takes them for strangers does not claim too much, but gives answers away: where all
{all_both} customers are in both, the interval is up to {strangers_longer} times as long as it has
to be.

## Practically the same

Two groups whose scores differ by just the margin. That is too much, so `equivalence` should call
them equivalent in 5% of the surveys at most, and the lower one not inferior in 5%. How often it
does, in %:

{equivalent}

The last column is a common mistake: `difference` finds nothing, p is 0.05 or more, and so the
groups are taken to be alike. Though they are not, that happens in up to {not_found} of these
surveys. (Polarised customers are {polarised} in % here, indifferent ones {indifferent}.)

## The order of answers

`ordinal_difference` uses no scores, only the order of the answers: how often is an answer after
higher than one before? The eleven pairs of distributions are those of [two groups](#two-groups).
Coverage of this probability, mean / lowest in %:

{order_coverage}

In five of the pairs answers are neither higher nor lower. How often the test finds a difference all
the same, mean / most in %:

{order_size}

`mann-whitney` is the rank-sum test. It too asks for the same *distribution*, and finds
"differences" between polarised and indifferent customers in up to {rank_sum_most} of the surveys.

## Means

Three distributions on each scale: *typical*, *top-heavy* (85% choose the highest point, 2% the
lowest) and *narrow* (half and half on two neighbouring points). Coverage in %, and in parentheses
the mean width in points of the scale:

{means}

![Coverage of score, likelihood and t for means of 5, 10 and 20 answers, on nine distributions. t
reaches far down.](img/calibration-means.svg)

Student's t needs answers that differ: where six of seven customers choose the highest point it
falls to {t_mean_lowest}. With narrow answers it is the other way round: t is right and short,
while `score` is safe and long.

## Weights and clusters

Weights and clusters enter as effective counts: with as many answers as would say the same if each
were drawn by itself. Two simulations, of surveys with a true NPS of {design_truths}. Coverage in
%, and in parentheses the mean width in points.

*Weights* that have nothing to do with the answers, and cost a third of them: lognormal, with a
design effect of {design_effect}. `t` is the linearised interval of survey packages.

{weights}

*Customers who answer again*: each once, and then about twice more, and the answers of one customer
are alike (correlation {correlation} before they are cut into three groups). The last column takes
the same answers for independent ones.

{clusters}

Whoever ignores the clusters has an interval that is {ignored_shorter} too short. `t` knows them,
but fails where customers are happy, and where they are few. With weights `score` lies
{weights_below} points below 95% at worst: an answer that weighs much moves the value far, and a
small sample shows too little of that.

*Weights that are fitted*, by `rake`. Young customers and those of the north are less happy and
answer less often, and the shares of ages and regions among all customers are known.
`Raking.counts` fits the weights anew in each replicate of the sample; the next column takes the
same weights for given, as if they were part of the answers. All by `score`.

{raked}

Without weights the score is too high, and more answers only make it surer of itself. Fitted weights
repair that. And since the replicates see that age and region explain part of the answers, the
interval for +30 is up to {refitted_shorter} shorter than one with given weights.

## Retention in small cohorts

Customers leave with one chance every month. Coverage in %, and in parentheses the mean width, of
the share who are there after 12 months and of the mean tenure within 12 months; where not all were
seen to the end, they joined over the last two years.

{cohorts}

`normal`, value ± 1.96 standard errors, falls to {cohorts_normal_lowest}: where nobody has left, or
nobody is left, it has no width. `log-log`, the default, and `score` do without that.

## Retained revenue

Books of accounts that differ in size like a lognormal variable, whose logarithm has the standard
deviation in the column *spread*: with 1 the largest of 50 accounts has an eighth of the revenue,
with 2 a third. In each book 5% of the accounts leave; where *many change*, a fifth of the others
lose up to half of their revenue, and a fifth gain 30% on average. Coverage of net and of gross
revenue retention in %, and in parentheses the mean width in percentage points; `inf` where some
intervals have no end.

{retained}

Where few accounts leave, most samples have no large one among them, and whatever looks at nothing
else takes the revenue for safe: `t` falls to {retained_t_lowest}. The bootstrap sees no more, and
its correction for skewness does not help where the sizes are what is skewed: `bca` falls to
{retained_bca_lowest} even where many change. `adjusted` and `score`, the defaults, reckon with
large accounts that might leave. They hold, and pay in length: where many change, `adjusted` is
{retained_longer} times as long as `t`.

## Scorecards

Three touchpoints that the same customers rated. Each customer has one liking, and the ratings share
it by the correlation in the table. Coverage of the mean of the three scores, and of the gap to it
that is held least often, in %, and in parentheses the mean width in percentage points.

{cards}

Student's t sees no variation where all are satisfied: of means it falls to {cards_mean_t_lowest},
of gaps to {cards_gap_t_lowest}. `score` for means and `mover` for gaps are the defaults.

## Many groups

Four groups that have one score. First the tests that all groups are alike: how often they find
a difference that is not there, which should be 5%.

{of_all}

The pooled chi-squared test and that of Kruskal and Wallis ask for the same *distribution*. Where
groups have the same NPS and are of unequal size, they find "differences" in up to {pooled_of_all}.

Then `compare_segments`, with `adjust="single-step"`: how often *any* of its comparisons is a false
alarm. The last column is what happens without an adjustment.

{of_families}

## How far groups lie apart

`consistency` tests whether all groups have one score, and estimates the standard deviation of their
true scores. Here these are drawn at random (their shares, from a Dirichlet distribution), with a
standard deviation that is known. How often the test finds a difference where there is none, and
how often the interval holds the standard deviation, which stands in parentheses; all in %:

{consistent}

## Trends

The slope of a straight line through the scores of periods. Mostly these do not lie on the line as
closely as chance would have it: weather, strikes and campaigns come and go. So the shares of each
period are drawn at random here too, such that the variance of the scores is as large as chance
makes it, twice as large, or four times. Coverage of the slope in %:

{trends}

`linear-by-linear` takes all scatter for chance. It is a test of the same distribution in all
periods, and finds a "trend" in up to {trend_alarms} of the surveys where the NPS is the same on
average. `weighted`, the default, sees the scatter and allows for it: with six periods or more, of
one size, as it should be.

## Where they are weak

- **Narrow means are conservative.** With up to 20 answers that lie close together, `score` covers
  {narrow_covered} and is up to {narrow_longer} times as long as `t`: it allows for answers at the
  ends of the scale that nobody gave. `likelihood` allows for them too, and is {narrow_shorter}
  shorter there.
- **`likelihood` is not for the NPS of few customers.** Its lowest coverages on the grid are
  {likelihood_lowest}.
- **Counts are whole numbers.** So coverage jumps as the truth moves, and no method sits at 95%
  everywhere. `score` has its lowest value on the grid, {score_lowest_5}, with 5 answers, and
  {score_lowest_96} at +96 with 20; `conservative` alone never falls below 95% here, and nobody has
  proved that it cannot (Gaffke 2005; Learned-Miller and Thomas 2019).
- **Few customers who answer twice.** With up to 20 of them `paired_difference` covers
  {pairs_small}. `adjusted` is shorter.
- **Order in small groups that hardly overlap.** With 10 bad answers against 40 excellent ones the
  interval of `ordinal_difference` covers {order_lowest}. The test asks only about ½: where
  this is the truth, it rejects in {order_most} at most.
- **Trends through three periods, or through large and small ones.** What scatters between three
  periods can't be seen in them: with four times the variance `trend` covers {trend_three}. Where
  periods of 20 and 200 answers take turns it is {trend_unequal}, because each period weighs as much
  as it has answers, and so three of the six decide.
- **`consistency` where customers are happy.** The interval takes the true scores for normal, but
  close to +100 they trail off to one side. It covers {consistent_happy} at worst.
- **Bayes when all answers are alike.** An equal-tail interval leaves out 2.5% on either side, the
  end of the scale with it. Ten promoters of ten give {bayes_limits}: if really all customers were
  promoters, `bayes` would never hold that. Its lowest coverage on the grid is {bayes_lowest}. What
  it promises is 95% on average over its prior.
- **Growth that nobody has seen.** What is kept of revenue ends at 100%, expansion has no end. If
  one account in twenty doubles, most small books show none that did, and no method can know. And
  `score` takes it that the large accounts of a book leave as readily as the small ones.
- **`permutation` in unequal groups.** Where scores are equal but distributions differ, it rejects
  up to {permutation_most} instead of 5%.
- **The bootstrap is no small-sample method.** It draws from the answers it has seen, so up to 20
  answers it fails with `wald`: its lowest coverages are {bootstrap_lowest}.
- **Weights in small samples.** With up to 100 weighted answers `score` covers {weights_small}, and
  slowly gets better from there.
- **All else assumes independent answers.** Repeated answers of one customer are only where this
  page says so, and customers who do not answer are nowhere.

## What is exact, what is simulated

Exact means: every table that n answers can give was made, and the probabilities of those whose
interval holds the truth were added up. There is no error but rounding. Exact are all numbers for
one group, for the difference of two (in the largest, 50 and 50, {pairs_of_tables} pairs of tables)
and the order of their answers, for up to 50 customers who all answer twice, and all means except
those with an asterisk. All else was simulated, always with the same random numbers:

{simulated}

The intervals are those of the library. Those of `difference` were compared with their p-values for
all pairs of tables in groups of up to {tested} answers together, those of `ordinal_difference` for
all pairs.

## References

- Birge, R. T. (1932). The calculation of errors by the method of least squares. Physical Review 40,
  207–227. (`trend`)
- Bonett, D. G. and Price, R. M. (2012). Adjusted Wald confidence interval for a difference of
  binomial proportions based on paired data. Journal of Educational and Behavioral Statistics 37,
  479–488. (`adjusted`)
- Brunner, E. and Munzel, U. (2000). The nonparametric Behrens–Fisher problem: asymptotic theory and
  a small-sample approximation. Biometrical Journal 42, 17–25. (`brunner-munzel`)
- Deming, W. E. and Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency
  table when the expected marginal totals are known. Annals of Mathematical Statistics 11, 427–444.
  (`rake`)
- Efron, B. (1979). Bootstrap methods: another look at the jackknife. Annals of Statistics 7, 1–26.
- Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical
  Association 82, 171–185. (`bca`)
- Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical
  Society B 16, 175–185. (`fieller`)
- Gaffke, N. (2005). Three test statistics for a nonparametric one-sided hypothesis on the mean of
  a nonnegative variable. Mathematical Methods of Statistics 14, 451–467.
- Learned-Miller, E. and Thomas, P. S. (2019). A new confidence interval for the mean of a bounded
  random variable. arXiv:1905.06208.
- Mann, H. B. and Whitney, D. R. (1947). On a test of whether one of two random variables is
  stochastically larger than the other. Annals of Mathematical Statistics 18, 50–60.
  (`mann-whitney`)
- Mantel, N. (1963). Chi-square tests with one degree of freedom; extensions of the Mantel–Haenszel
  procedure. Journal of the American Statistical Association 58, 690–700. (`linear-by-linear`)
- Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach
  for assessing the equivalence of average bioavailability. Journal of Pharmacokinetics and
  Biopharmaceutics 15, 657–680. (`equivalence`)
- Viechtbauer, W. (2007). Confidence intervals for the amount of heterogeneity in meta-analysis.
  Statistics in Medicine 26, 37–52. (`consistency`)
- Welch, B. L. (1947). The generalization of "Student's" problem when several different population
  variances are involved. Biometrika 34, 28–35.
- Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect measures.
  Statistics in Medicine 27, 1693–1702. (`mover`)

The other papers are on the page [The idea](idea.md#references).

---

*Computed on {date} in {minutes} minutes, with {versions}.*
"""  # noqa: RUF001 (pages have dashes)
