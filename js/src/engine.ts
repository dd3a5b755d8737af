// The page's end of the engine worker. Models of one address on one device share a worker: it holds the weights once and
// works through the jobs of all of them, one after the other.

import { UniMedError } from './errors.js';
import type { DeviceCard, FromEngine, JobEvent, ModelCard, ToEngine, UserError } from './protocol.js';
import { packageUrl, type Place } from './source.js';
import { keepTiming, timings } from './timings.js';
import { WorkerHandle } from './worker-handle.js';

/** How far loading is. */
export interface LoadProgress {
  /** What is being done: weights come over the network, go to the device, and kernels are compiled. */
  phase: 'fetching' | 'loading' | 'compiling';
  /** Bytes done in this phase. */
  loaded: number;
  /** Bytes in all. */
  total: number;
  /** `loaded / total`, from 0 to 1. */
  progress: number;
}

/** Hears what becomes of one job. */
export interface JobListener {
  event(event: JobEvent, beside: unknown[]): void;
  failed(error: UniMedError): void;
}

export type DeviceWish = Extract<ToEngine, { start: unknown }>['start']['device'];

const shared = new Map<string, Engine>();

export class Engine {
  /** The model, once it is loaded. */
  readonly ready: Promise<ModelCard>;
  /** The device, as soon as it is open. */
  device: DeviceCard | undefined;
  readonly #worker: WorkerHandle<ToEngine, FromEngine>;
  readonly #key: string | undefined;
  readonly #jobs = new Map<number, JobListener>();
  readonly #loading = new Set<(progress: LoadProgress) => void>();
  #progress: LoadProgress | undefined;
  #resolve!: (card: ModelCard) => void;
  #reject!: (error: UniMedError) => void;
  #lastJob = 0;
  #users = 0;
  #dead: UniMedError | undefined;

  /** The engine for a model, running or fresh; {@link release} gives it back. */
  static acquire(place: Place, device: DeviceWish): Engine {
    const key = 'url' in place.source ? `${device} ${place.source.url}` : undefined;
    const engine = (key && shared.get(key)) || new Engine(place, device, key);
    engine.#users += 1;
    return engine;
  }

  private constructor(place: Place, device: DeviceWish, key: string | undefined) {
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ready.catch(() => {});
    // Bundlers find the worker by exactly this expression.
    const start = (name: string) => new Worker(new URL('./workers/engine.js', import.meta.url), { type: 'module', name });
    this.#worker = new WorkerHandle(start, {
      event: (event, beside) => this.#hear(event, beside),
      failed: (detail) => this.#died(detail),
    }, device === 'auto' ? '' : device);
    this.#worker.post(
      {
        start: { model: place.source, page_url: packageUrl, device, kernels: 'measured', measured: timings() },
      },
      place.beside,
    );
    this.#key = key;
    if (key) shared.set(key, this);
  }

  /** Gives it back; the last one ends the worker. */
  release(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#end();
  }

  /** Hears how far loading is, from its last report on; gives the function that ends this. */
  onProgress(listener: (progress: LoadProgress) => void): () => void {
    this.#loading.add(listener);
    if (this.#progress) listener(this.#progress);
    return () => this.#loading.delete(listener);
  }

  /** Starts a job; gives the function that stops it. */
  start(request: (job: number) => ToEngine, buffers: ArrayBuffer[], listener: JobListener): () => void {
    if (this.#dead) {
      listener.failed(this.#dead);
      return () => {};
    }
    this.#lastJob += 1;
    const job = this.#lastJob;
    this.#jobs.set(job, listener);
    this.#worker.post(request(job), buffers, buffers);
    return () => this.#worker.post({ cancel: { job } });
  }

  #hear(event: FromEngine, beside: unknown[]): void {
    if ('measured' in event) keepTiming(event.measured.adapter, event.measured.record);
    else if ('device' in event) this.device = event.device;
    else if ('loading' in event) {
      const { done_bytes: loaded, total_bytes: total, phase } = event.loading;
      this.#progress = { phase: phase as LoadProgress['phase'], loaded, total, progress: total ? loaded / total : 1 };
      for (const listener of this.#loading) listener(this.#progress);
    } else if ('ready' in event) this.#resolve(event.ready);
    else if ('start-failed' in event) this.#giveUp(errorOf('start-failed', event['start-failed']));
    else this.#tell(event, beside);
  }

  #tell(event: JobEvent, beside: unknown[]): void {
    const { job } = Object.values(event)[0] as { job: number };
    const listener = this.#jobs.get(job);
    if (!('token' in event || 'step' in event || 'compared' in event)) this.#jobs.delete(job);
    if ('failed' in event) listener?.failed(errorOf('job-failed', event.failed.user_error));
    else listener?.event(event, beside);
  }

  #died(detail: string): void {
    const cause = detail ? new Error(detail) : undefined;
    this.#giveUp(
      this.device
        ? new UniMedError(
            'worker-failed',
            'The engine stopped unexpectedly: it ran out of memory, or the device was lost.',
            "Load the model again. If it happens again, load it with device: 'wasm'.",
            'restart',
            { cause },
          )
        : new UniMedError(
            'worker-failed',
            'The engine did not start.',
            "Check that the package's workers folder is served from the page's own origin, and that the policy of the " +
              "page and of these files allows script-src 'self' 'wasm-unsafe-eval' and worker-src 'self'.",
            'reload',
            { cause },
          ),
    );
  }

  /** The worker is of no more use. */
  #giveUp(error: UniMedError): void {
    this.#dead = error;
    this.#reject(error);
    for (const listener of this.#jobs.values()) listener.failed(error);
    this.#end();
  }

  #end(): void {
    if (this.#key && shared.get(this.#key) === this) shared.delete(this.#key);
    this.#jobs.clear();
    this.#worker.terminate();
  }
}

/** A worker's error as this package throws it. */
export function errorOf(code: UniMedError['code'], { what, advice, remedy }: UserError): UniMedError {
  return new UniMedError(code, what, advice, remedy);
}
