"""What is known of common failures: how they look in a log, what they mean, what to do about them."""

from bot.analysis.knowledge.entries import Entry, Shelf, shelf
from bot.analysis.knowledge.matching import Known, best_known

__all__ = ["Entry", "Known", "Shelf", "best_known", "shelf"]
