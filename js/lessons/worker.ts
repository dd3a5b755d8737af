// The page's end of the worker that reads lessons and makes cases. All lessons of a page share one.

import { WorkerHandle } from '../src/worker-handle.js';
import type { Case, CaseBlock, Compared, Lesson } from './types.js';

interface Picture {
  width: number;
  height: number;
  buffer: number;
}

type ToLessons =
  | { read: { text: string } }
  | { case: { block: CaseBlock; seed: number } }
  | { without: { block: CaseBlock; seed: number } }
  | { pair: { change: string; seed: number } };

type FromLessons =
  | { lesson: { lesson: Lesson } }
  | {
      case: {
        picture: Picture;
        masks: { finding: string; buffer: number }[];
        facts: Record<string, string>;
        finding: string | null;
        caption: string;
      };
    }
  | { compared: { first: Picture; second: Picture; instruction: string } }
  | { refused: { what: string; line: number | null } };

interface Waiting {
  resolve(said: { event: FromLessons; beside: ArrayBuffer[] }): void;
  reject(error: LessonError): void;
}

/** Why a lesson cannot go on: a sentence for the person at the page. */
export class LessonError extends Error {
  override readonly name = 'LessonError';
}

/** The worker's program; the site's build writes it beside the page. */
const PROGRAM = new URL('../../lessons_loader.js', import.meta.url);

let shared: LessonsWorker | undefined;

/** The worker. */
export class LessonsWorker {
  readonly #worker: WorkerHandle<{ job: number; what: ToLessons }, { job: number; event: FromLessons }>;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  /** The one worker, running or fresh. */
  static get(): LessonsWorker {
    shared ??= new LessonsWorker();
    return shared;
  }

  private constructor() {
    const start = (name: string) => new Worker(PROGRAM, { type: 'module', name });
    this.#worker = new WorkerHandle(start, {
      event: ({ job, event }, beside) => {
        this.#waiting.get(job)?.resolve({ event, beside: beside as ArrayBuffer[] });
        this.#waiting.delete(job);
      },
      failed: (detail) => this.#died(detail),
    });
  }

  /** Reads a lesson's file. */
  async read(text: string): Promise<Lesson> {
    const { event } = await this.#ask({ read: { text } });
    if ('lesson' in event) return event.lesson.lesson;
    throw wrong(event);
  }

  /** Makes a case; another seed, another case. */
  async case({ name, modality, findings, facts }: CaseBlock, seed: number): Promise<Case> {
    const { event, beside } = await this.#ask({ case: { block: { name, modality, findings, facts }, seed } });
    if (!('case' in event)) throw wrong(event);
    const { picture, masks, ...known } = event.case;
    return {
      ...known,
      image: pixels(picture, beside),
      masks: masks.map(({ finding, buffer }) => ({ finding, pixels: new Uint8Array(beside[buffer]!) })),
    };
  }

  /** Makes a case with and without its finding; the seed is that of the case. */
  without({ name, modality, findings, facts }: CaseBlock, seed: number): Promise<Compared> {
    return this.#compared({ without: { block: { name, modality, findings, facts }, seed } });
  }

  /** Makes two images that differ by one change. */
  pair(change: string, seed: number): Promise<Compared> {
    return this.#compared({ pair: { change, seed } });
  }

  async #compared(what: ToLessons): Promise<Compared> {
    const { event, beside } = await this.#ask(what);
    if (!('compared' in event)) throw wrong(event);
    const { first, second, instruction } = event.compared;
    return { first: pixels(first, beside), second: pixels(second, beside), instruction };
  }

  #ask(what: ToLessons): Promise<{ event: FromLessons; beside: ArrayBuffer[] }> {
    this.#last += 1;
    const job = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(job, { resolve, reject });
      this.#worker.post({ job, what });
    });
  }

  #died(detail: string): void {
    const error = new LessonError(
      `The part of the page that makes cases stopped${detail ? ` (${detail})` : ''}. Load the page again.`,
    );
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#worker.terminate();
    if (shared === this) shared = undefined;
  }
}

function pixels({ width, height, buffer }: Picture, beside: ArrayBuffer[]): ImageData {
  return new ImageData(new Uint8ClampedArray(beside[buffer]!), width, height);
}

function wrong(event: FromLessons): LessonError {
  return new LessonError('refused' in event ? event.refused.what : 'The worker of the lessons is of another version. Load the page again.');
}
