// What the learner does, and what comes of it. Each gives the element that is shown and a promise of its end.

import { type Context, mainMask, truthOf } from './context.js';
import { button, make } from './dom.js';
import { valueIn } from './facts.js';
import type { Place } from './pane.js';
import type { Result } from './score.js';
import type { BlockOf } from './types.js';

/** A block on the page. */
export interface Exercise {
  element: HTMLElement;
  /** Settles when the learner is done with it; what follows is shown then. */
  done: Promise<void>;
}

/** Pixels beside a finding that still count as on it: its edge is soft. */
const NEAR = 3;

/** Tries to mark a place. */
const TRIES = 2;

/** Says how an exercise ended, and keeps it. */
function finish(
  context: Context,
  box: HTMLElement,
  { ask, given, truth, right, why, said = context.words.truth(truth) }: Result & { why: string; said?: string },
): void {
  const { words } = context;
  box.append(
    make('p', { class: right ? 'good' : 'bad', role: 'status', 'data-testid': 'verdict' }, `${right ? `✓ ${words.right}` : `✗ ${words.wrong}`} ${said}`),
    make('p', { class: 'why' }, why),
  );
  context.record({ ask, given, truth, right });
}

/** Choose an answer. */
export function question(context: Context, block: BlockOf<'question'>): Exercise {
  const { words, lesson } = context;
  if (block.image !== undefined) context.pane(block.image);
  const { fact } = block;
  const value = fact === undefined ? undefined : truthOf(context, block.image!).facts[fact];
  const isRight = (index: number) => {
    const choice = block.choices[index]!;
    return value === undefined ? choice.right : choice.value === value;
  };
  const group = `choice-${Math.random()}`;
  const inputs = block.choices.map((_, index) => make('input', { type: 'radio', name: group, value: String(index) }));
  const labels = block.choices.map(({ text }, index) => make('label', { class: 'choice' }, inputs[index]!, text));
  const hint = make('p', { class: 'aside', role: 'status' });
  const element = make('div', { class: 'exercise', 'data-testid': 'question' });
  const done = new Promise<void>((resolve) => {
    const check = button(words.check, () => {
      const index = inputs.findIndex((input) => input.checked);
      if (index < 0) {
        hint.textContent = words.choose;
        return;
      }
      hint.remove();
      check.remove();
      for (const input of inputs) input.disabled = true;
      const right = block.choices.findIndex((_, other) => isRight(other));
      const truth = block.choices[right]?.text ?? valueIn(lesson.language, value ?? '');
      const { ask, why } = block;
      finish(context, element, { ask, why, given: block.choices[index]!.text, truth, right: isRight(index) });
      resolve();
    }, { class: 'primary', 'data-testid': 'check' });
    element.append(make('fieldset', {}, make('legend', {}, block.ask), ...labels), hint, make('div', { class: 'row' }, check));
  });
  return { element, done };
}

/** Mark a finding. */
export function mark(context: Context, block: BlockOf<'mark'>): Exercise {
  const { words } = context;
  const pane = context.pane(block.image);
  const mask = mainMask(truthOf(context, block.image));
  const hint = make('p', { class: 'aside', role: 'status', 'data-testid': 'hint' }, words.place);
  const give = make('div', { class: 'row' });
  const element = make('div', { class: 'exercise', 'data-testid': 'mark' }, make('p', { class: 'ask' }, block.ask), hint, give);
  const { width } = pane.image;
  const run = async () => {
    const given = new Promise<'given-up'>((resolve) => give.append(button(words.showMe, () => resolve('given-up'))));
    let right = false;
    for (let left = TRIES; left > 0 && !right; left -= 1) {
      const place = await Promise.race([pane.choose(block.ask), given]);
      if (place === 'given-up') break;
      pane.setLine([place]);
      right = near(mask, width, place);
      if (!right && left > 1) {
        hint.textContent = words.missed;
        hint.classList.add('bad');
      }
    }
    pane.release();
    give.remove();
    hint.remove();
    pane.setOverlay(mask);
    finish(context, element, {
      ask: block.ask,
      why: block.why,
      given: right ? words.foundIt : words.notThere,
      truth: words.foundIt,
      right,
      said: words.overlay,
    });
  };
  return { element, done: run() };
}

/** Whether a place is on a mask or right beside it. */
function near(mask: Uint8Array, width: number, { x, y }: Place): boolean {
  const height = mask.length / width;
  for (let row = Math.max(0, y - NEAR); row <= Math.min(height - 1, y + NEAR); row += 1) {
    for (let column = Math.max(0, x - NEAR); column <= Math.min(width - 1, x + NEAR); column += 1) {
      if (mask[row * width + column]) return true;
    }
  }
  return false;
}

