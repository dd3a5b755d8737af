/**
 * Defines `<unimed-lesson src="lessons/en/chest-effusion.md">`: one lesson, played step by step.
 *
 * Attributes: `src` is the address of the lesson's file, `model` that of a model's manifest (without it the site's own),
 * `theme` `light` or `dark` (without it as the system is set).
 */

import { load } from '../src/load.js';
import type { Model } from '../src/model.js';
import type { Context, Shown } from './context.js';
import { button, make, words as text } from './dom.js';
import { type Exercise, mark, measure, question, windowing } from './exercises.js';
import { askModel, letMake } from './machine.js';
import { Pane } from './pane.js';
import { resultOf } from './result.js';
import { keepScore, type Result } from './score.js';
import { compare, reveal, showCase, showPicture } from './shows.js';
import { lessonStyle } from './style.js';
import type { Block, Lesson, Step } from './types.js';
import { type Words, wordsOf } from './words.js';
import { LessonError, LessonsWorker } from './worker.js';

/** Blocks that count for the score. */
const SCORED = ['mark', 'measure', 'question', 'window'];

/** Events of {@link UniMedLesson}, with what `detail` holds. They bubble. */
export interface LessonEvents {
  /** The lesson is on the page. */
  'unimed-lesson-ready': { id: string; title: string };
  /** An exercise was done. */
  'unimed-lesson-score': { id: string; right: number; answered: number; total: number; done: boolean };
  /** The lesson cannot be shown or cannot go on; the element says why, too. */
  'unimed-lesson-error': { message: string };
}

/** The element. */
export class UniMedLesson extends HTMLElement {
  static readonly observedAttributes = ['src'];

  readonly #root: ShadowRoot;
  #leave = new AbortController();
  #model: Promise<Model> | undefined;
  #results: Result[] = [];

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: 'open' });
    this.#root.adoptedStyleSheets = [lessonStyle()];
  }

  connectedCallback(): void {
    void this.#open();
  }

  disconnectedCallback(): void {
    // An element that is only moved is connected again by now.
    queueMicrotask(() => {
      if (!this.isConnected) this.#end();
    });
  }

  attributeChangedCallback(_name: string, before: string | null, now: string | null): void {
    if (this.isConnected && before !== now) void this.#open();
  }

  /** Gives everything back. */
  #end(): void {
    this.#leave.abort();
    this.#model?.then((model) => model.dispose(), () => {});
    this.#model = undefined;
  }

  async #open(): Promise<void> {
    this.#end();
    this.#leave = new AbortController();
    const { signal } = this.#leave;
    this.#results = [];
    const src = this.getAttribute('src');
    if (src === null) return;
    const box = make('div', { class: 'lesson' }, make('p', { class: 'meta', role: 'status' }, wordsOf(this.#locale()).loading));
    this.#root.replaceChildren(box);
    try {
      const lesson = await LessonsWorker.get().read(await fetched(src));
      if (signal.aborted) return;
      this.#play(box, lesson, signal);
      this.#tell('unimed-lesson-ready', { id: lesson.id, title: lesson.title });
    } catch (error) {
      if (!signal.aborted) this.#fail(box, error, wordsOf(this.#locale()));
    }
  }

  #locale(): string {
    return this.closest<HTMLElement>('[lang]')?.lang || 'en';
  }

  #play(box: HTMLElement, lesson: Lesson, signal: AbortSignal): void {
    const words = wordsOf(lesson.language);
    const context = this.#context(lesson, words, signal);
    const count = lesson.steps.length;
    const place = make('p', { class: 'meta', role: 'status' });
    const steps = make('div', { class: 'screen text' });
    const back = button(words.back, () => void go(at - 1));
    const next = button(words.next, () => void go(at + 1), { class: 'primary', 'data-testid': 'next' });
    const bar = make('div', { class: 'row ends screen' }, back, next);
    box.lang = lesson.language;
    box.replaceChildren(
      make('div', { class: 'head' }, make('h1', {}, lesson.title), make('p', { class: 'aside screen' }, words.caution), place),
      steps,
      bar,
    );
    const shown: HTMLElement[] = [];
    let at = -1;
    const go = async (to: number) => {
      at = to;
      for (const [index, step] of shown.entries()) step.hidden = index !== to;
      place.textContent = to < count ? words.step(to + 1, count) : '';
      back.hidden = to === 0;
      next.hidden = to >= count;
      next.textContent = to + 1 < count ? words.next : words.finish;
      if (shown[to]) {
        next.disabled = false;
        shown[to].querySelector<HTMLElement>('h2')?.focus();
        return;
      }
      next.disabled = true;
      const section = make('section', { class: to < count ? 'step' : 'result', 'data-testid': 'step' });
      // A step in which something went wrong is made anew when one comes back to it.
      shown[to] = section;
      if (to < count) steps.append(section);
      else bar.before(section);
      if (to >= count) {
        this.#keep(lesson, true);
        section.append(...resultOf(lesson, words, this.#results, total(lesson), () => void this.#open()));
        section.querySelector<HTMLElement>('h2')?.focus();
        return;
      }
      try {
        await this.#fill(section, lesson.steps[to]!, context, to === 0 ? goals(lesson, words) : []);
        if (at === to) next.disabled = false;
      } catch (error) {
        if (!signal.aborted) this.#fail(section, error, words);
      }
    };
    void go(0);
  }

  /** Shows a step bit by bit: what comes after an exercise waits until it is done. */
  async #fill(section: HTMLElement, step: Step, context: Context, before: Node[]): Promise<void> {
    const heading = make('h2', { tabindex: '-1' }, step.title);
    const stage = make('div', { class: 'stage' });
    const column = make('div', { class: 'text' }, ...before);
    section.append(heading, column);
    const panes = new Map<string, Pane>();
    const add = (shown: Shown): Pane => {
      const pane = new Pane(shown.image, shown.alt, shown.caption, context.words, shown.tag);
      stage.append(pane.element);
      if (!stage.isConnected) heading.after(stage);
      section.classList.add('seen');
      stage.classList.toggle('many', stage.childElementCount > 1);
      return pane;
    };
    const pane = (name: string): Pane => {
      const known = panes.get(name) ?? add(context.images.get(name)!);
      panes.set(name, known);
      return known;
    };
    const own: Context = { ...context, pane, add };
    heading.focus();
    for (const block of step.contents) {
      const exercise = await draw(own, block);
      if (exercise === undefined) continue;
      column.append(exercise.element);
      await exercise.done;
      if (context.signal.aborted) return;
    }
  }

  #context(lesson: Lesson, words: Words, signal: AbortSignal): Context {
    const nowhere = () => {
      throw new Error('invariant: images belong to a step');
    };
    return {
      lesson,
      words,
      signal,
      worker: LessonsWorker.get(),
      images: new Map(),
      pane: nowhere,
      add: nowhere,
      record: (result) => {
        this.#results.push(result);
        this.#keep(lesson, false);
      },
      model: (onProgress) => this.#loaded(onProgress),
    };
  }

  /** The model, loaded once; after a failure the next try loads it anew. */
  #loaded(onProgress: (share: number) => void): Promise<Model> {
    const address = this.getAttribute('model') ?? new URL('../../model/manifest.json', import.meta.url).href;
    if (!this.#model) {
      const { signal } = this.#leave;
      this.#model = load(address, { signal, onProgress: ({ progress }) => onProgress(progress) });
      this.#model.catch(() => (this.#model = undefined));
    }
    return this.#model;
  }

  #keep(lesson: Lesson, done: boolean): void {
    const right = this.#results.filter((result) => result.right).length;
    const all = total(lesson);
    if (done) keepScore(lesson.id, { right, total: all, done, at: new Date().toISOString() });
    this.#tell('unimed-lesson-score', { id: lesson.id, right, answered: this.#results.length, total: all, done });
  }

  #fail(box: HTMLElement, error: unknown, words: Words): void {
    const message = error instanceof Error ? error.message : String(error);
    box.append(make('p', { class: 'error', role: 'alert', 'data-testid': 'error' }, `${words.broken} ${message}`));
    this.#tell('unimed-lesson-error', { message });
    if (!(error instanceof LessonError)) console.error(error);
  }

  #tell<Name extends keyof LessonEvents>(name: Name, detail: LessonEvents[Name]): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}

