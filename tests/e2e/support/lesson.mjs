// The page with lessons as a learner sees it: what can be done with it and what can be read off it.

export class LessonPage {
  constructor(page) {
    this.page = page;
    this.problems = [];
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text());
    });
  }

  /// Opens the page in a context of its own; `what` is `en`, or `en/chest-effusion`.
  static async open(browser, url, what = 'en', options = {}) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block', ...options });
    const page = new LessonPage(await context.newPage());
    page.page.setDefaultTimeout(60_000);
    await page.page.goto(`${url}lesson.html#${what}`);
    return page;
  }

  /// Goes to another lesson of the same page.
  async go(what) {
    await this.page.evaluate(
      (to) =>
        new Promise((resolve) => {
          document.addEventListener('unimed-lesson-ready', resolve, { once: true });
          location.hash = to;
        }),
      what,
    );
  }

  async close() {
    await this.page.context().close();
  }

  at(testId) {
    return this.page.getByTestId(testId);
  }

  /// The step that is seen.
  get step() {
    return this.page.locator('[data-testid="step"]:visible');
  }

  /// Answers the first question of the step that is open: its choice of that number.
  async choose(index = 0) {
    const all = this.step.getByTestId('question');
    const open = await all.evaluateAll((each) => each.findIndex((one) => one.querySelector('input:enabled')));
    const question = all.nth(open);
    await question.locator('input').nth(index).check();
    await question.getByTestId('check').click();
    const verdict = question.getByTestId('verdict');
    await verdict.waitFor();
    return verdict.textContent();
  }

  /// Does whatever the step asks for until one can go on, the way a learner does who guesses.
  async through() {
    const { page, step } = this;
    const next = this.at('next');
    await step.first().waitFor();
    for (;;) {
      await page.waitForFunction(() => {
        const root = document.querySelector('unimed-lesson').shadowRoot;
        const visible = (selector) => [...root.querySelectorAll(selector)].some((element) => element.checkVisibility());
        return !root.querySelector('[data-testid="next"]').disabled || visible('[data-testid="check"], .frame.choosing, [data-testid="error"], [data-testid="make"] button');
      });
      if (await step.getByTestId('error').count()) throw new Error(await step.getByTestId('error').textContent());
      if (await next.isEnabled()) return;
      if (await step.locator('input[type="radio"]:enabled').count()) await this.choose();
      else if (await step.locator('[data-testid="window"] [data-testid="check"]').count()) await step.getByRole('button', { name: /Show me|给我看答案/ }).click();
      else if (await step.locator('.frame.choosing').count()) await this.pick();
      else if (await step.locator('[data-testid="make"] button').count()) {
        await step.locator('[data-testid="make"] button').click();
        await step.locator('[data-testid="make"] button').waitFor({ state: 'detached', timeout: 600_000 });
      }
    }
  }

  /// Chooses the middle of the image by keys alone.
  async pick() {
    const frame = this.step.locator('.frame.choosing');
    await frame.focus();
    await this.page.keyboard.press('ArrowRight');
    await this.page.keyboard.press('Enter');
  }

  /// Plays a lesson to its end; gives the score's words.
  async play() {
    await this.at('step').first().waitFor();
    for (;;) {
      if (await this.at('score').count()) return this.at('score').textContent();
      await this.through();
      await this.at('next').click();
    }
  }
}
