// What a certificate says, and how one is read again.

import type { Comparison, ForcedDecoding } from '../src/verification.js';
import { type DeviceFacts, PageError, sha256, type Site } from './site.js';

/** Comparisons with the matrices held in one way. */
export interface Run {
  matrices: (typeof MATRICES)[number];
  passed: number;
  failed: number;
  /** Numbers of the set that this engine does not compute. */
  skipped: number;
  comparisons: Comparison[];
  /** Of packed matrices; floats decode by themselves, and their tokens are among the comparisons. */
  forced?: ForcedDecoding;
}

/**
 * The most that a token may lie below the best one, in units of the logits' root mean square: twice what each logit may be off on
 * average. The set's weights are random, so that some of its tokens are decided by less, on every device.
 */
export const LARGEST_GAP = 0.04;

/** What is certified. */
export interface Contents {
  kind: 'unimed-certificate';
  format: 1;
  /** When, as ISO 8601. */
  date: string;
  /** Whether every comparison holds. */
  passes: boolean;
  site: Site;
  browser: string;
  device: DeviceFacts;
  /** The model that was loaded; the set has a small one of its own. */
  model: { name: string; sha256: string };
  set: { name: string; sha256: string };
  runs: Run[];
}

/** The same with its own hash, which finds changes that were not meant; it is no signature. */
export interface Certificate extends Contents {
  sha256: string;
}

/** What one case of a run comes to. */
export interface CaseSummary {
  name: string;
  comparisons: number;
  failed: Comparison[];
  /** The comparison that takes the largest share of what it may. */
  worst?: Comparison;
}

/**
 * Ways in which the matrices of the set's model are held: packed ones run through other kernels than floats. In 4 bit so small a
 * model with random weights is too far from its floats on any device (docs/log/quantization.md).
 */
export const MATRICES = ['floats', 'q8'] as const;

/** Longest file that is read, in bytes; a certificate has about 150 kB. */
const LONGEST = 4_000_000;

/** Whether all of the set ran. */
export function isWhole(runs: Run[]): boolean {
  return MATRICES.every((matrices, index) => runs[index]?.matrices === matrices) && runs.length === MATRICES.length;
}

/** Whether runs pass: everything was computed, and all of it holds. */
export function passes(runs: Run[]): boolean {
  return isWhole(runs) && runs.every((run) => run.passed > 0 && run.failed === 0 && run.skipped === 0 && forcedHolds(run));
}

/** Whether every token that is another one is so close that it may be. */
export function forcedHolds({ forced }: Run): boolean {
  return !forced || (forced.agreed + forced.misses.length === forced.predicted && forced.misses.every(({ gap }) => gap <= LARGEST_GAP));
}

/** A certificate of these contents. */
export async function sealed(contents: Contents): Promise<Certificate> {
  return { ...contents, sha256: await hashOf(contents) };
}

/** The cases of a run, in the order in which they came. */
export function casesOf({ comparisons }: Run): CaseSummary[] {
  const cases = new Map<string, CaseSummary>();
  for (const comparison of comparisons) {
    const name = comparison.name.split('.', 1)[0]!;
    const summary = cases.get(name) ?? { name, comparisons: 0, failed: [] };
    cases.set(name, summary);
    summary.comparisons += 1;
    if (!comparison.pass) summary.failed.push(comparison);
    if ((comparison.share ?? -1) > (summary.worst?.share ?? -1)) summary.worst = comparison;
  }
  return [...cases.values()];
}

/** Reads a certificate that was saved. Fails with a sentence where the file is none, or was changed. */
export async function readCertificate(file: Blob): Promise<Certificate> {
  const no = (what: string) => new PageError(`${what} Choose a file that was saved with "Save the certificate" on a page like this.`);
  if (file.size > LONGEST) throw no('The file is too large for a certificate.');
  let found: unknown;
  try {
    found = JSON.parse(await file.text());
  } catch {
    throw no('The file is no certificate: it holds no JSON.');
  }
  if (!isCertificate(found)) throw no('The file is no certificate of UniMed, or one of another format.');
  const { sha256: told, ...contents } = found;
  if ((await hashOf(contents)) !== told) {
    throw no('The certificate was changed after it was made: its contents do not have the SHA-256 that it names.');
  }
  // The verdict is what its own numbers say.
  if (found.passes !== passes(found.runs)) throw no('The certificate contradicts itself: its verdict is not that of its comparisons.');
  return found;
}

async function hashOf(contents: Contents): Promise<string> {
  return sha256(new TextEncoder().encode(JSON.stringify(ordered(contents))));
}

/** The same with the keys of every object in order, so that a program that wrote them otherwise changes no hash. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inside]) => inside !== undefined);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, inside]) => [key, ordered(inside)]));
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const may = (value: unknown, is: (value: unknown) => boolean): boolean => value === undefined || is(value);

function isCertificate(found: unknown): found is Certificate {
  return (
    isObject(found) &&
    found['kind'] === 'unimed-certificate' &&
    found['format'] === 1 &&
    isText(found['date']) &&
    !Number.isNaN(Date.parse(found['date'])) &&
    typeof found['passes'] === 'boolean' &&
    isText(found['sha256']) &&
    isText(found['browser']) &&
    texts(found['site'], 'version', 'files') &&
    texts(found['device'], 'type', 'name', 'why', 'kernels') &&
    texts(found['model'], 'name', 'sha256') &&
    texts(found['set'], 'name', 'sha256') &&
    Array.isArray(found['runs']) &&
    found['runs'].every(isRun)
  );
}

function isRun(run: unknown): boolean {
  return (
    isObject(run) &&
    MATRICES.some((matrices) => run['matrices'] === matrices) &&
    [run['passed'], run['failed'], run['skipped']].every(isCount) &&
    Array.isArray(run['comparisons']) &&
    run['comparisons'].every(isComparison) &&
    may(run['forced'], isForced) &&
    // The counts are those of the comparisons.
    run['comparisons'].filter((one) => (one as Comparison).pass).length === run['passed'] &&
    run['comparisons'].length === (run['passed'] as number) + (run['failed'] as number) + (run['skipped'] as number)
  );
}

function isComparison(one: unknown): boolean {
  return (
    isObject(one) &&
    isText(one['name']) &&
    isText(one['tolerance']) &&
    typeof one['pass'] === 'boolean' &&
    ['maxAbs', 'relative', 'share'].every((key) => may(one[key], isNumber)) &&
    may(one['why'], isText)
  );
}

function isForced(forced: unknown): boolean {
  return (
    isObject(forced) &&
    isCount(forced['agreed']) &&
    isCount(forced['predicted']) &&
    Array.isArray(forced['misses']) &&
    forced['misses'].every((miss) => isObject(miss) && isText(miss['place']) && isNumber(miss['gap']) && may(miss['margin'], isNumber) && may(miss['error'], isNumber))
  );
}

function texts(value: unknown, ...keys: string[]): boolean {
  return isObject(value) && keys.every((key) => isText(value[key]));
}