/** A block on the page; nothing where all of it is an image. */
async function draw(context: Context, block: Block): Promise<Exercise | undefined> {
  const still = (element: HTMLElement): Exercise => ({ element, done: Promise.resolve() });
  switch (block.kind) {
    case 'paragraph':
      return still(make('p', {}, ...text(block.runs)));
    case 'heading':
      return still(make('h3', {}, ...text(block.runs)));
    case 'list':
      return still(make(block.ordered ? 'ol' : 'ul', {}, ...block.items.map((item) => make('li', {}, ...text(item)))));
    case 'case':
      await showCase(context, block);
      return undefined;
    case 'picture':
      await showPicture(context, block);
      return undefined;
    case 'question':
      return question(context, block);
    case 'mark':
      return mark(context, block);
    case 'measure':
      return measure(context, block);
    case 'window':
      return windowing(context, block);
    case 'model':
      return still(askModel(context, block));
    case 'make': {
      const { element, made } = letMake(context, block);
      return { element, done: made };
    }
    case 'reveal':
      return still(reveal(context, block));
    case 'compare':
      return still(await compare(context, block));
  }
}

/** The text of a lesson's file, which must come from the site of the page. */
async function fetched(src: string): Promise<string> {
  const url = new URL(src, document.baseURI);
  if (url.origin !== location.origin) {
    throw new LessonError(`The lesson lies on another site (${url.origin}). Put its file onto this one.`);
  }
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) {
    const why = response ? `the host answers ${response.status}` : 'the network is not there';
    throw new LessonError(`The file ${url.pathname} cannot be fetched: ${why}. Check its address, or try again.`);
  }
  return response.text();
}

function total({ steps }: Lesson): number {
  return steps.flatMap(({ contents }) => contents).filter(({ kind }) => SCORED.includes(kind)).length;
}

function goals({ goals, minutes }: Lesson, words: Words): Node[] {
  return [
    make('p', { class: 'meta' }, words.minutes(minutes)),
    make('p', {}, words.goals),
    make('ul', {}, ...goals.map((goal) => make('li', {}, goal))),
  ];
}

// A page may load this file by two addresses.
if (!customElements.get('unimed-lesson')) customElements.define('unimed-lesson', UniMedLesson);

declare global {
  interface HTMLElementTagNameMap {
    'unimed-lesson': UniMedLesson;
  }
}
