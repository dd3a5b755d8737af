// Takes the pictures of docs/screenshots from the real page; `cargo xtask screenshots` runs it.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { addOther, serveOther } from './support/other-model.mjs';
import { UniMedPage, patience } from './support/page.mjs';
import { devices, root, startBrowser, startSite } from './support/surroundings.mjs';
import { Pane, ct, head } from './support/viewer.mjs';

const folder = join(root, 'docs/screenshots');
const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
];
const themes = ['dark', 'light'];
const kept = 'unimed.settings';
const chest = join(root, 'public/samples/chest.png');

async function shoot(page, name, theme = 'dark') {
  const { width } = page.page.viewportSize();
  // A pointer left somewhere would show a hover that nobody asked for.
  await page.page.mouse.move(0, 0);
  const path = join(folder, `${name}-${width}-${theme}.jpg`);
  await page.page.screenshot({ path, quality: 88 });
  console.log(`wrote ${path}`);
}

/// A page in the given look with the given settings, ready to work.
async function open(browser, site, size, theme = 'dark', settings = {}) {
  const { origin } = new URL(site.url);
  const localStorage = [{ name: kept, value: JSON.stringify({ theme, ...settings }) }];
  const storageState = { cookies: [], origins: [{ origin, localStorage }] };
  return UniMedPage.open(browser, site.url, { viewport: size, colorScheme: theme, storageState });
}

async function ask(page) {
  await page.openImage();
  await page.answered('What kind of image is this?');
}

/// A CT slice with a length and an ellipse.
async function measured(page) {
  await page.openImage(ct.file);
  const pane = new Pane(page);
  const place = async (x, y) => pane.fitted(x, y);
  await pane.press('1', 'd');
  await pane.drag(await place(38, 20), await place(92, 24));
  await pane.press('e');
  await pane.drag(await place(50, 14), await place(78, 38));
  await pane.press('w');
  return pane;
}

/// What the viewer does, one picture each.
async function viewerShots(browser, site, size) {
  const page = await open(browser, site, size);
  const pane = await measured(page);
  await shoot(page, 'viewer-ct');
  await pane.press('t');
  await page.at('meta-search').fill('patient');
  await shoot(page, 'viewer-metadata');
  // The first Escape empties the search field.
  await page.page.keyboard.press('Escape');
  await page.page.keyboard.press('Escape');
  await page.openFile(head.file);
  await page.at('slice-range').waitFor();
  await pane.press('k');
  await page.at('compare-slider').waitFor();
  await pane.settled();
  await shoot(page, 'viewer-slider');
  await pane.press('k', 's');
  await page.at('viewer-other').waitFor();
  await pane.settled();
  await shoot(page, 'viewer-beside');
  await pane.press('?');
  await page.at('key-invert').scrollIntoViewIfNeeded();
  await shoot(page, 'viewer-keys');
  await page.close();
}

/// A report with everything that is known about it: sections, how sure, where it looked.
async function explained(browser, site, size, theme) {
  const page = await open(browser, site, size, theme, { sure: true });
  await page.openImage(chest);
  await page.answered('Write a report.');
  await page.at('looked').click();
  await page.at('gaze').waitFor();
  await shoot(page, 'looked', theme);
  await page.close();
}

/// An image half-way.
async function halfWay(browser, site, size, theme) {
  const page = await open(browser, site, size, theme);
  await page.openImage();
  await page.set({ Steps: 200 });
  await page.paint(wish);
  await page.at('progress').filter({ hasText: /step (9\d|1\d\d) of 200/i }).waitFor({ timeout: patience });
  await shoot(page, 'painting', theme);
  await page.close();
}

/// A change beside its source, with the difference.
async function compared(browser, site, size, theme) {
  const page = await open(browser, site, size, theme);
  await page.at('mode-paint').click();
  await page.openImage(chest);
  await page.at('task').selectOption('What if');
  await page.painted('Show this chest without the pleural effusion.');
  await page.at('difference').waitFor();
  await shoot(page, 'what-if', theme);
  await page.close();
}

/// A model that is being fetched. Its last pieces never come.
async function fetching(browser, site, size, theme) {
  const page = await open(browser, site, size, theme);
  await serveOther(page.page.context(), (piece) => new Promise((come) => piece < 10 && setTimeout(come, 900)));
  await page.at('model').click();
  await page.at('model-card').first().waitFor();
  await addOther(page, site);
  const card = page.at('model-card').filter({ hasText: 'Other model' });
  await card.getByRole('button', { name: 'Download', exact: true }).click();
  await card.getByText(' left').waitFor();
  await card.scrollIntoViewIfNeeded();
  await shoot(page, 'fetching', theme);
  await page.close();
}

/// A file that is no image.
async function wrong(browser, site, size, theme) {
  const page = await open(browser, site, size, theme);
  await page.openFile({ name: 'report.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') });
  await page.at('error').first().waitFor();
  await shoot(page, 'error', theme);
  await page.close();
}

/// A volume in three planes.
async function planes(browser, site, size, theme) {
  const page = await open(browser, site, size, theme);
  const pane = new Pane(page);
  await page.openFile(head.file);
  await page.at('slice-range').waitFor();
  await pane.press('x');
  await page.at('viewer-sagittal').waitFor();
  await pane.settled();
  await shoot(page, 'viewer-planes', theme);
  await page.close();
}

/// Four variations of one description.
async function variations(browser, site, size) {
  const page = await open(browser, site, size);
  await page.at('mode-paint').click();
  await page.at('variations').selectOption('4');
  await page.paint(wish);
  await page.page.waitForFunction(() => {
    const all = [...document.querySelectorAll('[data-testid="painted"]')];
    return all.length === 4 && all.every((painting) => painting.dataset.state === 'done');
  }, null, { timeout: patience });
  await shoot(page, 'variations');
  await page.close();
}

/// The page in Chinese.
async function chinese(browser, site, size) {
  const page = await open(browser, site, size, 'dark', { language: 'zh-Hans' });
  await shoot(page, 'chinese-start');
  await ask(page);
  await page.at('mode-paint').click();
  await page.at('advanced').click();
  await shoot(page, 'chinese');
  await page.close();
}

/// From nothing: the open image is not where it starts.
const wish = 'Make a chest X-ray showing a left pleural effusion.';

await mkdir(folder, { recursive: true });
const site = await startSite();
const browser = await startBrowser(devices.cpu.flags);
try {
  for (const size of sizes) {
    for (const theme of themes) {
      const page = await open(browser, site, size, theme);
      await shoot(page, 'start', theme);
      await ask(page);
      await shoot(page, 'answer', theme);
      await page.close();
      for (const scene of [explained, halfWay, compared, fetching, wrong, planes]) await scene(browser, site, size, theme);
    }
    for (const scene of [variations, chinese, viewerShots]) await scene(browser, site, size);
  }
} finally {
  await browser.close();
  await site.stop();
}
