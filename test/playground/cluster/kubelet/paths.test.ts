import { array, assert, constantFrom, property } from 'fast-check';
import { expect, it } from 'vitest';
import { realPath, rewritePaths } from '../../../../playground/cluster/kubelet/paths.ts';

const mounts = [
  { path: '/tmp', real: '/x/tmp', readOnly: false },
  { path: '/etc/checkout', real: '/x/config', readOnly: true },
  { path: '/etc/checkout/certificates', real: '/x/secret', readOnly: true },
];

it('replaces mounted paths where they stand as paths', () => {
  expect(rewritePaths('cat /etc/checkout/config.yaml>/tmp/a; ls "/tmp" --file=/etc/checkout/certificates/a.pem', mounts))
    .toBe('cat /x/config/config.yaml>/x/tmp/a; ls "/x/tmp" --file=/x/secret/a.pem');
});

it('leaves other paths and addresses alone', () => {
  for (const text of ['http://host/tmp/x', '/tmpfile', '/var/tmp/x', './tmp', 'a/etc/checkout', '/etc/checkout-other/a', '/etc/checkouts']) expect(rewritePaths(text, mounts)).toBe(text);
});

it('puts everything else below the root', () => {
  assert(property(array(constantFrom('a', '..', '.', 'tmp', 'etc', 'checkout'), { maxLength: 6 }), (parts) => {
    const real = realPath(`/${parts.join('/')}`, mounts, '/x/root');
    expect(real.startsWith('/x/')).toBe(true);
    expect(real.split('/')).not.toContain('..');
  }));
});
