// An image on the page: drawn through a window, with an overlay, a mark or a line over it; a place on it is chosen by pointer
// or by keys.

import { make } from './dom.js';
import type { Words } from './words.js';

/** A place in pixels of the image. */
export interface Place {
  x: number;
  y: number;
}

/** Pixels that an arrow key moves the cross by, alone and with Shift. */
const STRIDE = { slow: 1, fast: 8 };

/** How strongly an overlay covers the image, of 255. */
const OVERLAY = 120;

/** An image with its caption. */
export class Pane {
  /** What goes into the page. */
  readonly element: HTMLElement;
  /** The image as it is. */
  readonly image: ImageData;
  readonly #canvas: HTMLCanvasElement;
  readonly #frame: HTMLElement;
  readonly #said: HTMLElement;
  readonly #caption: HTMLElement;
  readonly #words: Words;
  #window = { width: 255, level: 128 };
  #overlay: Uint8Array | undefined;
  #cross: Place | undefined;
  #line: Place[] = [];
  #end: (() => void) | undefined;

  constructor(image: ImageData, alt: string, caption: string, words: Words, tag = '') {
    this.image = image;
    this.#words = words;
    this.#canvas = make('canvas', { width: String(image.width), height: String(image.height), role: 'img', 'aria-label': alt });
    this.#frame = make('div', { class: 'frame' }, this.#canvas);
    if (tag) this.#frame.append(make('span', { class: 'tag' }, tag));
    this.#said = make('p', { class: 'unseen', role: 'status' });
    this.#caption = make('figcaption', {}, caption);
    this.element = make('figure', { class: 'pane' }, this.#frame, this.#caption, this.#said);
    this.#draw();
  }

  /** Says something else under the image. */
  setCaption(text: string): void {
    this.#caption.textContent = text;
  }

  /** Sets the window, in grey values of 0 to 255. */
  setWindow(width: number, level: number): void {
    this.#window = { width, level };
    this.#draw();
  }

  /** Shows or hides an overlay. */
  setOverlay(mask: Uint8Array | undefined): void {
    this.#overlay = mask;
    this.#draw();
  }

  /** Shows a line between places, or none. */
  setLine(places: Place[]): void {
    this.#line = places;
    this.#draw();
  }

  /** Lets the person choose a place; ends when they did. */
  choose(label: string): Promise<Place> {
    this.#end?.();
    const frame = this.#frame;
    // Keys belong to the cross here, as they do on a map.
    for (const [name, value] of [['tabindex', '0'], ['role', 'application'], ['aria-label', label]] as const) {
      frame.setAttribute(name, value);
    }
    frame.classList.add('choosing');
    return new Promise((resolve) => {
      const stop = new AbortController();
      const { signal } = stop;
      const chosen = (place: Place) => {
        this.#end?.();
        resolve(place);
      };
      this.#end = () => {
        stop.abort();
        this.#end = undefined;
        for (const name of ['tabindex', 'role', 'aria-label']) frame.removeAttribute(name);
        frame.classList.remove('choosing');
        this.#cross = undefined;
        this.#draw();
      };
      frame.addEventListener('click', (event) => chosen(this.#placeOf(event)), { signal });
      frame.addEventListener('keydown', (event) => this.#key(event, chosen), { signal });
      frame.addEventListener('blur', () => this.#moveTo(undefined), { signal });
    });
  }

  /** Ends {@link choose} where the person gave up. */
  release(): void {
    this.#end?.();
  }

  /** Moves the keys' focus onto the image, where a place can be chosen. */
  focus(): void {
    if (this.#end) this.#frame.focus();
  }

  #placeOf({ clientX, clientY }: MouseEvent): Place {
    const box = this.#canvas.getBoundingClientRect();
    const { width, height } = this.image;
    return {
      x: Math.floor(((clientX - box.left) / box.width) * width),
      y: Math.floor(((clientY - box.top) / box.height) * height),
    };
  }

  #key(event: KeyboardEvent, chosen: (place: Place) => void): void {
    const { width, height } = this.image;
    const at = this.#cross ?? { x: Math.floor(width / 2), y: Math.floor(height / 2) };
    const stride = event.shiftKey ? STRIDE.fast : STRIDE.slow;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-stride, 0],
      ArrowRight: [stride, 0],
      ArrowUp: [0, -stride],
      ArrowDown: [0, stride],
    };
    const move = moves[event.key];
    if (move) {
      const within = (value: number, size: number) => Math.min(size - 1, Math.max(0, value));
      this.#moveTo({ x: within(at.x + move[0], width), y: within(at.y + move[1], height) });
    } else if (event.key === 'Enter' || event.key === ' ') chosen(at);
    else return;
    event.preventDefault();
  }

  #moveTo(place: Place | undefined): void {
    this.#cross = place;
    if (place) {
      const percent = (value: number, size: number) => Math.round((100 * value) / (size - 1));
      this.#said.textContent = this.#words.cross(percent(place.x, this.image.width), percent(place.y, this.image.height));
    }
    this.#draw();
  }

  #draw(): void {
    const { width, height, data } = this.image;
    const shown = new ImageData(width, height);
    const { width: span, level } = this.#window;
    const low = level - span / 2;
    for (let i = 0; i < data.length; i += 4) {
      for (let c = i; c < i + 3; c += 1) shown.data[c] = ((data[c]! - low) * 255) / span;
      shown.data[i + 3] = 255;
      if (this.#overlay?.[i / 4]) {
        // A colour that no grey or red image has, in both looks.
        for (const [c, value] of [0, 220, 255].entries()) {
          shown.data[i + c] = (shown.data[i + c]! * (255 - OVERLAY) + value * OVERLAY) / 255;
        }
      }
    }
    const context = this.#canvas.getContext('2d')!;
    context.putImageData(shown, 0, 0);
    context.strokeStyle = '#ffd400';
    context.lineWidth = 1;
    context.beginPath();
    if (this.#cross) cross(context, this.#cross, width, height);
    const [first, second] = this.#line;
    if (first && second) {
      context.moveTo(first.x + 0.5, first.y + 0.5);
      context.lineTo(second.x + 0.5, second.y + 0.5);
    } else if (first) {
      context.rect(first.x - 1.5, first.y - 1.5, 4, 4);
    }
    context.stroke();
  }
}

function cross(context: CanvasRenderingContext2D, { x, y }: Place, width: number, height: number): void {
  context.moveTo(x + 0.5, 0);
  context.lineTo(x + 0.5, height);
  context.moveTo(0, y + 0.5);
  context.lineTo(width, y + 0.5);
}
