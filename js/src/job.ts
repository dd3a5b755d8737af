/** A question or an image under way: what comes of it bit by bit, and what has come of it in the end. */
export interface Job<Item, Result> extends AsyncIterable<Item> {
  /** Settles when the job has ended, whether or not anyone iterates. */
  readonly finished: Promise<Result>;
}

/** The sending end of a {@link Job}. */
export class JobSource<Item, Result> {
  readonly job: Job<Item, Result>;
  #controller!: ReadableStreamDefaultController<Item>;
  #resolve!: (result: Result) => void;
  #reject!: (reason: unknown) => void;
  #open = true;

  /** `onCancel` is called when whoever iterates leaves the loop. */
  constructor(onCancel: () => void) {
    const stream = new ReadableStream<Item>({
      start: (controller) => void (this.#controller = controller),
      cancel: onCancel,
    });
    const finished = new Promise<Result>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever iterates hears of a failure there.
    finished.catch(() => {});
    this.job = { finished, [Symbol.asyncIterator]: () => items(stream) };
  }

  push(item: Item): void {
    if (this.#open) this.#try(() => this.#controller.enqueue(item));
  }

  end(result: Result): void {
    this.#close(() => this.#controller.close());
    this.#resolve(result);
  }

  fail(reason: unknown): void {
    this.#close(() => this.#controller.error(reason));
    this.#reject(reason);
  }

  #close(close: () => void): void {
    if (this.#open) this.#try(close);
    this.#open = false;
  }

  /** A stream that its reader has left takes nothing more. */
  #try(change: () => void): void {
    try {
      change();
    } catch {
      this.#open = false;
    }
  }
}

/** What a stream brings; not every browser iterates streams by itself. */
async function* items<Item>(stream: ReadableStream<Item>): AsyncGenerator<Item, void, undefined> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
