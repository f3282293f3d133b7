/** What a program says it has run out of, as a mechanism. */

const shortages: { mechanism: string; says: RegExp }[] = [
  { mechanism: 'descriptor-exhaustion', says: /\b(?:EMFILE|ENFILE)\b|too many open files/i },
  { mechanism: 'disk-full', says: /\bENOSPC\b|no space left on device/i },
  { mechanism: 'memory-exhausted', says: /\bENOMEM\b|OutOfMemoryError|heap out of memory|cannot allocate memory/i },
  { mechanism: 'threads-exhausted', says: /unable to create (?:new )?(?:native )?thread|can't start new thread|pthread_create failed/i },
];

export function shortageIn(texts: readonly string[]): string | undefined {
  return shortages.find(({ says }) => texts.some((text) => says.test(text)))?.mechanism;
}
