/**
 * Defines `<unimed-viewer src="slice.dcm" frame="1" preset="lung" locale="en" theme="dark">`: images in any page, DICOM and NIfTI
 * among them.
 *
 * @module unimed/viewer
 */

import { readFiles, type Series } from './decoder.js';
import { UniMedError } from './errors.js';
import { listen } from './gestures.js';
import type { Voi } from './protocol.js';
import { viewerStyle } from './viewer-style.js';
import { viewerWordsOf, type ViewerWords } from './viewer-words.js';
import { draw, firstVoi, presets, toWindow, type Window, windowOf } from './voi.js';

/** Events of {@link UniMedViewer}, with what `detail` holds. They bubble. */
export interface ViewerEvents {
  /** Files were read and are shown. */
  'unimed-load': { series: number; frames: number; notes: string[] };
  /** Something could not be read; the element shows it, too. */
  'unimed-error': { error: UniMedError };
  /** Another image of the series is shown, counted from 1. */
  'unimed-frame-change': { frame: number; frames: number };
  /** Another window is in use, in the file's unit. */
  'unimed-window-change': { center: number; width: number };
}

/**
 * The element. Attributes: `src` is the address of a file, or several with spaces between them (DICOM, NIfTI, PNG, JPEG, TIFF, a ZIP
 * archive and whatever else the UniMed page reads); `frame` the image of the series that is shown, from 1; `window-center` and
 * `window-width` a window in the file's unit; `preset` the name of a window; `locale` a language (`en`, `zh`); `theme` `light` or
 * `dark` (without it as the system is set).
 *
 * Parts for `::part()`: `stage`, `image`, `info`, `controls`, `slider`, `preset`, `series`, `reset`, `notes`, `error`.
 */
export class UniMedViewer extends HTMLElement {
  /** @internal */
  static readonly observedAttributes = ['src', 'frame', 'window-center', 'window-width', 'preset', 'locale'];

  readonly #stage = element('div', 'stage', { tabindex: '0', role: 'application' });
  readonly #canvas = element('canvas', 'image', { role: 'img' });
  readonly #help = element('p', '', { id: 'help', class: 'unseen' });
  readonly #info = element('p', 'info', { role: 'status' });
  readonly #controls = element('div', 'controls', { hidden: '' });
  readonly #slider = element('input', 'slider', { type: 'range', min: '1', step: '1' });
  readonly #preset = element('select', 'preset', {});
  readonly #presetName = document.createElement('label');
  readonly #which = element('select', 'series', {});
  readonly #whichName = document.createElement('label');
  readonly #reset = element('button', 'reset', { type: 'button' });
  readonly #notes = element('details', 'notes', { hidden: '' });
  readonly #error = element('p', 'error', { role: 'alert', hidden: '' });
  #words: ViewerWords = viewerWordsOf('en');
  #files: readonly File[] = [];
  #reading: AbortController | undefined;
  #living: AbortController | undefined;
  #all: Series[] = [];
  #series: Series | undefined;
  #frame = 0;
  /** The person's or the page's window; without one each frame has its own. */
  #voi: Voi | undefined;
  #invert = false;
  #camera = { zoom: 1, x: 0, y: 0 };
  #drawing = 0;

  /** @internal */
  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [viewerStyle()];
    this.#stage.setAttribute('aria-describedby', 'help');
    this.#stage.append(this.#canvas);
    const [presetWord, whichWord] = [document.createElement('span'), document.createElement('span')];
    this.#presetName.append(presetWord, this.#preset);
    this.#whichName.append(whichWord, this.#which);
    this.#controls.append(this.#slider, this.#whichName, this.#presetName, this.#reset);
    root.append(this.#stage, this.#help, this.#info, this.#controls, this.#notes, this.#error);
    this.#stage.addEventListener('keydown', (event) => this.#key(event));
    this.#stage.addEventListener('dblclick', () => this.#look({ zoom: 1, x: 0, y: 0 }));
    this.#slider.addEventListener('input', () => (this.frame = Number(this.#slider.value)));
    this.#preset.addEventListener('change', () => this.#choose(this.#preset.selectedIndex - 1));
    this.#which.addEventListener('change', () => this.#show(this.#all[this.#which.selectedIndex]));
    this.#reset.addEventListener('click', () => this.reset());
  }

