// Elements without markup: the page's policy lets no text become HTML, and none is needed.

import type { Run } from './types.js';

type Attributes = Record<string, string | boolean>;

/** An element with attributes and what is in it. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...inside: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string') made.setAttribute(name, value);
    else if (value) made.setAttribute(name, '');
  }
  made.append(...inside);
  return made;
}

/** A button that does something. */
export function button(text: string, press: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = make('button', { type: 'button', ...attributes }, text);
  made.addEventListener('click', press);
  return made;
}

/** Words of a lesson. */
export function words(runs: Run[]): Node[] {
  return runs.map(({ text, strong, emphasis, code }) => {
    let node: Node = document.createTextNode(text);
    if (code) node = make('code', {}, node);
    if (emphasis) node = make('em', {}, node);
    if (strong) node = make('strong', {}, node);
    return node;
  });
}
