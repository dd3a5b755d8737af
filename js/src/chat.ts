/**
 * Defines `<unimed-chat model="model/manifest.json" image="chest.png" locale="en" theme="dark">`: a conversation about an image in
 * any page.
 *
 * @module unimed/chat
 */

import { chatStyle } from './chat-style.js';
import { wordsOf, type Words } from './chat-words.js';
import { UniMedError } from './errors.js';
import type { ImageInput } from './images.js';
import { load, unlessAborted } from './load.js';
import type { Answer, MadeImage, Model } from './model.js';

/** Events of {@link UniMedChat}, with what `detail` holds. They bubble. */
export interface ChatEvents {
  /** The model is loaded. */
  'unimed-ready': { model: Model };
  /** A question was answered, perhaps not to its end. */
  'unimed-answer': { question: string; answer: Answer };
  /** An image was made. */
  'unimed-image': { prompt: string; made: MadeImage };
  /** Something went wrong; the element shows it, too. */
  'unimed-error': { error: UniMedError };
}

/**
 * The element. Attributes: `model` is the address of a manifest, `image` that of the picture that questions are about,
 * `viewer` the id of a `<unimed-viewer>` whose shown image they are about, `locale` a language (`en`, `zh`), `theme` `light` or `dark` (without it as the system is set).
 *
 * Parts for `::part()`: `log`, `question`, `answer`, `made`, `error`, `status`, `form`, `prompt`, `ask`, `make`, `stop`, `caution`.
 */
export class UniMedChat extends HTMLElement {
  /** @internal */
  static readonly observedAttributes = ['model', 'image', 'locale'];

  /** What questions are about, in place of what the attributes `image` and `viewer` name. */
  image: ImageInput | null = null;

  readonly #log = element('div', 'log', { role: 'log' });
  readonly #status = element('p', 'status', { role: 'status' });
  readonly #prompt = element('input', 'prompt', { autocomplete: 'off' });
  readonly #ask = element('button', 'ask', { type: 'submit' });
  readonly #make = element('button', 'make', { type: 'button' });
  readonly #stop = element('button', 'stop', { type: 'button', hidden: '' });
  readonly #caution = element('p', 'caution', {});
  #words: Words = wordsOf('en');
  #model: Promise<Model> | undefined;
  #running: AbortController | undefined;
  #loading: AbortController | undefined;