  /** @internal */
  connectedCallback(): void {
    this.#say();
    this.#living?.abort();
    this.#living = new AbortController();
    const { signal } = this.#living;
    listen(
      this.#stage,
      {
        window: (right, down) => this.#drag(right, down),
        pan: (right, down) => this.#look({ ...this.#camera, x: this.#camera.x + right, y: this.#camera.y + down }),
        zoom: (factor, at) => this.#zoom(factor, at),
        step: (images) => (this.frame += images),
      },
      signal,
    );
    const resized = new ResizeObserver(() => this.#place());
    resized.observe(this.#stage);
    signal.addEventListener('abort', () => resized.disconnect());
    if (!this.#series && !this.#reading) void this.#open();
  }

  /** @internal */
  disconnectedCallback(): void {
    // An element that is only moved is connected again by now.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#living?.abort();
      this.#release();
    });
  }

  /** @internal */
  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (!this.isConnected || before === now) return;
    if (name === 'src') {
      this.#files = [];
      void this.#open();
    } else if (name === 'locale') {
      this.#say();
    } else if (name === 'frame') this.frame = Number(now);
    else this.#setWindow(this.#voiOfAttributes());
  }

  /** The files that are shown, in place of what the attribute `src` names; set it to show others. */
  get files(): readonly File[] {
    return this.#files;
  }

  set files(files: readonly File[] | FileList) {
    this.#files = [...files];
    if (this.isConnected) void this.#open();
  }

  /** Which image of the series is shown, from 1; a number beyond its end shows the last one. */
  get frame(): number {
    return this.#frame + 1;
  }

  set frame(frame: number) {
    const last = this.frames - 1;
    const next = Math.max(0, Math.min(last, Math.round(frame) - 1 || 0));
    if (next === this.#frame || last < 0) return;
    this.#frame = next;
    this.#changed();
    this.#tell('unimed-frame-change', { frame: this.frame, frames: this.frames });
  }

  /** How many images the series has; 0 while nothing is shown. */
  get frames(): number {
    return this.#series ? this.#series.frames.length || 1 : 0;
  }

  /** The window in use, in the file's unit. */
  get window(): Window | null {
    return this.#series ? toWindow(this.#shownVoi(this.#series)) : null;
  }

  set window(window: Window) {
    this.#setWindow(windowOf(window));
  }

  /** What is known of the image and should be known by whoever looks at it: English sentences. */
  get notes(): readonly string[] {
    return this.#series?.info.notes ?? [];
  }

  /** The pixels that are shown, through their window, neither zoomed nor moved: what a model is asked about. */
  image(): ImageData | null {
    const series = this.#series;
    if (!series) return null;
    const stored = series.frames[this.#frame];
    const identity = !this.#voi && !this.#invert;
    if (!stored && identity) return series.shown;
    if (stored) return draw(series.info, this.#frame, stored, this.#shownVoi(series), this.#invert);
    // A picture comes without stored numbers: its own colours are these.
    const { data } = series.shown;
    const colours = new Uint8Array((data.length / 4) * 3);
    for (let from = 0, to = 0; from < data.length; from += 4, to += 3) colours.set(data.subarray(from, from + 3), to);
    return draw({ ...series.info, kind: 'Rgb8' }, this.#frame, colours.buffer, this.#shownVoi(series), this.#invert);
  }

  /** Shows the image as the file says: its own window, fitted. */
  reset(): void {
    this.#invert = false;
    this.#camera = { zoom: 1, x: 0, y: 0 };
    this.#setWindow(this.#voiOfAttributes());
  }

  /** Reads what is to be shown. */
  async #open(): Promise<void> {
    this.#release();
    const addresses = (this.getAttribute('src') ?? '').split(/\s+/).filter(Boolean);
    if (!this.#files.length && !addresses.length) {
      this.#say();
      return;
    }
    const reading = new AbortController();
    this.#reading = reading;
    this.#info.textContent = this.#words.reading;
    try {
      const files = this.#files.length ? this.#files : await Promise.all(addresses.map((address) => fetched(address, reading.signal)));
      const { series, problems } = await readFiles(files, reading.signal);
      if (reading.signal.aborted) return;
      this.#reading = undefined;
      this.#all = series;
      this.#which.replaceChildren(...series.map(({ info }, place) => new Option(info.name || String(place + 1))));
      this.#whichName.hidden = series.length < 2;
      for (const problem of problems) this.#fail(problem);
      this.#show(series[0]);
      if (series.length) this.#tell('unimed-load', { series: series.length, frames: this.frames, notes: [...this.notes] });
    } catch (error) {
      if (reading.signal.aborted) return;
      this.#reading = undefined;
      if (!(error instanceof UniMedError)) throw error;
      this.#say();
      this.#fail(error);
    }
  }

  /** Lets go of everything: the worker, if it still reads, and the pixels. */
  #release(): void {
    this.#reading?.abort();
    this.#reading = undefined;
    cancelAnimationFrame(this.#drawing);
    this.#drawing = 0;
    this.#all = [];
    this.#canvas.width = this.#canvas.height = 0;
    this.#error.hidden = true;
    this.#error.textContent = '';
    this.#which.replaceChildren();
    this.#show(undefined);
  }

  #show(series: Series | undefined): void {
    this.#series = series;
    this.#invert = false;
    this.#camera = { zoom: 1, x: 0, y: 0 };
    this.#frame = 0;
    const { frames } = this;
    const wanted = Number(this.getAttribute('frame'));
    // A volume is known by its middle, a film by its beginning.
    if (series && frames > 1) this.#frame = wanted ? Math.max(0, Math.min(frames, wanted) - 1) : series.info.slices > 1 ? Math.floor(series.info.slices / 2) : 0;
    this.#voi = this.#voiOfAttributes();
    const notes = [...new Set(this.notes)];
    this.#notes.hidden = notes.length === 0;
    const [summary, list] = [document.createElement('summary'), document.createElement('ul')];
    summary.textContent = this.#words.notes(notes.length);
    for (const note of notes) list.appendChild(document.createElement('li')).textContent = note;
    this.#notes.replaceChildren(summary, list);
    this.#controls.hidden = !series;
    this.#slider.hidden = frames < 2;
    this.#slider.max = String(Math.max(1, frames));
    this.#changed();
  }

  /** The window that the attributes ask for, if they do. */
  #voiOfAttributes(): Voi | undefined {
    const series = this.#series;
    if (!series) return undefined;
    const name = this.getAttribute('preset');
    const preset = name && presets(series.info, this.#frame).find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (preset) return preset.voi;
    const [center, width] = ['window-center', 'window-width'].map((attribute) => Number.parseFloat(this.getAttribute(attribute) ?? ''));
    return Number.isFinite(center) && width! > 0 ? windowOf({ center: center!, width: width! }) : undefined;
  }

  #shownVoi({ info }: Series): Voi {
    return this.#voi ?? firstVoi(info, this.#frame);
  }

  #setWindow(voi: Voi | undefined): void {
    this.#voi = voi;
    this.#changed();
    const { window } = this;
    if (window) this.#tell('unimed-window-change', window);
  }

