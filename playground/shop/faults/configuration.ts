/** Configuration, secrets, and objects that configure the shop's own controller. */
import { Buffer } from 'node:buffer';
import { deletePods, editFault, restart, settled, type CreateFault } from './context.ts';

export const badConfigValue = editFault({ id: 'bad-config-value', title: 'Write a wrong value into a ConfigMap', description: 'Cart\'s DB_POOL_SIZE is no number, and its pods were restarted.', area: 'Configuration' }, {
  resource: 'configmaps',
  name: 'cart-config',
  break: (object) => void (object.data = { ...object.data, DB_POOL_SIZE: 'unlimited' }),
  repair: (object) => void (object.data = { ...object.data, DB_POOL_SIZE: '4' }),
  isBroken: (object) => object.data?.['DB_POOL_SIZE'] === 'unlimited',
  afterwards: (context) => restart(context, 'cart'),
});

const key = 'api-key';
const renamed = 'apikey';

export const missingSecretKey = editFault({ id: 'missing-secret-key', title: 'Rename a key of a Secret', description: 'Payments\' pod can\'t be made: its Secret has no api-key any more.', area: 'Configuration' }, {
  resource: 'secrets',
  name: 'payments-provider',
  break: (object) => void (object.data = moved(object.data, key, renamed)),
  repair: (object) => void (object.data = moved(object.data, renamed, key)),
  isBroken: (object) => object.data?.[key] === undefined,
  afterwards: (context) => deletePods(context, 'payments'),
});

function moved(data: Record<string, string> | undefined, from: string, to: string): Record<string, string> {
  const { [from]: value = Buffer.from('unknown').toString('base64'), ...others } = data ?? {};
  return { ...others, [to]: value };
}

const saleName = 'everything-must-go';
const products = Array.from({ length: 60 }, (_unused, index) => index + 1).filter((product) => ![8, 16, 24].includes(product));

/** Valid by its schema, and yet: nothing left to charge is something payments refuses. */
export const badFlashSale: CreateFault = ({ client, namespace, apply }) => {
  const isActive = (): boolean => client.get('flashsales.shop.example', namespace, saleName) !== undefined;
  return {
    id: 'bad-custom-resource',
    title: 'Create a bad custom resource',
    description: 'A FlashSale gives everything away; payments refuses orders of nothing.',
    area: 'Configuration',
    inject: () => settled(() => apply(`apiVersion: shop.example/v1
kind: FlashSale
metadata:
  name: ${saleName}
  namespace: ${namespace}
spec:
  discountPercent: 100
  products: [${products.join(', ')}]
`)),
    clear: () => settled(() => client.delete('flashsales.shop.example', namespace, saleName)),
    isActive: () => Promise.resolve(isActive()),
  };
};

export const brokenHelmUpgrade: CreateFault = ({ client, namespace, helm }) => {
  const wrong = 'http://catalogue:8080';
  const isActive = (): boolean => client.get('configmaps', namespace, 'recommender-config')?.data?.['CATALOG_URL'] === wrong;
  return {
    id: 'broken-helm-upgrade',
    title: 'Upgrade a helm release with a wrong value',
    description: helm ? 'The recommender\'s new revision asks a catalog that does not exist.' : 'Needs helm, which is not installed here.',
    area: 'Configuration',
    inject: async () => {
      if (!helm) throw new Error('helm is not installed: npm run kube-tools fetches it on linux/amd64');
      if (!isActive()) await helm('upgrade', 'recommender', 'chart', '--disable-openapi-validation', '--reuse-values', '--set', `catalogUrl=${wrong}`);
    },
    clear: async () => {
      if (isActive()) await helm?.('rollback', 'recommender', '2');
    },
    isActive: () => Promise.resolve(isActive()),
  };
};
