// The part of the page with the benchmark.

import { button, make } from '../lessons/dom.js';
import { benchmark, type BenchmarkResult, type PathResult } from './benchmark.js';
import { CASES } from './cases.js';
import { type Options, optionsOf, USUAL } from './options.js';
import { PEERS } from './peers.js';
import { runner } from './runner.js';
import { save } from './save.js';
import { readSite } from './site.js';
import { short, table } from './tables.js';
import type { Words } from './words.js';

/** What was measured on this visit; it outlives a change of the language. */
let kept: BenchmarkResult | undefined;

/** The panel. */
export function benchmarkPanel(words: Words, leave: AbortSignal): HTMLElement {
  const own = words.benchmark;
  const options = optionsOf(location.search);
  const shown = make('div', { class: 'shown' });
  const row = runner(own.start, words, 'benchmark', leave, async ({ signal, say }) => {
    const { site } = await readSite();
    const order = ['load', ...CASES.map(({ name }) => name)];
    const runs = options.runs + 1;
    kept = await benchmark(site, options, signal, (progress) =>
      say(own.progress(progress, options.runs), (order.indexOf(progress.what) * runs + progress.run) / (order.length * runs)),
    );
    show();
  });
  const show = () => {
    if (!kept) return;
    const result = kept;
    shown.replaceChildren(
      figures(result, words),
      make('p', { class: 'meta' }, own.caution),
      make('div', { class: 'row screen' }, button(own.save, () => save(result, `unimed-benchmark-${result.date.slice(0, 10)}.json`), { 'data-testid': 'save-benchmark' })),
    );
  };
  show();
  return make(
    'section',
    { 'data-testid': 'benchmark-panel', 'aria-labelledby': 'benchmark-title' },
    make('h2', { id: 'benchmark-title' }, own.title),
    make('p', {}, own.intro),
    ...shortened(options, words),
    row,
    shown,
    ...peers(words),
  );
}

function figures({ paths }: BenchmarkResult, words: Words): HTMLElement {
  const own = words.benchmark;
  const names = [...new Set(paths.flatMap(({ figures }) => figures.map(({ name }) => name)))];
  const cell = ({ figures }: PathResult, name: string) => {
    const figure = figures.find((one) => one.name === name);
    if (!figure) return '–';
    const { median, least, most, runs } = figure.measured;
    return make('span', {}, make('strong', {}, `${short(median)} ${figure.unit}`), make('span', { class: 'meta' }, own.spread(short(least), short(most), runs.length)));
  };
  const on = ({ device }: PathResult) => own.on(device.name, device.type === 'webgpu' ? own.gpu : own.cpu);
  return table(
    own.what,
    ['', ...paths.map(on)],
    names.map((name) => ({ cells: [own.figure[name], ...paths.map((path) => cell(path, name))] })),
    'figures',
  );
}

/** What others published; it needs no run. */
function peers(words: Words): HTMLElement[] {
  const own = words.benchmark;
  const { engines, dispatch } = PEERS;
  const { leastUs, mostUs, dispatchesPerToken: count } = dispatch;
  const ms = (us: number) => short((us * count) / 1000);
  return [
    make('h3', {}, own.peers),
    make('p', {}, own.peersNote),
    table(
      own.peersCase(engines.date),
      [own.engine, own.prompt, own.token],
      engines.figures.map(({ name, promptMs, tokenMs }) => ({ cells: [name, `${promptMs} ms`, `${tokenMs} ms`] })),
      'peers',
    ),
    make('p', { class: 'meta', 'data-testid': 'peers-source' }, `${own.source}: ${engines.source} (UniMed).`),
    make('p', { 'data-testid': 'dispatch' }, `${own.dispatch(leastUs, mostUs, count, ms(leastUs), ms(mostUs))} ${own.source}: ${dispatch.source}.`),
  ];
}

function shortened(options: Options, words: Words): HTMLElement[] {
  const asked = Object.entries(options).filter(([key, value]) => USUAL[key as keyof Options] !== value);
  if (asked.length === 0) return [];
  return [make('p', { class: 'meta' }, `${words.benchmark.shortened} ${asked.map(([key, value]) => `${key} ${value}`).join(', ')}.`)];
}
