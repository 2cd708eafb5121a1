"""Lines with secrets of every kind, made at random, and lines with what only looks like one.

Put together at run time from parts, so that no secret scanner takes this file for a leak.
"""

import base64
import json
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + string.digits
LOWER = string.ascii_lowercase + string.digits
URL = ALNUM + "-_"
B64 = ALNUM + "+/"


@dataclass(frozen=True, slots=True)
class Sample:
    """One or more lines of a log; `secret` is what must not be readable in them."""

    kind: str
    text: str
    secret: str


def samples(seed: int) -> Iterator[Sample]:
    """Each kind of token in several surroundings, and each kind of labelled secret."""
    pick = random.Random(seed)

    def chars(alphabet: str, count: int) -> str:
        return "".join(pick.choice(alphabet) for _ in range(count))

    for kind, make in TOKENS.items():
        for around in AROUND:
            token = make(chars)
            yield Sample(kind, around.format(token), token)
    for kind, (text, make) in LABELLED.items():
        secret = make(chars)
        yield Sample(kind, text.format(secret), secret)
    for kind, spell in LOGINS.items():
        secret = chars(ALNUM, 14)
        yield Sample(kind, spell(secret), base64.b64encode(f"deploy:{secret}".encode()).decode())
    for kind, spell_key in KEYS.items():
        lines = [chars(B64, 64) for _ in range(6)] + [chars(B64, 30) + "=="]
        for name in ("RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PRIVATE KEY", "PGP PRIVATE KEY BLOCK"):
            text = "\n".join((f"-----BEGIN {name}-----", *lines, f"-----END {name}-----"))
            yield Sample(f"{name}, {kind}", spell_key(text), pick.choice(lines))


