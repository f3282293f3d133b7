/** What sending costs and how long it takes, from a file of rates. */
import { RequestFailure } from './common/failure.ts';
import { field, fieldAt, positiveInteger } from './common/fields.ts';
import { runService } from './common/service.ts';
import { watchFile } from './common/settings-file.ts';

interface Rate {
  priceCents: number;
  days: number;
}

runService('shipping', ({ environment, log, metrics }) => {
  const rates = watchFile(environment.text('RATES_FILE', '/etc/shop/rates.json'), readRates, log);
  const booked = metrics.counter('shipments_booked_total', 'Parcels booked, by country');
  const rateOf = (country: string): Rate => {
    const rate = rates().get(country);
    if (!rate) throw new RequestFailure(422, 'NO_RATE', `no rate for ${country}`);
    return rate;
  };
  return [
    {
      method: 'GET', name: '/rates', pattern: /^\/rates$/,
      handle: ({ query }) => {
        const country = query.get('country') ?? 'DE';
        const { priceCents, days } = rateOf(country);
        return Promise.resolve({ country, price_cents: priceCents, days });
      },
    },
    {
      method: 'POST', name: '/shipments', pattern: /^\/shipments$/,
      handle: ({ body }) => {
        const order = positiveInteger('order', field(body, 'order'));
        const country = String(field(body, 'country') ?? 'DE');
        const { days } = rateOf(country);
        booked({ country });
        return Promise.resolve({ order, tracking_code: `TR${String(order).padStart(12, '0')}`, days });
      },
    },
  ];
});

function readRates(value: unknown): Map<string, Rate> {
  const countries = fieldAt(value, 'countries');
  if (typeof countries !== 'object' || countries === null) throw new Error('rates: "countries" is missing');
  return new Map(Object.entries(countries).map(([country, rate]: [string, unknown]) => {
    const priceCents = field(rate, 'price_cents');
    const days = field(rate, 'days');
    if (typeof priceCents !== 'number' || typeof days !== 'number') throw new Error(`rates: ${country} needs the numbers price_cents and days`);
    return [country, { priceCents, days }];
  }));
}
