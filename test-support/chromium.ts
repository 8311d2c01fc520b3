import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, launch } from 'puppeteer-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Why tests in a browser are skipped where `chromiumPath()` is undefined. */
export const chromiumMissing = `no Chromium: neither $CHROME_PATH nor ${names.join(', ')} on the PATH`;

/** The browser for tests: $CHROME_PATH, or the first Chromium or Chrome on the PATH; undefined where there is none. */
export function chromiumPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env.CHROME_PATH, ...found].find((path) => path && existsSync(path));
}

/**
 * Starts a headless browser; the caller closes it.
 * @throws Error where there is none.
 */
export async function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error(chromiumMissing);
  // Containers give neither the namespaces that Chromium's sandbox needs nor a large /dev/shm.
  return launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
