// The golden set: inputs, weights and results of a reference implementation. It comes when it is asked for, and is compared with
// the site's own list before it is used.

import type { GoldenSet } from '../src/verification.js';
import { fetched, PageError, sha256, type SiteFiles } from './site.js';

const FOLDER = 'golden/alpha/';

/** A set that was fetched. */
export interface FetchedSet {
  name: string;
  /** SHA-256 over the hashes of its files: names its numbers exactly. */
  sha256: string;
  files: GoldenSet;
  /** Cases in the order in which they are computed. */
  cases: string[];
}

/** Bytes of the set, as the site's list says them. */
export function sizeOf(files: SiteFiles): number {
  return named(files).reduce((sum, path) => sum + files[path]!.bytes, 0);
}

/** Fetches the set; `progress` hears the share that is there. */
export async function fetchSet(site: SiteFiles, signal: AbortSignal, progress: (share: number) => void): Promise<FetchedSet> {
  const total = sizeOf(site);
  const files: Record<string, ArrayBuffer> = {};
  const hashes: string[] = [];
  let done = 0;
  for (const path of named(site)) {
    const bytes = await fetched(path, signal);
    const hash = await sha256(bytes);
    if (hash !== site[path]!.sha256) {
      throw new PageError(
        `The file ${path} is not the one that this site was built with: its SHA-256 is ${hash}, expected ${site[path]!.sha256}. ` +
          'Load the page again; if that does not help, tell whoever runs this site.',
      );
    }
    const name = path.slice(FOLDER.length);
    files[name] = bytes;
    hashes.push(`${hash}  ${name}\n`);
    done += bytes.byteLength;
    progress(done / total);
  }
  const meta = JSON.parse(new TextDecoder().decode(files['fixtures.json'])) as { cases: Record<string, unknown> };
  return {
    name: 'alpha',
    sha256: await sha256(new TextEncoder().encode(hashes.join(''))),
    files,
    cases: Object.keys(meta.cases).toSorted(),
  };
}

function named(files: SiteFiles): string[] {
  const paths = Object.keys(files).filter((path) => path.startsWith(FOLDER));
  if (paths.length === 0) throw new PageError('This site has no golden set: whoever runs it left out the folder golden. Nothing can be compared here.');
  return paths.toSorted();
}
