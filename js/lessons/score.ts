// What the learner answered: on the page for the report, and as one line a lesson in this browser. Nothing of it leaves the device.

/** What came of one exercise. */
export interface Result {
  ask: string;
  given: string;
  truth: string;
  right: boolean;
}

/** What this browser keeps of a lesson. */
export interface Kept {
  right: number;
  total: number;
  /** Whether it was played to its end. */
  done: boolean;
  /** When, as ISO 8601. */
  at: string;
}

const KEY = 'unimed.lessons';

/** What is kept of all lessons. */
export function keptScores(): Record<string, Kept> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof kept === 'object' && kept !== null ? (kept as Record<string, Kept>) : {};
  } catch {
    // No storage, or something else in it: as on a first visit.
    return {};
  }
}

/** Keeps the score of a lesson. */
export function keepScore(lesson: string, score: Kept): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...keptScores(), [lesson]: score }));
  } catch {
    // Without storage the score is in the report only.
  }
}