Chars = Callable[[str, int], str]
AROUND = (
    "{}",
    "2026-01-02T03:04:05.678Z using {} now",
    'export API="{}"',
    '{{"value": "{}"}}',
    "got [{}], trying again",
)
TOKENS: dict[str, Callable[[Chars], str]] = {
    "AWS key id": lambda c: "AK" + "IA" + c(UPPER, 16),
    "AWS session key id": lambda c: "AS" + "IA" + c(UPPER, 16),
    "Google API key": lambda c: "AI" + "za" + c(URL, 34) + "x",
    "Google OAuth secret": lambda c: "GOC" + "SPX-" + c(URL, 28),
    "Google access token": lambda c: "ya" + "29." + c(URL, 60),
    "Azure DevOps token": lambda c: c(ALNUM, 76) + "AZ" + "DO" + c(ALNUM, 4),
    "Azure DevOps old token": lambda c: c("abcdefghijklmnopqrstuvwxyz234567", 50) + "2a",
    "Entra client secret": lambda c: c(ALNUM, 3) + "8Q" + "~" + c(ALNUM + "_~.-", 33) + "x",
    "Azure storage key": lambda c: c(B64, 76) + "+A" + "St" + c(ALNUM, 5) + "A==",
    "GitHub personal": lambda c: "gh" + "p_" + c(ALNUM, 36),
    "GitHub OAuth": lambda c: "gh" + "o_" + c(ALNUM, 36),
    "GitHub user": lambda c: "gh" + "u_" + c(ALNUM, 36),
    "GitHub installation": lambda c: "gh" + "s_" + c(ALNUM, 36),
    "GitHub refresh": lambda c: "gh" + "r_" + c(ALNUM, 76),
    "GitHub fine-grained": lambda c: "github" + "_pat_" + c(ALNUM, 22) + "_" + c(ALNUM, 59),
    "GitLab personal": lambda c: "gl" + "pat-" + c(URL, 19) + "x",
    "GitLab routable": lambda c: "gl" + "pat-" + c(URL, 27) + ".01." + c(LOWER, 9),
    "GitLab runner": lambda c: "gl" + "rt-" + c(URL, 19) + "x",
    "GitLab trigger": lambda c: "gl" + "ptt-" + c(HEX, 40),
    "GitLab job": lambda c: "gl" + "cbt-" + "64_" + c(URL, 19) + "x",
    "GitLab feed": lambda c: "gl" + "ft-" + c(URL, 19) + "x",
    "Bitbucket app password": lambda c: "AT" + "BB" + c(ALNUM, 32),
    "Atlassian": lambda c: "AT" + "ATT3" + c(URL, 180) + "=" + c(UPPER, 8),
    "npm": lambda c: "np" + "m_" + c(ALNUM, 36),
    "PyPI": lambda c: "py" + "pi-AgEIcHlwaS5vcmc" + c(URL, 70) + "x",
    "Docker": lambda c: "dckr" + "_pat_" + c(URL, 26) + "x",
    "NuGet": lambda c: "oy" + "2" + c(LOWER, 43),
    "RubyGems": lambda c: "ruby" + "gems_" + c(HEX, 48),
    "crates.io": lambda c: "ci" + "o" + c(ALNUM, 32),
    "Slack bot": lambda c: "xo" + "xb-" + c("0123456789", 12) + "-" + c("0123456789", 13) + "-" + c(ALNUM, 24),
    "Slack app": lambda c: "xa" + "pp-1-" + c(UPPER, 11) + "-" + c("0123456789", 13) + "-" + c(HEX, 64),
    "Slack webhook": lambda c: (
        "hooks.sl" + "ack.com/services/T" + c(UPPER, 8) + "/B" + c(UPPER, 10) + "/" + c(ALNUM, 24)
    ),
    "Discord bot": lambda c: (
        "M" + base64.b64encode(("1" + c("0123456789", 17)).encode()).decode()[1:] + "." + c(ALNUM, 6) + "." + c(URL, 38)
    ),
    "Stripe": lambda c: "sk" + "_live_" + c(ALNUM, 24),
    "Stripe restricted": lambda c: "rk" + "_live_" + c(ALNUM, 24),
    "Twilio": lambda c: "S" + "K" + c(HEX, 32),
    "Mailchimp": lambda c: c(HEX, 32) + "-u" + "s21",
    "SendGrid": lambda c: "S" + "G." + c(URL, 22) + "." + c(URL, 42) + "x",
    "OpenAI": lambda c: "sk" + "-proj-" + c(ALNUM, 20) + "T3Blbk" + "FJ" + c(ALNUM, 20),
    "OpenAI, old": lambda c: "sk" + "-" + c(ALNUM, 20) + "T3Blbk" + "FJ" + c(ALNUM, 20),
    "Anthropic": lambda c: "sk" + "-ant-api03-" + c(URL, 93) + "AA",
    "Hugging Face": lambda c: "h" + "f_" + c(string.ascii_letters, 34),
    "Sentry": lambda c: "sntr" + "ys_eyJ" + c(ALNUM, 80) + "_" + c(ALNUM, 43),
    "Terraform": lambda c: c(ALNUM, 14) + ".atlas" + "v1." + c(ALNUM, 67),
    "Vault": lambda c: "hv" + "s." + c(ALNUM, 90),
    "DigitalOcean": lambda c: "do" + "p_v1_" + c(HEX, 64),
    "Databricks": lambda c: "da" + "pi" + c(HEX, 32),
    "Grafana": lambda c: "gl" + "sa_" + c(ALNUM, 32) + "_" + c(HEX, 8),
    "Shopify": lambda c: "sh" + "pat_" + c(HEX, 32),
    "Postman": lambda c: "PM" + "AK-" + c(HEX, 24) + "-" + c(HEX, 34),
    "JWT": lambda c: "ey" + "JhbGciOiJIUzI1NiJ9." + "ey" + "J" + c(ALNUM, 40) + "." + c(URL, 43),
}  # fmt: skip


