/** The page's own files: html and css from source, scripts as compiled. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { sendText } from './http.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

const SCRIPT_TYPES = ['.js', '.map'];

const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

export interface StaticFilesOptions {
  pageDirectory: string;
  pageScriptDirectory: string;
}

/** `/` is index.html; `/assets/...` are styles and scripts. Answers 404 in words for the rest. */
export async function serveStatic(response: ServerResponse, pathname: string, options: StaticFilesOptions): Promise<void> {
  const file = locate(pathname, options);
  if (file === undefined || !(await isFile(file))) {
    const missingPage = pathname === '/' ? `The page's files are not where they should be (${options.pageDirectory}). Run "npm run build" first.\nThe Web API and the page's API work without them.\n` : 'There is nothing here.\n';
    return sendText(response, pathname === '/' ? 503 : 404, missingPage);
  }
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': CONTENT_SECURITY_POLICY,
  });
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

function locate(pathname: string, { pageDirectory, pageScriptDirectory }: StaticFilesOptions): string | undefined {
  if (pathname === '/' || pathname === '/index.html') return join(pageDirectory, 'index.html');
  const relative = decode(pathname.startsWith('/assets/') ? pathname.slice('/assets/'.length) : pathname.slice(1));
  const extension = relative === undefined ? '' : extname(relative);
  if (relative === undefined || relative.includes('\0') || !(extension in TYPES)) return undefined;
  const root = resolve(SCRIPT_TYPES.includes(extension) ? pageScriptDirectory : pageDirectory);
  const file = resolve(root, relative);
  return file.startsWith(root + sep) ? file : undefined;
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
