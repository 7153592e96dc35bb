"""One field for senders of account moves: their own reference, which no other move of the company may carry."""
from trytond.model import Unique, fields
from trytond.pool import Pool, PoolMeta


class Move(metaclass=PoolMeta):
    __name__ = 'account.move'

    external_ref = fields.Char(
        "External Reference", select=True,
        help="What the sender calls this move; unique in the company.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints += [(
            'external_ref_unique',
            Unique(table, table.company, table.external_ref),
            'posting_ref.msg_duplicate_external_ref')]

    @classmethod
    def copy(cls, moves, default=None):
        """A copy is another move."""
        return super().copy(moves, default={'external_ref': None, **(default or {})})


def register():
    Pool.register(Move, module='posting_ref', type_='model')
