"""What localstripe 1.15.10 lacks of API version 2026-01-28, in three parts that only add.

Nothing that localstripe does by itself is changed: it keeps the objects, computes the amounts and
decides what succeeds. Tests that need none of this run against localstripe as published, and one
of them (`incomplete.rs`) pins which objects the client refuses there, and why.

1. Fields. localstripe follows an API of about 2018, so several objects lack fields which today's
   document requires. `COMPLETIONS` gives them neutral values.
2. Prices. There is no `/v1/prices`. A recurring price is also a plan with the same id, as it is at
   Stripe, and subscriptions take it as one.
3. Going backward. No list knows `ending_before`.
"""

import sys

from localstripe import resources, server
from localstripe.errors import UserError
from localstripe.resources import List, Plan, Product, StripeObject, Subscription

ADDRESS = dict.fromkeys(('city', 'country', 'line1', 'line2', 'postal_code', 'state'))
NO_TAX = {'enabled': False, 'liability': None, 'disabled_reason': None,
          'provider': None, 'status': None}


def charge(o):
    return {
        'amount_captured': o['amount'] if o['captured'] else 0,
        'billing_details': {'address': ADDRESS, 'email': None, 'name': None,
                            'phone': None, 'tax_id': None},
        'disputed': False,
    }


def invoice(o):
    # Null by itself, where the document says: a list.
    o['default_tax_rates'] = o['default_tax_rates'] or []
    return {
        'amount_overpaid': 0,
        'amount_paid_off_stripe': 0,
        'amount_remaining': o['amount_due'] - o['amount_paid'],
        'amount_shipping': 0,
        'auto_advance': False,
        'automatic_tax': NO_TAX,
        'discounts': [],
        'issuer': {'type': 'self'},
        'payment_settings': {'default_mandate': None, 'payment_method_options': None,
                             'payment_method_types': None},
        'post_payment_credit_notes_amount': 0,
        'pre_payment_credit_notes_amount': 0,
    }


def payment_intent(o):
    if o['last_payment_error']:
        o['last_payment_error'].setdefault('type', 'card_error')
    return {}


def subscription(o):
    # Null by itself, where the document says: a time.
    o['billing_cycle_anchor'] = o['billing_cycle_anchor'] or o['start_date']
    for item in o['items']['data']:
        # Periods moved from the subscription to its items in 2025.
        item.update(subscription=o['id'], current_period_start=o['current_period_start'],
                    current_period_end=o['current_period_end'])
    return {
        'automatic_tax': NO_TAX,
        'billing_mode': {'type': 'classic'},
        'billing_schedules': [],
        'collection_method': 'charge_automatically',
        'currency': o['plan']['currency'],
        'discounts': [],
        'invoice_settings': {'account_tax_ids': None, 'issuer': {'type': 'self'}},
    }


def subscription_item(o):
    price = resources.store.get('price:' + o['plan']['id'])
    return {'discounts': [], **({'price': price._export()} if price else {})}


COMPLETIONS = {
    'balance_transaction': lambda o: {'balance_type': 'payments'},
    'charge': charge,
    'event': lambda o: {'pending_webhooks': 0},
    'invoice': invoice,
    'invoiceitem': lambda o: {'discountable': True, 'quantity_decimal': str(o.get('quantity', 1))},
    'line_item': lambda o: {'discountable': True, 'discounts': [], 'subtotal': o['amount']},
    'payment_intent': payment_intent,
    'product': lambda o: {'images': [], 'marketing_features': [], 'updated': o['created']},
    'subscription': subscription,
    'subscription_item': subscription_item,
}


def complete(value):
    if isinstance(value, list):
        for item in value:
            complete(item)
    elif isinstance(value, dict):
        # The `object` of an event's data is an object itself.
        kind = value.get('object')
        completion = COMPLETIONS.get(kind) if isinstance(kind, str) else None
        if completion and not value.get('deleted'):
            for key, neutral in completion(value).items():
                value.setdefault(key, neutral)
        for item in value.values():
            complete(item)


class Price(StripeObject):
    object = 'price'
    _id_prefix = 'price_'

    def __init__(self, currency=None, unit_amount=None, product=None, product_data=None,
                 recurring=None, nickname=None, lookup_key=None, active='true',
                 metadata=None, **unknown):
        if unknown:
            raise UserError(400, 'Unexpected ' + ', '.join(unknown))
        if product_data is not None:
            product = Product(**product_data).id
        Product._api_retrieve(product)  # to return 404 if there is none
        super().__init__()
        self.active = active == 'true'
        self.billing_scheme = 'per_unit'
        self.currency = currency
        self.custom_unit_amount = None
        self.lookup_key = lookup_key
        self.metadata = metadata or {}
        self.nickname = nickname
        self.product = product
        self.recurring = None
        self.tax_behavior = 'unspecified'
        self.tiers_mode = None
        self.transform_quantity = None
        self.type = 'recurring' if recurring else 'one_time'
        self.unit_amount = int(unit_amount)
        self.unit_amount_decimal = str(unit_amount)
        if recurring:
            count = int(recurring.get('interval_count', 1))
            self.recurring = {'interval': recurring['interval'], 'interval_count': count,
                              'meter': None, 'trial_period_days': None,
                              'usage_type': 'licensed'}
            Plan(id=self.id, amount=unit_amount, currency=currency, product=product,
                 interval=recurring['interval'], interval_count=count)

    @classmethod
    def _api_update(cls, id, active=None, **data):
        if active is not None:
            data['active'] = active == 'true'
        return super()._api_update(id, **data)

    @classmethod
    def _api_delete(cls, id):
        raise UserError(405, 'Method Not Allowed')

    @classmethod
    def _api_list_all(cls, url, product=None, **data):
        prices = super()._api_list_all(url, **data)
        if product is not None:
            prices._list = [price for price in prices._list if price.product == product]
        return prices


def add_prices():
    for method, path, handler in (
            ('POST', '/v1/prices', server.api_create),
            ('GET', '/v1/prices/{id}', server.api_retrieve),
            ('POST', '/v1/prices/{id}', server.api_update),
            ('GET', '/v1/prices', server.api_list_all)):
        server.app.router.add_route(method, path, handler(Price, path))

    def takes_prices(method):
        def wrapped(self, items=None, **data):
            for item in items or ():
                if 'price' in item:
                    item['plan'] = item.pop('price')
            return method(self, items=items, **data)
        return wrapped

    Subscription.__init__ = takes_prices(Subscription.__init__)
    Subscription._update = takes_prices(Subscription._update)


class BackwardList(List):
    """The last items before a cursor, in the order of the whole list."""

    has_more = False

    @classmethod
    def _before(cls, cursor, whole, limit):
        ids = [item.id for item in whole._list]
        if cursor not in ids:
            raise UserError(404, 'No such object: ' + cursor)
        end = ids.index(cursor)
        start = max(0, end - int(limit or 10))
        page = cls(whole.url, limit=sys.maxsize)
        page._list = whole._list[start:end]
        page.has_more = start > 0
        return page


def add_ending_before():
    def wrapped(list_all):
        def list_some(url, ending_before=None, **data):
            if ending_before is None:
                return list_all(url, **data)
            limit = data.pop('limit', None)
            return BackwardList._before(
                ending_before, list_all(url, limit=sys.maxsize, **data), limit)
        return list_some

    for resource in StripeObject.__subclasses__():
        resource._api_list_all = wrapped(resource._api_list_all)


def fill():
    add_prices()
    add_ending_before()

    def completed(respond):
        def json_response(data, **options):
            complete(data)
            return respond(data, **options)
        return json_response

    server.json_response = completed(server.json_response)
