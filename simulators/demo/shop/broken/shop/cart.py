"""What a customer is about to buy."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Cart:
    lines: list[tuple[str, Decimal, int]] = field(default_factory=list)
    voucher: int = 0

    def add(self, article: str, price: str, count: int = 1) -> None:
        if count < 1:
            raise ValueError(f"can't buy {count} of {article}")
        self.lines.append((article, Decimal(price), count))

    def total(self) -> Decimal:
        if self.lines:
            total = sum((price * count for _, price, count in self.lines), Decimal(0))
            return total - total * self.voucher / 10
