/** What was found, to be found again. @module */

/**
 * Seeds that broke a promise once, by what was wrong then. A seed is another story after a change
 * of what seeds decide: `deno task test:mutants` tells by which seed each of these bugs is found
 * now, and tries these first.
 */
export const FOUND: Readonly<Record<string, readonly number[]>> = {
  "the refusal of a second call was taken for the first one's": [85],
  "a call was made again that there was no room for": [1781],
  "a call was made again whose names others had": [3759, 5646],
  "two calls were made again for which there was room only one by one": [304893, 314230],
  "a daemon acted on what it was told before its machine slept": [487, 2105245],
  "a daemon forgot at its start what was launched just before": [43],
  "who was late was ended without asking the scheduler": [893],
  "a shutdown believed the first empty listing": [328],
  "a shutdown that the scheduler did not answer did not wait for a daemon that it did": [2102051],
  "the simulated Dask left a task that nobody needs any more with its worker": [310775],
  "a listing that took long was taken for one of when it was asked for": [49745],
  "a daemon that got the lease relied on what it had listed before another had it": [41427, 8149],
  "a daemon forgot at its start what a call had launched that was written down long before": [7027334, 1318],
  "a call was made again before a whole listing had shown who is there": [7035768, 2102051],
  "the bound left out the results that are lost with a worker that hangs": [2044434],
};
