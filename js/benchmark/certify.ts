// Runs the golden set on this device and writes the certificate.

import type { Model } from '../src/model.js';
import type { Comparison, ForcedDecoding } from '../src/verification.js';
import { type Certificate, MATRICES, passes, type Run, sealed } from './certificate.js';
import type { FetchedSet } from './golden.js';
import { browser, deviceFacts, type Site } from './site.js';

/** Where it is: the way, and the case that is computed. */
export interface Place {
  run: number;
  matrices: Run['matrices'];
  /** Cases of this run that are done. */
  done: number;
}

/** All comparisons, one way after the other, or of one way alone. */
export async function certify(
  model: Model,
  set: FetchedSet,
  site: Site,
  only: Run['matrices'] | undefined,
  signal: AbortSignal,
  progress: (place: Place) => void,
): Promise<Certificate> {
  const runs: Run[] = [];
  for (const [run, matrices] of MATRICES.entries()) {
    if (only && matrices !== only) continue;
    const comparisons: Comparison[] = [];
    let forced: ForcedDecoding | undefined;
    const cases = new Set<string>();
    progress({ run, matrices, done: 0 });
    const job = model.verify(set.files, { matrices, signal });
    for await (const comparison of job) {
      if (comparison.forced) {
        forced = comparison.forced;
        continue;
      }
      comparisons.push(comparison);
      const before = cases.size;
      cases.add(comparison.name.split('.', 1)[0]!);
      if (cases.size > before) progress({ run, matrices, done: Math.min(cases.size, set.cases.length) });
    }
    const { skipped } = await job.finished;
    const passed = comparisons.filter(({ pass }) => pass).length;
    const failed = comparisons.length - passed - skipped;
    runs.push({ matrices, passed, failed, skipped, comparisons, ...(forced && { forced }) });
  }
  return sealed({
    kind: 'unimed-certificate',
    format: 1,
    date: new Date().toISOString(),
    passes: passes(runs),
    site,
    browser: browser(),
    device: deviceFacts(model),
    model: { name: model.info.name, sha256: model.info.hash },
    set: { name: set.name, sha256: set.sha256 },
    runs,
  });
}
