// The language of a page beside the main one.

/** The language that the person set on the main page, or the browser's. */
export function preferred(): string {
  try {
    const kept = JSON.parse(localStorage.getItem('unimed.settings') ?? '{}') as { language?: string };
    if (kept.language) return kept.language.startsWith('zh') ? 'zh' : 'en';
  } catch {
    // No storage.
  }
  return navigator.language.startsWith('zh') ? 'zh' : 'en';
}
