"""What can go wrong in the warehouse; each error is a sentence for a person."""


class WarehouseError(Exception):
    """What is wrong, where, and how to mend it."""
