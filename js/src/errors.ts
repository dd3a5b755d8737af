/**
 * Where an error comes from.
 *
 * - `unsupported`: this browser starts no worker for this page, or offers no tools to agents.
 * - `worker-failed`: a worker's program could not be loaded, or the worker died.
 * - `start-failed`: the device could not be opened, or the model could not be loaded.
 * - `job-failed`: a question or an image failed; the model can be used on.
 * - `model-unreadable`: the manifest of a model cannot be read.
 * - `image-unreadable`: the browser cannot turn an image into pixels.
 * - `disposed`: the model was disposed of.
 * - `refused`: the visitor refused an agent the use of a tool.
 */
export type ErrorCode =
  | 'unsupported'
  | 'worker-failed'
  | 'start-failed'
  | 'job-failed'
  | 'model-unreadable'
  | 'image-unreadable'
  | 'disposed'
  | 'refused';

/**
 * What helps; UniMed's own page offers it as a button.
 *
 * - `none`: nothing but what `advice` says.
 * - `restart`: dispose of the model and load it again.
 * - `use-cpu`: load it again with `device: 'wasm'`.
 * - `retry`: try the same thing again.
 * - `without-image`: ask without the image.
 * - `choose-file`: take another file.
 * - `reload`: load the page again.
 */
export type Remedy = 'none' | 'restart' | 'use-cpu' | 'retry' | 'without-image' | 'choose-file' | 'reload';

/** What went wrong, in two sentences for the person at the page, and where it comes from. */
export class UniMedError extends Error {
  override readonly name = 'UniMedError';

  /** @internal */
  constructor(
    /** Where it comes from. */
    readonly code: ErrorCode,
    /** What happened: one English sentence. */
    readonly what: string,
    /** What to do now: one English sentence, or nothing. */
    readonly advice: string,
    /** What helps. */
    readonly remedy: Remedy = 'none',
    options?: ErrorOptions,
  ) {
    super(advice ? `${what} ${advice}` : what, options);
  }
}
