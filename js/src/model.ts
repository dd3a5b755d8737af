import type { Engine, JobListener } from './engine.js';
import { UniMedError } from './errors.js';
import { type Images, toImageData, toPictures } from './images.js';
import { type Job, JobSource } from './job.js';
import type { AskPart, JobEvent, ModelCard, PaintSettings, Picture, ToEngine } from './protocol.js';
import { type Comparison, comparisonOf, type GoldenSet, type Verification, type VerifyOptions } from './verification.js';

/** How to answer; what is left out is as the model's makers chose. */
export interface AskOptions {
  /** Stops the answer: the loop and `finished` then fail with the signal's reason. */
  signal?: AbortSignal;
  /** Randomness of sampling; 0 takes the likeliest token every time. */
  temperature?: number;
  /** Seed of sampling, a whole number from 0 to 2^53 - 1. */
  seed?: number;
  /** Longest answer, in tokens. */
  maxTokens?: number;
  /** Whether to measure where the answer looked, at the cost of one more pass over it. */
  attention?: boolean;
}

/** A token of an answer. */
export interface Token {
  /** What it adds to the answer; often nothing. */
  text: string;
  /** Its number, from 0. */
  index: number;
  /** Probability that the model gave it, from 0 to 1. It is no probability that the answer is right. */
  probability: number;
}

/** Where an answer looked: the mean of attention over the patches of one image. It explains nothing. */
export interface AttentionMap {
  /** Rows of patches. */
  rows: number;
  /** Columns of patches. */
  columns: number;
  /** One share of the attention a patch, row by row from the top left. */
  weights: number[];
}

/** A whole answer. */
export interface Answer {
  /** The answer. */
  text: string;
  /** Its length in tokens. */
  tokens: number;
  /** Time to read images and question, in milliseconds. */
  prefillMs: number;
  /** Time to write the answer, in milliseconds. */
  decodeMs: number;
  /** Whether it was stopped by leaving the loop. */
  stopped: boolean;
  /** One map an image, when they were asked for. */
  attention: AttentionMap[];
}

/** What to make, and how; what is left out is as the model's makers chose. */
export interface MakeSettings {
  /** What to make, in words. */
  prompt: string;
  /** Images to start from; without them the image comes from the words alone. */
  images?: Images;
  /** Width in pixels, a multiple of {@link ModelInfo.makeMultiple}. */
  width?: number;
  /** Height in pixels, a multiple of {@link ModelInfo.makeMultiple}. */
  height?: number;
  /** Steps of the flow. */
  steps?: number;
  /** Guidance towards the words; 1 is none. */
  guidanceScale?: number;
  /** Guidance towards the images; 1 is none. */
  imageGuidanceScale?: number;
  /** Seed of the noise, a whole number from 0 to 2^53 - 1: the same seed gives the same image. */
  seed?: number;
  /** A preview every so many steps; 0 is none. */
  previewEvery?: number;
}

/** How to run {@link Model.make}. */
export interface MakeOptions {
  /** Stops it: the loop and `finished` then fail with the signal's reason. */
  signal?: AbortSignal;
}

/** A step of an image. */
export interface Step {
  /** Steps done. */
  step: number;
  /** Steps in all. */
  steps: number;
  /** What it looks like by now, every few steps. */
  preview?: ImageData;
}

/** An image that was made. It is synthetic: say so wherever it is shown. */
export interface MadeImage {
  /** Its pixels. */
  image: ImageData;
  /** Steps done. */
  steps: number;
  /** Seed of its noise. */
  seed: number;
  /** Time it took, in milliseconds. */
  ms: number;
  /** Whether it was stopped by leaving the loop. */
  stopped: boolean;
}

/** What the engine runs on. */
export interface Device {
  /** What it is. */
  type: 'webgpu' | 'wasm';
  /** Name of the adapter, or of the CPU path. */
  name: string;
  /** Whether it is a WebGPU adapter that is itself software. */
  software: boolean;
  /** Name of the WebGPU adapter that is there but not in use. */
  otherAdapter?: string;
  /** Why this one: one English sentence. */
  why: string;
  /** How it computes and what was measured; empty when nothing was. */
  kernels: string;
}

