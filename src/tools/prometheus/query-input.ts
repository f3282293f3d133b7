import { z } from 'zod';
import { findUnsafeText } from '../../redaction/unsafe-text.ts';

/** A query in one line; what it may do is the API's business, which only reads. */
export const queryText = z.string().min(1).max(2_000).refine((text) => findUnsafeText(text) === undefined, 'must be plain text on one line');
