#!/usr/bin/python3
"""Fills a new Tryton database with a company that stock can be posted to.

usage: seed.py CONFIG DATABASE CONNECTOR_PASSWORD ACCOUNTANT_PASSWORD

Two users: `connector` posts, and deletes drafts that it cannot post, which takes an administrator of accounting;
`accountant` closes and reopens periods.
"""
import datetime
import sys
from decimal import Decimal

from proteus import Model, Wizard, config

CONFIG_FILE, DATABASE, CONNECTOR_PASSWORD, ACCOUNTANT_PASSWORD = sys.argv[1:]

# Codes of accounts by what they are, as the default chart of the connector names them.
ACCOUNTS = {
    'Inventories': ('Asset', {'statement': 'balance', 'assets': True}, [
        ('1400', 'Inventory, Store A and others'),
        ('1401', 'Inventory, Store B'),
        ('1450', 'Inventory in transit'),
    ]),
    'Stock clearing': ('Liability', {'statement': 'balance'}, [
        ('2150', 'Goods received, not invoiced'),
        ('2160', 'Returns clearing'),
    ]),
    'Cost of sales': ('Expense', {'statement': 'income', 'expense': True}, [
        ('5000', 'Cost of goods sold'),
        ('5100', 'Shrinkage'),
        ('5200', 'Revaluation of inventory'),
    ]),
}
THIS_YEAR = datetime.date.today().year


def record_of(module, name):
    """The id of a record that a module has brought along."""
    data, = Model.get('ir.model.data').find([('module', '=', module), ('fs_id', '=', name)])
    return data.db_id


def make(model, **values):
    record = Model.get(model)(**values)
    record.save()
    return record


def make_company():
    euro = make('currency.currency', name='Euro', symbol='€', code='EUR', numeric_code='978',
        rounding=Decimal('0.01'), digits=2)
    wizard = Wizard('company.company.config')
    wizard.execute('company')
    wizard.form.party = make('party.party', name='Two Stores')
    wizard.form.currency = euro
    wizard.execute('add')
    company, = Model.get('company.company').find()
    return company


def make_accounts(company):
    """The accounts that Tryton brings along, and those of the stock."""
    wizard = Wizard('account.create_chart')
    wizard.execute('account')
    wizard.form.account_template = Model.get('account.account.template')(
        record_of('account', 'account_template_root_en'))
    wizard.form.company = company
    wizard.execute('create_account')
    Account = Model.get('account.account')
    wizard.form.account_receivable, = Account.find([('type.receivable', '=', True)], limit=1)
    wizard.form.account_payable, = Account.find([('type.payable', '=', True)], limit=1)
    wizard.execute('create_properties')
    root, = Account.find([('parent', '=', None)])
    for name, (above, flags, accounts) in ACCOUNTS.items():
        parent, = Model.get('account.account.type').find([('name', '=', above)])
        kind = make('account.account.type', name=name, parent=parent, company=company, sequence=90, **flags)
        for code, label in accounts:
            make('account.account', code=code, name=label, company=company, parent=root, type=kind)


def make_year(company, year):
    numbers = make('ir.sequence', name='Moves of %d' % year, company=company, prefix='%d/' % year,
        sequence_type=Model.get('ir.sequence.type')(record_of('account', 'sequence_type_account_move')))
    fiscal_year = make('account.fiscalyear', name=str(year), company=company,
        start_date=datetime.date(year, 1, 1), end_date=datetime.date(year, 12, 31),
        post_move_sequence=numbers)
    fiscal_year.click('create_period')


def make_journal():
    numbers = make('ir.sequence', name='Inventory', company=None, prefix='INV-',
        sequence_type=Model.get('ir.sequence.type')(record_of('account', 'sequence_type_account_journal')))
    make('account.journal', name='Inventory', code='INV', type='general', sequence=numbers)


def make_user(company, login, password, *groups):
    user = Model.get('res.user')(name=login.capitalize(), login=login, password=password)
    user.companies.append(Model.get('company.company')(company.id))
    user.company = company
    for group in groups:
        user.groups.append(Model.get('res.group')(record_of('account', group)))
    user.save()


def main():
    session = config.set_trytond(DATABASE, config_file=CONFIG_FILE)
    for item in Model.get('ir.module.config_wizard.item').find([('state', '!=', 'done')]):
        item.state = 'done'
        item.save()
    company = make_company()
    session._context = Model.get('res.user').get_preferences(True, {})
    make_accounts(company)
    for year in (THIS_YEAR - 1, THIS_YEAR, THIS_YEAR + 1):
        make_year(company, year)
    first, = Model.get('account.period').find([('start_date', '=', datetime.date(THIS_YEAR - 1, 1, 1))])
    first.click('close')
    make_journal()
    make_user(company, 'connector', CONNECTOR_PASSWORD, 'group_account', 'group_account_admin')
    make_user(company, 'accountant', ACCOUNTANT_PASSWORD, 'group_account', 'group_account_admin')


main()
