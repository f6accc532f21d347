"""Every setting of ours, read from the environment once, checked at start. docs/reference/settings.md is made from this file."""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import platformdirs
from psycopg.conninfo import conninfo_to_dict
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from adapters.settings_values import (
    Address,
    HttpAddress,
    IssuerSettings,
    KeySource,
    MailAddress,
    MailAddresses,
    PostgresUrl,
    PublicUrl,
    ReplyPrefixes,
    Servers,
    beside,
    master_key,
)

PREFIX: Final = "LAUNCHPAD_"
TEST_PREFIX: Final = "LAUNCHPAD_TEST_"
"""What only the tests read; it is passed over here."""
LOCAL_ISSUER: Final = "launchpad-local"
CLONE: Final = Path(__file__).resolve().parent.parent
KUBERNETES_LINKS: Final = re.compile(r"LAUNCHPAD_(\w+_)?(SERVICE_(HOST|PORT\w*)|PORT(_\d+_(TCP|UDP)\w*)?)")
"""What Kubernetes sets by itself in every pod, for a Service called launchpad or launchpad-something."""


def default_home() -> Path:
    """The user's data folder; for root the system's."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path(platformdirs.site_state_dir("launchpad-apps", appauthor=False))
    return Path(platformdirs.user_data_dir("launchpad-apps", appauthor=False))


def json_list(text: object) -> object:
    """Read a JSON list."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError('is not JSON; write [{"issuer": "https://...", "jwks": "https://.../jwks.json"}]') from None


