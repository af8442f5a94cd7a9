"""What localstripe 1.15.10 lacks of API version 2026-01-28, in three parts that only add.

Nothing that localstripe does by itself is changed: it keeps the objects, computes the amounts and
decides what succeeds. Fields that it lacks, as an API of about 2018, are not added: the client
corrects them, as it does with answers of older versions (`incomplete.rs`).

1. Prices. There is no `/v1/prices`. A recurring price is also a plan with the same id, as it is at
   Stripe, and subscriptions take it as one.
2. Reports. Balance transactions are not listed by `created`, and there are no report runs. Here a
   run is pending once, then it has a file with the ids of the balance transactions of its
   interval.
3. Going backward. No list knows `ending_before`.
"""

import sys

from aiohttp import web
from localstripe import resources, server
from localstripe.errors import UserError
from localstripe.resources import (
    BalanceTransaction, List, Plan, Product, StripeObject, Subscription)


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


def is_within(bounds, time):
    compare = {'gt': time.__gt__, 'gte': time.__ge__, 'lt': time.__lt__, 'lte': time.__le__}
    return all(compare[name](int(bound)) for name, bound in bounds.items())


class File(StripeObject):
    object = 'file'
    _id_prefix = 'file_'

    def __init__(self, content):
        super().__init__()
        self._content = content
        self.filename = self.id + '.csv'
        self.purpose = 'finance_report_run'
        self.size = len(content)
        self.title = None
        self.type = 'csv'
        self.url = 'https://files.stripe.com/v1/files/' + self.id + '/contents'


class ReportRun(StripeObject):
    object = 'reporting.report_run'
    _id_prefix = 'frr_'

    def __init__(self, report_type=None, parameters=None):
        if not report_type:
            raise UserError(400, 'Missing report_type')
        super().__init__()
        self.error = None
        self.parameters = parameters or {}
        self.report_type = report_type
        self.result = None
        self.status = 'pending'

    @classmethod
    def _api_retrieve(cls, id):
        run = super()._api_retrieve(id)
        if run.status == 'pending':
            start = int(run.parameters.get('interval_start', 0))
            end = int(run.parameters.get('interval_end', sys.maxsize))
            found = BalanceTransaction._api_list_all('', limit=sys.maxsize)._list
            rows = [one.id for one in found if start <= one.created < end]
            run.result = File('\n'.join(['"balance_transaction_id"', *rows, '']))
            run.status = 'succeeded'
        return run


def add_reports():
    list_transactions = BalanceTransaction._api_list_all

    def list_by_time(url, created=None, **data):
        found = list_transactions(url, **data)
        if created is not None:
            found._list = [one for one in found._list if is_within(created, one.created)]
        return found

    BalanceTransaction._api_list_all = list_by_time

    async def contents(request):
        file = File._api_retrieve(request.match_info['id'])
        return web.Response(text=file._content, content_type='text/csv')

    async def report_type(request):
        id = request.match_info['id']
        return server.json_response({
            'id': id, 'object': 'reporting.report_type', 'name': id, 'livemode': False,
            'updated': 0, 'version': 1, 'data_available_start': 0,
            'data_available_end': 4102444800, 'default_columns': None})

    runs = '/v1/reporting/report_runs'
    for method, path, handler in (
            ('POST', runs, server.api_create(ReportRun, runs)),
            ('GET', runs + '/{id}', server.api_retrieve(ReportRun, runs)),
            ('GET', '/v1/reporting/report_types/{id}', report_type),
            ('GET', '/v1/files/{id}/contents', contents)):
        server.app.router.add_route(method, path, handler)


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
    add_reports()
    add_ending_before()
