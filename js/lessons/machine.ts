// What the learner lets the model do: answer, make an image, change one. Nothing waits for it: a lesson goes on without the model.

import type { Model } from '../src/model.js';
import { type Context, truthOf } from './context.js';
import { button, make } from './dom.js';
import { valueIn } from './facts.js';
import type { BlockOf } from './types.js';

/** What is on the page while the model works, and how to end it. */
interface Run {
  model: Model;
  signal: AbortSignal;
  say(text: string): void;
}

/** A button that lets the model do something, and becomes Stop while it does. */
function runner(context: Context, box: HTMLElement, label: string, work: (run: Run) => Promise<void>): void {
  const { words } = context;
  const status = make('p', { class: 'aside', role: 'status' });
  let running: AbortController | undefined;
  const start = button(label, () => void (running ? running.abort() : run()), { class: 'primary' });
  box.append(make('div', { class: 'row' }, start), status);
  const run = async () => {
    const own = new AbortController();
    running = own;
    start.textContent = words.stop;
    const signal = AbortSignal.any([own.signal, context.signal]);
    try {
      const model = await context.model((share) => (status.textContent = words.loadingModel(Math.floor(100 * share))));
      signal.throwIfAborted();
      await work({ model, signal, say: (text) => (status.textContent = text) });
      status.textContent = '';
      start.remove();
    } catch (error) {
      status.textContent = own.signal.aborted ? words.stopped : String(error instanceof Error ? error.message : error);
      status.classList.toggle('error', !own.signal.aborted);
      start.textContent = label;
    }
    running = undefined;
  };
}

/** Ask the model. */
export function askModel(context: Context, block: BlockOf<'model'>): HTMLElement {
  const { words, lesson } = context;
  const pane = context.pane(block.image);
  const meaning = block.meaning ? ` ${words.modelIn(block.meaning)}` : '';
  const box = make('div', { class: 'exercise', 'data-testid': 'model' });
  box.append(make('p', { class: 'ask' }, `“${block.ask}”${meaning}`));
  if (block.seen === 'nothing') box.append(make('p', { class: 'aside' }, words.withoutImage));
  if (block.seen === 'mirrored') box.append(make('p', { class: 'aside' }, words.mirrored));
  runner(context, box, words.askModel, async ({ model, signal, say }) => {
    say(words.answering);
    const image = { shown: pane.image, mirrored: mirrored(pane.image), nothing: null }[block.seen];
    const answer = make('p', { class: 'said', 'data-testid': 'answer' });
    box.querySelectorAll('.said').forEach((before) => before.remove());
    box.append(answer);
    const job = model.ask(image, block.ask, { temperature: 0, signal });
    for await (const { text } of job) answer.append(text);
    const { text } = await job.finished;
    answer.replaceChildren(make('span', {}, `${words.modelSays} ${text.trim()}`));
    if (block.fact === undefined) {
      box.append(make('p', { class: 'aside' }, words.notFact));
      return;
    }
    const value = truthOf(context, block.image).facts[block.fact]!;
    const truth = block.seen === 'mirrored' && block.fact.endsWith('.side') ? ({ left: 'right', right: 'left' }[value] ?? value) : value;
    const right = says(text, truth);
    const name = valueIn(lesson.language, truth);
    box.append(make('p', { class: right ? 'good' : 'bad', 'data-testid': 'model-verdict' }, `${right ? '✓' : '✗'} ${right ? words.modelRight(name) : words.modelWrong(name)}`));
    box.append(make('p', { class: 'aside' }, words.notFact));
  });
  return box;
}

/** Whether an answer says a value, as words of their own. */
export function says(answer: string, value: string): boolean {
  const plain = (text: string) => ` ${text.toLowerCase().replaceAll(/[^a-z0-9&-]+/g, ' ').trim()} `;
  return plain(answer).includes(plain(value));
}

function mirrored(image: ImageData): ImageData {
  const turned = new ImageData(image.width, image.height);
  const from = new Uint32Array(image.data.buffer);
  const to = new Uint32Array(turned.data.buffer);
  for (let i = 0; i < from.length; i += 1) {
    const column = i % image.width;
    to[i - column + image.width - 1 - column] = from[i]!;
  }
  return turned;
}

/** Let the model make an image. */
export function letMake(context: Context, block: BlockOf<'make'>): { element: HTMLElement; made: Promise<void> } {
  const { words } = context;
  const meaning = block.meaning ? ` ${words.modelIn(block.meaning)}` : '';
  const element = make('div', { class: 'exercise', 'data-testid': 'make' }, make('p', { class: 'ask' }, `“${block.prompt}”${meaning}`));
  const made = new Promise<void>((resolve) => {
    runner(context, element, words.letModelMake, async (run) => {
      const image = await paint(run, words, { prompt: block.prompt });
      context.images.set(block.name, { image, alt: `${words.generated}: ${block.prompt}`, caption: block.prompt, tag: words.generated });
      context.pane(block.name);
      resolve();
    });
  });
  return { element, made };
}

/** Let the model change an image, beside the truth. */
export function letEdit(context: Context, image: ImageData, edit: string): HTMLElement {
  const { words } = context;
  const element = make('div', { class: 'exercise', 'data-testid': 'edit' }, make('p', { class: 'ask' }, `“${edit}”`));
  runner(context, element, words.letModelTry, async (run) => {
    const made = await paint(run, words, { prompt: edit, images: image });
    context.add({ image: made, alt: `${words.generated}: ${edit}`, caption: edit, tag: words.generated });
  });
  return element;
}

async function paint({ model, signal, say }: Run, words: Context['words'], what: { prompt: string; images?: ImageData }): Promise<ImageData> {
  const job = model.make(what, { signal });
  for await (const { step, steps } of job) say(words.making(step, steps));
  return (await job.finished).image;
}

