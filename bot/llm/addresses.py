"""Where a model may be asked."""

from collections.abc import Collection

from bot.domain.web_addresses import NotAnAddress, NotEncrypted, OwnNetwork, check_address

NOT_A_URL = "the base URL must be https://HOST[:PORT][/PATH], without credentials, query or fragment"


def clean_base_url(url: str, plain_hosts: Collection[str] = ()) -> str:
    """Gives the address of a model's server without a slash at its end; an empty one stays empty.

    Keys and logs go there: it must be https, or a loopback address, or one of `plain_hosts` where the operator trusts
    the way. Raises ValueError.
    """
    url = url.strip().rstrip("/")
    if not url:
        return ""
    try:
        check_address(url, plain_hosts)
    except NotAnAddress:
        raise ValueError(NOT_A_URL) from None
    except OwnNetwork as host:
        raise ValueError(f"{host} is no address of a model: such addresses are for a machine's own network") from None
    except NotEncrypted as host:
        raise ValueError(
            f"the way to {host} is not encrypted: use https, or name the host in AGNOX_LLM_PLAIN_HOSTS if you trust it"
        ) from None
    return url
