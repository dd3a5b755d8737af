// Does what the page asks for: one model, and jobs that stream back.

import { UniMedError } from '../src/errors.js';
import { load, unlessAborted } from '../src/load.js';
import type { Model } from '../src/model.js';
import type { Log } from './log.js';
import { type Reply, type Request, type SentError, VERSION } from './protocol.js';
import type { Words } from './words.js';

/** The site's own model, by its address from the page. */
const DEFAULT_MODEL = 'model/manifest.json';

type Body = Reply extends infer R ? (R extends unknown ? Omit<R, 'unimed' | 'id'> : never) : never;

/** Requests under way, and the model that they share. */
export class Requests {
  readonly #running = new Map<number, AbortController>();
  readonly #send: (reply: Reply) => void;
  readonly #log: Log;
  readonly #words: Words;
  #model: { address: string; loaded: Promise<Model> } | undefined;

  constructor(send: (reply: Reply) => void, log: Log, words: Words) {
    this.#send = send;
    this.#log = log;
    this.#words = words;
  }

  /** Does what a message asks for; one that is none is answered with what is wrong with it. */
  async run(message: unknown): Promise<void> {
    const request = message as Request;
    const { id } = request;
    const reply = (body: Body) => this.#send({ unimed: VERSION, id, ...body } as Reply);
    const wrong = whatIsWrong(request) ?? (this.#running.has(id) ? `the id ${id} of a request that still runs` : undefined);
    if (wrong) {
      // What is no number cannot be answered by it.
      if (Number.isSafeInteger(id)) reply({ error: badMessage(wrong) });
      else this.#log.add('error', badMessage(wrong).what);
      return;
    }
    if ('abort' in request) {
      this.#running.get(request.abort.job)?.abort();
      return;
    }
    const running = new AbortController();
    this.#running.set(id, running);
    try {
      await this.#do(request, running.signal, reply);
    } catch (error) {
      if (running.signal.aborted) {
        this.#log.say(this.#words.stopped);
        reply({ aborted: {} });
      } else {
        const sent = sentError(error);
        this.#log.add('error', `${sent.what} ${sent.advice}`.trim());
        reply({ error: sent });
      }
    } finally {
      this.#running.delete(id);
    }
  }

  /** Ends everything, as when the frame goes. */
  dispose(): void {
    for (const running of this.#running.values()) running.abort();
    const model = this.#model?.loaded;
    this.#model = undefined;
    model?.then((model) => model.dispose(), () => {});
  }

  async #do(request: Exclude<Request, { abort: unknown }>, signal: AbortSignal, reply: (body: Body) => void): Promise<void> {
    if ('dispose' in request) {
      this.#running.delete(request.id);
      this.dispose();
      reply({ disposed: {} });
    } else if ('load' in request) {
      const model = await this.#load(signal, reply, request.load);
      reply({ loaded: { info: model.info, device: model.device() } });
    } else if ('ask' in request) {
      const { text, images, options } = request.ask;
      this.#log.add('question', text);
      const model = await this.#load(signal, reply);
      const line = this.#log.add('answer', '');
      const job = model.ask(images, text, { ...options, signal });
      for await (const token of job) {
        line.append(token.text);
        reply({ token });
      }
      reply({ answered: await job.finished });
    } else {
      const settings = request.make;
      this.#log.add('question', settings.prompt);
      const model = await this.#load(signal, reply);
      const show = this.#log.image(settings.prompt);
      const job = model.make(settings, { signal });
      for await (const step of job) {
        this.#log.say(this.#words.step(step.step, step.steps));
        show(step);
        reply({ step });
      }
      const made = await job.finished;
      show(made);
      this.#log.say(this.#words.ready(model.info.name));
      reply({ made });
    }
  }

  /** The model that was asked for last, or the site's own. */
  async #load(
    signal: AbortSignal,
    reply: (body: Body) => void,
    wanted?: Extract<Request, { load: unknown }>['load'],
  ): Promise<Model> {
    const address = wanted?.model ?? this.#model?.address ?? DEFAULT_MODEL;
    if (!this.#model || (wanted && (wanted.device || address !== this.#model.address))) {
      this.#model?.loaded.then((model) => model.dispose(), () => {});
      this.#log.say(this.#words.loading(0));
      const loaded = load(address, {
        ...(wanted?.device && { device: wanted.device }),
        // The model goes on loading where this request is aborted: others may wait for it.
        onProgress: (progress) => {
          this.#log.say(this.#words.loading(Math.floor(100 * progress.progress)));
          if (!signal.aborted) reply({ progress });
        },
      });
      const now = { address, loaded };
      this.#model = now;
      // A model that did not come is no model: the next request tries again.
      loaded.catch(() => {
        if (this.#model === now) this.#model = undefined;
      });
    }
    const model = await unlessAborted(this.#model.loaded, signal);
    this.#log.say(this.#words.ready(model.info.name));
    return model;
  }
}

const KINDS = ['load', 'ask', 'make', 'abort', 'dispose'] as const;

/** What is wrong with a message, in the words that follow "found"; nothing where it is a request. */
function whatIsWrong(request: Request): string | undefined {
  const { unimed, id } = request as { unimed: unknown; id: unknown };
  if (unimed !== VERSION) return `version ${String(unimed)} of the protocol`;
  if (!Number.isSafeInteger(id)) return 'no whole number as its id';
  const kinds = KINDS.filter((kind) => kind in request);
  const [kind] = kinds;
  if (!kind || kinds.length > 1) return kinds.length > 1 ? `${kinds.join(' and ')} in one message` : 'none of them';
  const body = (request as unknown as Record<string, unknown>)[kind];
  if (typeof body !== 'object' || body === null) return `${kind} without its settings`;
  const text = { load: undefined, ask: 'text', make: 'prompt', abort: undefined, dispose: undefined }[kind];
  if (text && typeof (body as Record<string, unknown>)[text] !== 'string') return `${kind} without ${text}`;
  if (kind === 'abort' && !Number.isSafeInteger((body as { job: unknown }).job)) return 'abort without the id of a request as job';
  return undefined;
}

function badMessage(found: string): SentError {
  return {
    code: 'bad-message',
    what: `The frame does not understand a message: expected version ${VERSION} with a whole number as id and one of ${KINDS.join(', ')}; found ${found}.`,
    advice: 'Send what docs/reference/embed.md of UniMed names.',
    remedy: 'none',
  };
}

function sentError(error: unknown): SentError {
  if (error instanceof UniMedError) {
    const { code, what, advice, remedy } = error;
    return { code, what, advice, remedy };
  }
  // A setting that is out of its range, which the package throws.
  if (error instanceof RangeError) return { code: 'bad-message', what: `${error.message}.`, advice: '', remedy: 'none' };
  throw error;
}
