from decimal import Decimal

import pytest
from shop.cart import Cart


def test_new_cart_is_empty():
    assert Cart().lines == []


def test_adding_an_article():
    cart = Cart()
    cart.add("pen", "1.20", 3)
    assert cart.lines == [("pen", Decimal("1.20"), 3)]


@pytest.mark.parametrize("count", [0, -1])
def test_nobody_buys_less_than_one(count):
    with pytest.raises(ValueError, match="can't buy"):
        Cart().add("pen", "1.20", count)


def test_total_adds_up():
    cart = Cart()
    cart.add("pen", "1.20", 3)
    cart.add("book", "20.00")
    assert cart.total() == Decimal("23.60")


def test_total_keeps_cents():
    cart = Cart()
    cart.add("sticker", "0.10", 3)
    assert cart.total() == Decimal("0.30")
