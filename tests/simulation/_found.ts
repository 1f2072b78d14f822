/** Seeds of bugs that were found. @module */

/**
 * Seeds that broke a promise once, by the bug that they found. After a change of what seeds decide,
 * a seed simulates something else: `deno task test:mutants` tries these first and prints by which
 * seed each bug is found now.
 */
export const FOUND: Readonly<Record<string, readonly number[]>> = {
  "the refusal of a second call was taken for the first one's": [85],
  "a call was made again that there was no room for": [1781],
  "a call was made again whose names other workers had": [3759, 5646],
  "two calls were made again for which there was room only one by one": [304893, 314230],
  "a daemon acted on what it was told before its machine slept": [487, 2105245],
  "a daemon forgot at its start what was launched just before": [43],
  "a late worker was terminated without asking the scheduler": [893],
  "a shutdown believed the first empty listing": [328],
  "a shutdown that the scheduler did not answer did not wait for a daemon that it did": [2102051],
  "the simulated Dask left a task that is no longer needed with its worker": [310775],
  "a listing that took long was taken for one of when it was asked for": [49745],
  "a daemon that got the lease relied on what it had listed before another had it": [41427, 8149],
  "a daemon forgot at its start what a call had launched that was written down long before": [7027334, 1318],
  "a call was made again before a complete listing had shown which workers exist": [7035768, 2102051, 1755],
  "a daemon that starts took a worker for an earlier one of its name": [3768, 4826],
  "a refused launch that no listing had told of yet stayed a failed boot": [700437, 600860],
  "what a worker cost while the daemon's machine slept was missing from the first sums": [501508],
  "the referee missed what ran for less than a second": [7520],
  "a worker that outlived its end was kept, and neither served nor ended": [801380],
  "a worker that ended before it was seen to run cost nothing": [779, 808],
  "a daemon that starts told the scheduler of a budget without what an unseen worker may have cost": [820530],
  "a machine that was told to end counted as running until a listing showed it": [139],
  "the bound left out the results that are lost with a worker that hangs": [2044434],
  "a lowered budget was not told while a worker's cost was unseen": [1005888],
  "a worker that a call had not ended paid the minimum twice": [1011844],
  "the referee took a listing for a proof that its daemon did not live to see": [1008938, 1009405],
  "the referee took the end of a budget for one that workers asked for do not survive": [1005579],
  "a worker that joined after the end of a budget began a task": [1116495],
  "a call to terminate that failed was made again minutes later": [1124311],
  "a worker cost nothing that a call which failed had not ended": [1129694],
  "an instance was ended by the name of a worker that is on another one now": [2011530],
  "a worker that was gone counted as running while the scheduler did not answer": [2007395, 2009206],
  "the referee knew the price of a minimum that no listing could show": [2016586],
};
