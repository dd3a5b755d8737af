// What the blocks of a lesson share while it is played.

import type { Model } from '../src/model.js';
import type { Pane } from './pane.js';
import type { Result } from './score.js';
import type { Case, CaseBlock, Lesson } from './types.js';
import type { Words } from './words.js';
import type { LessonsWorker } from './worker.js';

/** An image of the lesson. */
export interface Shown {
  image: ImageData;
  alt: string;
  caption: string;
  /** Drawn over it; empty for pictures of people's own. */
  tag: string;
  /** What is known of it, where it is a case. */
  known?: { truth: Case; block: CaseBlock; seed: number };
}

/** What blocks share. */
export interface Context {
  lesson: Lesson;
  words: Words;
  worker: LessonsWorker;
  /** Images by the names that the lesson gives them. */
  images: Map<string, Shown>;
  /** The pane of an image in the step under way; made when it is not there yet. */
  pane(name: string): Pane;
  /** Puts one more image beside those of the step. */
  add(shown: Shown): Pane;
  /** Keeps what came of an exercise. */
  record(result: Result): void;
  /** The model; loaded when it is first asked for. */
  model(onProgress: (share: number) => void): Promise<Model>;
  /** Ends when the lesson is left. */
  signal: AbortSignal;
}

/** An image that a block names; the reader of lessons has seen that it is there. */
export function shown({ images }: Context, name: string): Shown {
  return images.get(name)!;
}

/** The truth of a case that a block names. */
export function truthOf(context: Context, name: string): Case {
  return shown(context, name).known!.truth;
}

/** The mask of a case's main finding. */
export function mainMask({ masks, finding }: Case): Uint8Array {
  return masks.find((mask) => mask.finding === finding)!.pixels;
}
