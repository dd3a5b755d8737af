// A certificate on the page, alone and beside another one.

import { make } from '../lessons/dom.js';
import type { Comparison } from '../src/verification.js';
import { casesOf, type Certificate, forcedHolds, isWhole, type Run } from './certificate.js';
import { type Cells, short, table } from './tables.js';
import type { Words } from './words.js';

/** The verdict, what it was made on, and a table for each way of holding matrices. */
export function showCertificate(certificate: Certificate, words: Words): HTMLElement {
  const { passes, runs } = certificate;
  const own = words.certificate;
  const count = sum(runs, ({ comparisons, forced }) => comparisons.length + (forced ? 1 : 0));
  const failed = sum(runs, (run) => run.failed + run.skipped + (forcedHolds(run) ? 0 : 1));
  return make(
    'div',
    { class: 'certificate', 'data-testid': 'certificate' },
    make('p', { class: passes ? 'verdict good' : 'verdict bad', 'data-testid': 'verdict' }, `${passes ? '✓' : '✗'} ${passes ? own.passes : own.fails}`),
    make('p', {}, failed > 0 ? own.failsMeaning(failed, count) : own.passesMeaning(count)),
    ...(isWhole(runs) ? [] : [make('p', { class: 'bad' }, own.shortened)]),
    make('dl', { class: 'facts' }, ...facts(certificate, words).flatMap(([name, value]) => [make('dt', {}, name), make('dd', { lang: 'en' }, value)])),
    ...runs.flatMap((run) => runTable(run, words)),
    make('p', { class: 'meta' }, own.note),
  );
}

/** Two certificates line by line. */
export function showBoth(here: Certificate, saved: Certificate, words: Words): HTMLElement {
  const { compare } = words;
  const lines = (certificate: Certificate) => new Map([...facts(certificate, words), ...figures(certificate, words)]);
  const [left, right] = [lines(here), lines(saved)];
  const names = [...new Set([...left.keys(), ...right.keys()])];
  const own = [words.facts.date, words.facts.digest];
  const rows = names.map((name) => {
    const [a, b] = [left.get(name) ?? '–', right.get(name) ?? '–'];
    // Another day gives another certificate, and says nothing about the device.
    if (own.includes(name)) return { cells: [name, a, b, ''] as Cells };
    const same = a === b;
    return { cells: [name, a, b, same ? compare.same : `≠ ${compare.different}`] as Cells, marked: !same };
  });
  const differing = rows.filter((row) => 'marked' in row && row.marked).length;
  return make(
    'div',
    { class: 'certificate' },
    make('p', { 'data-testid': 'compared', role: 'status' }, differing === 0 ? compare.allSame : compare.differ(differing)),
    table(compare.title, [compare.what, compare.here, compare.saved, ''], rows, 'both'),
  );
}

/** What a certificate was made on and with. */
function facts({ device, browser, date, site, model, set, sha256 }: Certificate, words: Words): [string, string][] {
  const names = words.facts;
  return [
    [names.device, `${device.name}${device.software ? ` (${names.software})` : ''}`],
    [names.why, device.why],
    [names.kernels, device.kernels || names.none],
    [names.browser, browser],
    [names.date, date],
    [names.site, `UniMed ${site.version}, files.json ${site.files}`],
    [names.model, `${model.name}, ${model.sha256}`],
    [names.set, `${set.name}, ${set.sha256}`],
    [names.digest, sha256],
  ];
}

/** The numbers of a certificate, a line a case. */
function figures({ passes, runs }: Certificate, words: Words): [string, string][] {
  const own = words.certificate;
  const lines: [string, string][] = [[own.verdict, passes ? own.passes : own.fails]];
  for (const run of runs) {
    const name = own.matrices[run.matrices];
    for (const { name: part, failed, worst } of casesOf(run)) {
      lines.push([`${name}: ${part}`, `${worst?.share === undefined ? '–' : short(worst.share)}, ${failed.length ? own.failed(failed.length) : own.holds}`]);
    }
    const { forced } = run;
    if (forced) lines.push([`${name}: ${own.forced}`, `${own.tokens(forced.agreed, forced.predicted)}, ${forcedHolds(run) ? own.holds : own.tooFar}`]);
  }
  return lines;
}

function runTable(run: Run, words: Words): HTMLElement[] {
  const own = words.certificate;
  const rows: { cells: Cells; marked?: boolean }[] = casesOf(run).map(({ name, comparisons, failed, worst }) => ({
    cells: [
      make('code', {}, name),
      String(comparisons),
      worstOf(worst),
      worst?.relative === undefined ? '–' : short(worst.relative),
      failed.length === 0
        ? `✓ ${own.holds}`
        : make('span', { class: 'bad' }, `✗ ${own.failed(failed.length)}: `, ...failed.slice(0, 3).map(({ name, why }) => make('code', {}, ` ${name}${why ? ` (${why})` : ''}`))),
    ],
    marked: failed.length > 0,
  }));
  const name = own.matrices[run.matrices];
  const shown = [table(name, [own.case, own.comparisons, own.share, own.error, own.verdict], rows, `run-${run.matrices}`)];
  if (run.skipped) shown.push(make('p', { class: 'bad' }, own.notComputed(run.skipped)));
  if (run.forced) {
    const { agreed, predicted, misses } = run.forced;
    const holds = forcedHolds(run);
    shown.push(
      make(
        'p',
        { 'data-testid': `forced-${run.matrices}`, class: holds ? '' : 'bad' },
        `${own.forced}: ${own.tokens(agreed, predicted)}${misses.length === 0 ? '' : holds ? `; ${own.closeEnough}` : `; ${own.tooFar}`}`,
      ),
      make(
        'ul',
        { class: 'misses' },
        ...misses.map(({ place, gap, margin, error }) =>
          make('li', {}, own.miss(place, short(gap), margin === undefined ? undefined : short(margin), error === undefined ? undefined : short(error))),
        ),
      ),
    );
  }
  return shown;
}

/** The largest share and what has it. */
function worstOf(worst: Comparison | undefined): string | Node {
  if (worst?.share === undefined) return '–';
  if (worst.share === 0) return '0';
  return make('span', {}, short(worst.share), make('code', { class: 'meta' }, worst.name.replace(/^\w+\.out\./, '')));
}

function sum(runs: Run[], of: (run: Run) => number): number {
  return runs.reduce((total, run) => total + of(run), 0);
}
