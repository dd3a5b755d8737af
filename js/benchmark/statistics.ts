// What is said of repeated measurements.

/** Repeated measurements of one thing. */
export interface Measured {
  /** Each, in the order in which they were made. */
  runs: number[];
  median: number;
  least: number;
  most: number;
}

/** The median and the spread of at least one measurement. */
export function measuredOf(runs: number[]): Measured {
  const sorted = runs.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { runs, median, least: sorted[0]!, most: sorted.at(-1)! };
}