  /** Sets the window of a preset; that of the file where there is none. */
  #choose(place: number): void {
    if (this.#series) this.#setWindow(presets(this.#series.info, this.#frame)[place]?.voi);
  }

  #drag(right: number, down: number): void {
    const { window } = this;
    const series = this.#series;
    if (!window || !series) return;
    const [low, high] = series.info.kind === 'Rgb8' ? [0, 255] : series.info.range;
    // The whole range over 512 pixels; where that is unknown, the window's own width.
    const span = (high ?? 0) - (low ?? 0) || window.width || 1;
    const pace = Math.min(span, 4 * window.width + 1) / 512;
    const width = Math.max(span / 65_536, window.width + right * pace);
    this.#setWindow(windowOf({ center: window.center + down * pace, width }));
  }

  #zoom(factor: number, at: { x: number; y: number }): void {
    const box = this.#stage.getBoundingClientRect();
    const zoom = Math.max(0.2, Math.min(40, this.#camera.zoom * factor));
    const grown = zoom / this.#camera.zoom;
    const [x, y] = [at.x - box.left - box.width / 2, at.y - box.top - box.height / 2];
    this.#look({ zoom, x: x + (this.#camera.x - x) * grown, y: y + (this.#camera.y - y) * grown });
  }

  #look(camera: { zoom: number; x: number; y: number }): void {
    this.#camera = camera;
    this.#place();
  }

  #key(event: KeyboardEvent): void {
    if (!this.#series || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = this.#stage.getBoundingClientRect();
    const middle = { x: box.left + box.width / 2, y: box.top + box.height / 2 };
    const keys: Record<string, () => void> = {
      ArrowUp: () => (this.frame -= 1),
      ArrowLeft: () => (this.frame -= 1),
      ArrowDown: () => (this.frame += 1),
      ArrowRight: () => (this.frame += 1),
      PageUp: () => (this.frame -= 10),
      PageDown: () => (this.frame += 10),
      Home: () => (this.frame = 1),
      End: () => (this.frame = this.frames),
      '+': () => this.#zoom(1.25, middle),
      '-': () => this.#zoom(0.8, middle),
      '=': () => this.#look({ zoom: 1, x: 0, y: 0 }),
      '0': () => this.reset(),
      i: () => {
        this.#invert = !this.#invert;
        this.#changed();
      },
    };
    const act = keys[event.key] ?? (/^[1-5]$/.test(event.key) ? () => this.#choose(Number(event.key) - 1) : undefined);
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** Draws anew, once an animation frame at most, and says what is shown. */
  #changed(): void {
    this.#say();
    if (this.#series) this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      const image = this.image();
      if (!image) return;
      this.#canvas.width = image.width;
      this.#canvas.height = image.height;
      this.#canvas.getContext('2d')?.putImageData(image, 0, 0);
      this.#place();
    });
  }

  /** Puts the image into the stage: fitted, then as the camera says; pixels have the shape that the file gives them. */
  #place(): void {
    const series = this.#series;
    if (!series) return;
    const { width, height, frames } = series.info;
    const { spacing, pixel_aspect: aspect } = frames[this.#frame] ?? {};
    const tall = spacing ? spacing.row_mm / spacing.column_mm : aspect ? aspect[0] / aspect[1] : 1;
    const [across, down] = [width, height * (tall > 0 && Number.isFinite(tall) ? tall : 1)];
    const scale = Math.min(this.#stage.clientWidth / across, this.#stage.clientHeight / down);
    const { zoom, x, y } = this.#camera;
    this.#canvas.style.width = `${across * scale}px`;
    this.#canvas.style.height = `${down * scale}px`;
    this.#canvas.style.transform = `translate(-50%, -50%) translate(${x}px, ${y}px) scale(${zoom})`;
    this.#canvas.style.imageRendering = scale * zoom > 4 ? 'pixelated' : 'auto';
  }

  /** Says everything in the element's language. */
  #say(): void {
    const words = viewerWordsOf(this.getAttribute('locale') ?? (this.closest<HTMLElement>('[lang]')?.lang || 'en'));
    this.#words = words;
    this.#help.textContent = words.help;
    this.#slider.setAttribute('aria-label', words.slider);
    this.#presetName.firstElementChild!.textContent = words.preset;
    this.#whichName.firstElementChild!.textContent = words.series;
    this.#reset.textContent = words.reset;
    const series = this.#series;
    const name = series?.info.name || words.viewer;
    this.#stage.setAttribute('aria-label', `${words.viewer}: ${series ? name : words.empty}`);
    this.#canvas.setAttribute('aria-label', name);
    if (!series) {
      this.#info.textContent = this.#reading ? words.reading : words.empty;
      return;
    }
    const { center, width } = toWindow(this.#shownVoi(series));
    const parts = [words.window(short(center), short(width), series.info.unit)];
    if (this.frames > 1) parts.unshift(words.frame(this.frame, this.frames));
    this.#info.textContent = parts.join(' · ');
    this.#slider.value = String(this.frame);
    this.#slider.setAttribute('aria-valuetext', words.frame(this.frame, this.frames));
    const offered = presets(series.info, this.#frame);
    this.#preset.replaceChildren(new Option(words.ownWindow), ...offered.map(({ name }) => new Option(words.presets[name] ?? name, name)));
    const { window } = this;
    const chosen = this.#voi && offered.findIndex(({ voi }) => JSON.stringify(toWindow(voi)) === JSON.stringify(window));
    this.#preset.selectedIndex = (chosen ?? -1) + 1;
    const count = this.#notes.querySelectorAll('li').length;
    if (count) this.#notes.firstElementChild!.textContent = words.notes(count);
  }

  #fail(error: UniMedError): void {
    this.#error.hidden = false;
    this.#error.textContent = `${this.#error.textContent} ${error.message}`.trim();
    this.#tell('unimed-error', { error });
  }

  #tell<Name extends keyof ViewerEvents>(name: Name, detail: ViewerEvents[Name]): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}

/** What lies at an address, under the last part of its path. */
async function fetched(address: string, signal: AbortSignal): Promise<File> {
  const url = new URL(address, document.baseURI);
  let found = 'no answer, or one that another origin does not allow this page to read';
  try {
    const response = await fetch(url, { signal });
    if (response.ok) return new File([await response.blob()], decodeURIComponent(url.pathname.split('/').at(-1) || url.host));
    found = `the answer ${response.status}`;
  } catch (error) {
    if (signal.aborted) throw error;
  }
  throw new UniMedError(
    'image-unreadable',
    `The image ${address} cannot be fetched: found ${found}.`,
    "Check the attribute src, that the page's connect-src allows the address, and that another host sends Access-Control-Allow-Origin.",
    'choose-file',
  );
}

/** A number in four digits. */
function short(value: number): string {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
}

function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  part: string,
  attributes: Record<string, string>,
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (part) made.setAttribute('part', part);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// A page may load this file by two addresses.
if (!customElements.get('unimed-viewer')) customElements.define('unimed-viewer', UniMedViewer);

declare global {
  interface HTMLElementTagNameMap {
    'unimed-viewer': UniMedViewer;
  }
}