def _password(c: Chars) -> str:
    return c(LOWER[:26], 4) + c("345", 2) + c(UPPER[:26], 3) + c("!#^*+", 1) + c(ALNUM, 3) + "x7"


def _hex(c: Chars) -> str:
    return c("abcdef", 1) + c(HEX, 29) + "a7"


def _hex40(c: Chars) -> str:
    return _hex(c) + c(HEX, 8)


def _base64(c: Chars) -> str:
    return c(ALNUM, 12) + "7a9" + c(B64, 71) + "=="


def _uuid(c: Chars) -> str:
    return "-".join(c(HEX, count) for count in (8, 4, 4, 4)) + "-" + c(HEX, 10) + "a7"


LABELLED: dict[str, tuple[str, Callable[[Chars], str]]] = {
    "Discord webhook": ("POST https://discord.com/api/webhooks/123456789012345678/{}", lambda c: c(URL, 67) + "x"),
    "AWS secret": ("AWS_SECRET_ACCESS_KEY={}", lambda c: c(ALNUM, 39) + "7"),
    "AWS secret in a file": ("aws_secret_access_key = {}", lambda c: c(ALNUM, 39) + "7"),
    "Azure connection string": ("AccountName=shop;AccountKey={};EndpointSuffix=core.windows.net", _base64),
    "Azure bus": ("Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={}", _base64),
    "Azure SAS": ("GET https://x.blob/c/f?sv=2024-01-01&se=2026-01-02&sig={}", lambda c: c(ALNUM, 42) + "%3D"),
    "Google signed URL": ("https://storage.googleapis.com/b/o?X-Goog-Date=20260102T030405Z&X-Goog-Signature={}", _hex),
    "AWS signed URL": ("https://b.s3.amazonaws.com/o?X-Amz-Expires=600&X-Amz-Signature={}", _hex),
    "Gitea": ("GITEA_TOKEN={}", _hex40),
    "Gitea header": ("Authorization: token {}", _hex40),
    "Datadog": ("DD_API_KEY={}", _hex),
    "Datadog header": ("DD-API-KEY: {}", _hex),
    "Sentry DSN": ("SENTRY=https://{}@o12345.ingest.sentry.io/4505", _hex),
    "Twilio auth token": ("TWILIO_AUTH_TOKEN={}", _hex),
    "PostgreSQL": ("cannot connect to postgresql://shop:{}@db.internal:5432/shop", _password),
    "MySQL": ("mysql+pymysql://root:{}@mysql:3306/test failed", _password),
    "MongoDB": ('MongoClient("mongodb+srv://app:{}@cluster0.mongodb.net/test")', _password),
    "Redis": ("redis://:{}@cache:6379/0", _password),
    "RabbitMQ": ("amqp://guest:{}@rabbit:5672//", _password),
    "ADO.NET": ("Server=db;Database=shop;User Id=sa;Password={};Encrypt=true", _password),
    "libpq": ("host=db user=shop password={} dbname=shop", _password),
    "git clone": ("fatal: unable to access 'https://bot:{}@git.example.com/a/b.git/': 403", _password),
    "bearer": ("> Authorization: Bearer {}", lambda c: c(URL, 43) + "x"),
    "cookie": ("> Cookie: session={}; theme=dark", lambda c: c(ALNUM, 32)),
    "set-cookie": ("< Set-Cookie: sid={}; Path=/; HttpOnly", lambda c: c(ALNUM, 32)),
    "header in JSON": ('{{"headers": {{"x-api-key": "{}"}}}}', lambda c: c(ALNUM, 20)),
    "private token": ("curl --header 'PRIVATE-TOKEN: {}' https://git.example.com/api", lambda c: c(ALNUM, 20)),
    "environment": ("DB_PASSWORD={}", _password),
    "environment of a step": ("  SMTP_PASSWORD: {}", _password),
    "declared": ("declare -x STRIPE_WEBHOOK_SECRET=\"{}\"", lambda c: c(ALNUM, 24)),
    "docker -e": ("docker run -e POSTGRES_PASSWORD={} postgres:16", _password),
    "option": ("./deploy --env prod --password={} --force", _password),
    "option and a space": ("helm login r.example.com --username bot --password {}", _password),
    "docker -p": ("docker login -u bot -p {} r.example.com", _password),
    "mysql -p": ("mysql -h db -uroot -p{} shop", _password),
    "curl -u": ("curl -sS -u bot:{} https://ci.example.com/", _password),
    "sshpass": ("sshpass -p {} ssh deploy@host", _password),
    "netrc": ("machine git.example.com login bot password {}", _password),
    "JSON": ('{{"user": "bot", "password": "{}"}}', _password),
    "JSON in JSON": ('{{"body": "{{\\"client_secret\\": \\"{}\\"}}"}}', lambda c: c(ALNUM, 30) + "7a8b"),
    "YAML": ("    api_key: {}", lambda c: c(ALNUM, 26) + "7a8b"),
    "Python": ("    'SECRET_KEY': 'dj-{}',", lambda c: c(ALNUM, 36) + "7a8b"),
    "properties": ("spring.datasource.password={}", _password),
    "query": ("GET /api/v1/items?page=2&access_token={}&sort=asc", lambda c: c(ALNUM, 24)),
    ".npmrc": ("//registry.npmjs.org/:_authToken={}", _uuid),
}  # fmt: skip

