// Messages between a foreign page and the frame that holds embed.html: docs/reference/embed.md is made of these types' words.

import type { ErrorCode, Remedy } from '../src/errors.js';
import type { LoadProgress } from '../src/engine.js';
import type { ImageInput } from '../src/images.js';
import type { LoadOptions } from '../src/load.js';
import type { Answer, AskOptions, Device, MadeImage, MakeSettings, ModelInfo, Step, Token } from '../src/model.js';

/** Version of the protocol; every message names it. */
export const VERSION = 1;

/** What can be sent as an image: what browsers copy from one page to another. */
export type SentImage = Extract<ImageInput, ImageData | ImageBitmap | Blob>;

/** What the page wants of the frame; `id` is the page's own, and every answer names it. */
export type Request = { unimed: 1; id: number } & (
  | { load: { model?: string; device?: NonNullable<LoadOptions['device']> } }
  | { ask: { text: string; images?: SentImage | SentImage[]; options?: Omit<AskOptions, 'signal'> } }
  | { make: Omit<MakeSettings, 'images'> & { images?: SentImage | SentImage[] } }
  | { abort: { job: number } }
  | { dispose: Record<string, never> }
);

/** What the frame says without being asked. */
export type Notice = { unimed: 1 } & ({ listening: Record<string, never> } | { resize: { height: number } });

/** What becomes of a request. */
export type Reply = { unimed: 1; id: number } & (
  | { progress: LoadProgress }
  | { loaded: { info: ModelInfo; device: Device } }
  | { token: Token }
  | { answered: Answer }
  | { step: Step }
  | { made: MadeImage }
  | { aborted: Record<string, never> }
  | { disposed: Record<string, never> }
  | { error: SentError }
);

/** Why a request failed. `bad-message` is a request that this version does not know, all others are the package's. */
export interface SentError {
  code: ErrorCode | 'bad-message';
  what: string;
  advice: string;
  remedy: Remedy;
}
