import pytest

from bot.llm.addresses import clean_base_url


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", ""),
        ("  https://llm.example.com/v1/ ", "https://llm.example.com/v1"),
        ("https://llm.example.com:8443", "https://llm.example.com:8443"),
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://llm.internal:8000/v1", "http://llm.internal:8000/v1"),
    ],
)
def test_where_a_key_may_go(given: str, expected: str) -> None:
    assert clean_base_url(given, {"llm.internal"}) == expected


@pytest.mark.parametrize(
    "given",
    [
        "http://llm.example.com",
        "http://10.0.0.5:8000",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://evil.example#llm.internal",
        "http://llm.internal@evil.example",
        "https://user:pass@llm.example.com",
        "https://llm.example.com/v1?key=1",
        "https://llm.example.com/v1?",
        "https://llm.example.com/#x",
        "https://169.254.169.254/latest",
        "http://[::ffff:169.254.169.254]/",
        "https://[fe80::1%25eth0]/",
        "https://0.0.0.0/",
        "https://",
        "https:///v1",
        "https://llm.example.com:0",
        "https://llm.example.com:99999",
        "https://llm.exa mple.com",
        "https://llm.exämple.com",
        "https://llm.example.com/\nv1",
        "ftp://llm.example.com",
        "file:///etc/passwd",
        "llm.example.com",
        "https://" + "x" * 3000,
        "https://[::1",
    ],
)
def test_where_it_may_not(given: str) -> None:
    with pytest.raises(ValueError, match=r"base URL|not encrypted|no address of a model"):
        clean_base_url(given, {"llm.internal"})
