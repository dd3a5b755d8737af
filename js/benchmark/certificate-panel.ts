// The part of the page with the certificate: run, save, print, open a saved one.

import { button, make } from '../lessons/dom.js';
import { load } from '../src/load.js';
import { type Certificate, MATRICES, readCertificate } from './certificate.js';
import { showBoth, showCertificate } from './certificate-view.js';
import { certify } from './certify.js';
import { fetchSet, sizeOf } from './golden.js';
import { deviceOf, onlyMatrices } from './options.js';
import { runner } from './runner.js';
import { save } from './save.js';
import { readSite } from './site.js';
import type { Words } from './words.js';

/** Certificates of this visit; they outlive a change of the language. */
const kept: { here?: Certificate | undefined; saved?: Certificate | undefined } = {};

/** The panel. */
export function certificatePanel(words: Words, leave: AbortSignal): HTMLElement {
  const own = words.certificate;
  const shown = make('div', { class: 'shown' });
  const intro = make('p', {}, own.intro('…'));
  // How much will be fetched is known from the site's list; without it, starting says what is wrong.
  readSite().then(
    ({ files }) => (intro.textContent = own.intro((sizeOf(files) / 1e6).toFixed(1))),
    () => {},
  );
  const row = runner(own.start, words, 'certify', leave, async ({ signal, say }) => {
    say(own.fetching(0), 0);
    const { site, files } = await readSite();
    const set = await fetchSet(files, signal, (share) => say(own.fetching(Math.floor(100 * share)), share));
    say(own.loading(0));
    const model = await load('model/', { device: deviceOf(location.search), signal, onProgress: ({ progress }) => say(own.loading(Math.floor(100 * progress)), progress) });
    try {
      kept.here = await certify(model, set, site, onlyMatrices(location.search), signal, ({ run, matrices, done }) =>
        say(own.comparing(own.matrices[matrices], done, set.cases.length), (run + done / (set.cases.length + 1)) / MATRICES.length),
      );
    } finally {
      // Also where it was stopped: the worker then ends in the middle of a case.
      model.dispose();
    }
    show();
  });
  const wrong = make('p', { class: 'error', role: 'alert', 'data-testid': 'open-error' });
  const input = make('input', { type: 'file', accept: '.json,application/json', class: 'unseen', 'data-testid': 'open', 'aria-label': own.open, tabindex: '-1' });
  input.addEventListener('change', () => void opened());
  const opened = async () => {
    const [file] = input.files ?? [];
    input.value = '';
    if (!file) return;
    wrong.textContent = '';
    try {
      kept.saved = await readCertificate(file);
    } catch (error) {
      wrong.textContent = error instanceof Error ? error.message : String(error);
      return;
    }
    show();
  };
  const open = button(own.open, () => input.click(), { 'data-testid': 'open-button' });
  row.querySelector('.row')!.append(open, input);
  row.append(wrong);

  const show = () => {
    const { here, saved } = kept;
    const parts: Node[] = [];
    if (here) {
      const name = `unimed-certificate-${here.date.slice(0, 10)}-${here.sha256.slice(0, 8)}.json`;
      parts.push(
        showCertificate(here, words),
        make(
          'div',
          { class: 'row screen' },
          button(own.save, () => save(here, name), { 'data-testid': 'save-certificate' }),
          button(words.print, () => print()),
        ),
      );
    }
    if (saved) {
      const close = button(own.forget, () => {
        kept.saved = undefined;
        show();
      });
      if (here) parts.push(showBoth(here, saved, words));
      else parts.push(make('h3', {}, own.open), make('p', {}, words.compare.alone), showCertificate(saved, words));
      parts.push(make('div', { class: 'row screen' }, close));
    }
    shown.replaceChildren(...parts);
  };
  show();
  return make('section', { 'data-testid': 'certificate-panel', 'aria-labelledby': 'certificate-title' }, make('h2', { id: 'certificate-title' }, own.title), intro, row, shown);
}