/** Measure a finding. */
export function measure(context: Context, block: BlockOf<'measure'>): Exercise {
  const { words } = context;
  const pane = context.pane(block.image);
  const mask = mainMask(truthOf(context, block.image));
  const { width, height } = pane.image;
  const along = block.of === 'width' ? 'x' : 'y';
  const side = block.of === 'width' ? width : height;
  const percent = (pixels: number) => Math.round((100 * pixels) / side);
  const hint = make('p', { class: 'aside', role: 'status', 'data-testid': 'hint' });
  const element = make('div', { class: 'exercise', 'data-testid': 'measure' }, make('p', { class: 'ask' }, block.ask), hint);
  const run = async () => {
    hint.textContent = `${words.firstEnd} ${words.place}`;
    const first = await pane.choose(block.ask);
    pane.setLine([first]);
    hint.textContent = words.secondEnd;
    const chosen = pane.choose(block.ask);
    pane.focus();
    const second = await chosen;
    pane.setLine([first, second]);
    hint.remove();
    const given = Math.abs(first[along] - second[along]) + 1;
    const truth = extent(mask, width, along);
    pane.setOverlay(mask);
    const said = block.of === 'width' ? words.ofWidth : words.ofHeight;
    finish(context, element, {
      ask: block.ask,
      why: block.why,
      given: words.measured(percent(given)),
      truth: said(percent(truth)),
      right: Math.abs(given - truth) <= Math.max(2, (truth * block.tolerance) / 100),
    });
  };
  return { element, done: run() };
}

/** Pixels from one end of a mask to the other. */
function extent(mask: Uint8Array, width: number, along: 'x' | 'y'): number {
  let [low, high] = [Infinity, -Infinity];
  mask.forEach((inside, index) => {
    if (!inside) return;
    const at = along === 'x' ? index % width : Math.floor(index / width);
    low = Math.min(low, at);
    high = Math.max(high, at);
  });
  return high - low + 1;
}

/** Set the window. */
export function windowing(context: Context, block: BlockOf<'window'>): Exercise {
  const { words } = context;
  const pane = context.pane(block.image);
  const element = make('div', { class: 'exercise', 'data-testid': 'window' }, make('p', { class: 'ask' }, block.ask));
  const slider = (name: string, value: number) => {
    const input = make('input', { type: 'range', min: '2', max: '255', value: String(value) });
    const number = make('output', {}, String(value));
    input.addEventListener('input', () => {
      number.textContent = input.value;
      show();
    });
    element.append(make('label', { class: 'slider' }, name, input, number));
    return input;
  };
  const width = slider(words.width, 255);
  const level = slider(words.level, 128);
  const show = () => pane.setWindow(Number(width.value), Number(level.value));
  const hint = make('p', { class: 'aside', role: 'status', 'data-testid': 'hint' });
  const said = () => `${words.width} ${width.value}, ${words.level} ${level.value}`;
  const done = new Promise<void>((resolve) => {
    const end = (right: boolean) => {
      for (const part of [row, hint]) part.remove();
      const [[narrow, wide], [low, high]] = [block.width, block.level];
      const truth = `${words.width} ${narrow}–${wide}, ${words.level} ${low}–${high}`;
      finish(context, element, { ask: block.ask, why: block.why, given: said(), truth, right });
      resolve();
    };
    const check = button(words.check, () => {
      const wrong = faults(block, Number(width.value), Number(level.value), words);
      if (wrong === undefined) end(true);
      else hint.textContent = wrong;
    }, { class: 'primary', 'data-testid': 'check' });
    const give = button(words.showMe, () => {
      const middle = ([low, high]: [number, number]) => String(Math.round((low + high) / 2));
      width.value = middle(block.width);
      level.value = middle(block.level);
      width.dispatchEvent(new Event('input'));
      level.dispatchEvent(new Event('input'));
      end(false);
    });
    const row = make('div', { class: 'row' }, check, give);
    element.append(hint, row);
  });
  return { element, done };
}

/** What is wrong with a window, if anything is. */
function faults(block: BlockOf<'window'>, width: number, level: number, words: Context['words']): string | undefined {
  if (width > block.width[1]) return words.tooWide;
  if (width < block.width[0]) return words.tooNarrow;
  if (level > block.level[1]) return words.tooHigh;
  if (level < block.level[0]) return words.tooLow;
  return undefined;
}
