// The site that site.py brought up: its address, its routes, and verifications of its products.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const site = process.env.AKASHI_SITE_URL.replace(/\/$/, '');
export const products = JSON.parse(process.env.AKASHI_SITE_PRODUCTS);
// What the product files say in words: it stands on pages of both languages as it was written.
export const data = JSON.parse(process.env.AKASHI_SITE_WORDS);
// Few ports: what is looked at here are pages.
const FEW_PORTS = ['--ports', '1-1024'];

// Starts `akashi verify`; resolves to its exit status.
export function verify(name, runId, ...options) {
  const words = ['verify', products[name], '--run-id', runId, '--data', process.env.AKASHI_SITE_DATA, '--quiet',
    ...FEW_PORTS, ...options];
  const child = spawn(process.env.AKASHI_PROGRAM, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status) => resolve(status));
  });
}

// The patterns of the server's table of routes, in its order.
export function routes() {
  const table = fs.readFileSync(path.join(process.env.AKASHI_SOURCE_ROOT, 'src/web/routes.c'), 'utf-8');
  return [...table.matchAll(/^\s*\{"(\/[^"]*)",/gm)].map((match) => match[1]);
}

export const inLang = (url, lang) => {
  const changed = new URL(url);
  changed.searchParams.set('lang', lang);
  return changed.href;
};
