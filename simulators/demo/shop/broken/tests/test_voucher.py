from decimal import Decimal

from shop.cart import Cart


def test_voucher_of_ten_percent():
    cart = Cart(voucher=10)
    cart.add("lamp", "35.00")
    assert cart.total() == Decimal("31.50")


def test_without_a_voucher_nothing_is_taken_off():
    cart = Cart()
    cart.add("lamp", "35.00")
    assert cart.total() == Decimal("35.00")
