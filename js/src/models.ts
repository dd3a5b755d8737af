import { errorOf } from './engine.js';
import { UniMedError } from './errors.js';
import { unlessAborted } from './load.js';
import type { ModelList, ToModels } from './protocol.js';
import { packageUrl, placeOf } from './source.js';
import { WorkerHandle } from './worker-handle.js';

/**
 * Whether a model can be used, in the words of the browsers' own language models: `available` at once, `downloadable`
 * after its weights were fetched, or `unavailable` on this device.
 */
export type Availability = 'available' | 'downloadable' | 'unavailable';

/** What a model needs of this device, known before any of its weights are fetched. */
export interface Plan {
  /** Name of the model. */
  name: string;
  /** Licence of its weights. */
  licence: string;
  /** Bytes of its files. */
  bytes: number;
  /** Bytes of them that this browser keeps already. */
  keptBytes: number;
  /** Memory, where the engine can plan the model. */
  memory?: {
    /** Bytes that answering about an image of 512 x 512 pixels takes. */
    askBytes: number;
    /** Bytes that making an image of `makeSize` pixels from another one takes. */
    makeBytes: number;
    /** Width and height of that image, in pixels. */
    makeSize: number;
    /** Bytes that there are; nobody knows this of a graphics processor. */
    availableBytes?: number;
    /** Whether both fit; unknown where the memory is. */
    fits?: boolean;
  };
}

/**
 * Whether this browser can run the engine at all or, given the address of a manifest, that model. Fails with the code
 * `model-unreadable` where that manifest cannot be read.
 */
export async function availability(model?: string | URL, options: { signal?: AbortSignal } = {}): Promise<Availability> {
  if (typeof Worker === 'undefined' || typeof WebAssembly === 'undefined') return 'unavailable';
  if (model === undefined) return 'available';
  const { bytes, keptBytes, memory } = await plan(model, options);
  if (memory?.fits === false) return 'unavailable';
  return keptBytes === bytes ? 'available' : 'downloadable';
}

/** What a model needs, from its manifest alone. Fails with the code `model-unreadable` where that cannot be read. */
export async function plan(model: string | URL, options: { signal?: AbortSignal } = {}): Promise<Plan> {
  const { signal } = options;
  signal?.throwIfAborted();
  const { source } = placeOf(model);
  const wanted = JSON.stringify(source);
  let manager: WorkerHandle<ToModels, ModelList> | undefined;
  const planned = new Promise<Plan>((resolve, reject) => {
    // Bundlers find the worker by exactly this expression.
    const start = (name: string) => new Worker(new URL('./workers/manager.js', import.meta.url), { type: 'module', name });
    manager = new WorkerHandle<ToModels, ModelList>(start, {
      event: ({ entries }) => {
        const entry = entries.find(({ place }) => JSON.stringify(place) === wanted);
        if (entry?.needs) resolve(planOf(entry.name, entry.needs));
        else if (entry?.user_error) reject(errorOf('model-unreadable', entry.user_error));
      },
      failed: (detail) => reject(notStarted(detail)),
    });
    manager.post({ open: { default: source, page_url: packageUrl } });
  });
  try {
    return await unlessAborted(planned, signal);
  } finally {
    manager?.terminate();
  }
}

function planOf(name: string, needs: NonNullable<ModelList['entries'][number]['needs']>): Plan {
  const { licence, bytes, kept_bytes: keptBytes, memory } = needs;
  const plan: Plan = { name, licence, bytes, keptBytes };
  if (memory) {
    const { ask_bytes, paint_bytes, paint_px, available_bytes, fits } = memory;
    plan.memory = { askBytes: ask_bytes, makeBytes: paint_bytes, makeSize: paint_px };
    if (available_bytes !== null) plan.memory.availableBytes = available_bytes;
    if (fits !== null) plan.memory.fits = fits;
  }
  return plan;
}

function notStarted(detail: string): UniMedError {
  return new UniMedError(
    'worker-failed',
    'The model manager did not start.',
    "Check that the package's workers folder is served from the page's own origin.",
    'reload',
    { cause: detail ? new Error(detail) : undefined },
  );
}
