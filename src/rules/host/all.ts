import type { Rule } from '../rule.ts';
import { certificatesOnDisk } from './certificates.ts';
import { clockSkew } from './clock-skew.ts';
import { connectionTracking } from './connection-tracking.ts';
import { diskFull } from './disk-full.ts';
import { failedUnits } from './failed-units.ts';
import { inodesExhausted } from './inodes-exhausted.ts';
import { listenQueue } from './listen-queue.ts';
import { memoryKills } from './memory-kills.ts';
import { memoryPressure } from './memory-pressure.ts';
import { outgoingPorts } from './outgoing-ports.ts';
import { storageErrors } from './storage-errors.ts';

export const hostRules: readonly Rule[] = [certificatesOnDisk, clockSkew, connectionTracking, diskFull, failedUnits, inodesExhausted, listenQueue, memoryKills, memoryPressure, outgoingPorts, storageErrors];
