// Debian's Chromium by Playwright, and pages that write down what goes wrong in them.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// The packages stand in the build folder, so they are asked for by its path.
const load = createRequire(path.join(process.env.AKASHI_BROWSER_MODULES, 'anchor.js'));
const { chromium } = load('playwright-core');

export const axeSource = fs.readFileSync(load.resolve('axe-core/axe.min.js'), 'utf-8');
export const PATIENCE_MS = 120_000; // finds what hangs; a loaded machine is no fault

const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

export async function withBrowser(use) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'akashi-browser-'));
  const browser = await chromium.launch({
    executablePath: process.env.AKASHI_CHROMIUM, args: FLAGS, timeout: PATIENCE_MS,
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home },
  });
  try {
    return await use(browser);
  } finally {
    await browser.close();
    fs.rmSync(home, { recursive: true, force: true });
  }
}

// What the browser complains about while the page is shown: errors on its console (violations of the
// Content-Security-Policy among them), scripts that die, requests that fail or leave the site.
function watch(page, origin) {
  const problems = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      problems.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`script: ${error.message}`));
  page.on('requestfailed', (request) => {
    // a stream of events ends when the page is left
    if (!request.isNavigationRequest() && request.resourceType() !== 'eventsource')
      problems.push(`${request.url()}: ${request.failure()?.errorText}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.url()}: status ${response.status()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:'))
      problems.push(`asks ${request.url()}, which is another site`);
  });
  return problems;
}

// Runs use(page, problems) on a page of a context of its own. `options` are Playwright's for a context.
export async function withPage(browser, origin, options, use) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  context.setDefaultNavigationTimeout(PATIENCE_MS);
  try {
    const page = await context.newPage();
    return await use(page, watch(page, origin));
  } finally {
    await context.close();
  }
}