LOGINS: dict[str, Callable[[str], str]] = {
    "basic": lambda s: "Authorization: Basic " + base64.b64encode(f"deploy:{s}".encode()).decode(),
    "basic alone": lambda s: "proxy said: Basic " + base64.b64encode(f"deploy:{s}".encode()).decode(),
    "Docker config": lambda s: '{"r": {"auth": "' + base64.b64encode(f"deploy:{s}".encode()).decode() + '"}}',
}  # fmt: skip

KEYS: dict[str, Callable[[str], str]] = {
    "as it is": lambda key: key,
    "with times": lambda key: "\n".join(f"2026-01-02T03:04:05.1234567Z {line}" for line in key.split("\n")),
    "with an indent": lambda key: "\n".join(f"      {line}" for line in key.split("\n")),
    "in JSON": lambda key: json.dumps({"key": key}),
    "in JSON in JSON": lambda key: json.dumps(json.dumps({"key": key})),
    "in one line": lambda key: "KEY=" + key.replace("\n", " "),
    "in a URL": lambda key: "key=" + quote(key.replace("\n", " "), safe=" +/=-"),
    "cut off": lambda key: key.rpartition("\n")[0].rpartition("\n")[0],
}  # fmt: skip


def lookalikes(seed: int) -> Iterator[str]:
    """Lines of which every character must stay."""
    pick = random.Random(seed)

    def chars(alphabet: str, count: int) -> str:
        return "".join(pick.choice(alphabet) for _ in range(count))

    uuid = "-".join(chars(HEX, n) for n in (8, 4, 4, 4, 12))
    sha1, sha256 = chars(HEX, 40), chars(HEX, 64)
    integrity = base64.b64encode(pick.randbytes(64)).decode()
    for line in HARMLESS:
        yield line.format(uuid=uuid, sha1=sha1, sha256=sha256, integrity=integrity, md5=chars(HEX, 32), short=sha1[:12])


