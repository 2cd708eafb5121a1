"""What a use case can refuse; doors and commands tell it to the person who asked."""


class Refused(Exception):
    """The request can't be done; the message says why and what would work."""


class Invalid(Refused):
    """The request itself is wrong."""


class Missing(Refused):
    """There is no such thing in this organization."""


class Conflict(Refused):
    """The thing is in a state that does not allow it."""
