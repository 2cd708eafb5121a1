"""Paying for a cart."""

from decimal import Decimal

from shop.cart import Cart

SHIPPING = Decimal("4.90")
FREE_FROM = Decimal(50)


def amount_due(cart: Cart) -> Decimal:
    total = cart.total()
    if total >= FREE_FROM or total == 0:
        return total
    return total + SHIPPING


def receipt(cart: Cart) -> str:
    rows = [f"{count} x {article}: {price * count:.2f}" for article, price, count in cart.lines]
    return "\n".join([*rows, f"To pay: {amount_due(cart):.2f}"])
