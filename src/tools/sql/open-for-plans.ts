import type { OpenOptions, ReadOnlyConnection } from './connection.ts';
import { openReadOnly } from './connection.ts';

/** With generic plans where the server takes the option; a connection pooler in between may not. Throws SqlReadError when it can't connect in time. */
export async function openForPlans(url: string, options: OpenOptions): Promise<ReadOnlyConnection> {
  if (!URL.canParse(url)) return openReadOnly(url, options);
  const withGenericPlans = new URL(url);
  const given = withGenericPlans.searchParams.get('options');
  withGenericPlans.searchParams.set('options', [...(given === null ? [] : [given]), '-c plan_cache_mode=force_generic_plan'].join(' '));
  try {
    return await openReadOnly(withGenericPlans.toString(), options);
  } catch (error) {
    if ((error as { code?: unknown }).code !== '08P01') throw error;
    return openReadOnly(url, options);
  }
}
