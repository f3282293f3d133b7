/** SQL as it is shown and run: the same text, so identifiers and literals are quoted here and nowhere else. */
import { escapeIdentifier, escapeLiteral } from 'pg';

export const identifier = (name: string): string => escapeIdentifier(name);
export const literal = (text: string): string => escapeLiteral(text);
export const qualified = (schema: string, name: string): string => `${identifier(schema)}.${identifier(name)}`;
