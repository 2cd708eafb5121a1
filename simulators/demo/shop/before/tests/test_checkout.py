from decimal import Decimal

import pytest
from shop.cart import Cart
from shop.checkout import amount_due, receipt


@pytest.fixture
def cart():
    cart = Cart()
    cart.add("book", "20.00")
    return cart


def test_shipping_is_added(cart):
    assert amount_due(cart) == Decimal("24.90")


def test_shipping_is_free_for_large_orders(cart):
    cart.add("lamp", "35.00")
    assert amount_due(cart) == Decimal("55.00")


def test_nothing_to_pay_for_an_empty_cart():
    assert amount_due(Cart()) == 0


def test_receipt_of_an_empty_cart():
    assert receipt(Cart()) == "To pay: 0.00"


def test_receipt(cart):
    assert receipt(cart) == "1 x book: 20.00\nTo pay: 24.90"
