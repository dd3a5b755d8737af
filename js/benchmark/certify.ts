// Runs the golden set on this device and writes the certificate.

import type { Model } from '../src/model.js';
import { type Certificate, passes, type Run, sealed } from './certificate.js';
import type { FetchedSet } from './golden.js';
import { browser, type Site } from './site.js';

/** Ways in which the matrices of the set's model are held: packed ones run through other kernels than floats. */
export const MATRICES = ['floats', 'q8', 'q4'] as const;

/** Where it is: the way, and the case that is computed. */
export interface Place {
  run: number;
  matrices: Run['matrices'];
  /** Cases of this run that are done. */
  done: number;
}

/** All comparisons, one way after the other. */
export async function certify(
  model: Model,
  set: FetchedSet,
  site: Site,
  signal: AbortSignal,
  progress: (place: Place) => void,
): Promise<Certificate> {
  const runs: Run[] = [];
  for (const [run, matrices] of MATRICES.entries()) {
    const comparisons = [];
    const cases = new Set<string>();
    progress({ run, matrices, done: 0 });
    const job = model.verify(set.files, { matrices, signal });
    for await (const comparison of job) {
      comparisons.push(comparison);
      const before = cases.size;
      cases.add(comparison.name.split('.', 1)[0]!);
      if (cases.size > before) progress({ run, matrices, done: Math.min(cases.size, set.cases.length) });
    }
    runs.push({ matrices, ...(await job.finished), comparisons });
  }
  const { type, name, software, why, kernels } = model.device();
  return sealed({
    kind: 'unimed-certificate',
    format: 1,
    date: new Date().toISOString(),
    passes: passes(runs),
    site,
    browser: browser(),
    device: { type, name, software, why, kernels },
    model: { name: model.info.name, sha256: model.info.hash },
    set: { name: set.name, sha256: set.sha256 },
    runs,
  });
}
