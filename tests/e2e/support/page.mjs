// The page as a person sees it: what can be done with it and what can be read off it.

import { join } from 'node:path';
import { root } from './surroundings.mjs';

/// A colour fundus photograph in the public domain; tests/images says where it comes from.
export const retina = join(root, 'tests/images/retina.jpg');

/// Longest that a job may take on a software adapter on two busy cores.
export const patience = 600_000;

export class UniMedPage {
  constructor(page) {
    this.page = page;
    this.problems = [];
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text());
    });
  }

  /// Opens the page in a context of its own.
  static async open(browser, url, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block', ...options });
    const page = new UniMedPage(await context.newPage());
    page.page.setDefaultTimeout(60_000);
    await page.page.goto(url);
    await page.at('prompt').waitFor();
    return page;
  }

  async close() {
    await this.page.context().close();
  }

  at(testId) {
    return this.page.getByTestId(testId);
  }

  /// Its workers but for the threads of the engine, which wait for work and hear nothing.
  workers() {
    return this.page.workers().filter((worker) => !worker.url().endsWith('/thread.js'));
  }

  /// Begins a new conversation, which is asked for once more.
  async forget() {
    await this.at('clear').click();
    await this.at('clear').filter({ hasText: 'Forget it?' }).click();
  }

  /// Opens a file as the file dialog would, and waits until the viewer shows it.
  async openFile(file) {
    await this.at('file-input').setInputFiles(file);
  }

  async openImage(file = retina) {
    await this.openFile(file);
    await this.at('viewer').waitFor();
  }

  async send(mode, words) {
    await this.at(mode).click();
    await this.at('prompt').fill(words);
    await this.at('send').click();
  }

  /// Sends a question; gives its answer's element.
  async ask(question) {
    const before = await this.at('answer').count();
    await this.send('mode-ask', question);
    return this.at('answer').nth(before);
  }

  /// Sends a description; gives its painting's element.
  async paint(description) {
    const before = await this.at('painted').count();
    await this.send('mode-paint', description);
    return this.at('painted').nth(before);
  }

  /// Waits until a job has ended; gives its last state, with what the page says about a failure.
  async ended(result) {
    const state = async () => result.getAttribute('data-state');
    const end = Date.now() + patience;
    while ((await state()) === 'streaming') {
      if (Date.now() > end) throw new Error(`still streaming after ${patience / 1000} s; ${await this.summary()}`);
      await this.page.waitForTimeout(100);
    }
    const last = await state();
    return last === 'error' ? `error: ${await this.errorText()}` : last;
  }

  async answered(question) {
    const answer = await this.ask(question);
    const state = await this.ended(answer);
    return { state, text: await answer.textContent() };
  }

  async painted(description) {
    const painting = await this.paint(description);
    const state = await this.ended(painting);
    return { state, pixels: await pixelsOf(painting) };
  }

  async errorText() {
    return (await this.at('error').allInnerTexts()).join(' | ');
  }

  async summary() {
    const progress = await this.at('progress').allInnerTexts();
    return `device: ${await this.at('device').innerText()}; progress: ${progress}; problems: ${this.problems}`;
  }

  /// Fills fields of the advanced drawer by their names.
  async set(fields) {
    const mode = 'Steps' in fields || 'Size' in fields ? 'mode-paint' : 'mode-ask';
    await this.at(mode).click();
    await this.at('advanced').click();
    for (const [name, value] of Object.entries(fields)) {
      const field = this.page.locator('label.field', { hasText: name }).locator('input');
      await field.fill(String(value));
      await field.blur();
    }
    await this.at('advanced').click();
  }

  /// Notes every state and text that the newest answer goes through from now on.
  async watchAnswers() {
    await this.page.evaluate(() => {
      globalThis.seenAnswers = [];
      const note = () => {
        const answer = [...document.querySelectorAll('[data-testid="answer"]')].at(-1);
        if (!answer) return;
        const now = { state: answer.dataset.state, text: answer.textContent };
        const last = globalThis.seenAnswers.at(-1);
        if (!last || last.state !== now.state || last.text !== now.text) globalThis.seenAnswers.push(now);
      };
      new MutationObserver(note).observe(document.body, {
        subtree: true,
        childList: true,
        characterData: true,
        attributes: true,
      });
    });
  }

  seenAnswers() {
    return this.page.evaluate(() => globalThis.seenAnswers);
  }
}

/// The pixels of a painted canvas: width, height, red-green-blue-alpha values.
export async function pixelsOf(painting) {
  return painting.evaluate((canvas) => {
    const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return { width, height, values: [...data] };
  });
}

/// How far the brightness of the pixels spreads around its mean, in steps of 256.
export function spread({ values }) {
  const brightness = [];
  for (let i = 0; i < values.length; i += 4) brightness.push((values[i] + values[i + 1] + values[i + 2]) / 3);
  const mean = brightness.reduce((sum, value) => sum + value, 0) / brightness.length;
  return Math.sqrt(brightness.reduce((sum, value) => sum + (value - mean) ** 2, 0) / brightness.length);
}