  /** @internal */
  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [chatStyle()];
    const form = element('form', 'form', {});
    form.append(this.#prompt, this.#ask, this.#make, this.#stop);
    root.append(this.#log, this.#status, form, this.#caution);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#run((model, words, signal) => this.#answer(model, words, signal));
    });
    this.#make.addEventListener('click', () => void this.#run((model, words, signal) => this.#paint(model, words, signal)));
    this.#stop.addEventListener('click', () => this.#running?.abort());
  }

  /** @internal */
  connectedCallback(): void {
    this.#say();
    this.#load();
  }

  /** @internal */
  disconnectedCallback(): void {
    // An element that is only moved is connected again by now.
    queueMicrotask(() => {
      if (!this.isConnected) this.#unload();
    });
  }

  /** @internal */
  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (!this.isConnected || before === now) return;
    if (name === 'locale') this.#say();
    if (name === 'image') this.image = null;
    if (name === 'model') {
      this.#unload();
      this.#load();
    }
  }

  /** Says everything in the element's language. */
  #say(): void {
    const locale = this.getAttribute('locale') ?? (this.closest<HTMLElement>('[lang]')?.lang || 'en');
    const words = wordsOf(locale);
    this.#words = words;
    this.#log.setAttribute('aria-label', words.conversation);
    this.#prompt.placeholder = words.prompt;
    this.#prompt.setAttribute('aria-label', words.prompt);
    this.#ask.textContent = words.ask;
    this.#make.textContent = words.make;
    this.#stop.textContent = words.stop;
    this.#caution.textContent = words.caution;
  }

  #load(): void {
    const address = this.getAttribute('model');
    if (this.#model || !address) return;
    const loading = new AbortController();
    this.#loading = loading;
    this.#model = load(address, {
      signal: loading.signal,
      onProgress: ({ progress }) => (this.#status.textContent = this.#words.loading(Math.floor(100 * progress))),
    });
    this.#model.then(
      (model) => {
        if (loading.signal.aborted) return;
        this.#status.textContent = this.#words.ready;
        this.#tell('unimed-ready', { model });
      },
      (error) => {
        if (!loading.signal.aborted) this.#fail(error);
      },
    );
  }

  #unload(): void {
    this.#running?.abort();
    this.#loading?.abort();
    this.#model?.then((model) => model.dispose(), () => {});
    this.#model = undefined;
  }

  /** Runs what was typed, one after the other; a new one waits until the model is there. */
  async #run(work: (model: Model, words: string, signal: AbortSignal) => Promise<void>): Promise<void> {
    const words = this.#prompt.value.trim();
    if (!words || !this.#model || this.#running) return;
    this.#prompt.value = '';
    this.#running = new AbortController();
    const { signal } = this.#running;
    this.#busy(true);
    this.#add('question', words);
    try {
      await work(await unlessAborted(this.#model, signal), words, signal);
    } catch (error) {
      if (signal.aborted) this.#add('answer', this.#words.stopped);
      else this.#fail(error);
    }
    this.#running = undefined;
    this.#busy(false);
  }

  async #answer(model: Model, question: string, signal: AbortSignal): Promise<void> {
    const line = this.#add('answer', '');
    const job = model.ask(await this.#shown(), question, { signal });
    for await (const { text } of job) line.append(text);
    this.#tell('unimed-answer', { question, answer: await job.finished });
  }

  async #paint(model: Model, prompt: string, signal: AbortSignal): Promise<void> {
    const figure = this.#log.appendChild(element('figure', 'made', {}));
    const canvas = figure.appendChild(document.createElement('canvas'));
    // Whoever sees an image must see that it is none of a patient.
    figure.append(this.#words.generated);
    canvas.setAttribute('aria-label', `${this.#words.generated}: ${prompt}`);
    canvas.setAttribute('role', 'img');
    const job = model.make({ prompt }, { signal });
    for await (const { step, steps, preview } of job) {
      this.#status.textContent = this.#words.step(step, steps);
      if (preview) draw(canvas, preview);
    }
    const made = await job.finished;
    draw(canvas, made.image);
    this.#status.textContent = this.#words.ready;
    this.#tell('unimed-image', { prompt, made });
  }

  /** The image that questions are about, if there is one. */
  async #shown(): Promise<ImageInput | null> {
    const address = this.getAttribute('image');
    if (this.image) return this.image;
    const viewer = this.getAttribute('viewer');
    if (viewer) return this.#shownBy(viewer);
    if (!address) return null;
    const response = await fetch(new URL(address, document.baseURI)).catch(() => undefined);
    if (!response?.ok) {
      throw new UniMedError(
        'image-unreadable',
        `The image ${address} cannot be fetched.`,
        "Check the attribute image, and that the page's connect-src allows the address.",
        'choose-file',
      );
    }
    this.image = await response.blob();
    return this.image;
  }

  /** What a viewer shows at this moment; nothing while it shows nothing. */
  #shownBy(id: string): ImageInput | null {
    const viewer = (this.getRootNode() as Document | ShadowRoot).getElementById(id) as { image?: () => ImageData | null } | null;
    if (typeof viewer?.image === 'function') return viewer.image();
    throw new UniMedError(
      'image-unreadable',
      `There is no <unimed-viewer> with the id ${id}.`,
      "Check the attribute viewer, and that unimed/viewer.js is loaded.",
      'none',
    );
  }

  #add(part: 'question' | 'answer' | 'error', text: string): HTMLElement {
    const line = element('p', part, {});
    line.textContent = text;
    this.#log.append(line);
    line.scrollIntoView({ block: 'nearest' });
    return line;
  }

  #busy(busy: boolean): void {
    this.#ask.disabled = busy;
    this.#make.disabled = busy;
    this.#stop.hidden = !busy;
  }

  #fail(error: unknown): void {
    if (!(error instanceof UniMedError)) throw error;
    this.#add('error', error.message);
    this.#tell('unimed-error', { error });
  }

  #tell<Name extends keyof ChatEvents>(name: Name, detail: ChatEvents[Name]): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}

function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  part: string,
  attributes: Record<string, string>,
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries({ part, ...attributes })) made.setAttribute(name, value);
  return made;
}

function draw(canvas: HTMLCanvasElement, image: ImageData): void {
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}

// A page may load this file by two addresses.
if (!customElements.get('unimed-chat')) customElements.define('unimed-chat', UniMedChat);

declare global {
  interface HTMLElementTagNameMap {
    'unimed-chat': UniMedChat;
  }
}
