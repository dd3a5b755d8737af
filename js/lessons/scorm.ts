// Tells a learning platform how far the learner is: SCORM 1.2, where a platform opened the page. Elsewhere it does nothing.

import type { LessonEvents } from './element.js';

/** What SCORM 1.2 calls the API of a platform; each call answers with a text. */
interface Api {
  LMSInitialize(nothing: ''): string;
  LMSSetValue(name: string, value: string): string;
  LMSCommit(nothing: ''): string;
  LMSFinish(nothing: ''): string;
}

/** How many windows above its own a lesson looks for the platform, as the standard says. */
const DEPTH = 7;

/** Reports what the lessons of this page say, if a platform listens. */
export function reportToPlatform(): void {
  const api = platform();
  if (!api || api.LMSInitialize('') !== 'true') return;
  const set = (values: Record<string, string>) => {
    for (const [name, value] of Object.entries(values)) api.LMSSetValue(`cmi.core.${name}`, value);
    api.LMSCommit('');
  };
  document.addEventListener('unimed-lesson-ready', () => set({ lesson_status: 'incomplete' }));
  document.addEventListener('unimed-lesson-score', (event) => {
    const { right, total, done } = (event as CustomEvent<LessonEvents['unimed-lesson-score']>).detail;
    const raw = total > 0 ? Math.round((100 * right) / total) : 0;
    set({ 'score.min': '0', 'score.max': '100', 'score.raw': String(raw), lesson_status: done ? 'completed' : 'incomplete' });
  });
  addEventListener('pagehide', () => api.LMSFinish(''), { once: true });
}

/** The API of the nearest window that has one. */
function platform(): Api | undefined {
  const above = (start: Window | null): Api | undefined => {
    let at = start;
    for (let depth = 0; at && depth < DEPTH; depth += 1) {
      try {
        const { API } = at as Window & { API?: Api };
        if (API) return API;
      } catch {
        // A window of another site: what is above it is hidden, too.
        return undefined;
      }
      if (at.parent === at) return undefined;
      at = at.parent;
    }
    return undefined;
  };
  return above(window) ?? above(window.opener as Window | null);
}
