/** The values a model may give to kubectl and helm. Each fits a strict grammar that can't begin a flag, and none is a flag. */
import { z } from 'zod';
import { findUnsafeText } from '../../redaction/unsafe-text.ts';
import { isLabelSelector } from './label-selector.ts';

/** RFC 1123 subdomain: names of objects. */
export const objectName = z.string().max(253).regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, 'must be a name: lower-case letters, digits, dashes and dots');

/** Of a Helm release: like an object's, but short, since objects are named after it. */
export const releaseName = objectName.max(53);

/** RFC 1123 label: containers. */
export const labelName = z.string().max(63).regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'must be a name: lower-case letters, digits and dashes');

/** How far back: 30s, 10m, 2h. */
export const duration = z.string().regex(/^[1-9][0-9]{0,4}[smh]$/, 'must be a number and s, m or h: 30s, 10m, 2h');

export const labelSelector = z.string().min(1).max(512).refine(isLabelSelector, 'must be a label selector: app=checkout,tier!=cache, app in (a,b), !canary');

/** Plain text to look for in what was read; it never reaches a command. */
export const plainText = z.string().min(1).max(200).refine((value) => findUnsafeText(value) === undefined, 'must be plain text on one line');
