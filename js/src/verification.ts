import type { Comparison as Told } from './protocol.js';

/** A golden set: the files of a folder such as `tests/golden/alpha` of the project, by name. They are copied. */
export type GoldenSet = Readonly<Record<string, ArrayBuffer>>;

/** How to run {@link Model.verify}. */
export interface VerifyOptions {
  /** How the matrices of the set's model are held: as floats, in 8 bit, or in 4 bit, where the bounds are too narrow for a small model; without it as floats. */
  matrices?: 'floats' | 'q8' | 'q4';
  /** Stops it: the loop and `finished` then fail with the signal's reason. */
  signal?: AbortSignal;
}

/** One number of the reference beside the device's own. */
export interface Comparison {
  /** Its name; its case stands before the first dot. */
  name: string;
  /** Largest absolute difference. */
  maxAbs?: number;
  /** Length of the difference relative to that of the reference's numbers. */
  relative?: number;
  /** What is allowed, in words. */
  tolerance: string;
  /** How much of that the worst value takes: at most 1 where it holds. */
  share?: number;
  /** Whether it holds. */
  pass: boolean;
  /** Why it does not, where the numbers do not say it. */
  why?: string;
  /** The tokens, where these are what is compared. */
  forced?: ForcedDecoding;
}

/** Tokens that were predicted from the reference's tokens before them. */
export interface ForcedDecoding {
  /** Predictions that are the reference's next token. */
  agreed: number;
  /** All predictions. */
  predicted: number;
  /** The others; numbers in units of the logits' root mean square. */
  misses: MissedToken[];
}

/** A place where another token than the reference's is the most probable. */
export interface MissedToken {
  /** Name of the text and the number of the token in it. */
  place: string;
  /** How far the reference's token is below the most probable one. */
  gap: number;
  /** The reference's best logit less its second. */
  margin?: number;
  /** Root mean square of the logits' errors. */
  error?: number;
}

/** What came of all comparisons. */
export interface Verification {
  /** Comparisons that hold. */
  passed: number;
  /** Comparisons that do not. */
  failed: number;
  /** Numbers of the set that this engine does not compute. */
  skipped: number;
}

/** A comparison as the package tells it. */
export function comparisonOf({ name, max_abs, relative_l2, tolerance, share, pass, why, forced }: Told): Comparison {
  return {
    name,
    ...(max_abs !== null && { maxAbs: max_abs }),
    ...(relative_l2 !== null && { relative: relative_l2 }),
    tolerance,
    ...(share !== null && { share }),
    pass,
    ...(why !== null && { why }),
    ...(forced && {
      forced: {
        ...forced,
        misses: forced.misses.map(({ place, gap, margin, error }) => ({
          place,
          gap,
          ...(margin !== null && { margin }),
          ...(error !== null && { error }),
        })),
      },
    }),
  };
}
