// What the engine measured on this browser's adapters, kept where UniMed's own page keeps it, so that it is measured once.

const key = 'unimed.speeds';

/** The records by adapter; none where the browser keeps nothing for the page. */
export function timings(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}') as Record<string, string>;
  } catch {
    return {};
  }
}

/** Keeps a record, if the browser lets us; without it the next visit measures again. */
export function keepTiming(adapter: string, record: string): void {
  try {
    localStorage.setItem(key, JSON.stringify({ ...timings(), [adapter]: record }));
  } catch {
    // Nothing is kept.
  }
}