class SettingsError(Exception):
    """What is wrong with the environment: one line for each problem, each naming its variable and what to do; never a secret."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseModel):
    """How this process runs. Field `x_y` is the variable LAUNCHPAD_X_Y; an empty variable counts as unset."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: PostgresUrl | None = Field(
        None,
        repr=False,
        description="The PostgreSQL database of the log and the read models. Unset: `launchpad run` starts one of its own and keeps it in"
        " LAUNCHPAD_HOME; every other command needs it.",
        examples=["postgresql://launchpad:password@db.example.com:5432/launchpad"],
    )
    vault_url: PostgresUrl | None = Field(
        None,
        repr=False,
        description="The database of persons' keys and our own secrets: another one than LAUNCHPAD_DATABASE_URL, so that it is dumped"
        " apart. Unset: `launchpad_vault` on the same server.",
        examples=["postgresql://vault:password@vault.example.com:5432/launchpad_vault"],
    )
    master_key: SecretStr | None = Field(
        None,
        description="The key that seals what the vault holds: 32 random bytes in base64 (`openssl rand -base64 32`). Unset: made once and"
        " kept in LAUNCHPAD_HOME. Lose it, and all personal data and secrets are lost.",
    )
    master_key_next: SecretStr | None = Field(
        None,
        description="The master key that LAUNCHPAD_MASTER_KEY shall be changed to: give it to every process before"
        " `launchpad keys change-master`, and each opens the vault before and after the change.",
    )
    home: Path = Field(
        default_factory=default_home,
        description="The folder for what is kept on this machine: keys, and with `launchpad run` the data of PostgreSQL and Kafka. An"
        " absolute path outside of the source folder. Unset: the user's data folder (Linux: ~/.local/share/launchpad-apps), for root the"
        " system's (Linux: /var/lib/launchpad-apps).",
        examples=["/srv/launchpad"],
    )
    http: Address = Field(
        HttpAddress("127.0.0.1", 8000), description="Where HTTP listens, as host:port.", examples=["0.0.0.0:8000", "[::1]:8000"]
    )
    local_issuer: Literal["off", "on", "container"] = Field(
        "off",
        description="Whether tokens made by `launchpad token` are trusted: for development only. `on` is refused where HTTP listens on an"
        " address that is not loopback; `container` permits that, for a container whose port is published on loopback only.",
        examples=["on"],
    )
    public_url: PublicUrl | None = Field(
        None,
        description="Where this is reached from outside: the issuer (`iss`) of the tokens that we sign, and the base of our OAuth 2.0"
        " addresses. Unset: http:// and LAUNCHPAD_HTTP.",
        examples=["https://launchpad.example.com"],
    )
    environment: Literal["live", "test"] = Field(
        "live", description="What the credentials made here begin with (`lpklive_`, `lpktest_`), so that nobody takes one for the other."
    )
    api_audience: str = Field(
        "launchpad-apis",
        min_length=1,
        max_length=255,
        description="The audience (`aud`) of the tokens that we sign: the company's APIs. Never LAUNCHPAD_AUDIENCE, so that no app's token"
        " opens our own API.",
    )
    audience: str = Field(
        "launchpad-apps", min_length=1, max_length=255, description="The audience (`aud`) that a token must be meant for."
    )
    issuers: Annotated[tuple[IssuerSettings, ...], BeforeValidator(json_list)] = Field(
        (),
        description="The issuers whose tokens are trusted, as a JSON list; `jwks` is an https address or a file, `audience` is optional.",
        examples=['[{"issuer": "https://login.example.com/", "jwks": "https://login.example.com/jwks.json"}]'],
    )
    issuer: str | None = Field(
        None,
        min_length=1,
        max_length=255,
        description="One trusted issuer, the short way; together with LAUNCHPAD_JWKS.",
        examples=["https://login.example.com/"],
    )
    jwks: KeySource | None = Field(
        None, description="The keys of LAUNCHPAD_ISSUER: an https address or a file.", examples=["https://login.example.com/jwks.json"]
    )
    token: SecretStr | None = Field(
        None, description="The token that `launchpad send` and other commands present, where none is given on the command line."
    )
    kafka: Servers = Field(
        (),
        description="The Kafka servers as host:port, separated by commas. Unset: no bus; HTTP and the command line work without one.",
        examples=["kafka-1.example.com:9092,kafka-2.example.com:9092"],
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How we talk to Kafka.", examples=["SASL_SSL"]
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="How we log in to Kafka; only with SASL_PLAINTEXT or SASL_SSL.", examples=["SCRAM-SHA-512"]
    )
    kafka_sasl_username: str | None = Field(None, description="Kafka's user.", examples=["launchpad"])
    kafka_sasl_password: SecretStr | None = Field(None, description="Kafka's password.")
    kafka_ssl_cafile: Path | None = Field(
        None, description="The CA that signed Kafka's certificate (PEM). Unset: the system's CAs.", examples=["/etc/launchpad/ca.pem"]
    )
    kafka_ssl_certfile: Path | None = Field(
        None, description="Our own certificate for Kafka (PEM), where it asks for one.", examples=["/etc/launchpad/client.pem"]
    )
    kafka_ssl_keyfile: Path | None = Field(None, description="The key of that certificate (PEM).", examples=["/etc/launchpad/client.key"])
    kafka_ssl_password: SecretStr | None = Field(None, description="The password of that key.")
    kafka_ssl_check_hostname: bool = Field(default=True, description="Whether Kafka's certificate must name the host that we connect to.")
    kafka_partitions: int = Field(8, ge=1, le=1000, description="Partitions of a topic that `launchpad topics` creates.")
    kafka_replication: int = Field(1, ge=1, le=10, description="Replicas of a topic that `launchpad topics` creates; 3 in production.")
    reply_topic_prefixes: ReplyPrefixes = Field(
        ("launchpad.replies",),
        description="How the topic that a command names for its reply may begin, separated by commas.",
        examples=["launchpad.replies,billing.replies"],
    )
    smtp_host: str | None = Field(
        None,
        min_length=1,
        max_length=255,
        description="The mail server. Unset: notices go to inboxes and webhooks only; `launchpad run` starts a mail catcher of its own.",
        examples=["smtp.example.com"],
    )
    smtp_port: int = Field(587, ge=1, le=65_535, description="Its port: 587 for `starttls`, 465 for `tls`.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is secured. The server's certificate must be valid and name LAUNCHPAD_SMTP_HOST."
    )
    smtp_user: str | None = Field(
        None, min_length=1, description="Who we are to the mail server; together with LAUNCHPAD_SMTP_PASSWORD_FILE.", examples=["launchpad"]
    )
    smtp_password_file: Path | None = Field(
        None, description="A file that holds the password, and may hold a line end.", examples=["/etc/launchpad/smtp-password"]
    )
    smtp_from: MailAddress | None = Field(
        None, description="The sender of our mails; needed with LAUNCHPAD_SMTP_HOST.", examples=["launchpad@example.com"]
    )
    admin_emails: MailAddresses = Field(
        (),
        description="Where the portal admins' mails go, separated by commas. Unset: they look into their inbox.",
        examples=["api-team@example.com,on-call@example.com"],
    )
    mail_gather_seconds: float = Field(
        30.0, ge=0, le=3600, description="How long a mail waits for others to the same recipient, with whom it becomes one mail."
    )
    notice_retry_seconds: float = Field(
        10.0,
        gt=0,
        le=3600,
        description="The pause after a first failed delivery; each further one is five times as long, and twelve hours at most.",
    )
    webhook_http: bool = Field(
        default=False, description="Whether a webhook may be called without TLS: anybody on the way can read it then."
    )
    webhook_private_addresses: bool = Field(
        default=False,
        description="Whether a webhook may be called at a private, loopback or link-local address. Leave it unset where people from outside"
        " register webhooks: they could make this server talk to whatever it can reach.",
    )
    batch_max: int = Field(
        300,
        ge=1,
        le=500,
        description="Commands decided and committed as one transaction, where so many wait. More than 300 was not faster when measured,"
        " only later.",
    )
    log: Literal["console", "json"] = Field("console", description="How a log line looks: for people, or for machines.", examples=["json"])
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least level that is logged.")

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Self:
        """The settings of this environment. Raises SettingsError, which says all that is wrong at once."""
        environ = os.environ if environ is None else environ
        ours = {name: value for name, value in environ.items() if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX)}
        if "KUBERNETES_SERVICE_HOST" in environ:
            ours = {name: value for name, value in ours.items() if not KUBERNETES_LINKS.fullmatch(name)}
        known = {variable(field): field for field in cls.model_fields}
        problems = [unknown(name, list(known)) for name in sorted(ours) if name not in known]
        try:
            settings = cls.model_validate({known[name]: value for name, value in ours.items() if name in known and value.strip()})
        except ValidationError as error:
            raise SettingsError(problems + said(error)) from None
        if problems:
            raise SettingsError(problems)
        return settings

    def but(self, **changes: object) -> Self:
        """The same settings with some replaced, checked again as a whole. Raises SettingsError."""
        try:
            return type(self).model_validate({name: getattr(self, name) for name in self.model_fields_set} | changes)
        except ValidationError as error:
            raise SettingsError(said(error)) from None

    @property
    def own_issuer(self) -> str:
        """The issuer of the tokens that we sign, and the base of our addresses; without a slash at its end."""
        return self.public_url or f"http://{self.http}"

    @property
    def database(self) -> str:
        """The database's URL, where a command can't do without. Raises SettingsError."""
        if self.database_url is None:
            raise SettingsError(
                ["LAUNCHPAD_DATABASE_URL is not set: give a PostgreSQL URL, or use `launchpad run`, which brings its own server"]
            )
        return self.database_url

    @property
    def vault(self) -> str:
        """The vault's URL. Raises SettingsError."""
        return self.vault_url or beside(self.database, "launchpad_vault")

    @property
    def trusted_issuers(self) -> tuple[IssuerSettings, ...]:
        """All issuers but the local one."""
        single = (IssuerSettings(issuer=self.issuer, jwks=self.jwks),) if self.issuer and self.jwks else ()
        return self.issuers + single

    @property
    def kafka_client(self) -> dict[str, Any]:
        """What every kafka-python client of ours is built with. Holds the password: never log it."""
        password, key_password = self.kafka_sasl_password, self.kafka_ssl_password
        options = {
            "bootstrap_servers": list(self.kafka),
            "security_protocol": self.kafka_security_protocol,
            "ssl_check_hostname": self.kafka_ssl_check_hostname,
            "sasl_mechanism": self.kafka_sasl_mechanism,
            "sasl_plain_username": self.kafka_sasl_username,
            "sasl_plain_password": password.get_secret_value() if password else None,
            "ssl_cafile": str(self.kafka_ssl_cafile) if self.kafka_ssl_cafile else None,
            "ssl_certfile": str(self.kafka_ssl_certfile) if self.kafka_ssl_certfile else None,
            "ssl_keyfile": str(self.kafka_ssl_keyfile) if self.kafka_ssl_keyfile else None,
            "ssl_password": key_password.get_secret_value() if key_password else None,
        }
        return {name: value for name, value in options.items() if value is not None}

    @field_validator("home")
    @classmethod
    def _outside_of_the_clone(cls, home: Path) -> Path:
        home = home.expanduser()
        if not home.is_absolute():
            raise ValueError(f"{home} is a relative path; write an absolute one, so that it is the same from any folder")
        if home.resolve().is_relative_to(CLONE):
            raise ValueError(f"{home} lies inside the source folder; choose a folder elsewhere, where a fresh clone can't lose it")
        return home

    @field_validator("master_key", "master_key_next")
    @classmethod
    def _whole_master_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None:
            master_key(key.get_secret_value())
        return key

    @field_validator("kafka_ssl_cafile", "kafka_ssl_certfile", "kafka_ssl_keyfile", "smtp_password_file")
    @classmethod
    def _readable(cls, path: Path | None) -> Path | None:
        if path is not None and not os.access(path, os.R_OK):
            raise ValueError(f"{path} is not a file that can be read")
        return path

    @model_validator(mode="after")
    def _vault_apart(self) -> Self:
        if self.database_url is None:
            return self
        if self.vault_url is None:
            beside(self.database_url, "launchpad_vault")
        log, vault = (conninfo_to_dict(url) for url in (self.database_url, self.vault))
        if all(log.get(part) == vault.get(part) for part in ("host", "hostaddr", "port", "dbname")):
            raise ValueError("LAUNCHPAD_VAULT_URL is the database of LAUNCHPAD_DATABASE_URL; keys must lie apart: name another database")
        return self

    @model_validator(mode="after")
    def _local_issuer_stays_local(self) -> Self:
        if self.local_issuer == "on" and not self.http.is_loopback:
            raise ValueError(
                f"LAUNCHPAD_LOCAL_ISSUER=on trusts tokens that anybody on this machine can make, but LAUNCHPAD_HTTP={self.http} is open"
                " to other machines; listen on 127.0.0.1, or unset it and configure LAUNCHPAD_ISSUERS"
            )
        return self

    @model_validator(mode="after")
    def _audiences_are_told_apart(self) -> Self:
        ours = {self.audience, *(issuer.audience for issuer in self.trusted_issuers)}
        if self.api_audience in ours:
            raise ValueError("LAUNCHPAD_API_AUDIENCE is an audience of our own API: apps' tokens would open it; name another one")
        return self

    @model_validator(mode="after")
    def _issuers_are_told_apart(self) -> Self:
        if (self.issuer is None) != (self.jwks is None):
            raise ValueError("LAUNCHPAD_ISSUER and LAUNCHPAD_JWKS belong together: set both or neither")
        names = [issuer.issuer for issuer in self.trusted_issuers]
        if LOCAL_ISSUER in names:
            raise ValueError(f"LAUNCHPAD_ISSUERS may not name {LOCAL_ISSUER}: that is the local issuer (LAUNCHPAD_LOCAL_ISSUER)")
        if len(set(names)) < len(names):
            raise ValueError("LAUNCHPAD_ISSUERS names an issuer twice (LAUNCHPAD_ISSUER counts as well): keep one")
        return self

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if self.smtp_host is not None and self.smtp_from is None:
            raise ValueError("LAUNCHPAD_SMTP_HOST needs LAUNCHPAD_SMTP_FROM: the address that our mails come from")
        if (self.smtp_user is None) != (self.smtp_password_file is None):
            raise ValueError("LAUNCHPAD_SMTP_USER and LAUNCHPAD_SMTP_PASSWORD_FILE belong together: set both or neither")
        if self.smtp_user is not None and self.smtp_tls == "none":
            raise ValueError("LAUNCHPAD_SMTP_USER needs LAUNCHPAD_SMTP_TLS=starttls or tls: the password would be read on the way")
        return self

    @model_validator(mode="after")
    def _kafka_login_is_whole(self) -> Self:
        given = [self.kafka_sasl_mechanism, self.kafka_sasl_username, self.kafka_sasl_password]
        if self.kafka_security_protocol.startswith("SASL_"):
            if None in given:
                raise ValueError(
                    f"LAUNCHPAD_KAFKA_SECURITY_PROTOCOL={self.kafka_security_protocol} needs LAUNCHPAD_KAFKA_SASL_MECHANISM,"
                    " LAUNCHPAD_KAFKA_SASL_USERNAME and LAUNCHPAD_KAFKA_SASL_PASSWORD"
                )
        elif given != [None, None, None]:
            raise ValueError("LAUNCHPAD_KAFKA_SASL_* needs LAUNCHPAD_KAFKA_SECURITY_PROTOCOL=SASL_SSL (or SASL_PLAINTEXT)")
        return self


def variable(field: str) -> str:
    """The variable of a field."""
    return PREFIX + field.upper()


def unknown(name: str, known: list[str]) -> str:
    """A variable that we don't know is a misspelt one, and would be missed silently."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else "see docs/reference/settings.md for all there are"
    return f"{name} is no setting of ours: {hint}"


def said(error: ValidationError) -> list[str]:
    """Each problem in a sentence that names its variable and never the value (which may be a secret)."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        path, message = problem["loc"], problem["msg"].removeprefix("Value error, ")
        if not path:
            lines.append(message)
            continue
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path[1:])
        lines.append(f"{variable(str(path[0]))}{where}: {message[:1].lower()}{message[1:]}")
    return lines
