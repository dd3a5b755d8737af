// A button that starts something, becomes Stop while it runs, and a line that says how far it is.

import { button, make } from '../lessons/dom.js';
import type { Words } from './words.js';

/** What work is given. */
export interface Running {
  signal: AbortSignal;
  say(text: string, share?: number): void;
}

/** The button with its line. `leave` ends it; while one works, the others wait, because they would share the device. */
export function runner(label: string, words: Words, testId: string, leave: AbortSignal, work: (running: Running) => Promise<void>): HTMLElement {
  const status = make('p', { role: 'status', class: 'meta', 'data-testid': `${testId}-status` });
  const bar = make('progress', { max: '1', 'aria-label': label });
  bar.hidden = true;
  let running: AbortController | undefined;
  const start = button(label, () => void (running ? running.abort() : run()), { class: 'primary', 'data-testid': testId, 'data-start': true });
  const others = (wait: boolean) => {
    for (const other of document.querySelectorAll<HTMLButtonElement>('[data-start]')) if (other !== start) other.disabled = wait;
  };
  const run = async () => {
    const own = new AbortController();
    running = own;
    others(true);
    start.textContent = words.stop;
    status.className = 'meta';
    bar.hidden = false;
    bar.removeAttribute('value');
    const say = (text: string, share?: number) => {
      status.textContent = text;
      if (share === undefined) bar.removeAttribute('value');
      else bar.value = share;
    };
    try {
      await work({ signal: AbortSignal.any([own.signal, leave]), say });
      status.textContent = '';
    } catch (error) {
      status.textContent = own.signal.aborted ? words.stopped : error instanceof Error ? error.message : String(error);
      if (!own.signal.aborted) status.className = 'error';
    }
    running = undefined;
    if (!leave.aborted) others(false);
    bar.hidden = true;
    start.textContent = label;
  };
  return make('div', { class: 'screen' }, make('div', { class: 'row' }, start), bar, status);
}
