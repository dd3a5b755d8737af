// What a lesson shows: fresh cases, pictures of the site, the truth, and two images that differ by one fact.

import { type Context, shown, truthOf } from './context.js';
import { button, make } from './dom.js';
import { truthIn } from './facts.js';
import { letEdit } from './machine.js';
import type { BlockOf } from './types.js';
import { LessonError } from './worker.js';

/** A seed that no case had before; JSON keeps whole numbers of this size. */
function freshSeed(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return (high! & 0xffff) * 2 ** 32 + low!;
}

/** A fresh case. */
export async function showCase(context: Context, block: BlockOf<'case'>): Promise<void> {
  const seed = freshSeed();
  const truth = await context.worker.case(block, seed);
  const { words } = context;
  context.images.set(block.name, {
    image: truth.image,
    // Its finding is what the learner looks for, so that it is not named.
    alt: words.image(block.name),
    caption: words.simulated,
    tag: words.simulatedTag,
    known: { truth, block, seed },
  });
  context.pane(block.name);
}

/** A picture of the site. */
export async function showPicture(context: Context, block: BlockOf<'picture'>): Promise<void> {
  const url = new URL(`../../samples/${block.file}`, import.meta.url);
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) throw new LessonError(`The picture ${block.file} is not part of this site. Choose a file of its folder samples.`);
  const bitmap = await createImageBitmap(await response.blob(), { colorSpaceConversion: 'none' });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const pixels = canvas.getContext('2d')!;
  pixels.drawImage(bitmap, 0, 0);
  context.images.set(block.name, {
    image: pixels.getImageData(0, 0, canvas.width, canvas.height),
    alt: block.alt,
    caption: `${block.credit} (${block.licence})`,
    tag: '',
  });
  context.pane(block.name);
}

/** The truth of a case: what it shows in words, and where. */
export function reveal(context: Context, block: BlockOf<'reveal'>): HTMLElement {
  const { words, lesson } = context;
  const truth = truthOf(context, block.image);
  const pane = context.pane(block.image);
  const said = truthIn(lesson.language, truth) || words.normal;
  const element = make('div', { class: 'exercise', 'data-testid': 'reveal' }, make('p', {}, words.truth(said.replace(/[.。]$/, ''))));
  if (truth.masks.length > 0) {
    const all = truth.masks[0]!.pixels.map((_, index) => Number(truth.masks.some(({ pixels }) => pixels[index])));
    const toggle = toggler([words.reveal, words.hide], (on) => pane.setOverlay(on ? all : undefined));
    toggle.click();
    element.append(make('div', { class: 'row' }, toggle));
  }
  return element;
}

/** Two images that differ by one fact. */
export async function compare(context: Context, block: BlockOf<'compare'>): Promise<HTMLElement> {
  const { words, worker } = context;
  const known = block.image === undefined ? undefined : shown(context, block.image).known!;
  const { first, second } = known ? await worker.without(known.block, known.seed) : await worker.pair(block.change!, freshSeed());
  const tag = words.simulatedTag;
  if (known) {
    const before = context.pane(block.image!);
    before.setOverlay(undefined);
    before.setCaption(block.before);
  } else context.add({ image: first, alt: block.before, caption: block.before, tag });
  const after = context.add({ image: second, alt: block.after, caption: block.after, tag });
  const differs = new Uint8Array(first.width * first.height);
  for (let i = 0; i < first.data.length; i += 1) {
    if (Math.abs(first.data[i]! - second.data[i]!) > 6) differs[i >> 2] = 1;
  }
  const toggle = toggler([words.difference, words.hideDifference], (on) => after.setOverlay(on ? differs : undefined));
  const element = make('div', { class: 'text', 'data-testid': 'compare' }, make('div', { class: 'row' }, toggle));
  if (block.edit !== undefined) element.append(letEdit(context, first, block.edit));
  return element;
}

/** A button with two states. */
function toggler([off, on]: [string, string], change: (on: boolean) => void): HTMLButtonElement {
  let state = false;
  const toggle = button(off, () => {
    state = !state;
    toggle.textContent = state ? on : off;
    change(state);
  });
  return toggle;
}
