import { UniMedError } from './errors.js';
import type { FromWorker } from './protocol.js';

/** What is to be heard of a worker. */
export interface Hear<Event> {
  /** An event, with what lies beside its text. */
  event(event: Event, beside: unknown[]): void;
  /** The worker cannot be loaded, or died; `detail` may be empty. */
  failed(detail: string): void;
}

/** A worker that was started, and the one way to speak with it; requests that come before it listens wait. */
export class WorkerHandle<Request, Event> {
  readonly #worker: Worker;
  /** The worker's, and that of the lock that it holds while it lives; locks are shared by all pages of an origin. */
  readonly #name: string;
  #waiting: [unknown[], Transferable[]][] | undefined = [];
  #ended = false;

  /** What the worker has to know before it can be spoken with, a `wish`, stands behind a `#` in its name. */
  constructor(start: (name: string) => Worker, hear: Hear<Event>, wish = '') {
    this.#name = `unimed-${Math.random()}${wish && `#${wish}`}`;
    this.#worker = started(() => start(this.#name));
    this.#worker.onmessage = ({ data }: MessageEvent<[string, ...unknown[]]>) => {
      const [text, ...beside] = data;
      const said = JSON.parse(text) as FromWorker<Event>;
      if (said === 'ready') {
        this.#postWaiting();
        this.#watch(hear);
      } else if ('failed' in said) hear.failed(said.failed.detail);
      else if ('event' in said) hear.event(said.event, beside);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      // A program that cannot be loaded brings an event without a message.
      hear.failed(event.message ?? '');
    };
  }

  /** Posts a request with what goes beside its text; the transferred buffers are handed over. */
  post(request: Request, beside: unknown[] = [], transfer: Transferable[] = []): void {
    const message = [JSON.stringify(request), ...beside];
    if (this.#waiting) this.#waiting.push([message, transfer]);
    else this.#worker.postMessage(message, transfer);
  }

  /** Ends the worker; nothing more is heard of it. */
  terminate(): void {
    this.#ended = true;
    this.#worker.onmessage = null;
    this.#worker.onerror = null;
    this.#worker.terminate();
  }

  /** Hears of an end without a word, by the lock that is free then; where there are no locks, messages must do. */
  #watch(hear: Hear<Event>): void {
    const free = () => {
      if (!this.#ended) hear.failed('it is gone');
    };
    // A page that goes away is refused its request.
    navigator.locks?.request(this.#name, free).catch(() => {});
  }

  #postWaiting(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const [message, transfer] of waiting) this.#worker.postMessage(message, transfer);
  }
}

function started(start: () => Worker): Worker {
  try {
    return start();
  } catch (cause) {
    throw new UniMedError(
      'unsupported',
      'This browser lets the page start no worker, so the model cannot run.',
      "Serve the package's folder from the page's own origin, and use a current version of Chrome, Edge, Firefox or Safari.",
      'none',
      { cause },
    );
  }
}