/** What a model is. */
export interface ModelInfo {
  /** Its name. */
  name: string;
  /** Licence of its weights. */
  licence: string;
  /** Number of parameters. */
  parameters: number;
  /** Bytes of its files. */
  bytes: number;
  /** SHA-256 of its manifest, which holds the hashes of all its files: names the weights exactly. */
  hash: string;
  /** Side of the square that images are made to fit into before the model reads them, in pixels. */
  readSize: number;
  /** Width and height of an image that it makes by default, in pixels. */
  makeSize: number;
  /** Sides of an image that it makes are multiples of this, in pixels. */
  makeMultiple: number;
  /** Smallest and largest side of an image that it makes, in pixels. */
  makeRange: [number, number];
}

/** A loaded model. */
export class Model {
  /** What it is. */
  readonly info: ModelInfo;
  readonly #card: ModelCard;
  #engine: Engine | undefined;
  readonly #ends = new Set<(error: UniMedError) => void>();

  /** @internal */
  constructor(engine: Engine, card: ModelCard) {
    this.#engine = engine;
    this.#card = card;
    this.info = {
      name: card.name,
      licence: card.licence,
      parameters: card.parameters,
      bytes: card.bytes,
      hash: card.hash,
      readSize: card.sees_px,
      makeSize: card.paints_px,
      makeMultiple: card.paint_multiple_px,
      makeRange: card.paint_range_px,
    };
  }

