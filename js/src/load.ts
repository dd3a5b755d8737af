import { type DeviceWish, Engine, type LoadProgress } from './engine.js';
import { Model } from './model.js';
import { type ModelFiles, placeOf } from './source.js';

/** How to load a model. */
export interface LoadOptions {
  /** Is told how far it is. */
  onProgress?: (progress: LoadProgress) => void;
  /** Gives up loading; what was fetched stays in the browser, and the next load goes on from there. */
  signal?: AbortSignal;
  /**
   * What to run on: `auto` takes WebGPU on a graphics processor where a short measurement finds it faster, else
   * WebAssembly; `webgpu` takes a software adapter, too.
   */
  device?: 'auto' | 'webgpu' | 'wasm';
}

const wishes: Record<NonNullable<LoadOptions['device']>, DeviceWish> = { auto: 'auto', webgpu: 'gpu', wasm: 'cpu' };

/**
 * Loads a model: from the address of its manifest, or from a folder on this device that the visitor picked.
 *
 * What comes from an address is kept in the browser, checked piece by piece, and fetched once. Models of one address and
 * device share one worker and its memory.
 */
export async function load(model: string | URL | ModelFiles, options: LoadOptions = {}): Promise<Model> {
  const { onProgress, signal, device = 'auto' } = options;
  signal?.throwIfAborted();
  const engine = Engine.acquire(placeOf(model), wishes[device]);
  const stopListening = onProgress && engine.onProgress(onProgress);
  try {
    return new Model(engine, await unlessAborted(engine.ready, signal));
  } catch (error) {
    engine.release();
    throw error;
  } finally {
    stopListening?.();
  }
}

/** What a promise brings, or the signal's reason as soon as it is aborted. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
