// What the frame shows of what the page has it do: the visitor sees what is asked in their name, and that what was made is made.

import type { Step, MadeImage } from '../src/model.js';
import type { Words } from './words.js';

/** The conversation, the line under it, and the caution. */
export class Log {
  readonly #log = document.querySelector('#log')!;
  readonly #status = document.querySelector('#status')!;
  readonly #words: Words;

  constructor(words: Words) {
    this.#words = words;
    this.#log.setAttribute('aria-label', words.conversation);
    document.querySelector('#caution')!.textContent = words.caution;
  }

  /** Says what is going on. */
  say(sentence: string): void {
    this.#status.textContent = sentence;
  }

  /** Adds a line, which may grow. */
  add(kind: 'question' | 'answer' | 'error', text: string): HTMLElement {
    const line = this.#log.appendChild(document.createElement('p'));
    line.className = kind;
    line.textContent = text;
    return line;
  }

  /** Adds an image under way; gives the function that shows how far it is. */
  image(prompt: string): (done: Step | MadeImage) => void {
    const figure = this.#log.appendChild(document.createElement('figure'));
    const canvas = figure.appendChild(document.createElement('canvas'));
    // Whoever sees an image must see that it is none of a patient.
    figure.appendChild(document.createElement('figcaption')).textContent = this.#words.generated;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `${this.#words.generated}: ${prompt}`);
    return (done) => {
      const image = 'image' in done ? done.image : done.preview;
      if (!image) return;
      canvas.width = image.width;
      canvas.height = image.height;
      canvas.getContext('2d')?.putImageData(image, 0, 0);
    };
  }
}
