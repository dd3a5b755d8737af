// Takes the pictures of docs/screenshots from the real page; `cargo xtask screenshots` runs it.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UniMedPage, patience } from './support/page.mjs';
import { devices, root, startBrowser, startSite } from './support/surroundings.mjs';
import { Pane, ct, head } from './support/viewer.mjs';

const folder = join(root, 'docs/screenshots');
const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
];
const kept = 'unimed.settings';
const chest = join(root, 'public/samples/chest.png');

async function shoot(page, name, theme = 'dark') {
  const { width } = page.page.viewportSize();
  // A pointer left somewhere would show a hover that nobody asked for.
  await page.page.mouse.move(0, 0);
  const path = join(folder, `${name}-${width}-${theme}.png`);
  await page.page.screenshot({ path });
  console.log(`wrote ${path}`);
}

/// A page in the given look, ready to work.
async function open(browser, site, size, theme = 'dark') {
  const context = { viewport: size, colorScheme: theme };
  if (theme === 'light') {
    const { origin } = new URL(site.url);
    const settings = { name: kept, value: JSON.stringify({ theme }) };
    context.storageState = { cookies: [], origins: [{ origin, localStorage: [settings] }] };
  }
  return UniMedPage.open(browser, site.url, context);
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
async function viewerShots(browser, site, size, theme) {
  const page = await open(browser, site, size, theme);
  const pane = await measured(page);
  await shoot(page, 'viewer-ct', theme);
  await pane.press('t');
  await page.at('meta-search').fill('patient');
  await shoot(page, 'viewer-metadata', theme);
  // The first Escape empties the search field.
  await page.page.keyboard.press('Escape');
  await page.page.keyboard.press('Escape');
  await page.openFile(head.file);
  await page.at('slice-range').waitFor();
  await pane.press('x');
  await page.at('viewer-sagittal').waitFor();
  await pane.settled();
  await shoot(page, 'viewer-planes', theme);
  await pane.press('x', 'k');
  await page.at('compare-slider').waitFor();
  await pane.settled();
  await shoot(page, 'viewer-slider', theme);
  await pane.press('k', 's');
  await page.at('viewer-other').waitFor();
  await pane.settled();
  await shoot(page, 'viewer-beside', theme);
  await pane.press('?');
  await page.at('key-invert').scrollIntoViewIfNeeded();
  await shoot(page, 'viewer-keys', theme);
  await page.close();
}

/// A page whose settings are given, ready to work.
async function openWith(browser, site, size, settings) {
  const { origin } = new URL(site.url);
  const localStorage = [{ name: kept, value: JSON.stringify(settings) }];
  return UniMedPage.open(browser, site.url, { viewport: size, storageState: { cookies: [], origins: [{ origin, localStorage }] } });
}

/// A report with everything that is known about it: sections, how sure, where it looked.
async function explained(browser, site, size) {
  const page = await openWith(browser, site, size, { sure: true });
  await page.openImage(chest);
  await page.answered('Write a report.');
  await page.at('looked').click();
  await page.at('gaze').waitFor();
  await shoot(page, 'looked');
  await page.close();
}

/// The studio: variations in a grid; a change beside its source, with the difference.
async function studio(browser, site, size) {
  const page = await openWith(browser, site, size, {});
  await page.at('mode-paint').click();
  await page.at('variations').selectOption('4');
  await page.paint(wish);
  await page.page.waitForFunction(() => {
    const all = [...document.querySelectorAll('[data-testid="painted"]')];
    return all.length === 4 && all.every((painting) => painting.dataset.state === 'done');
  }, null, { timeout: patience });
  await shoot(page, 'variations');
  await page.at('variations').selectOption('1');
  await page.at('clear').click();
  await page.openImage(chest);
  await page.at('task').selectOption('What if');
  await page.painted('Show this chest without the pleural effusion.');
  await page.at('difference').waitFor();
  await shoot(page, 'what-if');
  await page.close();
}

/// The page in Chinese.
async function chinese(browser, site, size) {
  const page = await openWith(browser, site, size, { language: 'chinese' });
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
    const page = await open(browser, site, size);
    await shoot(page, 'start');
    await ask(page);
    await shoot(page, 'answer');
    await page.painted(wish);
    await shoot(page, 'made');
    await page.close();
  }

  for (const size of sizes) {
    await explained(browser, site, size);
    await studio(browser, site, size);
    await chinese(browser, site, size);
  }

  for (const size of sizes) await viewerShots(browser, site, size, 'dark');
  await viewerShots(browser, site, sizes[0], 'light');

  const light = await open(browser, site, sizes[0], 'light');
  await ask(light);
  await shoot(light, 'answer', 'light');
  await light.close();

  const busy = await open(browser, site, sizes[0]);
  await busy.openImage();
  await busy.set({ Steps: 60 });
  await busy.paint(wish);
  await busy.at('progress').filter({ hasText: /step (3\d|4\d) of 60/i }).waitFor({ timeout: patience });
  await shoot(busy, 'painting');
  await busy.close();

  const wrong = await open(browser, site, sizes[0]);
  await wrong.openFile({ name: 'report.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') });
  await wrong.at('error').first().waitFor();
  await shoot(wrong, 'error');
  await wrong.close();
} finally {
  await browser.close();
  await site.stop();
}
