// What the benchmark measures, one case after the other, with the model of the site.

import type { Model } from '../src/model.js';
import type { Options } from './options.js';

/** What one run of a case gives, by the names of {@link UNITS}. */
export type Figures = Partial<Record<Figure, number>>;

/** What is measured. */
export type Figure = 'load' | 'firstWord' | 'tokens' | 'followUp' | 'image' | 'step' | 'decoder';

/** The unit of each figure. */
export const UNITS: Record<Figure, 'ms' | 's' | 'tokens/s'> = {
  load: 'ms',
  firstWord: 'ms',
  tokens: 'tokens/s',
  followUp: 'ms',
  image: 's',
  step: 'ms',
  decoder: 'ms',
};

/** What a case works with. */
export interface Bench {
  model: Model;
  options: Options;
  signal: AbortSignal;
  /** An image that no run has read before: the engine remembers what it has read. */
  freshImage(): ImageData;
}

/** A case: run once to warm up, then as often as the options say. */
export interface Case {
  name: 'answer' | 'make';
  run(bench: Bench): Promise<Figures>;
}

/** Both cases, in the order in which they run. */
export const CASES: readonly Case[] = [
  { name: 'answer', run: answer },
  { name: 'make', run: make },
];

/** A question about a fresh image, then another one about the same. */
async function answer({ model, options, signal, freshImage }: Bench): Promise<Figures> {
  const image = freshImage();
  const settings = { temperature: 0, maxTokens: options.tokens, signal };
  let started = performance.now();
  const first = await timed(model.ask(image, 'Describe the image.', settings), started);
  started = performance.now();
  const second = await timed(model.ask(image, 'Is there a finding?', settings), started);
  return {
    firstWord: first.first,
    // The first token comes with the prompt, so that the time between it and the last one counts.
    ...(first.count > 1 && { tokens: (1000 * (first.count - 1)) / (first.last - first.first) }),
    followUp: second.first,
  };
}

/** An image from words. */
async function make({ model, options, signal }: Bench): Promise<Figures> {
  const { size, steps } = options;
  const started = performance.now();
  const job = model.make(
    { prompt: 'A normal chest X-ray.', width: size, height: size, seed: 7, previewEvery: 0, ...(steps !== undefined && { steps }) },
    { signal },
  );
  const { first, last, count } = await timed(job, started);
  const total = performance.now() - started;
  return {
    image: total / 1000,
    // The first step comes with the reading of the words.
    ...(count > 1 && { step: (last - first) / (count - 1) }),
    decoder: total - last,
  };
}

/** When the first and the last item of a job came, in milliseconds, and how many there were. */
async function timed<Item>(job: AsyncIterable<Item> & { finished: Promise<unknown> }, started: number) {
  let [first, last, count] = [0, 0, 0];
  for await (const _item of job) {
    last = performance.now() - started;
    if (count === 0) first = last;
    count += 1;
  }
  await job.finished;
  return { first, last, count };
}
