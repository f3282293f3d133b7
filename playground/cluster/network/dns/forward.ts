/** Asks another DNS server, which has to be on this machine's loopback. */
import dgram from 'node:dgram';
import packet from 'dns-packet';
import { inNetwork } from '../in-network.ts';
import type { Answer, Question } from './answer.ts';
import type { DnsRecord } from './records.ts';

const timeoutMilliseconds = 2000;

/** `target`: `ip` or `ip:port`. Throws in CoreDNS' words when nothing answers. */
export function forwardQuestion(target: string, { name, type }: Question): Promise<Answer> {
  const [address = '', port = '53'] = target.replace(/^dns:\/\//, '').split(':');
  const late = `read udp: i/o timeout`;
  if (!inNetwork(address, '127.0.0.0/8')) return new Promise((_resolve, reject) => { setTimeout(() => reject(new Error(`read udp ${address}:${port}: i/o timeout`)), timeoutMilliseconds); });
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4');
    const timer = setTimeout(() => end(() => reject(new Error(late))), timeoutMilliseconds);
    const end = (then: () => void): void => {
      clearTimeout(timer);
      socket.close();
      then();
    };
    socket.once('error', (error) => end(() => reject(error)));
    socket.once('message', (message) => end(() => {
      const { answers = [], flags = 0 } = packet.decode(message);
      const code = flags & 15;
      resolve({
        rcode: code === 3 ? 'NXDOMAIN' : code === 0 ? 'NOERROR' : 'SERVFAIL', ttl: 30,
        records: answers.flatMap((answer): DnsRecord[] => (answer.type === 'A' || answer.type === 'CNAME' ? [{ type: answer.type, name: answer.name, data: answer.data }] : [])),
      });
    }));
    socket.send(packet.encode({ type: 'query', id: Math.floor(Math.random() * 65_536), flags: packet.RECURSION_DESIRED, questions: [{ name, type: type === 'A' ? 'A' : 'CNAME', class: 'IN' }] }), Number(port), address);
  });
}