  /**
   * Answers a question about images, or about none.
   *
   * Jobs run one after the other. Leaving the loop early stops this one.
   */
  ask(images: Images, text: string, options: AskOptions = {}): Job<Token, Answer> {
    const { temperature, seed, maxTokens, attention = false, signal } = options;
    const { ask } = this.#card;
    const settings = {
      temperature: temperature === undefined ? ask.temperature : temperature > 0 ? temperature : null,
      seed: wholeNumber('seed', seed, ask.seed),
      max_tokens: wholeNumber('maxTokens', maxTokens, ask.max_tokens),
      gaze: attention,
    };
    const request = (job: number, pictures: AskPart[]): ToEngine => ({
      ask: { job, parts: [...pictures, { text }], settings },
    });
    return this.#run<Token, Answer>(
      toPictures(images),
      (job, pictures) => request(job, pictures.map((image) => ({ image }))),
      signal,
      (event, _beside, source) => {
        if ('token' in event) {
          const { text, index, probability } = event.token;
          source.push({ text, index, probability });
        } else if ('answered' in event) {
          const { text, tokens, prefill_ms, decode_ms, stopped, attention } = event.answered;
          source.end({ text, tokens, prefillMs: prefill_ms, decodeMs: decode_ms, stopped, attention });
        } else if ('stopped' in event) {
          source.end({ text: '', tokens: 0, prefillMs: 0, decodeMs: 0, stopped: true, attention: [] });
        }
      },
    );
  }

  /**
   * Makes an image from words, or from words and images.
   *
   * Jobs run one after the other. Leaving the loop early stops this one; `finished` then gives the image as far as it is.
   */
  make(what: MakeSettings, options: MakeOptions = {}): Job<Step, MadeImage> {
    const from = (pictures: unknown[]) => ownSettings(this.#card, pictures.length > 0, what.prompt);
    // Before anything is sent, so that a mistake is thrown where it was made.
    for (const key of ['width', 'height', 'steps', 'seed', 'previewEvery'] as const) wholeNumber(key, what[key], 0);
    return this.#run<Step, MadeImage>(
      toPictures(what.images),
      (job, images) => ({ paint: { job, images, prompt: what.prompt, settings: paintSettings(what, from(images)) } }),
      options.signal,
      (event, beside, source) => {
        if ('step' in event) {
          const { step, steps, preview } = event.step;
          source.push(preview ? { step, steps, preview: toImageData(preview, beside) } : { step, steps });
        } else if ('painted' in event) {
          const { picture, steps, seed, paint_ms: ms, stopped } = event.painted;
          source.end({ image: toImageData(picture, beside), steps, seed, ms, stopped });
        } else if ('stopped' in event) {
          source.fail(new DOMException('The image was stopped before there was anything to show.', 'AbortError'));
        }
      },
    );
  }

  /**
   * Recomputes a reference implementation's numbers on the device in use, with the set's own small model and the kernels that
   * this one runs on. Gives every comparison, then how many hold.
   */
  verify(set: GoldenSet, options: VerifyOptions = {}): Job<Comparison, Verification> {
    const names = Object.keys(set);
    const files = Object.fromEntries(names.map((name, place) => [name, place]));
    const buffers = Object.values(set).map((bytes) => bytes.slice(0));
    return this.#run<Comparison, Verification>(
      Promise.resolve({ pictures: [], buffers }),
      (job) => ({ verify: { job, files, form: options.matrices ?? 'floats' } }),
      options.signal,
      (event, _beside, source) => {
        if ('compared' in event) source.push(comparisonOf(event.compared.comparison));
        else if ('verified' in event) {
          const { passed, failed, skipped } = event.verified;
          source.end({ passed, failed, skipped });
        } else if ('stopped' in event) {
          source.fail(new DOMException('The comparison was stopped.', 'AbortError'));
        }
      },
    );
  }

  /** What the engine runs on. */
  device(): Device {
    const { compute, name, software, other_adapter, why, kernels } = this.#used().device!;
    return {
      type: compute === 'gpu' ? 'webgpu' : 'wasm',
      name,
      software,
      ...(other_adapter !== null && { otherAdapter: other_adapter }),
      why,
      kernels,
    };
  }

  /** Ends its jobs, and the worker with its memory once no other model uses it. What the browser keeps stays. */
  dispose(): void {
    for (const end of [...this.#ends]) end(disposed());
    this.#engine?.release();
    this.#engine = undefined;
  }

  #used(): Engine {
    if (!this.#engine) throw disposed();
    return this.#engine;
  }

  #run<Item, Result>(
    given: Promise<{ pictures: Picture[]; buffers: ArrayBuffer[] }>,
    request: (job: number, pictures: Picture[]) => ToEngine,
    signal: AbortSignal | undefined,
    hear: (event: JobEvent, beside: unknown[], source: JobSource<Item, Result>) => void,
  ): Job<Item, Result> {
    const engine = this.#used();
    let stop: (() => void) | undefined;
    let unwanted = false;
    const cancel = () => {
      unwanted = true;
      stop?.();
    };
    const source = new JobSource<Item, Result>(cancel);
    const end = (reason: unknown) => {
      cancel();
      source.fail(reason);
    };
    const abort = () => end(signal!.reason);
    this.#ends.add(end);
    signal?.addEventListener('abort', abort);
    const listener: JobListener = {
      event: (event, beside) => hear(event, beside, source),
      failed: (error) => source.fail(error),
    };
    const ended = () => {
      this.#ends.delete(end);
      signal?.removeEventListener('abort', abort);
    };
    source.job.finished.then(ended, ended);
    if (signal?.aborted) abort();
    void given.then(({ pictures, buffers }) => {
      if (!this.#ends.has(end)) return;
      stop = engine.start((job) => request(job, pictures), buffers, listener);
      if (unwanted) stop();
    }, end);
    return source.job;
  }
}

/** What the model's makers chose for an image that these words ask for. */
function ownSettings(card: ModelCard, fromImages: boolean, prompt: string): PaintSettings {
  if (!fromImages) return card.paint;
  const text = prompt.trimStart().toLowerCase();
  const asked = card.counterfactual?.begins.some((beginning) => text.startsWith(beginning.toLowerCase()));
  return asked ? card.counterfactual!.settings : card.edit;
}

function paintSettings(what: MakeSettings, chosen: PaintSettings): PaintSettings {
  return {
    width: what.width ?? chosen.width,
    height: what.height ?? chosen.height,
    steps: what.steps ?? chosen.steps,
    cfg_text: what.guidanceScale ?? chosen.cfg_text,
    cfg_image: what.imageGuidanceScale ?? chosen.cfg_image,
    seed: what.seed ?? chosen.seed,
    preview_every: what.previewEvery ?? chosen.preview_every,
  };
}

/** A setting that the engine takes as a whole number. */
function wholeNumber(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`${name}: expected a whole number from 0 to 2^53 - 1, found ${value}; round it`);
}

function disposed(): UniMedError {
  return new UniMedError('disposed', 'The model was disposed of.', 'Load it again.', 'restart');
}