HARMLESS = r"""
commit {sha1}
HEAD is now at {short} Fix the token refresh
From https://github.com/acme/shop * [new ref] {sha1} -> pull/42/merge
Digest: sha256:{sha256}
ghcr.io/acme/shop@sha256:{sha256}
{short}: Pulling fs layer
#12 [build 3/7] COPY --from=deps sha256:{sha256} 0.1s done
Successfully built {short}
      "integrity": "sha512-{integrity}",
      integrity sha512-{integrity}
  resolved "https://registry.yarnpkg.com/jsonwebtoken/-/jsonwebtoken-9.0.2.tgz#{sha1}"
    --hash=sha256:{sha256} \
checksum = "{sha256}"
github.com/golang-jwt/jwt/v5 v5.2.1 h1:{integrity}
{md5}  dist/app.tar.gz
request id {uuid} took 12 ms
traceparent: 00-{md5}-00f067aa0ba902b7-01
x-request-id: {uuid}
Restored cache with key: Linux-node-{sha256}
cache-key: v2-deps-{sha1}
ETag: "{md5}"
/home/runner/work/shop/shop/node_modules/jsonwebtoken/lib/JsonWebTokenError.js:12:9
C:\actions\work\shop\tests\test_password_token_secret.py
    at com.acme.auth.TokenService.getSecretKeyFromCredentialStore(TokenService.java:421)
tests/test_auth.py::test_login[password=wrong] FAILED
tests/test_auth.py::test_token_refresh[token-expired-{short}] PASSED
tests/test_urls.py::test_proxies[http://user:pass@example.com:8080-proxy] PASSED
TestSecretKeyRotation/rotates_the_secret_key_base (0.01s)
error: password authentication failed for user "postgres"
Error: Input required and not supplied: token
##[error]The token is invalid: expected ';' but found '}}'
SyntaxError: Unexpected token '<', "<!DOCTYPE "... is not valid JSON
token: ***
  token: ***
password: [REDACTED]
PASSWORD=$PASSWORD
API_KEY=${{API_KEY}}
env: MY_TOKEN: ${{{{ secrets.MY_TOKEN }}}}
--password <password>   the password to use
error: the option --token requires an argument
  --password TEXT  Password of the user
usage: deploy --token TOKEN --secret SECRET
def login(user: str, password: str | None = None, token: Optional[str] = None) -> Session:
    client.login(username=user.name, password=user.password, token=self.token)
        secret = get_secret("shop/db")
        password = request.form["password"]
    return hmac.compare_digest(token, expected_token)
AssertionError: assert {{'token_type': 'bearer'}} == {{'token_type': 'Bearer'}}
expected token_count=128 but was token_count=127
max_tokens=4096 tokens_per_second=12.5
SSH_AUTH_SOCK=/tmp/ssh-XXXXXX/agent.123
GOOGLE_APPLICATION_CREDENTIALS=/home/runner/work/_temp/gha-creds-{short}.json
PWD=/home/runner/work/shop OLDPWD=/home/runner
VAULT_SECRET_PATH=secret/data/ci/shop
Authorization header is missing
the bearer of bad news
Basic authentication is required
The cookie is not set: session
PublicKeyToken=b77a5c561934e089, Culture=neutral
WARN Jetty HttpConfiguration@2807bdeb https://:8081,[SslConnectionFactory]@72c28d64
git@github.com:acme/shop.git
https://example.com:8443/a?b=c@d
ssh://git@example.com/acme/shop.git
postgres://${{DB_USER}}:${{DB_PASSWORD}}@${{DB_HOST}}/shop
sklearn.linear_model.sk-learn-contrib task-runner-with-a-very-long-name-that-goes-on
mask-image-for-the-risk-assessment-desk-lamp disk-usage-is-above-the-threshold-of-90-percent
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
version 12.0.1-alpha.20260102.3+build.4567
numpy-1.26.4-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl
docker run -p 3306:3306 --name mysql -p 8080:80 mysql:8
mkdir -p build/reports && cp -p a b
2026-01-02T03:04:05.1234567Z ##[group]Run actions/checkout@v4
ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz
org.springframework.security.oauth2.core.OAuth2AuthenticationException
key-value pairs: key=value, sort_key=created_at, primary_key=id, foreign_key=user_id
ls -u a:b SECRET_KEY_BASE is not set next_page_token=null has_more=false
""".strip().splitlines()
